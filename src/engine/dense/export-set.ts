import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import { createAggregator } from '../../aggregators/create-aggregator.js';
import { compileFilter } from '../filter/compile-filter.js';
import type { LayoutSpace } from './group-layout.js';
import type { LeafShape, Output } from './leaf-shape.js';
import type { FeedArray, StateSet } from './state-set.js';

/** Makes the column of a dimension from its codes (0 is null). */
export type DimensionColumn = (codes: Uint32Array, space: LayoutSpace | null, dimension: number) => TableColumn;

/** Groups of a set as a partial of its plan; the lanes are folded. */
export interface ExportPlan {
  readonly plan: GroupedLeaf;
  readonly shape: LeafShape;
  /** What `t` shows by time bucket. */
  readonly bucketTimes: Float64Array;
  readonly dimensionColumn: DimensionColumn;
}

/** @param groups which to export; null = all of a hashed set */
export function exportSet(set: StateSet, groups: Uint32Array | null, to: ExportPlan): Table {
  const codes = groups === null ? hashedCodes(set) : denseCodes(set, groups);
  const n = groups === null ? set.size : groups.length;
  const pick = new StatePicker(set, groups, n);
  const table = new TableBuilder(n);
  const buckets = codes.at(-1)!;
  table.add('t', { type: 'DOUBLE', values: timesOf(buckets, to.bucketTimes), nulls: null });
  set.layout.spaces.forEach((space, i) => {
    const isText = to.plan.dimensions[i]!.outputType === 'STRING';
    const column = to.shape.isNumber[i]
      ? numberColumn(codes[i]!, space?.numbers?.from ?? 0, isText)
      : to.dimensionColumn(codes[i]!, space, i);
    table.add(`d${i}`, column);
  });
  to.plan.aggregators.forEach((spec, i) => {
    const output = to.shape.outputs[i]!;
    if (output.op === 'other') {
      const other = set.others[output.other]!;
      other.ensure(set.size);
      other.exportState().forEach((column, k) => {
        table.add(`a${i}.${other.stateNames[k]}`, groups === null ? column : takeColumn(column, groups));
      });
      return;
    }
    // Only to name the state as the general path does.
    const [name] = createAggregator(spec, compileFilter).stateNames;
    table.add(`a${i}.${name}`, stateColumn(to.shape, output, pick));
  });
  return table.build();
}

/** Ids as they are, for merging by number; only the key of their space travels. */
export function idsColumn(codes: Uint32Array, space: LayoutSpace | null): TableColumn {
  if (space === null) return { type: 'STRING', ids: new Int32Array(codes.length).fill(-1), dictionary: [] };
  return { type: 'IDS', ids: codes, space: { key: space.key, size: space.size } };
}

/** Numbers from + code as LONG, or as STRING where the plan shows them so; code 0 is null. */
function numberColumn(codes: Uint32Array, from: number, isText: boolean): TableColumn {
  if (isText) return textColumn(codes, (code) => String(from + code));
  const values = new BigInt64Array(codes.length);
  let nulls: Uint8Array | null = null;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 0) (nulls ??= new Uint8Array(codes.length))[i] = 1;
    else values[i] = BigInt(from + code);
  }
  return { type: 'LONG', values, nulls };
}

/** Ids as text, each looked up once. */
export function textColumn(codes: Uint32Array, valueOf: (code: number) => string): TableColumn {
  const numbers = new Map<number, number>();
  const byText = new Map<string, number>();
  const dictionary: string[] = [];
  const ids = Int32Array.from(codes, (code) => {
    if (code === 0) return -1;
    const known = numbers.get(code);
    if (known !== undefined) return known;
    const text = valueOf(code);
    let number = byText.get(text);
    if (number === undefined) {
      number = dictionary.push(text) - 1;
      byText.set(text, number);
    }
    numbers.set(code, number);
    return number;
  });
  return { type: 'STRING', ids, dictionary };
}

/** Codes of each part (dimensions, then time) of dense groups. */
function denseCodes({ layout }: StateSet, groups: Uint32Array): Uint32Array[] {
  const only = layout.parts.findIndex(({ range }) => range === layout.denseGroups);
  if (only >= 0) return layout.parts.map((_, i) => (i === only ? groups : new Uint32Array(groups.length)));
  let stride = 1;
  return layout.parts.map(({ range }) => {
    const codes = partCodes(groups, stride, range);
    stride *= range;
    return codes;
  });
}

function hashedCodes({ layout, tables }: StateSet): Uint32Array[] {
  const words = tables!.words();
  return layout.parts.map(({ word, stride, range }) => partCodes(words[word]!, stride, range));
}

/** The digit with this stride and range of mixed-radix numbers below 2^32. */
function partCodes(numbers: Uint32Array, stride: number, range: number): Uint32Array {
  const codes = new Uint32Array(numbers.length);
  if (range === 1) return codes;
  for (let i = 0; i < codes.length; i++) codes[i] = ((numbers[i]! / stride) >>> 0) % range;
  return codes;
}

function timesOf(buckets: Uint32Array, bucketTimes: Float64Array): Float64Array {
  const times = new Float64Array(buckets.length);
  if (bucketTimes.length === 1) return times.fill(bucketTimes[0]!);
  for (let i = 0; i < times.length; i++) times[i] = bucketTimes[buckets[i]!]!;
  return times;
}

