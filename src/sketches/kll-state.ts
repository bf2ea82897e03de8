import type { RandomSource } from './quantiles-state.js';

/** Smallest capacity of a level: fixed by DataSketches. */
export const KLL_M = 8;

/** Element type of a KLL sketch: 8- or 4-byte IEEE 754. */
export type KllType = 'doubles' | 'floats';
export type KllItems = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/**
 * What a KLL sketch knows. Level i is items [levels[i], levels[i + 1]), each standing for 2^i values; below levels[0] is free room.
 * Level 0 is unsorted unless `isLevelZeroSorted`, the others are sorted.
 */
export interface KllState {
  readonly type: KllType;
  readonly k: number;
  /** Smallest k among the sketches merged in that had to drop values. */
  minK: number;
  n: number;
  min: number;
  max: number;
  /** Number of levels + 1 entries; the last is the length of `items`. */
  levels: number[];
  items: KllItems;
  isLevelZeroSorted: boolean;
}

export function newKllState(type: KllType, k: number): KllState {
  return {
    type,
    k,
    minK: k,
    n: 0,
    min: Number.NaN,
    max: Number.NaN,
    levels: [k, k],
    items: newKllItems(type, k),
    isLevelZeroSorted: false,
  };
}

export function newKllItems(type: KllType, length: number): KllItems {
  return type === 'doubles' ? new Float64Array(length) : new Float32Array(length);
}

/** Room for items of all levels. */
export function kllCapacity(k: number, numLevels: number): number {
  let total = 0;
  for (let level = 0; level < numLevels; level++) total += levelCapacity(k, numLevels, level);
  return total;
}

/** Adds a value (of a float sketch, rounded already); NaN is no value. */
export function addKllValue(state: KllState, value: number, random: RandomSource): void {
  if (Number.isNaN(value)) return;
  if (!(state.min <= value)) state.min = value;
  if (!(state.max >= value)) state.max = value;
  if (state.levels[0] === 0) compact(state, random);
  state.n++;
  state.isLevelZeroSorted = false;
  const at = state.levels[0]! - 1;
  state.levels[0] = at;
  state.items[at] = value;
}

/**
 * Adds the values that `source` stands for.
 * @source Apache DataSketches `kll/KllDoublesHelper.java#mergeDoubleImpl`
 */
export function mergeKll(target: KllState, source: KllState, random: RandomSource): void {
  if (source.n === 0) return;
  const total = target.n + source.n;
  const { min, max, minK } = target;
  for (let i = source.levels[0]!; i < source.levels[1]!; i++) addKllValue(target, source.items[i]!, random);
  const isEstimate = source.levels.length > 2;
  if (isEstimate) takeLevels(target, compressed(target, mergedLevels(target, source), random));
  target.n = total;
  target.minK = isEstimate ? Math.min(minK, source.minK) : target.minK;
  target.min = source.min <= min || Number.isNaN(min) ? source.min : min;
  target.max = source.max >= max || Number.isNaN(max) ? source.max : max;
}

/** Halves the lowest level that is full into the one above; moves the levels below up to the freed room. */
function compact(state: KllState, random: RandomSource): void {
  const { levels, k } = state;
  let level = 0;
  while (levels[level + 1]! - levels[level]! < levelCapacity(k, levels.length - 1, level)) level++;
  if (level === levels.length - 2) addTopLevel(state);
  const items = state.items;
  const from = levels[level]!;
  const to = levels[level + 1]!;
  const isOdd = (to - from) % 2 === 1;
  const start = isOdd ? from + 1 : from;
  const half = (to - start) / 2;
  if (level === 0) items.subarray(start, to).sort();
  const above = items.slice(to, levels[level + 2]);
  mergeInto(items, start + half, everyOther(items, start, to, above.length === 0, random), above);
  levels[level + 1] = to - half;
  levels[level] = to - half;
  if (isOdd) {
    items[to - half - 1] = items[from]!;
    levels[level] = to - half - 1;
  }
  if (level === 0) return;
  items.copyWithin(levels[0]! + half, levels[0]!, from);
  for (let below = 0; below < level; below++) levels[below] = levels[below]! + half;
}

