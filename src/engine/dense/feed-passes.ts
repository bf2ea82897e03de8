import type { KernelSet } from '../../vectors/kernels/kernel-set.js';
import type { BlockSelector } from '../select/block-selector.js';
import type { RowKeys } from './block-keys.js';
import { kernelRows, type KernelRows, type RowSet } from './block-rows.js';
import type { ExactZone, FeedValues } from './feed-values.js';
import type { Feed } from './leaf-shape.js';
import type { StateSet } from './state-set.js';

/** A feed and what it reads in the block at hand. */
export interface FeedWork {
  readonly feed: Feed;
  /** Place of the feed in its shape. */
  readonly place: number;
  readonly values: FeedValues;
}

/** Integer sums of DOUBLE feeds are moved to real ones before they could pass this. */
const MAX_INT_SUM = 2 ** 62;

/** Runs the kernels that add selected rows to the states: one pass over the keys for count and sum, one for min and max. */
export class FeedPasses {
  readonly #kernels: KernelSet;

  constructor(kernels: KernelSet) {
    this.#kernels = kernels;
  }

  /**
   * Adds rows to the states of a filter's counts and feeds. Feeds with nulls must be tracked already.
   * @param keyBase group of key 0 in these rows' bucket
   */
  add(
    set: StateSet,
    filter: number,
    work: readonly FeedWork[],
    selection: RowSet['selection'],
    keys: RowKeys,
    keyBase: number,
    numRows: number,
    selector: BlockSelector,
  ): void {
    const all = kernelRows(selection);
    let isCounted = false;
    for (const { feed, place, values } of work) {
      this.#reserve(set, place, feed, values, all.count);
      let rows = all;
      if (values.nulls !== 0) {
        const kept = selector.notNull(selection, values.nulls, numRows);
        if (kept.kind === 'none') continue;
        rows = kernelRows(kept);
      }
      if (keys.keys === 0) this.#reduce(set, feed, place, values, rows, keyBase);
      else isCounted = this.#group(set, feed, place, values, rows, keys, keyBase, isCounted) || isCounted;
    }
    if (isCounted) return;
    const counts = set.counts(filter);
    if (set.isMarked(filter)) {
      if (keys.keys === 0) set.marks(filter)[keyBase] = 1;
      else if (keys.mayBeNull || !set.areMarked(filter)) {
        const mark = this.#kernels.groupSeen(all.form, keys.width);
        mark(keys.keys + all.from * keys.keyBytes, all.pointer, all.n, keyBase, counts, 0);
      }
    } else if (keys.keys === 0) addCount(set, counts, keyBase, all.count);
    else {
      const count = this.#kernels.groupCount(all.form, keys.width);
      count(keys.keys + all.from * keys.keyBytes, all.pointer, all.n, keyBase, counts, set.laneBytes);
    }
  }

