import { randomUUID } from 'node:crypto';
import { invalidInput } from '../../common/druid-error.js';
import type { Subscription } from '../../live/live-hub.js';
import type { LiveSource } from '../../live/live-source.js';
import { nativeSource, type NativeSourceOptions } from '../../live/native-source.js';
import type { JsonObject } from '../../query/json-fields.js';
import { parseNativeQuery } from '../../query/parse-native-query.js';
import { parseSqlRequest } from '../sql/sql-request.js';
import type { SqlService } from '../sql/sql-service.js';
import { sqlSource } from './sql-source.js';

export interface LiveSources extends NativeSourceOptions {
  readonly sql: SqlService;
}

const DEFAULT_PERIOD_MS = 1000;
const ALL_TIME = '-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z';

/** What a client asks to watch, over WebSocket or as server-sent events. @throws DruidError INVALID_INPUT; as planning does */
export async function parseSubscription(fields: JsonObject, sources: LiveSources): Promise<Omit<Subscription, 'id'>> {
  const periodMs = fields['periodMs'] ?? DEFAULT_PERIOD_MS;
  if (typeof periodMs !== 'number') throw invalidInput('Member [periodMs] must be a number of milliseconds');
  const deltas = fields['deltas'] ?? true;
  if (typeof deltas !== 'boolean') throw invalidInput('Member [deltas] must be true or false');
  const resume = optionalText(fields, 'resume', 'a cursor');
  return { source: await source(fields, sources), periodMs, wholeOnly: !deltas, resume };
}

function source(fields: JsonObject, sources: LiveSources): LiveSource | Promise<LiveSource> {
  const window = optionalText(fields, 'window', 'an ISO period');
  const [query, statement] = [fields['query'] ?? null, fields['sql'] ?? null];
  if ((query === null) === (statement === null)) {
    throw invalidInput('Give one of [query], a native query, and [sql], a statement');
  }
  if (statement === null) {
    return nativeSource(parseNativeQuery(withInterval(query, window), randomUUID), window, sources);
  }
  if (window !== null)
    throw invalidInput('Member [window] is for native queries: compare __time with CURRENT_TIMESTAMP');
  const { context = {}, parameters = [] } = fields;
  const request = parseSqlRequest(JSON.stringify({ query: statement, context, parameters }));
  return sqlSource(request, sources.sql, sources.watermarks);
}

/** A query with a window needs no interval of its own. */
function withInterval(query: unknown, window: string | null): unknown {
  if (window === null || typeof query !== 'object' || query === null || 'intervals' in query) return query;
  return { ...query, intervals: [ALL_TIME] };
}

function optionalText(fields: JsonObject, name: string, what: string): string | null {
  const value = fields[name] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw invalidInput(`Member [${name}] must be ${what}`);
}
