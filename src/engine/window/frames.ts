import type { WindowFrame } from '../../query/window-operator.js';
import type { Table } from '../../vectors/table.js';
import { runStarts } from './partitions.js';

/** Distinct frames [from, to), empty where both are equal; row i sees frame `ofRow[i]`. Neighbours with one frame share it. */
export interface Frames {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly ofRow: Uint32Array;
}

/** The frames of all rows; `partitions` are where they begin, the number of rows last. */
export function framesOf(table: Table, partitions: Uint32Array, frame: WindowFrame | null): Frames {
  const builder = new FrameBuilder(table.numRows);
  const peers = frame?.type === 'groups' ? runStarts(table, frame.columns, partitions) : undefined;
  let peer = 0;
  for (let p = 0; p + 1 < partitions.length; p++) {
    const [start, end] = [partitions[p]!, partitions[p + 1]!];
    if (frame === null || (frame.lower === null && frame.upper === null)) {
      for (let row = start; row < end; row++) builder.add(start, end);
    } else if (peers === undefined) {
      for (let row = start; row < end; row++) {
        const from = frame.lower === null ? start : within(row + frame.lower, start, end);
        const to = frame.upper === null ? end : within(row + frame.upper + 1, start, end);
        builder.add(from, Math.max(from, to));
      }
    } else {
      const first = peer;
      while (peers[peer]! < end) peer++;
      for (let group = first; group < peer; group++) {
        const from = frame.lower === null ? start : peers[within(group + frame.lower, first, peer)]!;
        const to = frame.upper === null ? end : peers[within(group + frame.upper + 1, first, peer)]!;
        for (let row = peers[group]!; row < peers[group + 1]!; row++) builder.add(from, Math.max(from, to));
      }
    }
  }
  return builder.frames();
}

function within(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

class FrameBuilder {
  readonly #from: Uint32Array;
  readonly #to: Uint32Array;
  readonly #ofRow: Uint32Array;
  #rows = 0;
  #count = 0;

  constructor(numRows: number) {
    this.#from = new Uint32Array(numRows);
    this.#to = new Uint32Array(numRows);
    this.#ofRow = new Uint32Array(numRows);
  }

  /** The frame of the next row. */
  add(from: number, to: number): void {
    const last = this.#count - 1;
    if (last < 0 || this.#from[last] !== from || this.#to[last] !== to) {
      this.#from[this.#count] = from;
      this.#to[this.#count++] = to;
    }
    this.#ofRow[this.#rows++] = this.#count - 1;
  }

  frames(): Frames {
    return {
      from: this.#from.subarray(0, this.#count),
      to: this.#to.subarray(0, this.#count),
      ofRow: this.#ofRow,
    };
  }
}
