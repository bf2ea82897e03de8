import type { SegmentCut } from '../../plan/leaf-plan.js';
import type { KernelSet, Pointer, StateType } from '../../vectors/kernels/kernel-set.js';
import { markedGroups } from './marked-groups.js';
import type { LeafShape } from './leaf-shape.js';
import type { StateSet } from './state-set.js';

/** Room for the indexes of so many groups (u32). */
export type IndexBuffer = (numGroups: number) => Pointer;

/** The groups that a set may be cut down to, ascending, or null when all must stay: every bucket's best, ties with the last included. */
export function bestGroups(
  kernels: KernelSet,
  shape: LeafShape,
  set: StateSet,
  cut: SegmentCut,
  buffer: IndexBuffer,
): Uint32Array | null {
  if (set.tables !== null || !set.isCuttable) return null;
  if (set.isMarked(0))
    return cut.by === 'dimension' ? null : bestMarked(kernels, shape, set, cut, cut.by.aggregator, buffer);
  const choose =
    cut.by === 'dimension' ? chooseByValue(set, cut) : chooseByMetric(kernels, shape, set, cut, cut.by.aggregator);
  if (choose === null) return null;
  const { groupsPerBucket } = set.layout;
  const out = buffer(groupsPerBucket);
  const chosen: Uint32Array[] = [];
  for (let first = 0; first < set.size; first += groupsPerBucket) {
    const count = choose(first, groupsPerBucket, out);
    const indexes = set.words(out, count).slice();
    for (let i = 0; i < count; i++) indexes[i] = indexes[i]! + first;
    chosen.push(indexes);
  }
  return chosen.length === 1 ? chosen[0]! : joined(chosen);
}

/** Integer sums up to this are different doubles. */
const EXACT_SUM = 2 ** 53;

/** The groups that a groupBy with a limit can show, ascending, or null when all must stay. The set holds all groups there are. */
export function shownGroups(
  kernels: KernelSet,
  shape: LeafShape,
  set: StateSet,
  cut: SegmentCut,
  buffer: IndexBuffer,
): Uint32Array | null {
  if (cut.by !== 'dimension') {
    const output = shape.outputs[cut.by.aggregator]!;
    if (output.op === 'other') return null;
    const feed = output.op === 'count' ? undefined : set.feeds[output.feed]!;
    // Null comes before all numbers.
    const mayBeNull = feed !== undefined && (output.filter !== 0 || feed.arrays.nonNull !== 0);
    if (!cut.descending && mayBeNull) return null;
    // Equal as doubles, they would be ordered by their dimensions.
    if (feed !== undefined && feed.bound > EXACT_SUM) return null;
  } else if (shape.dimensions.length !== 1) return null;
  return bestGroups(kernels, shape, set, cut, buffer);
}

/** Writes the chosen of n groups from `first` on, counted from there. @returns how many */
type Choose = (first: number, n: number, out: Pointer) => number;

function chooseByMetric(
  kernels: KernelSet,
  shape: LeafShape,
  set: StateSet,
  cut: SegmentCut,
  aggregator: number,
): Choose | null {
  const metric = metricOf(shape, set, aggregator);
  if (metric === null) return null;
  const exists = set.counts(0);
  const descending = cut.descending ? 1 : 0;
  return (first, n, out) => {
    const at = 8 * first;
    const best = kernels.topK(metric.type)(metric.states + at, metric.mask + at, n, cut.limit, descending, out, n);
    // Groups without a value order last: they are only wanted where the others are too few.
    return best >= cut.limit || metric.mask === exists ? best : kernels.nonEmpty(exists + at, n, out);
  };
}

/** The best of the marked groups, by their states put together; of one time bucket only. */
function bestMarked(
  kernels: KernelSet,
  shape: LeafShape,
  set: StateSet,
  cut: SegmentCut,
  aggregator: number,
  buffer: IndexBuffer,
): Uint32Array | null {
  const metric = metricOf(shape, set, aggregator);
  if (metric === null || set.layout.groupsPerBucket !== set.size) return null;
  const row = rowOfMarks(set.marks(0));
  if (row !== null) return bestInRow(kernels, set, cut, metric, row, buffer);
  const marked = markedGroups(set.marks(0));
  const candidates = metric.mask === 0 ? marked : withCount(set, metric.mask, marked);
  if (candidates.length <= cut.limit) return marked;
  const n = candidates.length;
  const at = buffer(4 * n);
  const states = set.words(at, 2 * n);
  const words = set.words(metric.states, 2 * set.size);
  for (let i = 0; i < n; i++) {
    states[2 * i] = words[2 * candidates[i]!]!;
    states[2 * i + 1] = words[2 * candidates[i]! + 1]!;
  }
  const out = at + 8 * n;
  const count = kernels.topK(metric.type)(at, 0, n, cut.limit, cut.descending ? 1 : 0, out, n);
  return set.words(out, count).map((i) => candidates[i]!);
}

