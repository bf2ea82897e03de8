import { assert } from '../../common/assert.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import { NumericInput } from '../../aggregators/numeric-input.js';
import type { ScanLeaf } from '../../plan/leaf-plan.js';
import type { Block } from '../../vectors/block.js';
import { allRows, rowList, type Selection } from '../../vectors/selection.js';
import type { Table } from '../../vectors/table.js';
import { compileFilter } from '../filter/compile-filter.js';
import { type LeafRun, NO_ARENA, type RunContext, type RunSegment } from '../run.js';
import { BlockSelector } from '../select/block-selector.js';
import { TimeRangeFilter } from '../time-range.js';
import { inPlaceOrder, placeOf, withPlace } from './block-order.js';
import { joinScans } from './join-scans.js';
import { noRows, readRows } from './read-rows.js';
import { orderByTime } from './time-order.js';

export type RowSelector = (segment: RunSegment, block: Block) => Selection;

/** Rows as stored, block by block. With an order and a limit, blocks that cannot hold one of the first rows are passed over. */
export class ScanRun implements LeafRun {
  readonly #plan: ScanLeaf;
  readonly #context: RunContext;
  readonly #select: RowSelector;
  readonly #times = new NumericInput(TIME_COLUMN, { kind: 'long', unparsable: 0n });
  #tables: Table[] = [];
  #numRows = 0;
  /** With an order and a limit: the time of the last row that is still within the limit. */
  #cutoffMs: number | undefined;

  constructor(plan: ScanLeaf, context: RunContext, select = rowSelector(plan, context)) {
    this.#plan = plan;
    this.#context = context;
    this.#select = select;
  }

  get done(): boolean {
    const { maxRows, order } = this.#plan;
    return maxRows !== null && order === 'none' && this.#numRows >= maxRows;
  }

  add(segmentIndex: number, blockIndex: number): void {
    const segment = this.#context.segments[segmentIndex]!;
    const { maxRows, order } = this.#plan;
    // The last rows lie in the last blocks: all others are passed over then.
    const index = order === 'descending' ? segment.numBlocks - 1 - blockIndex : blockIndex;
    const block = segment.block(index);
    if (this.done || this.#isBeyondCutoff(block)) return;
    let selection = this.#select(segment, block);
    if (selection.count === 0) return;
    if (maxRows !== null && selection.count > maxRows - (order === 'none' ? this.#numRows : 0)) {
      selection = this.#firstRows(block, selection, maxRows);
    }
    this.#tables.push(this.#read(segment, block, selection, placeOf(segmentIndex, index)));
    this.#numRows += selection.count;
    const enough = this.#cutoffMs === undefined ? 1 : 2;
    if (maxRows !== null && order !== 'none' && this.#numRows >= enough * maxRows) this.#compact(maxRows, order);
  }

  leave(): Table {
    const { maxRows, order } = this.#plan;
    if (maxRows !== null && order !== 'none' && this.#numRows > maxRows) this.#compact(maxRows, order);
    if (this.#tables.length > 0) return joinScans(this.#tables);
    return withPlace(noRows(this.#plan), 0);
  }

  /** Every thread gives its own rows. */
  finish(): null {
    return null;
  }

  #isBeyondCutoff(block: Block): boolean {
    if (this.#cutoffMs === undefined) return false;
    return this.#plan.order === 'ascending' ? block.minTimeMs > this.#cutoffMs : block.maxTimeMs < this.#cutoffMs;
  }

  /** The rows of a block that can be among the first `maxRows` of the whole. */
  #firstRows(block: Block, selection: Selection, maxRows: number): Selection {
    const rows = rowList(selection);
    const { order } = this.#plan;
    if (order === 'none') return { rows, count: maxRows - this.#numRows };
    if (block.sortedByTime && order === 'ascending') return { rows, count: maxRows };
    this.#times.readDoubles(block, selection, null);
    const times = this.#times.values;
    if (block.sortedByTime) return { rows: lastRows(rows, times, selection.count, maxRows), count: maxRows };
    const sign = order === 'ascending' ? 1 : -1;
    const places = Uint32Array.from({ length: selection.count }, (_, i) => i);
    places.sort((a, b) => (times[a]! - times[b]!) * sign || a - b);
    const kept = places.subarray(0, maxRows).sort();
    return { rows: Uint16Array.from(kept, (place) => rows[place]!), count: maxRows };
  }

  #read(segment: RunSegment, block: Block, selection: Selection, place: number): Table {
    return withPlace(readRows(this.#plan, segment, block, selection, this.#context), place);
  }

  #compact(maxRows: number, order: 'ascending' | 'descending'): void {
    // Without the time column the rows cannot be put in order here: all are kept.
    if (this.#plan.columns.length > 0 && !this.#plan.columns.includes(TIME_COLUMN)) return;
    // Rows of one time keep the order of their blocks, which need not be that in which they came.
    const joined = inPlaceOrder(joinScans(this.#tables));
    const kept = orderByTime(joined, order, 0, maxRows);
    this.#tables = [kept];
    this.#numRows = kept.numRows;
    const times = kept.columns[kept.names.indexOf(TIME_COLUMN)];
    assert(times?.type === 'LONG', `Scan has no LONG column [${TIME_COLUMN}]`);
    if (kept.numRows === maxRows) this.#cutoffMs = Number(times.values[kept.numRows - 1]);
  }
}

/** The rows of a block that a plan keeps; they hold until the next call. */
export function rowSelector(plan: ScanLeaf, context: RunContext): RowSelector {
  return context.home === NO_ARENA ? byFilters(plan) : byKernels(plan, context);
}

/** Of rows in order of time the last ones; of those of one time the first. */
function lastRows(rows: Uint16Array, times: ArrayLike<number>, count: number, maxRows: number): Uint16Array {
  let from = count - maxRows;
  let to = from;
  const time = times[from]!;
  while (to < count && times[to] === time) to++;
  const numOfTime = to - from;
  while (from > 0 && times[from - 1] === time) from--;
  const last = rows.slice(count - maxRows, count);
  last.set(rows.subarray(from, from + numOfTime));
  return last;
}

function byFilters(plan: ScanLeaf): RowSelector {
  const timeRange = new TimeRangeFilter(plan.intervals);
  const filter = plan.filter === null ? null : compileFilter(plan.filter);
  return (_, block) => {
    const selection = timeRange.narrow(block, allRows(block.numRows));
    return filter === null || selection.count === 0 ? selection : filter.narrow(block, selection);
  };
}

function byKernels(plan: ScanLeaf, context: RunContext): RowSelector {
  let selector: BlockSelector | undefined;
  return (segment, block) => {
    selector ??= new BlockSelector(plan, context);
    return selector.toRows(selector.select(segment, block));
  };
}
