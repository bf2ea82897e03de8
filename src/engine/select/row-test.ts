import type { Block } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import { allRows, type RowFilter, rowList } from '../../vectors/selection.js';
import type { Verdict } from '../filter/filter-verdict.js';
import type { Found } from './selector-node.js';
import type { Workspace } from './workspace.js';

/** One comparison bound to one block, in the form that the column has there; the methods are those of `SelectorNode`. */
export interface RowTest {
  readonly verdict: Verdict;
  readonly cost: number;
  /** The share of rows that match, where it is known. */
  readonly share?: number;
  bits(out: Pointer): number;
  find?(out: Pointer): Found;
  keep(rows: Uint16Array, n: number): number;
}

/** A test whose outcome is the same for all rows. */
export function decided(verdict: Verdict): RowTest {
  return { verdict, cost: 0, bits: () => 0, keep: () => 0 };
}

/** The null bytes of blocks that have none. */
export const NOT_NULL = new Uint8Array(65_536);

/** A test by a filter that works on views, for what no kernel reads. */
export function filterTest(filter: RowFilter, block: Block, workspace: Workspace): RowTest {
  const { numRows } = block;
  return {
    verdict: 'some',
    cost: numRows * 20,
    bits(out) {
      const found = filter.narrow(block, allRows(numRows));
      return writeBits(rowList(found), found.count, numRows, out, workspace);
    },
    keep(rows, n) {
      const found = filter.narrow(block, { rows, count: n });
      if (found.rows !== rows) rows.set(rowList(found).subarray(0, found.count));
      return found.count;
    },
  };
}

/** Writes the bitset of a list of rows, each once. */
export function writeBits(
  rows: Uint16Array,
  count: number,
  numRows: number,
  out: Pointer,
  workspace: Workspace,
): number {
  const words = wordsOf(out, numRows, workspace);
  words.fill(0);
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    words[row >>> 5] = words[row >>> 5]! | (1 << (row & 31));
  }
  return count;
}

/** A bitset of n bits as words of 32 bits, whole words of 64. */
export function wordsOf(bits: Pointer, n: number, workspace: Workspace): Uint32Array {
  const length = Math.ceil(n / 64) * 2;
  return new Uint32Array(workspace.buffer(workspace.home, bits + length * 4), bits, length);
}

/** Corrects the bits of null rows. @param temporary another bitset @returns how many bits are set then */
export function applyNulls(
  { kernels }: Workspace,
  nulls: Pointer,
  nullHit: boolean,
  n: number,
  out: Pointer,
  temporary: Pointer,
): number {
  kernels.selectNotNull(nulls, n, temporary);
  if (!nullHit) return kernels.bitsAnd(out, temporary, n, out);
  kernels.bitsNot(temporary, n, temporary);
  return kernels.bitsOr(out, temporary, n, out);
}
