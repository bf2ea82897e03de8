import { createAggregator } from '../../aggregators/create-aggregator.js';
import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import type { AggregatorSpec } from '../../query/native-query.js';
import { takeRows } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { compileFilter } from '../filter/compile-filter.js';
import { meetPartials, mergePartials } from '../merge.js';
import { bestOf, greatest } from './best-of.js';
import { DimensionOrder } from './dimension-order.js';

interface FoldCut {
  readonly limit: number;
  readonly aggregator: number;
  readonly descending: boolean;
}

/** The best groups so far, as one segment after another is added to them. */
interface Best {
  /** By group: its metric, NaN where it is null; what it is ranked by. */
  readonly metrics: Float64Array;
  readonly keys: Float64Array;
  /** By group: the first segment whose rows count; -1 for those that are not among the best. */
  readonly since: Int32Array;
  /** By time bucket. */
  readonly buckets: Map<number, Uint32Array>;
}

/** Puts the groups of segments together, and cuts them after each one. */
export class SegmentFold {
  readonly #plan: GroupedLeaf;
  readonly #cut: FoldCut;
  readonly #metricColumn: number;
  readonly #combine: (a: number, b: number) => number;

  constructor(plan: GroupedLeaf, cut: FoldCut) {
    this.#plan = plan;
    this.#cut = cut;
    this.#combine = combineOf(plan.aggregators[cut.aggregator]!);
    const before = plan.aggregators.slice(0, cut.aggregator);
    const widths = before.map((spec) => createAggregator(spec, compileFilter).stateNames.length);
    this.#metricColumn = widths.reduce((sum, width) => sum + width, 1 + plan.dimensions.length);
  }

