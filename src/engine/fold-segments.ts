import { createAggregator } from '../aggregators/create-aggregator.js';
import { assert } from '../common/assert.js';
import type { GroupedLeaf, SegmentCut } from '../plan/leaf-plan.js';
import type { AggregatorSpec } from '../query/native-query.js';
import { takeRows } from '../vectors/take-rows.js';
import type { Table } from '../vectors/table.js';
import { compileFilter } from './filter/compile-filter.js';
import { everyRow, sortRows } from './finish/first-rows.js';
import { naturalKey } from './finish/text-keys.js';
import { meetPartials, mergePartials } from './merge.js';
import { lookupContext } from './plan-lookup.js';

/**
 * Puts the results of single segments together as Druid folds those of a topN: each is cut to its best groups (of each time bucket), then one after another is
 * added to those before, and the sum is cut again. What a cut leaves out does not count, so that the answer is approximate in Druid's own way.
 *
 * @param partials of one segment each, in the order of time; they hold at least the best groups, ties with the last included
 * @source Druid `TopNNumericResultBuilder.java`, `TopNBinaryFn.java`
 */
export function foldSegments(plan: GroupedLeaf, partials: readonly Table[]): Table {
  const cut = plan.segmentCut;
  const filled = partials.filter(({ numRows }) => numRows > 0);
  // The first groups in the order of the dimension are among the first of every segment: nothing is lost.
  if (cut === null || cut.by === 'dimension') return mergePartials(plan, partials);
  if (filled.reduce((sum, { numRows }) => sum + numRows, 0) <= cut.limit) return mergePartials(plan, partials);
  const { met, keys } = meetPartials(plan, filled);
  const groups = keys.build();
  const fold = new Fold(cut, ranksOf(groups), plan.aggregators[cut.by.aggregator]!);
  const values = filled.map((partial) => metricOf(plan, partial, cut));
  const buckets = plan.granularity.type === 'all' ? null : timesOf(groups);
  const kept = met.groups.map((rows) => new Uint8Array(rows.length));
  for (const bucket of new Set(buckets ?? [0])) {
    const rows = met.groups.map((groupOf) =>
      buckets === null
        ? everyRow(groupOf.length)
        : everyRow(groupOf.length).filter((row) => buckets[groupOf[row]!] === bucket),
    );
    fold.begin();
    rows.forEach((ofBucket, segment) =>
      fold.add(segment, ofBucket, met.groups[segment]!, values[segment]!, kept[segment]!),
    );
  }
  const shown = filled.map((partial, segment) =>
    takeRows(
      partial,
      everyRow(partial.numRows).filter(
        (row) => kept[segment]![row] === 1 && fold.counts(met.groups[segment]![row]!, segment),
      ),
    ),
  );
  return mergePartials(plan, shown);
}

/** Folds the segments of one time bucket after another; groups by number. */
class Fold {
  readonly #limit: number;
  readonly #sign: number;
  readonly #combine: (a: number, b: number) => number;
  /** Of groups, in the order of the dimension. */
  readonly #ranks: Uint32Array;
  readonly #byRank: Uint32Array;
  /** Of the groups of the segment that is added. */
  readonly #rows: Uint32Array;
  /** Of the groups that are compared. */
  readonly #scores: Float64Array;
  /** NaN: null. */
  readonly #values: Float64Array;
  /** The first segment that counts for a group; -1 for those that are cut. */
  readonly #since: Int32Array;
  /** Groups of the fold so far, best first. */
  #best: readonly number[] = [];

  constructor({ limit, descending }: SegmentCut, ranks: Uint32Array, spec: AggregatorSpec) {
    this.#limit = limit;
    this.#sign = descending ? 1 : -1;
    this.#combine = combiner(spec);
    this.#ranks = ranks;
    this.#byRank = new Uint32Array(ranks.length);
    ranks.forEach((rank, group) => {
      this.#byRank[rank] = group;
    });
    this.#rows = new Uint32Array(ranks.length);
    this.#scores = new Float64Array(ranks.length);
    this.#values = new Float64Array(ranks.length);
    this.#since = new Int32Array(ranks.length).fill(-1);
  }

  begin(): void {
    this.#best = [];
  }

