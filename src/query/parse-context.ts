/** Query context: known keys typed, with numbers and booleans also as text. @source Druid `QueryContexts.java` */
import { type JsonObject, kindOf, shown } from './json-fields.js';
import type { QueryContext } from './native-query.js';
import { badContext, unsupported } from './query-errors.js';

/** `druid.server.http.defaultQueryTimeout`. */
const DEFAULT_TIMEOUT_MS = 300_000;
/** Node timers cannot wait longer (24 days); a longer timeout is none. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/**
 * @param newQueryId makes the id of a query that has none
 * @throws DruidError INVALID_INPUT in the envelope of a context error
 */
export function parseContext(json: unknown, newQueryId: () => string): QueryContext {
  if (json !== undefined && json !== null && (typeof json !== 'object' || Array.isArray(json))) {
    throw badContext(`Query context must be an object, but is ${kindOf(json)}`);
  }
  const raw = withoutBigInts((json ?? {}) as JsonObject);
  const timeoutMs = number(raw, 'timeout', 'long', DEFAULT_TIMEOUT_MS);
  if (timeoutMs < 0) throw badContext(`Timeout must be a non negative value, but was [${timeoutMs}]`);
  if (boolean(raw, 'bySegment', false)) throw unsupported('the context key', 'bySegment');
  return {
    queryId: text(raw, 'queryId') ?? newQueryId(),
    timeoutMs: timeoutMs > MAX_TIMEOUT_MS ? 0 : timeoutMs,
    priority: number(raw, 'priority', 'integer', 0),
    useCache: boolean(raw, 'useCache', true),
    populateCache: boolean(raw, 'populateCache', true),
    skipEmptyBuckets: boolean(raw, 'skipEmptyBuckets', false),
    grandTotal: boolean(raw, 'grandTotal', false),
    resultAsArray: boolean(raw, 'resultAsArray', false),
    sortByDimsFirst: boolean(raw, 'sortByDimsFirst', false),
    serializeDateTimeAsLong: boolean(raw, 'serializeDateTimeAsLong', false),
    minTopNThreshold: number(raw, 'minTopNThreshold', 'integer', 1000),
    includeState: boolean(raw, 'includeState', false),
    raw,
  };
}

/** What leaves the parser survives JSON; no context key needs more than 53 bits. */
function withoutBigInts(raw: JsonObject): JsonObject {
  const entries = Object.entries(raw).map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value]);
  return Object.fromEntries(entries) as JsonObject;
}

/** A whole number of a context, or `byDefault`. @throws DruidError INVALID_INPUT in the envelope of a context error */
export function number(raw: JsonObject, key: string, format: 'long' | 'integer', byDefault: number): number {
  const value = raw[key];
  if (value === undefined || value === null) return byDefault;
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === 'string' && /^[+-]?\d{1,19}$/.test(value.trim())) return Number(value);
  throw badContext(`Expected key [${key}] to be in ${format} format, but got [${shown(value)}]`);
}

function boolean(raw: JsonObject, key: string, byDefault: boolean): boolean {
  const value = raw[key];
  if (value === undefined || value === null) return byDefault;
  if (typeof value === 'boolean') return value;
  // Java's Boolean.parseBoolean: any other text is false.
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  throw badContext(`Expected key [${key}] to be a Boolean, but got [${shown(value)}]`);
}

function text(raw: JsonObject, key: string): string | undefined {
  const value = raw[key];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'object') throw badContext(`Expected key [${key}] to be a String, but got [${shown(value)}]`);
  return String(value as string | number);
}