  #reserve(set: StateSet, place: number, feed: Feed, values: FeedValues, count: number): void {
    if (feed.kind !== 'double' || !feed.sum || !values.isInteger) return;
    const state = set.feeds[place]!;
    if (state.bound + values.bound * count > MAX_INT_SUM) set.foldSums(place);
    state.bound += values.bound * count;
  }

  #reduce(set: StateSet, feed: Feed, place: number, values: FeedValues, rows: KernelRows, group: number): void {
    const { type, base, isInteger } = values;
    const at = values.values + rows.from * values.elementBytes;
    const out = 8 * group;
    if (set.feeds[place]!.arrays.nonNull !== 0) addCount(set, set.array(place, 'nonNull'), group, rows.count);
    if (feed.sum) {
      const sums = set.array(place, isInteger ? 'sumInt' : 'sumReal');
      this.#kernels.sum(rows.form, type)(at, base, rows.pointer, rows.n, sums + out);
    }
    if (feed.min) {
      const mins = set.array(place, isInteger ? 'minInt' : 'minReal');
      this.#kernels.min(rows.form, type)(at, base, rows.pointer, rows.n, mins + out);
    }
    if (feed.max) {
      const maxs = set.array(place, isInteger ? 'maxInt' : 'maxReal');
      this.#kernels.max(rows.form, type)(at, base, rows.pointer, rows.n, maxs + out);
    }
  }

  /** @returns true when the rows were counted on the way */
  #group(
    set: StateSet,
    feed: Feed,
    place: number,
    values: FeedValues,
    rows: KernelRows,
    { keys, width, keyBytes }: RowKeys,
    keyBase: number,
    isCounted: boolean,
  ): boolean {
    const kernels = this.#kernels;
    const { type, base, isInteger } = values;
    const { form, pointer, n } = rows;
    const { laneBytes } = set;
    const at = values.values + rows.from * values.elementBytes;
    const keysAt = keys + rows.from * keyBytes;
    const isTracked = set.feeds[place]!.arrays.nonNull !== 0;
    const isLeftOut = isCounted || set.isMarked(feed.filter);
    const counts = isTracked ? set.array(place, 'nonNull') : isLeftOut ? 0 : set.counts(feed.filter);
    if (feed.sum) {
      const sums = set.array(place, isInteger ? 'sumInt' : 'sumReal');
      if (counts !== 0) {
        kernels.groupCountSum(form, width, type)(keysAt, at, base, pointer, n, keyBase, counts, sums, laneBytes);
      } else kernels.groupSum(form, width, type)(keysAt, at, base, pointer, n, keyBase, sums, laneBytes);
    } else if (isTracked) kernels.groupCount(form, width)(keysAt, pointer, n, keyBase, counts, laneBytes);
    if (feed.min && feed.max) {
      const mins = set.array(place, isInteger ? 'minInt' : 'minReal');
      const maxs = set.array(place, isInteger ? 'maxInt' : 'maxReal');
      kernels.groupMinMax(form, width, type)(keysAt, at, base, pointer, n, keyBase, mins, maxs, laneBytes);
    } else if (feed.min) {
      const mins = set.array(place, isInteger ? 'minInt' : 'minReal');
      kernels.groupMin(form, width, type)(keysAt, at, base, pointer, n, keyBase, mins, laneBytes);
    } else if (feed.max) {
      const maxs = set.array(place, isInteger ? 'maxInt' : 'maxReal');
      kernels.groupMax(form, width, type)(keysAt, at, base, pointer, n, keyBase, maxs, laneBytes);
    }
    return feed.sum && !isTracked && counts !== 0;
  }
}

/** Adds the extremes of a whole block to the states of one group, from what its zone says. */
export function addZone(
  set: StateSet,
  feed: Feed,
  place: number,
  zone: ExactZone,
  numRows: number,
  group: number,
): void {
  const state = set.feeds[place]!;
  const nonNull = numRows - zone.nullCount;
  if (state.arrays.nonNull !== 0) addCount(set, state.arrays.nonNull, group, nonNull);
  if (nonNull === 0) return;
  if (zone.kind === 'long' && feed.kind === 'double' && state.scale === -1) state.scale = 0;
  const isInteger = zone.kind === 'long' && (feed.kind === 'long' || state.scale === 0);
  for (const op of ['min', 'max'] as const) {
    if (!feed[op]) continue;
    const value = zone[op];
    if (isInteger) {
      const states = set.ints(set.array(place, op === 'min' ? 'minInt' : 'maxInt'), group + 1);
      const before = states[group]!;
      if (op === 'min' ? value < before : value > before) states[group] = BigInt(value);
    } else {
      const states = set.reals(set.array(place, op === 'min' ? 'minReal' : 'maxReal'), group + 1);
      states[group] = Math[op](states[group]!, Number(value));
    }
  }
}

/** Adds to the count of one group. */
export function addCount(set: StateSet, counts: number, group: number, count: number): void {
  const states = set.ints(counts, group + 1);
  states[group] = states[group]! + BigInt(count);
}
