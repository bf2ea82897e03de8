import { assert } from '../../common/assert.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import type { Interval } from '../../common/interval.js';
import type { Block, StoredVector } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import { CALL_NS, scanCost } from './costs.js';
import { elementsView, eachRange, elementTest, wideTest } from './element-test.js';
import { longElements, type NarrowType } from './element-bounds.js';
import type { Verdict } from '../filter/filter-verdict.js';
import type { RowTest } from './row-test.js';
import type { BlockScope, Found, SelectorNode } from './selector-node.js';
import type { Workspace } from './workspace.js';

/** Rows [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Keeps the rows whose time lies in one of the plan's intervals: in sorted blocks by binary search. */
export class TimeNode implements SelectorNode {
  readonly #intervals: readonly Interval[];
  readonly #depth: number;
  readonly #workspace: Workspace;
  #block: Block | undefined;
  #touching: readonly Interval[] = [];

  /** @param intervals condensed and sorted */
  constructor(intervals: readonly Interval[], depth: number, workspace: Workspace) {
    this.#intervals = intervals;
    this.#depth = depth;
    this.#workspace = workspace;
  }

  verdict({ block }: BlockScope): Verdict {
    return timeVerdict(this.#touchingOf(block), block.minTimeMs, block.maxTimeMs);
  }

  /** The rows of a sorted block when they lie together; undefined when they need not. */
  range({ block, numRows }: BlockScope): RowRange | undefined {
    const touching = this.#touchingOf(block);
    const [only] = touching;
    if (!block.sortedByTime || touching.length !== 1 || only === undefined) return undefined;
    return this.#rowsOf(block, numRows, only);
  }

  cost({ block, numRows }: BlockScope): number {
    const parts = this.#touchingOf(block).length;
    return parts * (block.sortedByTime ? 5 * CALL_NS : scanCost('i32', numRows));
  }

  share({ block }: BlockScope): number {
    let covered = 0;
    for (const { startMs, endMs } of this.#touchingOf(block)) {
      covered += Math.min(endMs, block.maxTimeMs + 1) - Math.max(startMs, block.minTimeMs);
    }
    return covered / (block.maxTimeMs + 1 - block.minTimeMs);
  }

  bits(scope: BlockScope, out: Pointer): number {
    const { block, numRows } = scope;
    if (!block.sortedByTime) return this.#test(scope).bits(out);
    const { kernels } = this.#workspace;
    return eachRange(this.#touchingOf(block), numRows, out, this.#depth, this.#workspace, (interval, to) => {
      const rows = this.#rowsOf(block, numRows, interval);
      kernels.bitsRange(rows.from, rows.to, numRows, to);
      return rows.to - rows.from;
    });
  }

  find(scope: BlockScope, out: Pointer): Found {
    return { rows: 0, count: this.bits(scope, out) };
  }

  keep(scope: BlockScope, rows: Uint16Array, n: number): number {
    return this.#test(scope).keep(rows, n);
  }

  #touchingOf(block: Block): readonly Interval[] {
    if (this.#block !== block) {
      this.#touching = touchingIntervals(this.#intervals, block.minTimeMs, block.maxTimeMs);
      this.#block = block;
    }
    return this.#touching;
  }

  /** The comparison with the touching intervals row by row. */
  #test({ block, numRows }: BlockScope): RowTest {
    const times = timesOf(block);
    const ranges = this.#touching.map(({ startMs, endMs }) => ({ low: BigInt(startMs), high: BigInt(endMs) - 1n }));
    const [depth, workspace] = [this.#depth, this.#workspace];
    const { type } = times;
    assert(type !== null, `Column [${TIME_COLUMN}] is constant in a block of several times`);
    if (type === 'i64') return wideTest(times, ranges, false, numRows, depth, workspace);
    const elements = ranges.map(({ low, high }) => longElements(low, high, times.base, type));
    const found = elements.filter(({ low, high }) => low <= high);
    return elementTest(times, type, found, false, numRows, depth, workspace);
  }

  #rowsOf(block: Block, numRows: number, { startMs, endMs }: Interval): RowRange {
    const times = timesOf(block);
    const elements = this.#elements(times, numRows);
    const from = firstAtLeast(elements, times.base, numRows, startMs);
    return { from, to: firstAtLeast(elements, times.base, numRows, endMs) };
  }

  #elements(times: TimeVector, numRows: number): ArrayLike<number | bigint> {
    const { arena, values, type } = times;
    if (type === null) return new Uint8Array(numRows);
    if (type !== 'i64') return elementsView(times, type as NarrowType, numRows, this.#workspace);
    return new BigInt64Array(this.#workspace.buffer(arena, values + 8 * numRows), values, numRows);
  }
}

/** What intervals that touch a block say of its rows. */
export function timeVerdict(touching: readonly Interval[], minTimeMs: number, maxTimeMs: number): Verdict {
  if (touching.length === 0) return 'none';
  const [first] = touching;
  return touching.length === 1 && first!.startMs <= minTimeMs && first!.endMs > maxTimeMs ? 'all' : 'some';
}

/** Those of condensed, sorted intervals that meet [minTimeMs, maxTimeMs]. */
export function touchingIntervals(
  intervals: readonly Interval[],
  minTimeMs: number,
  maxTimeMs: number,
): readonly Interval[] {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (intervals[middle]!.endMs <= minTimeMs) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < intervals.length && intervals[end]!.startMs <= maxTimeMs) end++;
  return intervals.slice(low, end);
}

type TimeVector = Extract<StoredVector, { readonly kind: 'ints' }>;

function timesOf(block: Block): TimeVector {
  const vector = block.stored(TIME_COLUMN);
  assert(vector?.kind === 'ints' && vector.logical === 'long', `Block has no column [${TIME_COLUMN}] of longs`);
  return vector;
}

/** The first row of an ascending time column that is at or after `timeMs`. */
function firstAtLeast(elements: ArrayLike<number | bigint>, base: number, numRows: number, timeMs: number): number {
  let low = 0;
  let high = numRows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (base + Number(elements[middle]) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
