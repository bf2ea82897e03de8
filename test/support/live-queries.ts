/** Random live queries over the events of an oracle, and what each must answer, told apart from the engine. */
import type { LiveQuery } from '../../src/client/live-client.js';
import type { Randomness } from '../../src/platform/randomness.js';
import type { OracleEvent } from './event-oracle.js';

type Row = Readonly<Record<string, unknown>>;

export interface RandomQuery {
  readonly kind: 'timeseries' | 'topN' | 'groupBy' | 'sql';
  readonly dataSource: string;
  /** Rows of a minute and page are one, with the columns count, added and most. */
  readonly isRollup: boolean;
  readonly periodMs: number;
  readonly bucketMs: number | null;
  /** Null = all time. */
  readonly windowSeconds: number | null;
  readonly pages: readonly string[] | null;
  readonly minAdded: number | null;
  readonly minCount: number | null;
  readonly threshold: number | null;
}

const MINUTE_MS = 60_000;

export function randomQuery(random: Randomness, dataSource: string, isRollup: boolean): RandomQuery {
  const below = (n: number): number => Math.floor(random.nextDouble() * n);
  const maybe = <T>(share: number, value: T): T | null => (random.nextDouble() < share ? value : null);
  const kind = (['timeseries', 'topN', 'groupBy', 'sql'] as const)[below(4)]!;
  const windowSeconds = maybe(0.4, isRollup ? 60 + below(120) : 1 + below(20));
  const hasGroups = kind === 'groupBy' || kind === 'sql';
  return {
    kind,
    dataSource,
    isRollup,
    periodMs: 100 + below(4) * 100,
    bucketMs: kind === 'topN' || windowSeconds !== null ? null : maybe(0.5, [MINUTE_MS, 60 * MINUTE_MS][below(2)]!),
    windowSeconds,
    pages: maybe(
      0.4,
      Array.from({ length: 1 + below(5) }, () => `page-${1 + below(20)}`),
    ),
    minAdded: isRollup ? null : maybe(0.4, below(1000)),
    minCount: hasGroups ? maybe(0.4, 1 + below(50)) : null,
    threshold: kind === 'topN' ? [3, 10, 1000][below(3)]! : null,
  };
}

export function requestOf(query: RandomQuery): LiveQuery {
  const { kind, periodMs } = query;
  if (kind === 'sql') return { periodMs, sql: statementOf(query) };
  const window = query.windowSeconds === null ? {} : { window: `PT${query.windowSeconds}S` };
  return { periodMs, ...window, query: nativeOf(query) };
}

function nativeOf({
  kind,
  dataSource,
  isRollup,
  bucketMs,
  pages,
  minAdded,
  minCount,
  threshold,
  windowSeconds,
}: RandomQuery): object {
  const fields: object[] = [];
  if (pages !== null) fields.push({ type: 'in', dimension: 'page', values: pages });
  if (minAdded !== null) fields.push({ type: 'range', column: 'added', matchValueType: 'LONG', lower: minAdded });
  const having = { type: 'greaterThan', aggregation: 'count', value: (minCount ?? 0) - 1 };
  return {
    queryType: kind,
    dataSource,
    granularity: bucketMs === null ? 'all' : bucketMs === MINUTE_MS ? 'minute' : 'hour',
    aggregations: [
      isRollup ? { type: 'longSum', name: 'count', fieldName: 'count' } : { type: 'count', name: 'count' },
      { type: 'longSum', name: 'added', fieldName: 'added' },
      { type: 'longMax', name: 'most', fieldName: isRollup ? 'most' : 'added' },
    ],
    ...(windowSeconds === null ? { intervals: ['2000-01-01/2100-01-01'] } : {}),
    ...(fields.length > 0 ? { filter: { type: 'and', fields } } : {}),
    ...(kind === 'timeseries' ? { context: { skipEmptyBuckets: true } } : {}),
    ...(kind === 'topN' ? { dimension: 'page', metric: 'added', threshold } : {}),
    ...(kind === 'groupBy' ? { dimensions: ['page'] } : {}),
    ...(minCount === null ? {} : { having }),
  };
}