function stateColumn(shape: LeafShape, output: Exclude<Output, { op: 'other' }>, pick: StatePicker): TableColumn {
  if (output.op === 'count') return { type: 'LONG', values: pick.longs(pick.set.counts(output.filter)), nulls: null };
  const feed = shape.feeds[output.feed]!;
  const state = pick.set.feeds[output.feed]!;
  const int: FeedArray = `${output.op}Int`;
  const real: FeedArray = `${output.op}Real`;
  const { nonNull } = state.arrays;
  const isMarked = nonNull === 0 && pick.set.isMarked(output.filter);
  const nulls = isMarked
    ? pick.unmarked(output.filter)
    : pick.nulls(nonNull === 0 ? pick.set.counts(output.filter) : nonNull);
  if (feed.kind === 'long') {
    const values = pick.longs(state.arrays[int]);
    if (nulls !== null) clearLongs(values, nulls);
    return { type: 'LONG', values, nulls };
  }
  const values = pick.doubles(state.arrays[int], 10 ** Math.max(0, state.scale), state.arrays[real], output.op);
  if (nulls !== null) clearDoubles(values, nulls);
  return { type: 'DOUBLE', values, nulls };
}

/** Reads the states of the exported groups. */
class StatePicker {
  readonly set: StateSet;
  readonly #groups: Uint32Array | null;
  readonly #n: number;

  constructor(set: StateSet, groups: Uint32Array | null, n: number) {
    this.set = set;
    this.#groups = groups;
    this.#n = n;
  }

  longs(states: Pointer): BigInt64Array {
    const values = new BigInt64Array(this.#n);
    if (states === 0) return values;
    const groups = this.#groups;
    if (groups === null) values.set(this.set.ints(states));
    else pickWords(this.set.words(states, 2 * this.set.size), groups, new Uint32Array(values.buffer));
    return values;
  }

  /** Integer states over `divisor`, joined with the real ones; either may be missing. */
  doubles(ints: Pointer, divisor: number, reals: Pointer, op: 'sum' | 'min' | 'max'): Float64Array {
    const values = new Float64Array(this.#n);
    if (reals !== 0) pickReals(this.set.reals(reals), this.#groups, values);
    if (ints === 0) return values;
    const words = new Int32Array(this.longs(ints).buffer);
    const isJoined = reals !== 0;
    if (op === 'sum') addIntegers(words, divisor, values);
    else takeIntegers(words, divisor, isJoined, op === 'min', values);
    return values;
  }

  /** 1 where there is no mark; null when there is one everywhere. */
  unmarked(filter: number): Uint8Array | null {
    const marks = this.set.marks(filter);
    const groups = this.#groups;
    const nulls = new Uint8Array(this.#n);
    let numMarked = 0;
    for (let i = 0; i < nulls.length; i++) {
      const mark = marks[groups === null ? i : groups[i]!]!;
      nulls[i] = 1 - mark;
      numMarked += mark;
    }
    return numMarked === this.#n ? null : nulls;
  }

  /** 1 where the count is 0; null when it never is. */
  nulls(counts: Pointer): Uint8Array | null {
    const words = this.set.words(counts, 2 * this.set.size);
    const groups = this.#groups;
    const nulls = new Uint8Array(this.#n);
    let anyNull = 0;
    for (let i = 0; i < nulls.length; i++) {
      const at = 2 * (groups === null ? i : groups[i]!);
      const isNull = (words[at]! | words[at + 1]!) === 0 ? 1 : 0;
      nulls[i] = isNull;
      anyNull |= isNull;
    }
    return anyNull === 1 ? nulls : null;
  }
}

function pickWords(words: Uint32Array, groups: Uint32Array, out: Uint32Array): void {
  for (let i = 0; i < groups.length; i++) {
    const at = 2 * groups[i]!;
    out[2 * i] = words[at]!;
    out[2 * i + 1] = words[at + 1]!;
  }
}

function pickReals(states: Float64Array, groups: Uint32Array | null, out: Float64Array): void {
  if (groups === null) out.set(states);
  else for (let i = 0; i < groups.length; i++) out[i] = states[groups[i]!]!;
}

const HIGH = 2 ** 32;

function addIntegers(words: Int32Array, divisor: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = out[i]! + (words[2 * i + 1]! * HIGH + (words[2 * i]! >>> 0)) / divisor;
  }
}

/** Extremes of integer states; one at its identity (no value yet) stays apart. */
function takeIntegers(words: Int32Array, divisor: number, isJoined: boolean, isMin: boolean, out: Float64Array): void {
  const emptyHigh = isMin ? 0x7fffffff : -0x80000000;
  const emptyLow = isMin ? -1 : 0;
  for (let i = 0; i < out.length; i++) {
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    if (high === emptyHigh && low === emptyLow) continue;
    const value = (high * HIGH + (low >>> 0)) / divisor;
    if (!isJoined) out[i] = value;
    else out[i] = isMin ? Math.min(out[i]!, value) : Math.max(out[i]!, value);
  }
}

function clearLongs(values: BigInt64Array, nulls: Uint8Array): void {
  for (let i = 0; i < nulls.length; i++) if (nulls[i] === 1) values[i] = 0n;
}

function clearDoubles(values: Float64Array, nulls: Uint8Array): void {
  for (let i = 0; i < nulls.length; i++) if (nulls[i] === 1) values[i] = 0;
}
