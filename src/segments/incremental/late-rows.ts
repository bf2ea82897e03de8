import { BLOCK_ROWS } from '../../memory/block-ref.js';

/**
 * Tells rows that are much later than those around them. They go to blocks of their own: one old row in each block would put every block in
 * the way of every query over recent time, which could skip it, or keep its partial, otherwise.
 */
export class LateRows {
  #latestMs = Number.NEGATIVE_INFINITY;
  /** The latest time before the last block's worth of rows, and before the one ahead of it. */
  #latestBeforeMs = Number.NEGATIVE_INFINITY;
  #lateBeforeMs = Number.NEGATIVE_INFINITY;
  #numRows = 0;

  /** Whether a row of this time is older than all rows were at least one block ago. */
  isLate(timeMs: number): boolean {
    return timeMs < this.#lateBeforeMs;
  }

  /** Counts a row that was added. */
  note(timeMs: number): void {
    if (timeMs > this.#latestMs) this.#latestMs = timeMs;
    if (++this.#numRows < BLOCK_ROWS) return;
    this.#numRows = 0;
    this.#lateBeforeMs = this.#latestBeforeMs;
    this.#latestBeforeMs = this.#latestMs;
  }
}
