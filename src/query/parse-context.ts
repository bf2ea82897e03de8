/** Query context: known keys typed, with numbers and booleans also as text. @source Druid `QueryContexts.java` */
import { type JsonObject, kindOf, shown } from './json-fields.js';
import { minOffsetsOf } from './min-offsets.js';
import type { QueryContext } from './native-query.js';
import { badContext, mismatched } from './query-errors.js';

/** `druid.server.http.defaultQueryTimeout`. */
const DEFAULT_TIMEOUT_MS = 300_000;
/** Node timers cannot wait longer (24 days); a longer timeout is none. */
const MAX_TIMEOUT_MS = 2_147_483_647;
const DEFAULT_MAX_SUBQUERY_ROWS = 100_000;

/**
 * @param newQueryId makes the id of a query that has none
 * @throws DruidError INVALID_INPUT in the envelope of a context error
 */
export function parseContext(json: unknown, newQueryId: () => string): QueryContext {
  if (json !== undefined && json !== null && (typeof json !== 'object' || Array.isArray(json))) {
    throw mismatched(
      `Cannot deserialize value of type \`java.util.LinkedHashMap<java.lang.String,java.lang.Object>\` from ${kindOf(json)} value`,
    );
  }
  const raw = withoutBigInts(json ?? {}) as JsonObject;
  assertIgnoredKeys(raw);
  const timeoutMs = number(raw, 'timeout', 'long', DEFAULT_TIMEOUT_MS);
  if (timeoutMs < 0) throw badContext(`Timeout must be a non negative value, but was [${timeoutMs}]`);
  return {
    queryId: text(raw, 'queryId') ?? newQueryId(),
    timeoutMs: timeoutMs > MAX_TIMEOUT_MS ? 0 : timeoutMs,
    priority: number(raw, 'priority', 'integer', 0),
    lane: text(raw, 'lane') ?? null,
    useCache: boolean(raw, 'useCache', true),
    populateCache: boolean(raw, 'populateCache', true),
    useResultLevelCache: boolean(raw, 'useResultLevelCache', true),
    populateResultLevelCache: boolean(raw, 'populateResultLevelCache', true),
    bySegment: boolean(raw, 'bySegment', false),
    finalize: raw['finalize'] === undefined || raw['finalize'] === null ? null : boolean(raw, 'finalize', true),
    maxSubqueryRows: number(raw, 'maxSubqueryRows', 'integer', DEFAULT_MAX_SUBQUERY_ROWS),
    maxSubqueryBytes: maxSubqueryBytes(raw),
    maxScatterGatherBytes: number(raw, 'maxScatterGatherBytes', 'long', 0) || null,
    uncoveredIntervalsLimit: number(raw, 'uncoveredIntervalsLimit', 'integer', 0),
    groupByEnableMultiValueUnnesting: boolean(raw, 'groupByEnableMultiValueUnnesting', true),
    maxRowsQueuedForOrdering: number(raw, 'maxRowsQueuedForOrdering', 'integer', 100_000),
    maxSegmentPartitionsOrderedInMemory: number(raw, 'maxSegmentPartitionsOrderedInMemory', 'integer', 50),
    skipEmptyBuckets: boolean(raw, 'skipEmptyBuckets', false),
    grandTotal: boolean(raw, 'grandTotal', false),
    resultAsArray: boolean(raw, 'resultAsArray', false),
    sortByDimsFirst: boolean(raw, 'sortByDimsFirst', false),
    serializeDateTimeAsLong: boolean(raw, 'serializeDateTimeAsLong', false),
    serializeDateTimeAsLongInner: boolean(raw, 'serializeDateTimeAsLongInner', false),
    minTopNThreshold: number(raw, 'minTopNThreshold', 'integer', 1000),
    includeState: boolean(raw, 'includeState', false),
    includeProfile: boolean(raw, 'includeProfile', false),
    minOffsets: minOffsetsOf(raw),
    raw,
  };
}

/** `disabled` and `auto` set no limit: memory has its own. */
function maxSubqueryBytes(raw: JsonObject): number | null {
  const value = raw['maxSubqueryBytes'];
  if (typeof value === 'string' && /^(disabled|auto)$/i.test(value)) return null;
  const bytes = number(raw, 'maxSubqueryBytes', 'long', -1);
  return bytes > 0 ? bytes : null;
}

