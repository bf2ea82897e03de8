import type { QueryControl } from './query-control.js';

/** The blocks of a query that one thread takes: those of a segment one after another, then of another one, then what it can steal. */
export class BlockShare {
  /** Where the block lies that was taken last. */
  segment = -1;
  block = -1;
  readonly #control: QueryControl;
  /** Blocks taken of each segment. */
  readonly #taken: Int32Array;

  constructor(control: QueryControl) {
    this.#control = control;
    this.#taken = new Int32Array(control.numSegments);
  }

  /** False when no block is left, for any thread. */
  take(): boolean {
    if (this.segment !== -1 && this.#takeFrom(this.segment)) return true;
    for (let segment = this.#control.takeSegment(); segment !== -1; segment = this.#control.takeSegment()) {
      if (this.#takeFrom(segment)) return true;
    }
    for (let segment = this.#control.segmentToSteal(); segment !== -1; segment = this.#control.segmentToSteal()) {
      if (this.#takeFrom(segment)) return true;
    }
    return false;
  }

  /** True when this thread had all blocks of the segment. */
  hasAll(segment: number): boolean {
    return this.#taken[segment] === this.#control.blocksOf(segment);
  }

  #takeFrom(segment: number): boolean {
    const block = this.#control.takeBlock(segment);
    if (block === -1) return false;
    this.segment = segment;
    this.block = block;
    this.#taken[segment]!++;
    return true;
  }
}
