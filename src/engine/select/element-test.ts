/** Comparisons with integer elements; nulls are the caller's matter in `bits`, and this one's in `keep`. */
import { zero } from '../../memory/zero.js';
import type { IntValues, StoredVector } from '../../vectors/block.js';
import type { IntType, KernelSet, Pointer } from '../../vectors/kernels/kernel-set.js';
import { selectIntsRows, selectWide } from '../../vectors/kernels/select.js';
import { lookupCost, scanCost } from './costs.js';
import type { ElementRange, NarrowType } from './element-bounds.js';
import { IntSet } from './int-set.js';
import { NOT_NULL, type RowTest, wordsOf } from './row-test.js';
import type { Workspace } from './workspace.js';

type IntsVector = Extract<StoredVector, { readonly kind: 'ints' }>;

/** ns to look an element up in a hash set. */
const HASH_NS = 3;
/** So many ranges are compared one by one. */
const MAX_RANGES = 4;
const BYTES: Readonly<Record<IntType, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, i64: 8 };

/** Elements that lie in one of the ranges. */
export function elementTest(
  vector: IntsVector,
  type: NarrowType,
  ranges: readonly ElementRange[],
  nullHit: boolean,
  numRows: number,
  depth: number,
  workspace: Workspace,
): RowTest {
  const values = (): Pointer => workspace.local('values', vector.arena, vector.values, numRows * BYTES[type]);
  if (ranges.length > MAX_RANGES) return setTest(vector, type, ranges, nullHit, numRows, workspace, values);
  const { kernels } = workspace;
  return {
    verdict: 'some',
    cost: scanCost(type, numRows) * ranges.length,
    bits(out) {
      const select = kernels.selectIntRange(type);
      const at = values();
      return eachRange(ranges, numRows, out, depth, workspace, ({ low, high }, to) =>
        select(at, low, high, numRows, to),
      );
    },
    keep(rows, n) {
      const elements = elementsView(vector, type, numRows, workspace);
      const nulls = nullsView(vector, numRows, workspace);
      const [only] = ranges;
      if (ranges.length === 1 && only !== undefined) {
        return selectIntsRows(elements)(elements, only.low, only.high, nulls, nullHit ? 1 : 0, rows, n, rows);
      }
      const isIn = (value: number): boolean => ranges.some(({ low, high }) => value >= low && value <= high);
      return keepRows(rows, n, nulls, nullHit, (row) => isIn(elements[row]!));
    },
  };
}

/** Many members: a table over all elements of narrow types, else a hash set. */
function setTest(
  vector: IntsVector,
  type: NarrowType,
  ranges: readonly ElementRange[],
  nullHit: boolean,
  numRows: number,
  workspace: Workspace,
  values: () => Pointer,
): RowTest {
  const bytes = BYTES[type];
  const members: number[] = [];
  for (const { low, high } of ranges) for (let element = low; element <= high; element++) members.push(element);
  let set: ReadonlySet<number> | undefined;
  return {
    verdict: 'some',
    cost: bytes === 4 ? HASH_NS * numRows : lookupCost(bytes === 1 ? 'u8' : 'u16', numRows),
    bits(out) {
      if (bytes === 4) {
        const elements = new Int32Array(
          workspace.buffer(vector.arena, vector.values + 4 * numRows),
          vector.values,
          numRows,
        );
        return new IntSet(members).bitsOf(elements, numRows, wordsOf(out, numRows, workspace));
      }
      return selectByTable(members, bytes, values(), numRows, out, workspace);
    },
    keep(rows, n) {
      const elements = elementsView(vector, type, numRows, workspace);
      const found = (set ??= new Set(members));
      return keepRows(rows, n, nullsView(vector, numRows, workspace), nullHit, (row) => found.has(elements[row]!));
    },
  };
}

/** Signed elements are looked up by their bits. */
function selectByTable(
  members: readonly number[],
  bytes: number,
  values: Pointer,
  numRows: number,
  out: Pointer,
  workspace: Workspace,
): number {
  const size = 2 ** (8 * bytes);
  const table = workspace.take(size);
  const marks = zero(workspace.bytes(table, size));
  for (const element of members) marks[element & (size - 1)] = 1;
  const count = workspace.kernels.selectIds(bytes === 1 ? 'u8' : 'u16')(values, table, size, numRows, out);
  workspace.give(table, size);
  return count;
}