interface GroupRow {
  readonly first: number;
  readonly n: number;
}

/** The groups that are marked, when there is no gap between them; null otherwise, and when there are none. */
function rowOfMarks(marks: Uint8Array): GroupRow | null {
  const first = marks.indexOf(1);
  if (first < 0) return null;
  let end = first;
  while (end < marks.length && marks[end] === 1) end++;
  return marks.includes(1, end) ? null : { first, n: end - first };
}

/** Of groups without a gap, as those of a segment's own ids are where no row was left out: their states lie as the choice wants them. */
function bestInRow(
  kernels: KernelSet,
  set: StateSet,
  cut: SegmentCut,
  { states, type, mask }: Metric,
  { first, n }: GroupRow,
  buffer: IndexBuffer,
): Uint32Array {
  const all = (): Uint32Array => Uint32Array.from({ length: n }, (_, i) => first + i);
  if (n <= cut.limit) return all();
  const out = buffer(n);
  const counts = mask === 0 ? 0 : mask + 8 * first;
  const count = kernels.topK(type)(states + 8 * first, counts, n, cut.limit, cut.descending ? 1 : 0, out, n);
  // Groups without a value order last: they are only wanted where the others are too few.
  return count < cut.limit ? all() : set.words(out, count).map((i) => first + i);
}

function withCount(set: StateSet, counts: Pointer, groups: Uint32Array): Uint32Array {
  const words = set.words(counts, 2 * set.size);
  return groups.filter((group) => words[2 * group] !== 0 || words[2 * group + 1] !== 0);
}

interface Metric {
  readonly states: Pointer;
  readonly type: StateType;
  /** Groups whose value is not null have a count above 0 here; 0: all that are marked. */
  readonly mask: Pointer;
}

function metricOf(shape: LeafShape, set: StateSet, aggregator: number): Metric | null {
  const output = shape.outputs[aggregator]!;
  if (output.op === 'other') return null;
  const exists = set.isMarked(0) ? 0 : set.counts(0);
  if (output.op === 'count') return { states: set.counts(output.filter), type: 'i64', mask: exists };
  const { arrays } = set.feeds[output.feed]!;
  if (arrays[`${output.op}Int`] !== 0 && arrays[`${output.op}Real`] !== 0) set.toReals(output.feed);
  const real = arrays[`${output.op}Real`];
  const ofRows = set.isMarked(output.filter) ? (output.filter === 0 ? 0 : null) : set.counts(output.filter);
  const mask = arrays.nonNull === 0 ? ofRows : arrays.nonNull;
  if (mask === null) return null;
  if (real !== 0) return { states: real, type: 'f64', mask };
  const int = arrays[`${output.op}Int`];
  return int === 0 ? null : { states: int, type: 'i64', mask };
}

/** By the order of a sorted dictionary; null comes first in either direction. */
function chooseByValue(set: StateSet, cut: SegmentCut): Choose | null {
  const dictionary = set.layout.spaces[0]?.dictionary;
  if (dictionary?.sorted !== true) return null;
  const counts = set.counts(0);
  return (first, n, out) => {
    const exists = set.words(counts + 8 * first, 2 * n);
    const chosen: number[] = [];
    const isPresent = (id: number): boolean => exists[2 * id] !== 0 || exists[2 * id + 1] !== 0;
    for (let i = 1; i < n && chosen.length < cut.limit; i++) {
      const id = cut.descending ? n - i : i;
      if (isPresent(id)) chosen.push(id);
    }
    if (isPresent(0)) chosen.push(0);
    set.words(out, chosen.length).set(chosen.sort((a, b) => a - b));
    return chosen.length;
  };
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
