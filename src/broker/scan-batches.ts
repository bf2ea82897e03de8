import { DruidError } from '../common/druid-error.js';
import { finishScan } from '../engine/finish.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { ScanLeaf } from '../plan/leaf-plan.js';
import type { ScanQuery } from '../query/native-query.js';
import { takeRows } from '../vectors/take-rows.js';
import type { Table } from '../vectors/table.js';
import type { FixedState } from './fixed-state.js';
import type { QueryControl } from './query-control.js';
import type { Gathered, LeafCall, Scatter } from './scatter.js';

/** Stored segments that one step of an unordered scan asks for; doubled while they give too few rows. */
const FIRST_STEP_SEGMENTS = 1;
const LARGEST_STEP_SEGMENTS = 16;

/**
 * The rows of a scan, step by step, so that a long one is never held whole. Without an order: segments in time order, then the
 * real-time rows, and no further segment is read once the limit is met. With a time order all rows meet here first.
 */
export async function* scanBatches(
  query: ScanQuery,
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  scatter: Scatter,
  control: QueryControl,
): AsyncGenerator<Table, void> {
  if (query.order === 'none') yield* unordered(query, call, fixed, realtime, scatter, control);
  else yield* ordered(query, call, fixed, realtime, scatter, control);
}

/** The part of the rows that is still to come. */
interface Rest {
  skip: number;
  /** Rows after those to skip. */
  left: number;
}

async function* unordered(
  query: ScanQuery,
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  scatter: Scatter,
  control: QueryControl,
): AsyncGenerator<Table, void> {
  const rest: Rest = { skip: query.offset, left: query.limit ?? Number.POSITIVE_INFINITY };
  for await (const table of tables(call, fixed, realtime, scatter, control, rest)) {
    const limit = Number.isFinite(rest.left) ? rest.left : null;
    const batch = finishScan({ ...query, offset: rest.skip, limit }, [table]);
    rest.skip = Math.max(0, rest.skip - table.numRows);
    rest.left -= batch.numRows;
    if (batch.numRows > 0) yield batch;
    if (rest.left <= 0) return;
  }
}

/** Rows in one order, whatever of them is skipped: that of segments, then the real-time ones. */
async function* tables(
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  scatter: Scatter,
  control: QueryControl,
  rest: Rest,
): AsyncGenerator<Table, void> {
  const leaf = call.plan as ScanLeaf;
  for (const [dataSource, segments] of fixed.segments) {
    let step = FIRST_STEP_SEGMENTS;
    for (let from = 0; from < segments.length; ) {
      const whole = wholeRows(leaf, segments[from]!);
      if (whole <= rest.skip) {
        rest.skip -= whole;
        from++;
        continue;
      }
      const next = segments.slice(from, from + step);
      const part = rest.skip > 0 ? next.slice(0, scatter.numOnOneNode(next)) : next;
      const maxRows = Number.isFinite(rest.left) ? rest.skip + rest.left : null;
      const plan: ScanLeaf = { ...leaf, maxRows, ...(maxRows !== null && { skipRows: rest.skip }) };
      const found = await complete(scatter.segments({ ...call, plan }, dataSource, part, control.signal));
      rest.skip -= found.rowsSkipped;
      yield* inOrder(part, found.tables);
      from += part.length;
      step = Math.min(step * 2, LARGEST_STEP_SEGMENTS);
    }
  }
  yield* realtime;
}

/** How many rows a segment gives, where that is known without a look at them; else Infinity. */
function wholeRows({ filter, intervals }: ScanLeaf, { row, clip }: VisibleSegment): number {
  const isWhole = intervals.some(({ startMs, endMs }) => startMs <= row.minTimeMs && row.maxTimeMs < endMs);
  return filter === null && clip === null && isWhole ? row.numRows : Number.POSITIVE_INFINITY;
}

/** Historicals answer in any order, each of segments that need not lie beside each other: rows go out segment by segment, as asked. */
function inOrder(segments: readonly VisibleSegment[], found: readonly Table[]): readonly Table[] {
  if (found.length < 2) return found;
  const place = new Map(segments.map((segment, i) => [segment.row.id, i]));
  const parts = found.flatMap((table) => bySegment(table));
  return parts.sort((a, b) => (place.get(a.segmentId) ?? 0) - (place.get(b.segmentId) ?? 0)).map(({ rows }) => rows);
}

function bySegment(table: Table): { readonly segmentId: string; readonly rows: Table }[] {
  const column = table.columns.at(-1);
  if (column?.type !== 'STRING') return [];
  const { ids, dictionary } = column;
  const parts = [];
  for (let from = 0, to = 0; from < table.numRows; from = to) {
    while (to < table.numRows && ids[to] === ids[from]) to++;
    const length = to - from;
    const start = from;
    const rows = takeRows(
      table,
      Uint32Array.from({ length }, (_, i) => start + i),
    );
    parts.push({ segmentId: dictionary[ids[from]!]!, rows });
  }
  return parts;
}

async function* ordered(
  query: ScanQuery,
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  scatter: Scatter,
  control: QueryControl,
): AsyncGenerator<Table, void> {
  const found = [...realtime];
  for (const [dataSource, segments] of fixed.segments) {
    const { tables: part } = await complete(scatter.segments(call, dataSource, segments, control.signal));
    found.push(...part);
  }
  const table = finishScan(query, found);
  if (table.numRows > 0) yield table;
}

async function complete(gathering: Promise<Gathered>): Promise<Gathered & { kind: 'complete' }> {
  const gathered = await gathering;
  if (gathered.kind === 'complete') return gathered;
  throw new DruidError(`Scan cannot be completed: ${gathered.reason}`, {
    category: 'SERVICE_UNAVAILABLE',
    persona: 'OPERATOR',
    errorCode: 'stateUnavailable',
  });
}
