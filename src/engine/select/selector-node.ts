import type { Block } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { Verdict, ZoneOf } from '../filter/filter-verdict.js';

/** The block that is being filtered. */
export interface BlockScope {
  readonly block: Block;
  readonly numRows: number;
  /** The block's number in the bitmap index. */
  readonly number: number;
  readonly zoneOf: ZoneOf;
}

/** Rows found: in a bitset given by the caller, or (`rows` is not 0) as an ascending u16 list, which is then all there is. */
export interface Found {
  readonly rows: Pointer;
  readonly count: number;
}

/** A part of a filter that finds rows by kernels. Rows are asked for only after the verdict 'some'. */
export interface SelectorNode {
  verdict(scope: BlockScope): Verdict;
  /** Estimated ns of `bits`. */
  cost(scope: BlockScope): number;
  /** Estimated share of rows that are kept, 0 to 1. */
  share(scope: BlockScope): number;
  /** Writes the bitset of matching rows to `out`; returns how many there are. */
  bits(scope: BlockScope, out: Pointer): number;
  /** As `bits`, but a short list may come instead; it holds until the node is asked again. */
  find(scope: BlockScope, out: Pointer): Found;
  /** Keeps those of the first n rows of a list that match, in place and in order; returns how many. Rows may come more than once. */
  keep(scope: BlockScope, rows: Uint16Array, n: number): number;
}
