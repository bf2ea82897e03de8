/** Twins of assembly/hash.ts. Slots are probed alike, so that a table filled by one may be used by the other. */
import type { KernelSet, Pointer } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

export function hashTwins(memory: TwinMemory): Pick<KernelSet, 'hashGroups' | 'hashRebuild'> {
  return {
    hashGroups: (form) => (high, low, selection, n, table, groups) => {
      const highs = high === 0 ? undefined : memory.u32(high);
      const lows = memory.u32(low);
      const numbers = memory.u32(groups);
      const pairs = new PairTable(memory, table);
      let done = 0;
      for (const row of memory.rows(form, selection, n)) {
        const number = pairs.numberOf(highs?.[row] ?? 0, lows[row]!);
        if (number < 0) break;
        numbers[row] = number;
        done++;
      }
      return done;
    },
    hashRebuild: (table) => new PairTable(memory, table).rebuild(),
  };
}

class PairTable {
  /** slotMask, size, maxSize. */
  readonly #header: Uint32Array;
  readonly #slots: Uint32Array;
  readonly #pairs: Uint32Array;

  constructor(memory: TwinMemory, table: Pointer) {
    this.#header = memory.u32(table);
    this.#slots = memory.u32(this.#header[3]!);
    this.#pairs = memory.u32(this.#header[4]!);
  }

  /** The pair's number, a new one if need be, or -1 when the table is full. */
  numberOf(high: number, low: number): number {
    const slot = this.#find(high, low);
    const entry = this.#slots[slot]!;
    if (entry !== 0) return entry - 1;
    const size = this.#header[1]!;
    if (size >= this.#header[2]!) return -1;
    this.#pairs[2 * size] = high;
    this.#pairs[2 * size + 1] = low;
    this.#slots[slot] = size + 1;
    this.#header[1] = size + 1;
    return size;
  }

  rebuild(): void {
    const size = this.#header[1]!;
    for (let number = 0; number < size; number++) {
      this.#slots[this.#find(this.#pairs[2 * number]!, this.#pairs[2 * number + 1]!)] = number + 1;
    }
  }

  /** The slot that has the pair, or the free one where it belongs. */
  #find(high: number, low: number): number {
    const mask = this.#header[0]!;
    let slot = slotOf(high, low, mask);
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0) return slot;
      if (this.#pairs[2 * entry - 2] === high && this.#pairs[2 * entry - 1] === low) return slot;
      slot = ((slot + 1) & mask) >>> 0;
    }
  }
}

function slotOf(high: number, low: number, mask: number): number {
  let hash = BigInt.asUintN(64, ((BigInt(high) << 32n) | BigInt(low)) * 0x9e3779b97f4a7c15n);
  hash ^= hash >> 32n;
  hash = BigInt.asUintN(64, hash * 0xd6e8feb86659fd93n);
  return (Number(hash >> 32n) & mask) >>> 0;
}
