import { freeRowTexts } from '../engine/scan/read-rows.js';
import { finishScan } from '../engine/finish.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { ScanLeaf } from '../plan/leaf-plan.js';
import type { ScanQuery } from '../query/native-query.js';
import type { Table } from '../vectors/table.js';
import { cutTable, inWholeBatches, lastTime, withoutTime, withTime } from './scan-rows.js';
import { type Rest, ScanSteps } from './scan-steps.js';
import type { FixedState } from './fixed-state.js';
import type { QueryControl } from './query-control.js';
import type { LeafCall, Scatter } from './scatter.js';
import { timeGroups } from './time-groups.js';

/**
 * The rows of a scan, step by step, so that a long one is never held whole. Without an order: segments in time order, then the
 * real-time rows. With one: what lies together in time meets here. No further segment is read once the limit is met.
 */
export async function* scanBatches(
  query: ScanQuery,
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  scatter: Scatter,
  control: QueryControl,
): AsyncGenerator<Table, void> {
  const rest: Rest = { skip: query.offset, left: query.limit ?? Number.POSITIVE_INFINITY };
  const steps = new ScanSteps(call, query.batchSize, scatter, control, rest);
  if (query.order === 'none') yield* cut(unordered(fixed, realtime, steps), rest);
  // Batches of rows in order do not tell where segments end.
  else yield* inWholeBatches(cut(ordered(query, call, fixed, realtime, steps), rest), query.batchSize);
}

/** Leaves out what is to be skipped, and ends at the limit. */
async function* cut(tables: AsyncIterable<Table>, rest: Rest): AsyncGenerator<Table, void> {
  for await (const table of tables) {
    const batch = cutTable(table, rest.skip, rest.left);
    rest.skip = Math.max(0, rest.skip - table.numRows);
    rest.left -= batch.numRows;
    if (batch !== table) freeRowTexts(table);
    if (batch.numRows > 0) yield batch;
    if (rest.left <= 0) return;
  }
}

/** Rows in one order, whatever of them is skipped: that of segments, then the real-time ones. */
async function* unordered(
  fixed: FixedState,
  realtime: readonly Table[],
  steps: ScanSteps,
): AsyncGenerator<Table, void> {
  for (const [dataSource, segments] of fixed.segments) yield* steps.segments(dataSource, segments);
  yield* realtime;
}

async function* ordered(
  query: ScanQuery,
  call: LeafCall,
  fixed: FixedState,
  realtime: readonly Table[],
  steps: ScanSteps,
): AsyncGenerator<Table, void> {
  const inOrder = (tables: readonly Table[]): Table => finishScan({ ...query, offset: 0, limit: null }, tables);
  const groups = timeGroups(fixed, realtime, (call.plan as ScanLeaf).intervals);
  if (query.order === 'descending') groups.reverse();
  for (const { segments, tables } of groups) {
    const [only] = segments;
    if (only !== undefined && segments.length === 1 && tables.length === 0 && steps.areWorthIt(only.segment)) {
      yield* oneSegment(query, only.dataSource, only.segment, steps, inOrder);
      continue;
    }
    const found = [...tables];
    for (const dataSource of new Set(segments.map((one) => one.dataSource))) {
      const own = segments.filter((one) => one.dataSource === dataSource).map(({ segment }) => segment);
      found.push(...(await steps.whole(dataSource, own)));
    }
    yield inOrder(found);
  }
}

/** A segment is stored in order of time, so its blocks follow each other; rows of one time may lie in two of them, and keep their order. */
async function* oneSegment(
  query: ScanQuery,
  dataSource: string,
  segment: VisibleSegment,
  steps: ScanSteps,
  inOrder: (tables: readonly Table[]) => Table,
): AsyncGenerator<Table, void> {
  const isBackwards = query.order === 'descending';
  let held: Table | null = null;
  for await (const tables of steps.blocks(dataSource, segment, isBackwards)) {
    const table = inOrder(held === null ? tables : [...tables, held]);
    if (!isBackwards) {
      yield table;
      continue;
    }
    // Rows of the same time that lie before these are to come first.
    const last = lastTime(table);
    held = last === undefined ? null : withTime(table, last);
    if (last !== undefined) yield withoutTime(table, last);
  }
  if (held !== null) yield held;
}
