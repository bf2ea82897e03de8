import { DruidError } from '../common/druid-error.js';
import { finishScan } from '../engine/finish.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { ScanLeaf } from '../plan/leaf-plan.js';
import type { ScanQuery } from '../query/native-query.js';
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

async function* unordered(
  query: ScanQuery,
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  scatter: Scatter,
  control: QueryControl,
): AsyncGenerator<Table, void> {
  let skip = query.offset;
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for await (const table of tables(call, fixed, realtime, scatter, control, () => skip + left)) {
    const batch = finishScan({ ...query, offset: skip, limit: Number.isFinite(left) ? left : null }, [table]);
    skip = Math.max(0, skip - table.numRows);
    left -= batch.numRows;
    if (batch.numRows > 0) yield batch;
    if (left <= 0) return;
  }
}

async function* tables(
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  scatter: Scatter,
  control: QueryControl,
  rowsNeeded: () => number,
): AsyncGenerator<Table, void> {
  for (const [dataSource, segments] of fixed.segments) {
    let step = FIRST_STEP_SEGMENTS;
    for (let from = 0; from < segments.length; from += step, step = Math.min(step * 2, LARGEST_STEP_SEGMENTS)) {
      const part = segments.slice(from, from + step);
      const needed = rowsNeeded();
      const plan: ScanLeaf = { ...(call.plan as ScanLeaf), maxRows: Number.isFinite(needed) ? needed : null };
      yield* inOrder(part, await complete(scatter.segments({ ...call, plan }, dataSource, part, control.signal)));
    }
  }
  yield* realtime;
}

/** Historicals answer in any order: rows go out segment by segment, as asked. */
function inOrder(segments: readonly VisibleSegment[], found: readonly Table[]): readonly Table[] {
  if (found.length < 2) return found;
  const place = new Map(segments.map((segment, i) => [segment.row.id, i]));
  const first = (table: Table): number => {
    const column = table.columns.at(-1);
    if (column?.type !== 'STRING' || table.numRows === 0) return 0;
    return place.get(column.dictionary[column.ids[0]!]!) ?? 0;
  };
  return [...found].sort((a, b) => first(a) - first(b));
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
    found.push(...(await complete(scatter.segments(call, dataSource, segments, control.signal))));
  }
  const table = finishScan(query, found);
  if (table.numRows > 0) yield table;
}

async function complete(gathering: Promise<Gathered>): Promise<readonly Table[]> {
  const gathered = await gathering;
  if (gathered.kind === 'complete') return gathered.tables;
  throw new DruidError(`Scan cannot be completed: ${gathered.reason}`, {
    category: 'SERVICE_UNAVAILABLE',
    persona: 'OPERATOR',
    errorCode: 'stateUnavailable',
  });
}