function addTopLevel(state: KllState): void {
  const added = levelCapacity(state.k, state.levels.length, 0);
  const items = newKllItems(state.type, state.items.length + added);
  items.set(state.items, added);
  state.items = items;
  for (let i = 0; i < state.levels.length; i++) state.levels[i] = state.levels[i]! + added;
  state.levels.push(items.length);
}

/** Every other of items [from, to): of an even number, from the first or second on (a lone level from its end). */
function everyOther(items: KllItems, from: number, to: number, fromEnd: boolean, random: RandomSource): KllItems {
  const kept = items.slice(from, from + (to - from) / 2);
  const offset = fromEnd ? 1 - random(2) : random(2);
  for (let i = 0; i < kept.length; i++) kept[i] = items[from + offset + 2 * i]!;
  return kept;
}

/** Merges two sorted runs into `out` from `at` on; of equals the second's go first. */
function mergeInto(out: KllItems, at: number, first: KllItems, second: KllItems): void {
  let i = 0;
  let j = 0;
  for (let next = at; i < first.length || j < second.length; next++) {
    const isFirst = j === second.length || (i < first.length && first[i]! < second[j]!);
    out[next] = isFirst ? first[i++]! : second[j++]!;
  }
}

/** The target's levels with the source's above level 0 merged in. */
function mergedLevels(target: KllState, source: KllState): KllItems[] {
  const numLevels = Math.max(target.levels.length, source.levels.length) - 1;
  return Array.from({ length: numLevels }, (_, level) => {
    const mine = levelOf(target, level);
    if (level === 0) return mine;
    const theirs = levelOf(source, level);
    const out = newKllItems(target.type, mine.length + theirs.length);
    mergeInto(out, 0, mine, theirs);
    return out;
  });
}

function levelOf(state: KllState, level: number): KllItems {
  if (level >= state.levels.length - 1) return newKllItems(state.type, 0);
  return state.items.slice(state.levels[level], state.levels[level + 1]);
}

/** Halves levels from below that are too full while all together are; grows a level on top when the last is halved. */
function compressed(state: KllState, levels: KllItems[], random: RandomSource): KllItems[] {
  const { k } = state;
  let count = levels.reduce((sum, level) => sum + level.length, 0);
  let capacity = kllCapacity(k, levels.length);
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    if (count < capacity || level.length < levelCapacity(k, levels.length, i)) continue;
    const start = level.length % 2;
    if (i === 0 && !state.isLevelZeroSorted) level.subarray(start).sort();
    const above = levels[i + 1] ?? newKllItems(state.type, 0);
    const half = everyOther(level, start, level.length, above.length === 0, random);
    const raised = newKllItems(state.type, half.length + above.length);
    mergeInto(raised, 0, half, above);
    levels[i] = level.slice(0, start);
    count -= half.length;
    if (i === levels.length - 1) {
      levels.push(raised);
      capacity += levelCapacity(k, levels.length, 0);
    } else levels[i + 1] = raised;
  }
  return levels;
}

function takeLevels(state: KllState, levels: readonly KllItems[]): void {
  const capacity = kllCapacity(state.k, levels.length);
  const count = levels.reduce((sum, level) => sum + level.length, 0);
  state.items = newKllItems(state.type, capacity);
  state.levels = [capacity - count];
  for (const level of levels) {
    const at = state.levels.at(-1)!;
    state.items.set(level, at);
    state.levels.push(at + level.length);
  }
}

function levelCapacity(k: number, numLevels: number, level: number): number {
  return Math.max(KLL_M, shrunk(k, numLevels - level - 1));
}

/** k * (2/3)^depth, rounded, in steps that stay exact. */
function shrunk(k: number, depth: number): number {
  if (depth > 30) return shrunk(shrunk(k, Math.floor(depth / 2)), depth - Math.floor(depth / 2));
  return Math.floor((Math.floor((2 * k * 2 ** depth) / 3 ** depth) + 1) / 2);
}
