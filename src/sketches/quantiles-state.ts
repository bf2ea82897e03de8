/** A random integer from 0 to below `bound` (a power of two): which half of two merged buffers is kept. */
export type RandomSource = (bound: number) => number;

const MIN_BASE = 4;

/**
 * What a classic quantiles sketch knows: the newest values one by one, and per level k sorted values that stand for
 * 2^(level + 1) values each. Level i is present when bit i of n / 2k is set.
 */
export interface QuantilesState {
  readonly k: number;
  n: number;
  min: number;
  max: number;
  base: Float64Array<ArrayBuffer>;
  baseCount: number;
  readonly levels: (Float64Array<ArrayBuffer> | null)[];
}

export function newQuantilesState(k: number): QuantilesState {
  const base = new Float64Array(Math.min(MIN_BASE, 2 * k));
  return { k, n: 0, min: Number.NaN, max: Number.NaN, base, baseCount: 0, levels: [] };
}

export function copyQuantilesState(state: QuantilesState): QuantilesState {
  // Levels are never written after they were made, so they may be shared.
  return { ...state, base: state.base.slice(), levels: [...state.levels] };
}

/** Adds a value; NaN is no value. @source Apache DataSketches `quantiles/HeapUpdateDoublesSketch.java` */
export function addValue(state: QuantilesState, value: number, random: RandomSource): void {
  if (Number.isNaN(value)) return;
  if (state.n === 0) {
    state.min = value;
    state.max = value;
  } else {
    if (value > state.max) state.max = value;
    if (value < state.min) state.min = value;
  }
  if (state.baseCount === state.base.length) {
    const grown = new Float64Array(Math.min(2 * state.base.length, 2 * state.k));
    grown.set(state.base);
    state.base = grown;
  }
  state.base[state.baseCount++] = value;
  state.n++;
  if (state.baseCount < 2 * state.k) return;
  carry(state.levels, 0, half(state.base.sort(), random), random);
  state.baseCount = 0;
}

/**
 * Adds all values that `source` stands for to `target`, whose k is at most the source's.
 * @source Apache DataSketches `quantiles/DoublesMergeImpl.java`
 */
export function mergeQuantiles(source: QuantilesState, target: QuantilesState, random: RandomSource): void {
  const total = target.n + source.n;
  const stride = source.k / target.k;
  const raisedBy = Math.log2(stride);
  for (let i = 0; i < source.baseCount; i++) addValue(target, source.base[i]!, random);
  source.levels.forEach((level, i) => {
    if (level === null) return;
    const values = stride === 1 ? level : everyNth(level, stride, random);
    carry(target.levels, i + raisedBy, values, random);
  });
  target.n = total;
  if (!(target.min <= source.min)) target.min = source.min;
  if (!(target.max >= source.max)) target.max = source.max;
}

/** Puts k sorted values at a level; where one is, both are halved into the next, like a carry of binary addition. */
function carry(
  levels: (Float64Array<ArrayBuffer> | null)[],
  start: number,
  values: Float64Array<ArrayBuffer>,
  random: RandomSource,
): void {
  while (levels.length < start) levels.push(null);
  let carried = values;
  let at = start;
  for (let present = levels[at]; present !== null && present !== undefined; present = levels[at]) {
    carried = half(merged(present, carried), random);
    levels[at++] = null;
  }
  levels[at] = carried;
}

function merged(first: Float64Array, second: Float64Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(first.length + second.length);
  let i = 0;
  let j = 0;
  for (let at = 0; at < out.length; at++) {
    const isSecond = i === first.length || (j < second.length && second[j]! < first[i]!);
    out[at] = isSecond ? second[j++]! : first[i++]!;
  }
  return out;
}

/** Every other value, from the first or from the second on. */
function half(sorted: Float64Array, random: RandomSource): Float64Array<ArrayBuffer> {
  return everyNth(sorted, 2, random);
}

function everyNth(sorted: Float64Array, stride: number, random: RandomSource): Float64Array<ArrayBuffer> {
  const out = new Float64Array(sorted.length / stride);
  for (let i = 0, from = random(stride); i < out.length; i++, from += stride) out[i] = sorted[from]!;
  return out;
}