  /** @param segments the groups of one segment each, in the order in which they come together */
  merge(segments: readonly Table[]): Table {
    const cut = segments.map((table) => this.#cutOne(table));
    const { groups, size, firstRows } = meetPartials(this.#plan, cut);
    const best: Best = {
      metrics: new Float64Array(size),
      keys: new Float64Array(size),
      since: new Int32Array(size).fill(-1),
      buckets: new Map(),
    };
    const order = new DimensionOrder(cut, firstRows);
    cut.forEach((table, k) => this.#add(best, table, groups[k]!, k, order));
    const counting = cut.map((table, k) => takeRows(table, countingRows(best.since, groups[k]!, k)));
    return this.#withEarliest(mergePartials(this.#plan, counting), segments);
  }

  #add(best: Best, table: Table, groups: Uint32Array, k: number, order: DimensionOrder): void {
    const { metrics, keys, since, buckets } = best;
    const values = metricsOf(table.columns[this.#metricColumn]!);
    for (const [time, rows] of this.#buckets(table)) {
      const before = buckets.get(time) ?? NOTHING;
      const all = new Uint32Array(before.length + rows.length);
      all.set(before);
      let count = before.length;
      for (const row of rows) {
        const group = groups[row]!;
        if (since[group] === -1) {
          since[group] = k;
          metrics[group] = values[row]!;
          all[count++] = group;
        } else metrics[group] = combined(metrics[group]!, values[row]!, this.#combine);
        keys[group] = this.#key(metrics[group]!);
      }
      const met = all.subarray(0, count);
      const compare = (a: number, b: number): number => order.compare(a, b);
      if (count > this.#cut.limit && !isOrdered(table)) met.subarray(before.length).sort(compare);
      const kept = bestOf(met, this.#cut.limit, { keys, compare }, before.length);
      if (kept !== met) {
        // Both are in the same order.
        let next = 0;
        for (const group of met) {
          if (group === kept[next]) next++;
          else since[group] = -1;
        }
      }
      buckets.set(time, kept);
    }
  }

  /** The best groups of one segment. */
  #cutOne(table: Table): Table {
    const { limit } = this.#cut;
    if (table.numRows <= limit) return table;
    const keys = metricsOf(table.columns[this.#metricColumn]!);
    for (let row = 0; row < keys.length; row++) keys[row] = this.#key(keys[row]!);
    const order = new DimensionOrder([table], sequence(table.numRows));
    const compare = (a: number, b: number): number => order.compare(a, b);
    const kept = new Uint32Array(table.numRows);
    let count = 0;
    for (const found of this.#buckets(table).values()) {
      const isSmall = found.length <= limit || isOrdered(table);
      const last = isSmall ? Number.NEGATIVE_INFINITY : greatest(found, keys, limit);
      const rows = isSmall ? found : found.filter((row) => keys[row]! >= last).sort(compare);
      const best = bestOf(rows, limit, { keys, compare });
      kept.set(best, count);
      count += best.length;
    }
    return count === table.numRows ? table : takeRows(table, kept.subarray(0, count));
  }

  #buckets(table: Table): Map<number, Uint32Array> {
    const times = table.columns[0]!;
    if (this.#plan.granularity.type === 'all' || times.type !== 'DOUBLE')
      return new Map([[0, sequence(table.numRows)]]);
    const found = new Map<number, number[]>();
    for (let row = 0; row < table.numRows; row++) {
      const time = times.values[row]!;
      const rows = found.get(time);
      if (rows === undefined) found.set(time, [row]);
      else rows.push(row);
    }
    return new Map(Array.from(found, ([time, rows]) => [time, Uint32Array.from(rows)]));
  }

  #key(metric: number): number {
    if (Number.isNaN(metric)) return Number.NEGATIVE_INFINITY;
    return this.#cut.descending ? metric : -metric;
  }

  /** Under granularity `all` the time is that of all segments, also of those that have no group among the best. */
  #withEarliest(merged: Table, segments: readonly Table[]): Table {
    if (this.#plan.granularity.type !== 'all') return merged;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { columns } of segments) {
      if (columns[0]?.type === 'DOUBLE') earliest = Math.min(earliest, columns[0].values[0]!);
    }
    const values = new Float64Array(merged.numRows).fill(earliest);
    return { ...merged, columns: [{ type: 'DOUBLE', values, nulls: null }, ...merged.columns.slice(1)] };
  }
}

const NOTHING = new Uint32Array(0);

/** 0, 1, 2…, `length` of them. */
function sequence(length: number): Uint32Array {
  const numbers = new Uint32Array(length);
  for (let i = 0; i < length; i++) numbers[i] = i;
  return numbers;
}

/** The rows of segment `k` whose groups are among the best since then, or before. */
function countingRows(since: Int32Array, groups: Uint32Array, k: number): Uint32Array {
  const rows = new Uint32Array(groups.length);
  let count = 0;
  for (let row = 0; row < groups.length; row++) {
    const first = since[groups[row]!]!;
    if (first >= 0 && first <= k) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

/** Rows that still have ids are in the order of a stored segment's, which is that of its values. */
function isOrdered(table: Table): boolean {
  return table.columns[1]!.type === 'IDS';
}

/** NaN where there is no value. */
function metricsOf(column: TableColumn): Float64Array {
  if (column.type !== 'LONG' && column.type !== 'DOUBLE' && column.type !== 'FLOAT') {
    throw new TypeError(`A metric cannot be of column type [${column.type}]`);
  }
  const { values, nulls } = column;
  const metrics = new Float64Array(values.length);
  for (let row = 0; row < metrics.length; row++) metrics[row] = nulls?.[row] === 1 ? Number.NaN : Number(values[row]!);
  return metrics;
}

function combined(a: number, b: number, combine: (a: number, b: number) => number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : combine(a, b);
}

function combineOf(spec: AggregatorSpec): (a: number, b: number) => number {
  switch (spec.type) {
    case 'filtered':
      return combineOf(spec.aggregator);
    case 'min':
      return Math.min;
    case 'max':
      return Math.max;
    default:
      return (a, b) => a + b;
  }
}
