import { assert } from '../../common/assert.js';
import type { Dictionary } from '../../vectors/block.js';
import { compareUtf8AsUtf16 } from './utf8-order.js';

/** Arrow's Utf8 has signed 32-bit offsets. */
const MAX_BYTES = 2 ** 31 - 1;

let created = 0;

/**
 * The values of one string column of a segment, complete before its first block is written: strictly ascending in Java
 * string order, without null. Id v (1..size) is bytes [offsets[v-1], offsets[v]) as UTF-8; id 0 is null.
 */
export class SortedDictionary implements Dictionary {
  readonly key = `sorted-dictionary-${created++}`;
  readonly sorted = true;
  readonly size: number;
  /** size + 1 entries. */
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;

  /**
   * Takes over the arrays; nobody may write to them afterwards.
   * @throws AssertionFailure when the values do not ascend strictly
   */
  constructor(offsets: Uint32Array, bytes: Uint8Array) {
    assert(offsets.length > 0 && offsets[0] === 0, 'Dictionary offsets must begin with [0]');
    this.size = offsets.length - 1;
    assert(offsets[this.size]! <= bytes.length, 'Dictionary offsets must lie within its bytes');
    assert(offsets[this.size]! <= MAX_BYTES, `Dictionary of [${offsets[this.size]}] bytes exceeds [${MAX_BYTES}]`);
    for (let id = 2; id <= this.size; id++) {
      const ascends =
        compareUtf8AsUtf16(bytes, offsets[id - 2]!, offsets[id - 1]!, bytes, offsets[id - 1]!, offsets[id]!) < 0;
      assert(ascends, `Dictionary values [${id - 1}] and [${id}] do not ascend`);
    }
    this.offsets = offsets;
    this.bytes = bytes.subarray(0, offsets[this.size]!);
  }

  /** Sorts the values and drops duplicates. */
  static fromValues(values: Iterable<string>): SortedDictionary {
    // Encoding replaces lone surrogates, which can make two values equal: so encode first, then compare.
    const encoded = [...new Set(values)].map((value) => Buffer.from(value, 'utf8'));
    encoded.sort((a, b) => compareUtf8AsUtf16(a, 0, a.length, b, 0, b.length));
    const distinct = encoded.filter((value, i) => i === 0 || !value.equals(encoded[i - 1]!));
    const offsets = new Uint32Array(distinct.length + 1);
    distinct.forEach((value, i) => {
      offsets[i + 1] = offsets[i]! + value.length;
    });
    return new SortedDictionary(offsets, Buffer.concat(distinct));
  }

  value(id: number): string {
    assert(id >= 1 && id <= this.size, `Dictionary id [${id}] is outside [1, ${this.size}]`);
    const { buffer, byteOffset } = this.bytes;
    const start = this.offsets[id - 1]!;
    return Buffer.from(buffer, byteOffset + start, this.offsets[id]! - start).toString('utf8');
  }

  idOf(value: string): number {
    const wanted = Buffer.from(value, 'utf8');
    let low = 1;
    let high = this.size;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareUtf8AsUtf16(
        this.bytes,
        this.offsets[middle - 1]!,
        this.offsets[middle]!,
        wanted,
        0,
        wanted.length,
      );
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
