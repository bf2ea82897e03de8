import { createAggregator } from '../../aggregators/create-aggregator.js';
import type { GroupedAggregator } from '../../aggregators/grouped-aggregator.js';
import { base64Column } from '../../aggregators/images.js';
import { computePostAggregators } from '../../aggregators/post-aggregators.js';
import { assert } from '../../common/assert.js';
import type {
  AggregatorSpec,
  DimensionSpec,
  GroupByQuery,
  PostAggregatorSpec,
  TimeseriesQuery,
  TopNQuery,
} from '../../query/native-query.js';
import { stringsOf } from '../../vectors/ids-column.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
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
  readonly #finished = new Map<AggregatorSpec, TableColumn>();
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
      at += createAggregator(spec, compileFilter).stateNames.length;
      return merged.columns.slice(from, at);
    });
  }

  hasMetric(name: string): boolean {
    const { aggregations, postAggregations } = this.#query;
    return postAggregations.some((spec) => spec.name === name) || aggregations.some((spec) => spec.name === name);
  }

  /** Of all groups, the values of the post-aggregator with this name, or else of the aggregator. */
  metric(name: string): TableColumn | undefined {
    const post = this.#query.postAggregations.findLastIndex((spec) => spec.name === name);
    if (post < 0) return this.#aggregator(name);
    let column = this.#computed.get(name);
    if (column === undefined) {
      const specs = neededFor(this.#query.postAggregations, post);
      const operands = new Map<string, TableColumn>();
      for (const { name: field } of this.#query.aggregations) {
        if (specs.some((spec) => fieldsOf(spec)?.includes(field) ?? true))
          operands.set(field, this.#aggregator(field)!);
      }
      column = computePostAggregators(specs, operands, this.numRows).get(name)!;
      this.#computed.set(name, column);
    }
    return column;
  }

  /** Rows in their final order as the answer's table: `timestamp`, dimensions, aggregators, post-aggregators; dimensions as strings. */
  answer(timestamps: TableColumn, rows: Uint32Array): Table {
    const table = new TableBuilder(rows.length).add('timestamp', timestamps);
    for (const [name, column] of this.dimensions) table.add(name, stringsOf(takeColumn(column, rows)));
    const aggregators = new Map<string, TableColumn>();
    this.#query.aggregations.forEach((spec, i) => {
      const known = this.#finished.get(spec);
      const column = known === undefined ? this.#finishRows(spec, i, rows) : takeColumn(known, rows);
      aggregators.set(spec.name, column);
    });
    return addMetrics(table, this.#query, aggregators, rows.length).build();
  }

  #aggregator(name: string): TableColumn | undefined {
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

  #finishRows(spec: AggregatorSpec, at: number, rows: Uint32Array): TableColumn {
    const states = this.#states[at]!.map((column) => takeColumn(column, rows));
    return finishStates(this.#query, spec, states, everyRow(rows.length), rows.length);
  }
}

/** A partial of one group that no row belongs to, at time 0. */
export function emptyGroup(query: AggregateQuery): Table {
  const table = new TableBuilder(1).add('t', { type: 'DOUBLE', values: new Float64Array(1), nulls: null });
  query.aggregations.forEach((spec, i) => {
    const aggregator = createAggregator(spec, compileFilter);
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
  const aggregators = new Map<string, TableColumn>();
  let at = 0;
  for (const spec of query.aggregations) {
    const width = createAggregator(spec, compileFilter).stateNames.length;
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
  aggregators: ReadonlyMap<string, TableColumn>,
  numRows: number,
): TableBuilder {
  for (const [name, column] of aggregators) table.add(name, column);
  const computed = computePostAggregators(query.postAggregations, aggregators, numRows);
  for (const [name, column] of computed) table.add(name, column);
  return table;
}

/** Final values of one aggregator after its states were merged into `numGroups` groups; a group that gets no row is empty. */
function finishStates(
  query: AggregateQuery,
  spec: AggregatorSpec,
  states: readonly TableColumn[],
  groupOf: Uint32Array,
  numGroups: number,
): TableColumn {
  const aggregator = createAggregator(spec, compileFilter);
  aggregator.ensure(numGroups);
  if (groupOf.length > 0) aggregator.mergeState(states, groupOf);
  return query.context.raw['finalize'] === false ? shownState(aggregator) : aggregator.finish();
}

/** With `finalize: false` sketches are shown as they are stored, everything else as usual. */
function shownState(aggregator: GroupedAggregator): TableColumn {
  const [state] = aggregator.exportState();
  if (state?.type !== 'BINARY') return aggregator.finish();
  return base64Column(state);
}

/** A post-aggregator after those before it that it reads. */
function neededFor(specs: readonly PostAggregatorSpec[], index: number): readonly PostAggregatorSpec[] {
  const spec = specs[index]!;
  const before = specs.slice(0, index);
  const fields = fieldsOf(spec);
  if (fields === null) return [...before, spec];
  const needed = new Set(
    fields.flatMap((field) => {
      const at = before.findLastIndex((candidate) => candidate.name === field);
      return at < 0 ? [] : neededFor(specs, at);
    }),
  );
  return [...before.filter((one) => needed.has(one)), spec];
}

/** Names that a post-aggregator reads; null when it may be any. */
function fieldsOf(spec: PostAggregatorSpec): readonly string[] | null {
  if (spec.type === 'constant') return [];
  if (spec.type === 'fieldAccess' || spec.type === 'finalizingFieldAccess') return [spec.fieldName];
  if (spec.type === 'hyperUniqueCardinality') return [spec.fieldName];
  if (spec.type !== 'arithmetic') return null;
  return spec.fields.reduce<readonly string[] | null>((names, field) => {
    const more = fieldsOf(field);
    return names === null || more === null ? null : [...names, ...more];
  }, []);
}
