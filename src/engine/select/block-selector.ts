import type { Interval } from '../../common/interval.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { Filter } from '../../query/native-query.js';
import type { Block } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import { allRows, NO_ROWS, rowList, type Selection } from '../../vectors/selection.js';
import { filterTree } from '../filter/filter-tree.js';
import { zonesOf } from '../filter/filter-verdict.js';
import type { RunContext, RunSegment } from '../run.js';
import { type BlockSelection, NOTHING } from './block-selection.js';
import { compileSelector } from './compile-selector.js';
import { isListBetter } from './costs.js';
import { AndNode } from './logic-nodes.js';
import type { BlockScope, Found, SelectorNode } from './selector-node.js';
import { type RowRange, TimeNode } from './time-node.js';
import { Workspace } from './workspace.js';

export type { BlockSelection } from './block-selection.js';

/** Depths of buffers: of the selection, of what `notNull` gives, of `toRows`; then the tree's. */
const OWN = 0;
const NOT_NULL = 1;
const LIST = 2;
const TREE = 3;

/** The rows of blocks that a plan's intervals and filter keep, found by kernels where they can read the columns. One per thread and plan. */
export class BlockSelector {
  readonly #workspace: Workspace;
  readonly #time: TimeNode;
  readonly #filter: SelectorNode | null;
  /** Time and filter together, where the rows of a time need not lie together. */
  readonly #both: SelectorNode;

  /** @param plan intervals are condensed and sorted */
  constructor(plan: { readonly intervals: readonly Interval[]; readonly filter: Filter | null }, context: RunContext) {
    const workspace = new Workspace(context);
    this.#workspace = workspace;
    this.#time = new TimeNode(plan.intervals, TREE + 1, workspace);
    this.#filter = plan.filter === null ? null : compileSelector(filterTree(plan.filter), TREE + 1, workspace);
    this.#both =
      this.#filter === null ? this.#time : new AndNode([this.#time, this.#filter], () => 'some', TREE, workspace);
  }

  /** Holds until the next call. */
  select(_segment: RunSegment, block: Block): BlockSelection {
    const { numRows } = block;
    const scope = scopeOf(block);
    switch (this.#time.verdict(scope)) {
      case 'none':
        return NOTHING;
      case 'all':
        return this.#filtered(scope, { from: 0, to: numRows });
      case 'some': {
        const range = this.#time.range(scope);
        if (range !== undefined) return range.from === range.to ? NOTHING : this.#filtered(scope, range);
        const verdict = this.#both.verdict(scope);
        if (verdict === 'none') return NOTHING;
        return this.#selection(this.#both.find(scope, this.#bits(OWN)), numRows);
      }
    }
  }

  /**
   * The rows of a selection whose null byte is 0; holds until the next call, the selection itself stays as it is.
   * @param nulls a byte a row, in the home arena
   */
  notNull(selection: BlockSelection, nulls: Pointer, numRows: number): BlockSelection {
    const { kernels } = this.#workspace;
    const out = this.#bits(NOT_NULL);
    switch (selection.kind) {
      case 'none':
        return selection;
      case 'range': {
        const { from, to } = selection;
        const count = kernels.selectNotNull(nulls, numRows, out);
        if (count === numRows) return selection;
        const kept = to - from === numRows ? count : this.#cut(out, { from, to }, numRows);
        return kept === to - from ? selection : this.#bitset(out, kept, numRows, NOT_NULL);
      }
      case 'bits': {
        kernels.selectNotNull(nulls, numRows, out);
        const count = kernels.bitsAnd(selection.bits, out, numRows, out);
        return count === selection.count ? selection : this.#bitset(out, count, numRows, NOT_NULL);
      }
      case 'rows': {
        const bytes = this.#workspace.bytes(nulls, numRows);
        const rows = this.#workspace.rowsAt(selection.rows, selection.count);
        const kept = this.#workspace.rows(NOT_NULL);
        let count = 0;
        for (const row of rows) if (bytes[row] === 0) kept.rows[count++] = row;
        if (count === selection.count) return selection;
        return count === 0 ? NOTHING : { kind: 'rows', rows: kept.pointer, count };
      }
    }
  }

