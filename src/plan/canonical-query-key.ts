import { jsonText } from '../common/json-write.js';
import type { NativeQuery } from '../query/native-query.js';

/** Context keys that decide how a query runs or is named, never what it answers. */
const IRRELEVANT = new Set(
  'minOffsets queryId subQueryId sqlQueryId timeout timeoutMs priority lane useCache populateCache useResultLevelCache populateResultLevelCache brokerService debug raw'.split(
    ' ',
  ),
);

/** Equal for queries that have the same answer at the same state, whatever their ids, timeouts and order of JSON members. */
export function canonicalQueryKey(query: NativeQuery): string {
  const { raw, ...known } = query.context;
  return jsonText(sorted({ ...query, context: { ...relevant(raw), ...relevant(known) } }));
}

function relevant(context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(context).filter(([key]) => !IRRELEVANT.has(key)));
}

/** The same value with the members of every object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}
