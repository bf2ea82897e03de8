/** Twins of assembly/filters.ts and filters-by-id.ts. */
import type { KernelSet, Pointer, RealType } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

type Names =
  | 'selectIds'
  | 'selectIdRange'
  | 'selectMultiIds'
  | 'selectIntRange'
  | 'selectI64Range'
  | 'selectRealRange'
  | 'selectNotNull';

export function filterTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  return {
    selectIds: (key) => (ids, table, _tableSize, n, outBits) => {
      const idOf = memory.ids(key, ids);
      const matches = memory.u8(table);
      return memory.writeBits(outBits, n, (row) => matches[idOf[row]!] === 1);
    },
    selectIdRange: (key) => (ids, low, high, n, outBits) => {
      const idOf = memory.ids(key, ids);
      return memory.writeBits(outBits, n, (row) => idOf[row]! >= low && idOf[row]! <= high);
    },
    selectMultiIds: (key) => (ids, offsets, table, n, outBits) => {
      const idOf = memory.ids(key, ids);
      const starts = memory.u32(offsets);
      const matches = memory.u8(table);
      return memory.writeBits(outBits, n, (row) => {
        const own = idOf.subarray(starts[row]!, starts[row + 1]!);
        return own.length === 0 ? matches[0] === 1 : own.some((id) => matches[id] === 1);
      });
    },
    selectIntRange: (type) => (values, low, high, n, outBits) => {
      const elements = memory.narrowInts(type, values);
      return memory.writeBits(outBits, n, (row) => elements[row]! >= low && elements[row]! <= high);
    },
    selectI64Range: (values, low, high, n, outBits) => {
      const elements = memory.i64(values);
      const from = memory.i64(low)[0]!;
      const to = memory.i64(high)[0]!;
      return memory.writeBits(outBits, n, (row) => elements[row]! >= from && elements[row]! <= to);
    },
    selectRealRange: (type) => realRange(memory, type),
    selectNotNull: (nulls, n, outBits) => {
      const isNull = memory.u8(nulls);
      return memory.writeBits(outBits, n, (row) => isNull[row] === 0);
    },
  };
}

const LOW_OPEN = 1;
const HIGH_OPEN = 2;
const NAN_MATCHES = 4;

function realRange(memory: TwinMemory, type: RealType) {
  return (values: Pointer, low: number, high: number, flags: number, n: number, outBits: Pointer): number => {
    const elements = memory.reals(type, values);
    return memory.writeBits(outBits, n, (row) => {
      const value = elements[row]!;
      if (Number.isNaN(value)) return (flags & NAN_MATCHES) !== 0;
      const fromLow = compareReals(value, low);
      const fromHigh = compareReals(value, high);
      return (flags & LOW_OPEN ? fromLow > 0 : fromLow >= 0) && (flags & HIGH_OPEN ? fromHigh < 0 : fromHigh <= 0);
    });
  };
}

/** The order of Java's Double.compare: -0 below 0, NaN above all. */
export function compareReals(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a)) return 1;
  if (Number.isNaN(b)) return -1;
  return Object.is(a, -0) ? -1 : 1;
}