  /** The same rows for code that works on views; the list holds until the next call. */
  toRows(selection: BlockSelection): Selection {
    switch (selection.kind) {
      case 'none':
        return NO_ROWS;
      case 'range': {
        const { from, to } = selection;
        return from === 0 ? allRows(to) : { rows: rowList(allRows(BLOCK_ROWS)).subarray(from, to), count: to - from };
      }
      case 'bits': {
        const list = this.#workspace.rows(LIST);
        const count = this.#workspace.kernels.bitsToRows(selection.bits, selection.numRows, list.pointer);
        return { rows: list.rows, count };
      }
      case 'rows':
        return { rows: this.#workspace.rowsAt(selection.rows, selection.count), count: selection.count };
    }
  }

  /** The rows of a range that the filter keeps. */
  #filtered(scope: BlockScope, range: RowRange): BlockSelection {
    const { from, to } = range;
    const verdict = this.#filter?.verdict(scope) ?? 'all';
    if (verdict === 'none') return NOTHING;
    if (this.#filter === null || verdict === 'all') return { kind: 'range', from, to };
    const { numRows } = scope;
    if (isListBetter(to - from, numRows)) return this.#fromList(this.#filter, scope, range);
    const found = this.#filter.find(scope, this.#bits(OWN));
    if (to - from === numRows) return this.#selection(found, numRows);
    if (found.rows === 0)
      return this.#bitset(this.#bits(OWN), this.#cut(this.#bits(OWN), range, numRows), numRows, OWN);
    return this.#cutList(found, range);
  }

  /** Few rows: one by one. */
  #fromList(filter: SelectorNode, scope: BlockScope, { from, to }: RowRange): BlockSelection {
    const list = this.#workspace.rows(OWN);
    for (let row = from; row < to; row++) list.rows[row - from] = row;
    const count = filter.keep(scope, list.rows, to - from);
    if (count === 0) return NOTHING;
    return count === to - from ? { kind: 'range', from, to } : { kind: 'rows', rows: list.pointer, count };
  }

  /** Clears the bits outside a range; returns how many are left. */
  #cut(bits: Pointer, { from, to }: RowRange, numRows: number): number {
    const { kernels } = this.#workspace;
    const range = this.#bits(LIST);
    kernels.bitsRange(from, to, numRows, range);
    return kernels.bitsAnd(bits, range, numRows, bits);
  }

  #cutList(found: Found, { from, to }: RowRange): BlockSelection {
    const rows = this.#workspace.rowsAt(found.rows, found.count);
    let first = 0;
    while (first < rows.length && rows[first]! < from) first++;
    let end = rows.length;
    while (end > first && rows[end - 1]! >= to) end--;
    if (first === end) return NOTHING;
    // Moved to the front, where kernels may count on the alignment.
    rows.copyWithin(0, first, end);
    return { kind: 'rows', rows: found.rows, count: end - first };
  }

  #selection(found: Found, numRows: number): BlockSelection {
    if (found.count === 0) return NOTHING;
    if (found.count === numRows) return { kind: 'range', from: 0, to: numRows };
    if (found.rows !== 0) return { kind: 'rows', rows: found.rows, count: found.count };
    return this.#bitset(this.#bits(OWN), found.count, numRows, OWN);
  }

  /** A bitset, or as a list where that is better. */
  #bitset(bits: Pointer, count: number, numRows: number, depth: number): BlockSelection {
    if (count === 0) return NOTHING;
    if (count === numRows) return { kind: 'range', from: 0, to: numRows };
    if (!isListBetter(count, numRows)) return { kind: 'bits', bits, count, numRows };
    const list = this.#workspace.rows(depth);
    this.#workspace.kernels.bitsToRows(bits, numRows, list.pointer);
    return { kind: 'rows', rows: list.pointer, count };
  }

  #bits(depth: number): Pointer {
    return this.#workspace.bits(depth);
  }
}

function scopeOf(block: Block): BlockScope {
  const number = Math.floor(block.firstRow / BLOCK_ROWS);
  return { block, numRows: block.numRows, number, zoneOf: zonesOf(block) };
}
