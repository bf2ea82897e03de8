/** How the twins see an arena: typed arrays from a pointer to the end of the memory, and selections as lists of rows. */
import type { IntType, KeyWidth, Pointer, RealType, SelectionForm, ValueType } from '../kernel-set.js';

export const isReal = (type: ValueType): type is RealType => type === 'f32' || type === 'f64';

export class TwinMemory {
  readonly #buffer: () => ArrayBufferLike;

  constructor(buffer: () => ArrayBufferLike) {
    this.#buffer = buffer;
  }

  u8(pointer: Pointer): Uint8Array {
    return new Uint8Array(this.#buffer(), pointer);
  }

  u16(pointer: Pointer): Uint16Array {
    return new Uint16Array(this.#buffer(), pointer, this.#lengthFrom(pointer, 2));
  }

  u32(pointer: Pointer): Uint32Array {
    return new Uint32Array(this.#buffer(), pointer, this.#lengthFrom(pointer, 4));
  }

  u64(pointer: Pointer): BigUint64Array {
    return new BigUint64Array(this.#buffer(), pointer, this.#lengthFrom(pointer, 8));
  }

  i64(pointer: Pointer): BigInt64Array {
    return new BigInt64Array(this.#buffer(), pointer, this.#lengthFrom(pointer, 8));
  }

  f32(pointer: Pointer): Float32Array {
    return new Float32Array(this.#buffer(), pointer, this.#lengthFrom(pointer, 4));
  }

  f64(pointer: Pointer): Float64Array {
    return new Float64Array(this.#buffer(), pointer, this.#lengthFrom(pointer, 8));
  }

  ids(width: KeyWidth, pointer: Pointer): Uint8Array | Uint16Array | Uint32Array {
    if (width === 'u8') return this.u8(pointer);
    return width === 'u16' ? this.u16(pointer) : this.u32(pointer);
  }

  reals(type: RealType, pointer: Pointer): Float32Array | Float64Array {
    return type === 'f32' ? this.f32(pointer) : this.f64(pointer);
  }

  /** Integer elements that fit a double. */
  narrowInts(type: Exclude<IntType, 'i64'>, pointer: Pointer) {
    const buffer = this.#buffer();
    switch (type) {
      case 'u8':
      case 'u16':
      case 'u32':
        return this.ids(type, pointer);
      case 'i8':
        return new Int8Array(buffer, pointer);
      case 'i16':
        return new Int16Array(buffer, pointer, this.#lengthFrom(pointer, 2));
      case 'i32':
        return new Int32Array(buffer, pointer, this.#lengthFrom(pointer, 4));
    }
  }

  /** base + element by row. */
  intValues(type: IntType, pointer: Pointer, base: number): (row: number) => bigint {
    const from = BigInt(base);
    if (type === 'i64') {
      const values = this.i64(pointer);
      return (row) => BigInt.asIntN(64, from + values[row]!);
    }
    const values = this.narrowInts(type, pointer);
    return (row) => from + BigInt(values[row]!);
  }

  /** The selected rows, ascending. */
  rows(form: SelectionForm, selection: Pointer, n: number): readonly number[] {
    if (form === 'all') return Array.from({ length: n }, (_, row) => row);
    if (form === 'rows') return Array.from(this.u16(selection).subarray(0, n));
    const bytes = this.u8(selection);
    const rows: number[] = [];
    for (let row = 0; row < n; row++) {
      if ((bytes[row >> 3]! >> (row & 7)) & 1) rows.push(row);
    }
    return rows;
  }

  /** Writes a bitset of n bits, whole words of it, and counts the set ones. */
  writeBits(out: Pointer, n: number, isSet: (row: number) => boolean): number {
    const bytes = new Uint8Array(Math.ceil(n / 64) * 8);
    let count = 0;
    for (let row = 0; row < n; row++) {
      if (!isSet(row)) continue;
      bytes[row >> 3]! |= 1 << (row & 7);
      count++;
    }
    this.u8(out).set(bytes);
    return count;
  }

  #lengthFrom(pointer: Pointer, elementBytes: number): number {
    return Math.floor((this.#buffer().byteLength - pointer) / elementBytes);
  }
}
