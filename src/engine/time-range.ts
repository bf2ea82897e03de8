import type { Interval } from '../common/interval.js';
import { TIME_COLUMN } from '../common/column-type.js';
import { assert } from '../common/assert.js';
import { NumericInput } from '../aggregators/numeric-input.js';
import type { Block, LongVector } from '../vectors/block.js';
import { allRows, NO_ROWS, type RowFilter, type Selection } from '../vectors/selection.js';

/** Keeps the rows whose time lies in one of the query's intervals; blocks are decided by their bounds where possible. */
export class TimeRangeFilter implements RowFilter {
  readonly #intervals: readonly Interval[];
  readonly #times = new NumericInput(TIME_COLUMN, { kind: 'long', unparsable: 0n });
  #rows = new Uint16Array(0);

  /** @param intervals condensed and sorted */
  constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals;
  }

  /** @param selection all rows of the block */
  narrow(block: Block, selection: Selection): Selection {
    assert(selection.rows === null, 'Time range comes first');
    const touching = this.#intervals.filter(
      ({ startMs, endMs }) => startMs <= block.maxTimeMs && endMs > block.minTimeMs,
    );
    if (touching.length === 0) return NO_ROWS;
    if (touching.some(({ startMs, endMs }) => startMs <= block.minTimeMs && endMs > block.maxTimeMs)) {
      return allRows(block.numRows);
    }
    if (this.#rows.length < block.numRows) this.#rows = new Uint16Array(block.numRows);
    const vector = block.column(TIME_COLUMN);
    assert(vector?.kind === 'long', `Block has no column [${TIME_COLUMN}]`);
    return block.sortedByTime ? this.#ofSorted(block, vector, touching) : this.#ofUnsorted(block, touching);
  }

  #ofSorted(block: Block, times: LongVector, intervals: readonly Interval[]): Selection {
    let count = 0;
    for (const { startMs, endMs } of intervals) {
      const end = firstAtLeast(times, block.numRows, endMs);
      for (let row = firstAtLeast(times, block.numRows, startMs); row < end; row++) this.#rows[count++] = row;
    }
    if (count === 0) return NO_ROWS;
    return count === block.numRows ? allRows(count) : { rows: this.#rows, count };
  }

  #ofUnsorted(block: Block, intervals: readonly Interval[]): Selection {
    this.#times.readDoubles(block, allRows(block.numRows), null);
    const times = this.#times.values;
    let count = 0;
    for (let row = 0; row < block.numRows; row++) {
      const time = times[row]!;
      for (let i = 0; i < intervals.length; i++) {
        if (time >= intervals[i]!.startMs && time < intervals[i]!.endMs) {
          this.#rows[count++] = row;
          break;
        }
      }
    }
    if (count === 0) return NO_ROWS;
    return count === block.numRows ? allRows(count) : { rows: this.#rows, count };
  }
}

/** How many rows of a block lie in the intervals. @param intervals condensed and sorted */
export function countRows(block: Block, intervals: readonly Interval[]): number {
  if (!block.sortedByTime) return new TimeRangeFilter(intervals).narrow(block, allRows(block.numRows)).count;
  const times = block.column(TIME_COLUMN);
  assert(times?.kind === 'long', `Block has no column [${TIME_COLUMN}]`);
  let count = 0;
  for (const { startMs, endMs } of intervals) {
    if (startMs > block.maxTimeMs || endMs <= block.minTimeMs) continue;
    count += firstAtLeast(times, block.numRows, endMs) - firstAtLeast(times, block.numRows, startMs);
  }
  return count;
}

/** The first row of an ascending time column that is at or after `timeMs`. */
function firstAtLeast(times: LongVector, numRows: number, timeMs: number): number {
  let low = 0;
  let high = numRows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times.base + Number(times.values[middle]) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
