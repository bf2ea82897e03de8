import { createAggregator } from '../../aggregators/create-aggregator.js';
import type { GroupedAggregator } from '../../aggregators/grouped-aggregator.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import type { AggregatorSpec } from '../../query/native-query.js';
import { concatTables } from '../../vectors/concat-tables.js';
import { allRows, type Selection } from '../../vectors/selection.js';
import { takeRows } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { compileFilter } from '../filter/compile-filter.js';
import { heapSegment } from '../heap/heap-segment.js';
import type { RowBatch } from '../heap/row-batch.js';
import type { RunSegment } from '../run.js';
import type { Frames } from './frames.js';
import type { MemoryBudget } from './memory-budget.js';

const BLOCK_ROWS = 65_536;
const TIMELESS = { minTimeMs: 0, maxTimeMs: 0 };

export interface FramedWork {
  readonly batch: RowBatch;
  readonly frames: Frames;
  readonly context: FunctionContext;
  readonly budget: MemoryBudget;
  /** Lets other work go on; throws when nobody wants the result any more. */
  readonly turn: () => Promise<void>;
}

/** The final value of an aggregator over each frame, one row a frame. */
export async function framedAggregate(spec: AggregatorSpec, work: FramedWork): Promise<TableColumn> {
  const make = (): GroupedAggregator => createAggregator(spec, compileFilter, work.context);
  const segment = heapSegment(work.batch, TIMELESS);
  if (areApart(work.frames)) return apart(make(), segment, work);
  return overlapping(make, segment, work);
}

/** No row is in two frames. */
function areApart({ from, to }: Frames): boolean {
  for (let i = 1; i < from.length; i++) if (from[i]! < to[i - 1]!) return false;
  return true;
}

/** One pass: a row belongs to one frame. */
async function apart(aggregator: GroupedAggregator, segment: RunSegment, work: FramedWork): Promise<TableColumn> {
  const { from, to } = work.frames;
  aggregator.ensure(from.length);
  let frame = 0;
  for (let b = 0; b < segment.numBlocks; b++) {
    await work.turn();
    const block = segment.block(b);
    const rows = new Uint16Array(block.numRows);
    const groups = new Uint32Array(block.numRows);
    let count = 0;
    for (let i = 0; i < block.numRows; i++) {
      const row = b * BLOCK_ROWS + i;
      while (frame < to.length && to[frame]! <= row) frame++;
      if (frame === to.length || from[frame]! > row) continue;
      rows[count] = i;
      groups[count++] = frame;
    }
    const selection: Selection = count === block.numRows ? allRows(count) : { rows, count };
    if (count > 0) aggregator.aggregate(block, selection, groups.subarray(0, count));
  }
  return aggregator.finish();
}

/**
 * A tree of states: level k has one state for each 2^k rows, and a frame is the sum of at most two of each level. Any aggregator can do
 * this, since its states merge; a pass over a frame for each row would be quadratic.
 */
async function overlapping(make: () => GroupedAggregator, segment: RunSegment, work: FramedWork): Promise<TableColumn> {
  const { frames, budget, turn } = work;
  const low = frames.from.slice();
  const high = frames.to.slice();
  const result = make();
  result.ensure(low.length);
  let level = await rowStates(make, segment, work);
  while (level.numRows > 0) {
    await turn();
    const parts = takeLevel(low, high);
    if (parts.nodes.length > 0) result.mergeState(takeRows(level, parts.nodes).columns, parts.frames);
    if (level.numRows === 1) break;
    const next = halved(make(), level);
    budget.assertHolds(next);
    level = next;
  }
  return result.finish();
}

/** The state of each row alone. */
async function rowStates(make: () => GroupedAggregator, segment: RunSegment, work: FramedWork): Promise<Table> {
  const parts: Table[] = [];
  for (let b = 0; b < segment.numBlocks; b++) {
    await work.turn();
    const block = segment.block(b);
    const aggregator = make();
    aggregator.ensure(block.numRows);
    aggregator.aggregate(
      block,
      allRows(block.numRows),
      Uint32Array.from({ length: block.numRows }, (_, row) => row),
    );
    const part = { numRows: block.numRows, names: aggregator.stateNames, columns: aggregator.exportState() };
    parts.push(part);
    work.budget.assertHolds(...parts);
  }
  return concatTables(parts);
}

/** The next level: states of neighbours merged. */
function halved(aggregator: GroupedAggregator, level: Table): Table {
  const numRows = Math.ceil(level.numRows / 2);
  aggregator.ensure(numRows);
  const groups = new Uint32Array(level.numRows);
  for (let i = 0; i < groups.length; i++) groups[i] = i >>> 1;
  aggregator.mergeState(level.columns, groups);
  return { numRows, names: level.names, columns: aggregator.exportState() };
}

/** What frames take of a level: those at their ends that have no whole pair; then `low` and `high` are bounds in the next level. */
function takeLevel(low: Uint32Array, high: Uint32Array): { readonly nodes: Uint32Array; readonly frames: Uint32Array } {
  const nodes = new Uint32Array(low.length * 2);
  const frames = new Uint32Array(low.length * 2);
  let count = 0;
  for (let frame = 0; frame < low.length; frame++) {
    let [from, to] = [low[frame]!, high[frame]!];
    if (from >= to) continue;
    if ((from & 1) === 1) {
      nodes[count] = from++;
      frames[count++] = frame;
    }
    if ((to & 1) === 1) {
      nodes[count] = --to;
      frames[count++] = frame;
    }
    low[frame] = from >>> 1;
    high[frame] = to >>> 1;
  }
  return { nodes: nodes.subarray(0, count), frames: frames.subarray(0, count) };
}