function statementOf({
  dataSource,
  isRollup,
  bucketMs,
  pages,
  minAdded,
  minCount,
  windowSeconds,
}: RandomQuery): string {
  const count = isRollup ? 'SUM("count")' : 'COUNT(*)';
  const bucket = bucketMs === MINUTE_MS ? "TIME_FLOOR(__time, 'PT1M')" : "TIME_FLOOR(__time, 'PT1H')";
  const conditions = [
    ...(windowSeconds === null ? [] : [`__time >= CURRENT_TIMESTAMP - INTERVAL '${windowSeconds}' SECOND(3)`]),
    ...(pages === null ? [] : [`page IN (${pages.map((page) => `'${page}'`).join()})`]),
    ...(minAdded === null ? [] : [`added >= ${minAdded}`]),
  ];
  const columns = [
    'page',
    ...(bucketMs === null ? [] : [`${bucket} AS bucket`]),
    ...(windowSeconds === null ? [] : ['CURRENT_TIMESTAMP AS evaluated']),
    `${count} AS "count"`,
    'SUM(added) AS added',
    `MAX(${isRollup ? 'most' : 'added'}) AS most`,
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const having = minCount === null ? '' : ` HAVING ${count} >= ${minCount}`;
  return `SELECT ${columns.join()} FROM ${dataSource}${where} GROUP BY 1${bucketMs === null ? '' : ', 2'}${having}`;
}

/** What is wrong with an answer over these events; undefined when nothing is. */
export function faultOf(query: RandomQuery, events: Iterable<OracleEvent>, result: readonly Row[]): string | undefined {
  const found = rowsOf(query, result);
  const [first] = found;
  // An empty answer does not say what time it is of.
  if (first === undefined && query.windowSeconds !== null) return undefined;
  const expected = expectedOf(query, events, first?.at ?? 0);
  const wrong = found.find(({ key, values }) => expected.get(key)?.join() !== values);
  if (wrong !== undefined) return `${wrong.key}: ${wrong.values}, expected ${String(expected.get(wrong.key))}`;
  const wanted = Math.min(expected.size, query.threshold ?? Number.POSITIVE_INFINITY);
  const keys = new Set(found.map(({ key }) => key));
  if (keys.size !== wanted || found.length !== wanted) return `${found.length} rows, expected ${wanted}`;
  if (query.threshold === null) return undefined;
  const best = [...expected.values()].map(([, added]) => added).sort((a, b) => b - a);
  const isTop = found.every(({ values }, i) => Number(values.split(',')[1]) === best[i]);
  return isTop ? undefined : `order ${found.map(({ values }) => values).join(' ')}`;
}

interface FoundRow {
  readonly key: string;
  /** Count, sum and greatest. */
  readonly values: string;
  /** Epoch ms where the window of the answer begins. */
  readonly at: number;
}

function rowsOf({ kind, bucketMs, windowSeconds }: RandomQuery, result: readonly Row[]): FoundRow[] {
  return result.flatMap((row) => {
    const time = Date.parse(String(row['timestamp'] ?? row['evaluated']));
    const at = kind === 'sql' ? time - (windowSeconds ?? 0) * 1000 : time;
    const bucket = bucketMs === null ? '' : Date.parse(String(row['timestamp'] ?? row['bucket']));
    const inner = kind === 'sql' ? row : row[kind === 'groupBy' ? 'event' : 'result'];
    return ((Array.isArray(inner) ? inner : [inner]) as Row[]).map((values) => ({
      key: `${bucket}|${String(values['page'] ?? '')}`,
      values: [values['count'], values['added'], values['most']].join(),
      at,
    }));
  });
}

function expectedOf(
  query: RandomQuery,
  events: Iterable<OracleEvent>,
  fromMs: number,
): Map<string, readonly [number, number, number]> {
  const { kind, isRollup, bucketMs, windowSeconds, pages, minAdded, minCount } = query;
  const groups = new Map<string, readonly [number, number, number]>();
  for (const { time, page, added } of events) {
    const eventMs = Date.parse(time);
    const timeMs = isRollup ? eventMs - (eventMs % MINUTE_MS) : eventMs;
    // The end of a native window is the evaluation; what is newer is not there yet.
    if (windowSeconds !== null && timeMs < fromMs) continue;
    if (windowSeconds !== null && kind !== 'sql' && timeMs > fromMs + windowSeconds * 1000) continue;
    if (pages !== null && !pages.includes(page)) continue;
    if (minAdded !== null && added < minAdded) continue;
    const bucket = bucketMs === null ? '' : timeMs - (timeMs % bucketMs);
    const key = `${bucket}|${kind === 'timeseries' ? '' : page}`;
    const [count, sum, most] = groups.get(key) ?? [0, 0, 0];
    groups.set(key, [count + 1, sum + added, Math.max(most, added)]);
  }
  return new Map([...groups].filter(([, [count]]) => count >= (minCount ?? 0)));
}
