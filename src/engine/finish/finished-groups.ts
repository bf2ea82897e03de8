import { createAggregator } from '../../aggregators/create-aggregator.js';
import {
  aggregatorMetric,
  type MetricColumns,
  plainMetric,
  takeMetric,
} from '../../aggregators/post/metric-columns.js';
import { computePostAggregators, postAggregatorInputs, shownColumn } from '../../aggregators/post-aggregators.js';
import { assert } from '../../common/assert.js';
import { freeIdentifiers } from '../../expressions/expr.js';
import { parseExpression } from '../../expressions/parse-expression.js';
import type {
  AggregatorSpec,
  DimensionSpec,
  GroupByQuery,
  PostAggregatorSpec,
  TimeseriesQuery,
  TopNQuery,
  NamedLookups,
} from '../../query/native-query.js';
import { stringsOf } from '../../vectors/ids-column.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { lookupContext } from '../plan-lookup.js';
import { compileFilter } from '../filter/compile-filter.js';
import { everyRow } from './first-rows.js';

export type AggregateQuery = TimeseriesQuery | TopNQuery | GroupByQuery;

/**
 * The groups of a merged partial, what ordering, having and limits work on. Aggregators are finished when they are asked for: over all
 * groups those that decide which rows are output, and over the output rows the others.
 */
export class FinishedGroups {
  readonly numRows: number;
  /** Bucket start in epoch ms (granularity `all`: see plan/leaf-plan.ts). */
  readonly times: Float64Array;
  /** By output name, in declared order. */
  readonly dimensions: ReadonlyMap<string, TableColumn>;
  readonly #query: AggregateQuery;
  /** State columns of each aggregator. */
  readonly #states: readonly (readonly TableColumn[])[];
  /** Final values of all groups, as far as they were asked for. */
  readonly #finished = new Map<AggregatorSpec, MetricColumns>();
  readonly #computed = new Map<string, TableColumn>();

