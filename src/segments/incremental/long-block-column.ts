import type { BumpArena } from '../../memory/bump-arena.js';
import type { ColumnBlockRef } from '../../memory/block-ref.js';
import { ArenaArray } from './arena-array.js';
import { type BlockColumn, NullFlags, setEach } from './block-column.js';
import type { RowValue } from './input-row.js';
import type { BatchColumn } from './row-batch.js';

/** Values within this of zero are stored as they are; the rest of the Int32 range is room to both sides of a base. */
const NEAR_ZERO = 2 ** 30;
/** A base farther out could leave the safe integers with its largest element. */
const MAX_BASE = Number.MAX_SAFE_INTEGER - 2 ** 32;

/**
 * Exact 64-bit integers: Int32 over a base (the block's first value unless that is near zero) while they fit, else
 * Int64 for the whole block. Earlier refs keep the narrow form.
 */
export class LongBlockColumn implements BlockColumn {
  readonly type = 'LONG';
  readonly #arena: BumpArena;
  readonly #nulls: NullFlags;
  #narrow: ArenaArray<Int32Array> | undefined;
  #wide: ArenaArray<BigInt64Array> | undefined;
  /** Undefined until the first value that is not null. */
  #base: number | undefined;

  constructor(arena: BumpArena, capacity: number) {
    this.#arena = arena;
    this.#nulls = new NullFlags(arena, capacity);
    this.#narrow = new ArenaArray(arena, Int32Array, capacity);
  }

  /** @param value a safe integer, a bigint of 64 bits, or null */
  set(row: number, value: RowValue): void {
    const isNull = value === null || value === undefined;
    if (this.#narrow !== undefined) {
      this.#narrow.ensure(row + 1, row);
      if (isNull) this.#narrow.array[row] = 0;
      else if (typeof value === 'number') {
        const base = (this.#base ??= baseFor(value));
        const offset = value - base;
        if (offset === (offset | 0)) this.#narrow.array[row] = offset;
        else this.#widen(row).array[row] = BigInt(value);
      } else this.#widen(row).array[row] = value as bigint;
    } else {
      const wide = this.#wide!;
      wide.ensure(row + 1, row);
      wide.array[row] = isNull ? 0n : BigInt(value as number | bigint);
    }
    this.#nulls.set(row, isNull);
  }

  setMany(row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
    if (values.kind !== 'numbers') return setEach(this, row, values, rows, n);
    const written = this.#narrow === undefined ? 0 : this.#setNarrow(row, values, rows, n);
    if (written < n) return setEach(this, row + written, values, rows.subarray(written), n - written);
    this.#nulls.setMany(row, values.nulls, rows, n);
  }

  get(row: number): number | bigint | null {
    if (this.#nulls.get(row)) return null;
    if (this.#narrow !== undefined) return (this.#base ?? 0) + this.#narrow.array[row]!;
    const value = this.#wide!.array[row]!;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  ref(numRows: number): ColumnBlockRef {
    const nulls = this.#nulls.ref(numRows);
    if (this.#narrow === undefined)
      return { kind: 'long', base: 0, width: 'i64', values: this.#wide!.ref(numRows), ...nulls };
    return { kind: 'long', base: this.#base ?? 0, width: 'i32', values: this.#narrow.ref(numRows), ...nulls };
  }

  /** @returns how many values were written, with their flags unless all were */
  #setNarrow(
    row: number,
    { values, nulls }: Extract<BatchColumn, { kind: 'numbers' }>,
    rows: Uint32Array,
    n: number,
  ): number {
    this.#narrow!.ensure(row + n, row);
    const { array } = this.#narrow!;
    let first = 0;
    while (this.#base === undefined && first < n && nulls?.[rows[first]!] === 1) array[row + first++] = 0;
    if (first < n) this.#base ??= baseFor(values[rows[first]!]!);
    const base = this.#base ?? 0;
    for (let i = first; i < n; i++) {
      const from = rows[i]!;
      const offset = nulls !== undefined && nulls[from] === 1 ? 0 : values[from]! - base;
      if (offset !== (offset | 0)) {
        this.#nulls.setMany(row, nulls, rows, i);
        return i;
      }
      array[row + i] = offset;
    }
    return n;
  }

  #widen(numRows: number): ArenaArray<BigInt64Array> {
    const narrow = this.#narrow!.array;
    const base = BigInt(this.#base ?? 0);
    const wide = new ArenaArray(this.#arena, BigInt64Array, Math.max(narrow.length, numRows + 1));
    for (let row = 0; row < numRows; row++) wide.array[row] = this.#nulls.get(row) ? 0n : base + BigInt(narrow[row]!);
    this.#narrow = undefined;
    this.#wide = wide;
    return wide;
  }
}

function baseFor(value: number): number {
  return Math.abs(value) < NEAR_ZERO || Math.abs(value) > MAX_BASE ? 0 : value;
}
