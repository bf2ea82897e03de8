import { assert } from '../../common/assert.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import type { Block, LongVector } from '../../vectors/block.js';
import type { KernelSet, Pointer, SelectionForm } from '../../vectors/kernels/kernel-set.js';
import type { BlockSelection } from '../select/block-selection.js';
import { bucketOf } from './time-buckets.js';

/** Selected rows of a block that all lie in one time bucket, or whose keys tell the bucket apart. */
export interface RowSet {
  readonly selection: Exclude<BlockSelection, { readonly kind: 'none' }>;
  readonly bucket: number;
}

/** A selection as kernels take it: 'all' rows begin at `from`, the other forms count rows of the block. */
export interface KernelRows {
  readonly form: SelectionForm;
  readonly pointer: Pointer;
  readonly n: number;
  /** First row that columns and keys are passed from. */
  readonly from: number;
  /** Selected rows. */
  readonly count: number;
}

export function kernelRows(selection: RowSet['selection']): KernelRows {
  switch (selection.kind) {
    case 'range': {
      const count = selection.to - selection.from;
      return { form: 'all', pointer: 0, n: count, from: selection.from, count };
    }
    case 'bits':
      return { form: 'bits', pointer: selection.bits, n: selection.numRows, from: 0, count: selection.count };
    case 'rows':
      return { form: 'rows', pointer: selection.rows, n: selection.count, from: 0, count: selection.count };
  }
}

/** Cutting pays while a bucket still has many rows; otherwise each row's bucket becomes a part of its key. */
const MAX_CUTS = 16;
const MIN_ROWS_PER_CUT = 512;

/** The buckets of a block, and where they begin when it is to be cut. */
export interface BlockBuckets {
  readonly first: number;
  readonly last: number;
  /** Rows at which bucket first, first + 1, … last and the one after begin; null when rows keep together. */
  readonly cuts: readonly number[] | null;
}

/** Which time buckets a block's rows can lie in. __time is only read when there are several and the block is sorted. */
export function blockBuckets(block: Block, starts: Float64Array): BlockBuckets {
  const first = Math.max(0, bucketOf(starts, block.minTimeMs));
  const last = Math.max(first, bucketOf(starts, block.maxTimeMs));
  const count = last - first + 1;
  const isCut = count > 1 && block.sortedByTime && count <= MAX_CUTS && block.numRows >= MIN_ROWS_PER_CUT * count;
  return { first, last, cuts: isCut ? cutsOf(block, starts, first, last) : null };
}

function cutsOf(block: Block, starts: Float64Array, first: number, last: number): number[] {
  const times = block.column(TIME_COLUMN);
  assert(times?.kind === 'long', `Block has no column [${TIME_COLUMN}]`);
  const cuts = [0];
  for (let bucket = first + 1; bucket <= last; bucket++) {
    cuts.push(firstAtLeast(times, cuts.at(-1)!, block.numRows, starts[bucket]!));
  }
  cuts.push(block.numRows);
  return cuts;
}

function firstAtLeast(times: LongVector, from: number, to: number, timeMs: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times.base + Number(times.values[middle]) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Cuts selections of a sorted block at bucket boundaries. */
export class RowCutter {
  readonly #kernels: KernelSet;
  readonly #bitsBuffer: () => Pointer;
  readonly #rowsAt: (pointer: Pointer, count: number) => Uint16Array;

  /** @param bitsBuffer room for a bitset of a block; its contents hold until the next row set */
  constructor(kernels: KernelSet, bitsBuffer: () => Pointer, rowsAt: (pointer: Pointer, count: number) => Uint16Array) {
    this.#kernels = kernels;
    this.#bitsBuffer = bitsBuffer;
    this.#rowsAt = rowsAt;
  }

  /** Calls `use` with the rows of each bucket that has any; a set holds during the call. */
  each(selection: RowSet['selection'], buckets: BlockBuckets, use: (rows: RowSet) => void): void {
    const { cuts, first } = buckets;
    if (cuts === null) {
      use({ selection, bucket: first });
      return;
    }
    for (let i = 0; i + 1 < cuts.length; i++) {
      const part = this.#between(selection, cuts[i]!, cuts[i + 1]!);
      if (part !== null) use({ selection: part, bucket: first + i });
    }
  }

  #between(selection: RowSet['selection'], from: number, to: number): RowSet['selection'] | null {
    if (from >= to) return null;
    switch (selection.kind) {
      case 'range': {
        const start = Math.max(from, selection.from);
        const end = Math.min(to, selection.to);
        return start < end ? { kind: 'range', from: start, to: end } : null;
      }
      case 'rows': {
        const rows = this.#rowsAt(selection.rows, selection.count);
        const start = firstRow(rows, from);
        const end = firstRow(rows, to);
        return start < end ? { kind: 'rows', rows: selection.rows + 2 * start, count: end - start } : null;
      }
      case 'bits': {
        const { numRows } = selection;
        const bits = this.#bitsBuffer();
        this.#kernels.bitsRange(from, to, numRows, bits);
        const count = this.#kernels.bitsAnd(bits, selection.bits, numRows, bits);
        return count > 0 ? { kind: 'bits', bits, count, numRows } : null;
      }
    }
  }
}

function firstRow(rows: Uint16Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
