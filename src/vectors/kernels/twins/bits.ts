/** Twins of assembly/bits.ts, by bytes: file buffers need not be aligned to words. */
import type { KernelSet, Pointer } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

type Names =
  | 'bitsAnd'
  | 'bitsOr'
  | 'bitsNot'
  | 'bitsCount'
  | 'bitsRange'
  | 'bitsAddRows'
  | 'bitsAddBitmap'
  | 'bitsAddRuns'
  | 'bitsToRows';

const CONTAINER_BYTES = 8192;

export function bitTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  const isSet = (bits: Pointer, row: number): boolean => ((memory.u8(bits)[row >> 3]! >> (row & 7)) & 1) === 1;
  const set = (bits: Pointer, row: number): void => {
    memory.u8(bits)[row >> 3]! |= 1 << (row & 7);
  };
  const readU16 = (pointer: Pointer, i: number): number => {
    const bytes = memory.u8(pointer);
    return bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
  };
  return {
    bitsAnd: (a, b, n, out) => memory.writeBits(out, n, (row) => isSet(a, row) && isSet(b, row)),
    bitsOr: (a, b, n, out) => memory.writeBits(out, n, (row) => isSet(a, row) || isSet(b, row)),
    bitsNot: (a, n, out) => memory.writeBits(out, n, (row) => !isSet(a, row)),
    bitsCount: (a, n) => memory.rows('bits', a, n).length,
    bitsRange: (from, to, n, out) => {
      memory.writeBits(out, n, (row) => row >= from && row < to);
    },
    bitsAddRows: (rows, count, out) => {
      for (let i = 0; i < count; i++) set(out, readU16(rows, i));
    },
    bitsAddBitmap: (words, out) => {
      const added = memory.u8(words);
      const bytes = memory.u8(out);
      for (let i = 0; i < CONTAINER_BYTES; i++) bytes[i]! |= added[i]!;
    },
    bitsAddRuns: (runs, count, out) => {
      for (let i = 0; i < count; i++) {
        const start = readU16(runs, 2 * i);
        const last = start + readU16(runs, 2 * i + 1);
        for (let row = start; row <= last; row++) set(out, row);
      }
    },
    bitsToRows: (bits, n, outRows) => {
      const rows = memory.rows('bits', bits, n);
      memory.u16(outRows).set(rows);
      return rows.length;
    },
  };
}