  /** @param merged one partial of the query's grouped leaf */
  constructor(query: AggregateQuery, merged: Table, dimensions: readonly DimensionSpec[]) {
    const times = merged.columns[0];
    assert(times?.type === 'DOUBLE', 'Partial has no column [t]');
    this.#query = query;
    this.numRows = merged.numRows;
    this.times = times.values;
    this.dimensions = new Map(dimensions.map(({ outputName }, i) => [outputName, merged.columns[1 + i]!]));
    let at = 1 + dimensions.length;
    this.#states = query.aggregations.map((spec) => {
      const from = at;
      at += createAggregator(spec, compileFilter, lookupContext(query)).stateNames.length;
      return merged.columns.slice(from, at);
    });
  }

  /** Those that the query's expressions may use. */
  get lookups(): NamedLookups | undefined {
    return this.#query.lookups;
  }

  /** Names of aggregators and post-aggregators, in declared order. */
  get metricNames(): string[] {
    return [...this.#query.aggregations, ...this.#query.postAggregations].map(({ name }) => name);
  }

  hasMetric(name: string): boolean {
    const { aggregations, postAggregations } = this.#query;
    return postAggregations.some((spec) => spec.name === name) || aggregations.some((spec) => spec.name === name);
  }

  /** Of all groups, the values of the post-aggregator with this name, or else of the aggregator. */
  metric(name: string): TableColumn | undefined {
    const post = this.#query.postAggregations.findLastIndex((spec) => spec.name === name);
    if (post < 0) {
      const aggregator = this.#aggregator(name);
      return aggregator === undefined ? undefined : shownMetric(this.#query, aggregator);
    }
    let column = this.#computed.get(name);
    if (column === undefined) {
      const specs = neededFor(this.#query.postAggregations, post);
      const operands = new Map<string, MetricColumns>();
      for (const field of specs.flatMap(fieldsOf)) {
        const dimension = this.dimensions.get(field);
        const operand = this.#aggregator(field) ?? (dimension === undefined ? undefined : plainMetric(dimension));
        if (operand !== undefined) operands.set(field, operand);
      }
      column = computePostAggregators(specs, operands, this.numRows, lookupContext(this.#query)).get(name)!;
      this.#computed.set(name, column);
    }
    return column;
  }

  /** Rows in their final order as the answer's table: `timestamp`, dimensions, aggregators, post-aggregators; dimensions as strings. */
  answer(timestamps: TableColumn, rows: Uint32Array): Table {
    const table = new TableBuilder(rows.length).add('timestamp', timestamps);
    const dimensions = new Map<string, MetricColumns>();
    for (const [name, column] of this.dimensions) {
      const shown = stringsOf(takeColumn(column, rows));
      table.add(name, shown);
      dimensions.set(name, plainMetric(shown));
    }
    const aggregators = new Map<string, MetricColumns>();
    this.#query.aggregations.forEach((spec, i) => {
      const known = this.#finished.get(spec);
      aggregators.set(spec.name, known === undefined ? this.#finishRows(spec, i, rows) : takeMetric(known, rows));
    });
    return addMetrics(table, this.#query, aggregators, rows.length, dimensions).build();
  }

  #aggregator(name: string): MetricColumns | undefined {
    const at = this.#query.aggregations.findLastIndex((candidate) => candidate.name === name);
    const spec = this.#query.aggregations[at];
    if (spec === undefined) return undefined;
    let column = this.#finished.get(spec);
    if (column === undefined) {
      column = finishStates(this.#query, spec, this.#states[at]!, everyRow(this.numRows), this.numRows);
      this.#finished.set(spec, column);
    }
    return column;
  }

  #finishRows(spec: AggregatorSpec, at: number, rows: Uint32Array): MetricColumns {
    const states = this.#states[at]!.map((column) => takeColumn(column, rows));
    return finishStates(this.#query, spec, states, everyRow(rows.length), rows.length);
  }
}

/** A partial of one group that no row belongs to, at time 0. */
export function emptyGroup(query: AggregateQuery): Table {
  const table = new TableBuilder(1).add('t', { type: 'DOUBLE', values: new Float64Array(1), nulls: null });
  query.aggregations.forEach((spec, i) => {
    const aggregator = createAggregator(spec, compileFilter, lookupContext(query));
    aggregator.ensure(1);
    aggregator.exportState().forEach((column, k) => table.add(`a${i}.${aggregator.stateNames[k]}`, column));
  });
  return table.build();
}

/** One row of aggregators and post-aggregators over `rows` of a partial's state columns. */
export function totalsRow(
  query: AggregateQuery,
  timestamps: TableColumn,
  states: readonly TableColumn[],
  rows: Uint32Array,
): Table {
  const aggregators = new Map<string, MetricColumns>();
  let at = 0;
  for (const spec of query.aggregations) {
    const width = createAggregator(spec, compileFilter, lookupContext(query)).stateNames.length;
    const taken = states.slice(at, at + width).map((column) => takeColumn(column, rows));
    aggregators.set(spec.name, finishStates(query, spec, taken, new Uint32Array(rows.length), 1));
    at += width;
  }
  return addMetrics(new TableBuilder(1).add('timestamp', timestamps), query, aggregators, 1).build();
}

/** Whole epoch milliseconds as a LONG column. */
export function timestampColumn(timesMs: ArrayLike<number>): TableColumn {
  const values = new BigInt64Array(timesMs.length);
  let lastMs = Number.NaN;
  let last = 0n;
  for (let i = 0; i < timesMs.length; i++) {
    const ms = timesMs[i]!;
    if (ms !== lastMs) {
      last = BigInt(ms);
      lastMs = ms;
    }
    values[i] = last;
  }
  return { type: 'LONG', values, nulls: null };
}

function addMetrics(
  table: TableBuilder,
  query: AggregateQuery,
  aggregators: ReadonlyMap<string, MetricColumns>,
  numRows: number,
  dimensions: ReadonlyMap<string, MetricColumns> = new Map(),
): TableBuilder {
  for (const [name, metric] of aggregators) table.add(name, shownMetric(query, metric));
  const visible = new Map([...dimensions, ...aggregators]);
  const computed = computePostAggregators(query.postAggregations, visible, numRows, lookupContext(query));
  for (const [name, column] of computed) table.add(name, column);
  return table;
}

/** The values of one aggregator after its states were merged into `numGroups` groups; a group that gets no row is empty. */
function finishStates(
  query: AggregateQuery,
  spec: AggregatorSpec,
  states: readonly TableColumn[],
  groupOf: Uint32Array,
  numGroups: number,
): MetricColumns {
  const aggregator = createAggregator(spec, compileFilter, lookupContext(query));
  aggregator.ensure(numGroups);
  if (groupOf.length > 0) aggregator.mergeState(states, groupOf);
  return aggregatorMetric(aggregator);
}

/** With `finalize: false` values are shown as they are merged between nodes. */
function shownMetric(query: AggregateQuery, metric: MetricColumns): TableColumn {
  return query.context.finalize === false ? shownColumn(metric.raw) : metric.finished;
}

/** A post-aggregator after those before it that it reads. */
function neededFor(specs: readonly PostAggregatorSpec[], index: number): readonly PostAggregatorSpec[] {
  const spec = specs[index]!;
  const before = specs.slice(0, index);
  const needed = new Set(
    fieldsOf(spec).flatMap((field) => {
      const at = before.findLastIndex((candidate) => candidate.name === field);
      return at < 0 ? [] : neededFor(specs, at);
    }),
  );
  return [...before.filter((one) => needed.has(one)), spec];
}

/** Names of what a post-aggregator reads. */
function fieldsOf(spec: PostAggregatorSpec): readonly string[] {
  return postAggregatorInputs(spec, (expression) => freeIdentifiers(parseExpression(expression)));
}
