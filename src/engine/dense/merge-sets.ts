import type { KernelSet, Pointer } from '../../vectors/kernels/kernel-set.js';
import type { LeafShape } from './leaf-shape.js';
import { FEED_ARRAY_NAMES, FEED_ARRAYS, mergeKernel, type StateSet } from './state-set.js';

/** Integer sums of DOUBLE feeds must not pass this. */
const MAX_INT_SUM = 2 ** 62;

/** Writes words into scratch that holds until the next call with the same name. */
export type PutWords = (name: string, words: Uint32Array) => Pointer;

/** Adds the states of a set to another of the same layout. The lanes of both are folded. */
export function mergeSets(kernels: KernelSet, shape: LeafShape, to: StateSet, from: StateSet, put: PutWords): void {
  to.isCuttable &&= from.isCuttable;
  if (from.tables !== null) {
    const groups = put('groups', numbersIn(kernels, to, from, put));
    mergeByGroups(kernels, shape, to, from, groups, from.size, (pointer) => pointer);
    return;
  }
  const n = to.size;
  alignFeeds(shape, to, from);
  const { counts } = from.image();
  counts.forEach((pointer, filter) => {
    if (pointer === 0) return;
    if (to.isMarked(filter)) kernels.mergeMaxU8(to.counts(filter), pointer, n);
    else kernels.mergeSum('i64')(to.counts(filter), pointer, n);
  });
  from.feeds.forEach(({ arrays }, feed) => {
    for (const name of FEED_ARRAY_NAMES) {
      const { op, type } = FEED_ARRAYS[name];
      if (arrays[name] !== 0) mergeKernel(kernels, op, type)(to.array(feed, name), arrays[name], n);
    }
  });
}

/**
 * Adds states to the groups that `groups` names (u32 for each of n states).
 * @param at where the n states of an array of `from` lie, in the order of `groups`
 */
function mergeByGroups(
  kernels: KernelSet,
  shape: LeafShape,
  to: StateSet,
  from: StateSet,
  groups: Pointer,
  n: number,
  at: (pointer: Pointer) => Pointer,
): void {
  alignFeeds(shape, to, from);
  const { counts } = from.image();
  counts.forEach((pointer, filter) => {
    if (pointer === 0) return;
    kernels.groupSum('all', 'u32', 'i64')(groups, at(pointer), 0, 0, n, 0, to.counts(filter), to.laneBytes);
  });
  from.feeds.forEach(({ arrays }, feed) => {
    for (const name of FEED_ARRAY_NAMES) {
      if (arrays[name] === 0) continue;
      const { op, type } = FEED_ARRAYS[name];
      const kernel =
        op === 'sum'
          ? kernels.groupSum('all', 'u32', type)
          : op === 'min'
            ? kernels.groupMin('all', 'u32', type)
            : kernels.groupMax('all', 'u32', type);
      kernel(groups, at(arrays[name]), 0, 0, n, 0, to.array(feed, name), to.laneBytes);
    }
  });
}

/** Makes the states of feeds add up: both track nulls or none does, and integers are of one scale. */
function alignFeeds(shape: LeafShape, to: StateSet, from: StateSet): void {
  shape.feeds.forEach((feed, i) => {
    const a = to.feeds[i]!;
    const b = from.feeds[i]!;
    if (a.arrays.nonNull !== 0 || b.arrays.nonNull !== 0) {
      to.trackNulls(i, feed.filter);
      from.trackNulls(i, feed.filter);
    }
    if (a.scale !== -1 && b.scale !== -1 && a.scale !== b.scale) {
      from.toReals(i);
    } else if (feed.kind === 'double' && a.bound + b.bound > MAX_INT_SUM) {
      to.foldSums(i);
      from.foldSums(i);
    }
    a.bound += b.bound;
    if (a.scale === -1) a.scale = b.scale;
  });
}

/** The groups of one hashed set as numbers in another, which gets those that it lacks. */
function numbersIn(kernels: KernelSet, to: StateSet, from: StateSet, put: PutWords): Uint32Array {
  const source = from.tables!;
  const target = to.tables!;
  target.reserve(source.size);
  const hash = kernels.hashGroups('all');
  let numbers = new Uint32Array(0);
  source.headers.forEach((_, table) => {
    const pairs = source.pairs(table);
    const n = pairs.length / 2;
    const high = new Uint32Array(n);
    const low = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      if (table > 0) high[i] = numbers[pairs[2 * i]!]!;
      low[i] = pairs[2 * i + 1]!;
    }
    const out = put('numbers', low);
    hash(table === 0 ? 0 : put('high', high), put('low', low), 0, n, target.headers[table]!, out);
    numbers = to.words(out, n).slice();
  });
  to.ensure();
  return numbers;
}