/** 64-bit values in one of a few ranges, inclusive. */
export function wideTest(
  vector: IntsVector,
  ranges: readonly { readonly low: bigint; readonly high: bigint }[],
  nullHit: boolean,
  numRows: number,
  depth: number,
  workspace: Workspace,
): RowTest {
  return {
    verdict: 'some',
    cost: scanCost('i64', numRows) * ranges.length,
    bits(out) {
      const values = workspace.local('values', vector.arena, vector.values, 8 * numRows);
      const bounds = workspace.take(16);
      const view = new BigInt64Array(workspace.buffer(workspace.home, bounds + 16), bounds, 2);
      const count = eachRange(ranges, numRows, out, depth, workspace, ({ low, high }, to) => {
        view[0] = low;
        view[1] = high;
        return workspace.kernels.selectI64Range(values, bounds, bounds + 8, numRows, to);
      });
      workspace.give(bounds, 16);
      return count;
    },
    keep(rows, n) {
      const buffer = workspace.buffer(vector.arena, vector.values + 8 * numRows);
      const nulls = nullsView(vector, numRows, workspace);
      const [only] = ranges;
      if (ranges.length === 1 && only !== undefined) {
        const words = new Int32Array(buffer, vector.values, 2 * numRows);
        const [lowTop, lowBottom] = split(only.low);
        const [highTop, highBottom] = split(only.high);
        return selectWide(words, lowTop, lowBottom, highTop, highBottom, nulls, nullHit ? 1 : 0, rows, n, rows);
      }
      const values = new BigInt64Array(buffer, vector.values, numRows);
      const isIn = (value: bigint): boolean => ranges.some(({ low, high }) => value >= low && value <= high);
      return keepRows(rows, n, nulls, nullHit, (row) => isIn(values[row]!));
    },
  };
}

/** Joins the bitsets of several ranges. */
export function eachRange<Range>(
  ranges: readonly Range[],
  numRows: number,
  out: Pointer,
  depth: number,
  workspace: Workspace,
  select: (range: Range, out: Pointer) => number,
): number {
  const { kernels }: { readonly kernels: KernelSet } = workspace;
  let count = 0;
  ranges.forEach((range, i) => {
    if (i === 0) {
      count = select(range, out);
      return;
    }
    const more = workspace.bits(depth);
    select(range, more);
    count = kernels.bitsOr(out, more, numRows, out);
  });
  return count;
}

export function keepRows(
  rows: Uint16Array,
  n: number,
  nulls: Uint8Array,
  nullHit: boolean,
  isHit: (row: number) => boolean,
): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    if (nulls[row] === 1 ? nullHit : isHit(row)) rows[count++] = row;
  }
  return count;
}

export function nullsView(
  { arena, nulls }: { readonly arena: number; readonly nulls: Pointer },
  numRows: number,
  workspace: Workspace,
): Uint8Array {
  return nulls === 0 ? NOT_NULL : new Uint8Array(workspace.buffer(arena, nulls + numRows), nulls, numRows);
}

export function elementsView(
  { arena, values }: { readonly arena: number; readonly values: Pointer },
  type: NarrowType,
  n: number,
  workspace: Workspace,
): IntValues {
  const buffer = workspace.buffer(arena, values + n * BYTES[type]);
  switch (type) {
    case 'u8':
      return new Uint8Array(buffer, values, n);
    case 'i8':
      return new Int8Array(buffer, values, n);
    case 'u16':
      return new Uint16Array(buffer, values, n);
    case 'i16':
      return new Int16Array(buffer, values, n);
    case 'u32':
      return new Uint32Array(buffer, values, n);
    case 'i32':
      return new Int32Array(buffer, values, n);
  }
}

/** High and low 32-bit words, the low one unsigned. */
function split(value: bigint): readonly [number, number] {
  return [Number(value >> 32n), Number(value & 0xffffffffn)];
}