  /** @param kept set to 1 for rows that are among the best of the segment */
  add(segment: number, rows: Uint32Array, groupOf: Uint32Array, values: Float64Array, kept: Uint8Array): void {
    const inOrder = Uint32Array.from(rows, (row) => this.#ranks[groupOf[row]!]!).sort();
    for (let i = 0; i < rows.length; i++) {
      const group = groupOf[rows[i]!]!;
      this.#rows[group] = rows[i]!;
      this.#scores[group] = this.#score(values[rows[i]!]!);
    }
    const added = this.#cut(Array.from(inOrder, (rank) => this.#byRank[rank]!));
    const candidates = [...this.#best];
    for (const group of added) {
      const row = this.#rows[group]!;
      kept[row] = 1;
      const isNew = this.#since[group] === -1;
      this.#values[group] = isNew ? values[row]! : this.#combine(this.#values[group]!, values[row]!);
      if (!isNew) continue;
      this.#since[group] = segment;
      candidates.push(group);
    }
    for (const group of candidates) this.#scores[group] = this.#score(this.#values[group]!);
    const best = this.#cut(candidates);
    if (best.length < candidates.length) {
      const stays = new Set(best);
      for (const group of candidates) if (!stays.has(group)) this.#since[group] = -1;
    }
    this.#best = best;
  }

  /** Whether what a segment has of a group is in the result. */
  counts(group: number, segment: number): boolean {
    const since = this.#since[group]!;
    return since !== -1 && since <= segment;
  }

  /**
   * What is left of groups that go through Druid's queue in this order, best first. A value as good as the worst of a full queue does not get in; of
   * several worst ones the first in the order of the dimension goes.
   */
  #cut(groups: readonly number[]): readonly number[] {
    const scores = this.#scores;
    const order = (a: number, b: number): number => scores[b]! - scores[a]! || this.#ranks[a]! - this.#ranks[b]!;
    if (groups.length <= this.#limit) return [...groups].sort(order);
    const worst = Float64Array.from(groups, (group) => scores[group]!).sort()[groups.length - this.#limit]!;
    const better: number[] = [];
    const ties: number[] = [];
    for (const group of groups) {
      if (scores[group]! > worst) {
        better.push(group);
        if (better.length + ties.length > this.#limit) ties.splice(this.#first(ties), 1);
      } else if (scores[group] === worst && better.length + ties.length < this.#limit) ties.push(group);
    }
    return [...better, ...ties].sort(order);
  }

  #first(groups: readonly number[]): number {
    let first = 0;
    for (let i = 1; i < groups.length; i++) if (this.#ranks[groups[i]!]! < this.#ranks[groups[first]!]!) first = i;
    return first;
  }

  /** Higher is better; null is worse than any number. */
  #score(value: number): number {
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : this.#sign * value;
  }
}

function combiner(spec: AggregatorSpec): (a: number, b: number) => number {
  if (spec.type === 'filtered') return combiner(spec.aggregator);
  const both =
    spec.type === 'min' ? Math.min : spec.type === 'max' ? Math.max : (a: number, b: number): number => a + b;
  return (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : both(a, b));
}

/** The place of each group in the order of the dimension. */
function ranksOf(groups: Table): Uint32Array {
  const ranks = new Uint32Array(groups.numRows);
  sortRows(everyRow(groups.numRows), [naturalKey(groups.columns[1]!)]).forEach((group, rank) => {
    ranks[group] = rank;
  });
  return ranks;
}

/** Values of the aggregator that decides, NaN for null. */
function metricOf(plan: GroupedLeaf, partial: Table, { by }: SegmentCut): Float64Array {
  assert(by !== 'dimension', 'A metric decides');
  const aggregators = plan.aggregators.map((spec) => createAggregator(spec, compileFilter, lookupContext(plan)));
  const widths = aggregators.map(({ stateNames }) => stateNames.length);
  const at = widths.slice(0, by.aggregator).reduce((sum, width) => sum + width, 1 + plan.dimensions.length);
  const aggregator = aggregators[by.aggregator]!;
  aggregator.ensure(partial.numRows);
  aggregator.mergeState(partial.columns.slice(at, at + widths[by.aggregator]!), everyRow(partial.numRows));
  const column = aggregator.finish();
  assert(column.type === 'LONG' || column.type === 'DOUBLE' || column.type === 'FLOAT', 'A number decides');
  const { values, nulls } = column;
  const numbers: ArrayLike<number | bigint> = values;
  return Float64Array.from({ length: values.length }, (_, row) =>
    nulls?.[row] === 1 ? Number.NaN : Number(numbers[row]),
  );
}

function timesOf({ columns: [t] }: Table): Float64Array {
  assert(t?.type === 'DOUBLE', 'Partial has no column [t]');
  return t.values;
}
