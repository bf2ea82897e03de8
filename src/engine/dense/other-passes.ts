import { FirstLastAggregator } from '../../aggregators/first-last.js';
import type { Block } from '../../vectors/block.js';
import { rowList, type Selection } from '../../vectors/selection.js';
import type { RunContext } from '../run.js';
import type { BlockSelector } from '../select/block-selector.js';
import { idView, type RowKeys } from './block-keys.js';
import type { RowSet } from './block-rows.js';
import type { LeafShape } from './leaf-shape.js';
import type { RowPicks } from './row-picks.js';
import type { StateSet } from './state-set.js';

/** Gives selected rows to the aggregators whose states no kernel knows: one a group where they want no more, else all with the groups that kernels found. */
export class OtherPasses {
  readonly #context: RunContext;
  /** By filter: places among the set's `others`. */
  readonly #othersOf: readonly (readonly number[])[];
  readonly #picks: RowPicks;
  #groups = new Uint32Array(0);

  constructor(shape: LeafShape, context: RunContext, picks: RowPicks) {
    this.#context = context;
    this.#picks = picks;
    this.#othersOf = shape.filters.map((_, filter) =>
      shape.others.flatMap((other, place) => (other.filter === filter ? [place] : [])),
    );
  }

  /** @param keyBase group of key 0 in these rows' bucket */
  add(
    set: StateSet,
    filter: number,
    block: Block,
    selection: RowSet['selection'],
    keys: RowKeys,
    keyBase: number,
    selector: BlockSelector,
  ): void {
    const others = this.#othersOf[filter]!;
    if (others.length === 0) return;
    const rest = others.filter((place) => {
      const aggregator = set.others[place]!;
      aggregator.ensure(set.size);
      const isPicked = aggregator instanceof FirstLastAggregator;
      return !isPicked || !this.#picks.add(aggregator, set, block, selection, keys, keyBase, selector);
    });
    if (rest.length === 0) return;
    const rows = selector.toRows(selection);
    const isOneGroup = set.tables === null && set.size === 1;
    const groups = isOneGroup ? null : this.#groupsOf(rows, keys, keyBase, block.numRows);
    for (const place of rest) set.others[place]!.aggregate(block, rows, groups);
  }

  #groupsOf(selection: Selection, { keys, width, keyBytes }: RowKeys, keyBase: number, numRows: number): Uint32Array {
    const { count } = selection;
    if (this.#groups.length < count) this.#groups = new Uint32Array(count);
    const groups = this.#groups;
    if (keys === 0) return groups.fill(keyBase, 0, count);
    const buffer = this.#context.buffer(this.#context.home, keys + keyBytes * numRows);
    const keyOf = idView(buffer, width, keys, numRows);
    const rows = rowList(selection);
    for (let i = 0; i < count; i++) groups[i] = keyOf[rows[i]!]! + keyBase;
    return groups;
  }
}