/** Keys that change nothing here, yet are refused when their values cannot be meant. */
const IGNORED_BOOLEANS =
  'applyLimitPushDown forceLimitPushDown applyLimitPushDownToSegment forceHashAggregation groupByIsSingleThreaded mergeThreadLocal forcePushDownNestedQuery secondaryPartitionPruning enableJoinFilterPushDown enableJoinFilterRewrite enableJoinFilterRewriteValueColumnFilters enableRewriteJoinToFilter enableParallelMerge useFilterCNF returnPartialResults debug cursorAutoArrangeFilters noProjections forceProjections'.split(
    ' ',
  );
const IGNORED_INTEGERS =
  'vectorSize numRetriesOnMissingSegments bufferGrouperInitialBuckets intermediateCombineDegree numParallelCombineThreads parallelMergeParallelism parallelMergeInitialYieldRows'.split(
    ' ',
  );
const IGNORED_LONGS = ['maxQueuedBytes', 'joinFilterRewriteMaxSize'];
const VECTORIZE = ['FALSE', 'TRUE', 'FORCE'];

function assertIgnoredKeys(raw: JsonObject): void {
  for (const key of IGNORED_BOOLEANS) boolean(raw, key, false);
  for (const key of IGNORED_INTEGERS) number(raw, key, 'integer', 0);
  for (const key of IGNORED_LONGS) number(raw, key, 'long', 0);
  for (const key of ['vectorize', 'vectorizeVirtualColumns']) assertVectorize(raw, key);
}

function assertVectorize(raw: JsonObject, key: string): void {
  const value = raw[key];
  if (value === undefined || value === null) return;
  if (typeof value !== 'string' && typeof value !== 'boolean') throw badType(key, 'of type [Vectorize]', value);
  if (VECTORIZE.includes(String(value).toUpperCase())) return;
  const expected = `referring to one of the values [${VECTORIZE.join(',')}] of enum [Vectorize]`;
  throw badContext(`Expected key [${key}] to be ${expected}, but got [${String(value)}]`);
}

/** What leaves the parser survives JSON; no context key needs more than 53 bits. */
function withoutBigInts(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withoutBigInts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutBigInts(member)]));
}

/** A whole number of a context, or `byDefault`. @throws DruidError INVALID_INPUT in the envelope of a context error */
export function number(raw: JsonObject, key: string, format: 'long' | 'integer', byDefault: number): number {
  const value = raw[key];
  if (value === undefined || value === null) return byDefault;
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value);
  // Java reads `12.00` too, but no other fraction.
  if (typeof value === 'string' && /^[+-]?\d{1,19}(\.0*)?$/.test(value)) return Math.trunc(Number(value));
  if (typeof value !== 'string') throw badType(key, format === 'long' ? 'a Long' : 'an Integer', value);
  throw badContext(`Expected key [${key}] to be in ${format} format, but got [${value}]`);
}

function boolean(raw: JsonObject, key: string, byDefault: boolean): boolean {
  const value = raw[key];
  if (value === undefined || value === null) return byDefault;
  if (typeof value === 'boolean') return value;
  // Java's Boolean.parseBoolean: any other text is false.
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  throw badType(key, 'a Boolean', value);
}

function text(raw: JsonObject, key: string): string | undefined {
  const value = raw[key];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw badType(key, 'a String', value);
  return value;
}

function badType(key: string, expected: string, value: unknown): Error {
  return badContext(`Expected key [${key}] to be ${expected}, but got [${javaClassOf(value)}]`);
}

/** The class that Jackson reads a value as. */
function javaClassOf(value: unknown): string {
  if (Array.isArray(value)) return 'java.util.ArrayList';
  switch (typeof value) {
    case 'boolean':
      return 'java.lang.Boolean';
    case 'string':
      return 'java.lang.String';
    case 'number': {
      const isInt = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
      return isInt ? 'java.lang.Integer' : Number.isInteger(value) ? 'java.lang.Long' : 'java.lang.Double';
    }
    case 'object':
      return 'java.util.LinkedHashMap';
    default:
      return shown(value);
  }
}
