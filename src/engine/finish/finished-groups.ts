import { createAggregator } from '../../aggregators/create-aggregator.js';
import type { GroupedAggregator } from '../../aggregators/grouped-aggregator.js';
import { base64Column } from '../../aggregators/images.js';
import { computePostAggregators } from '../../aggregators/post-aggregators.js';
import { assert } from '../../common/assert.js';
import type { DimensionSpec, GroupByQuery, TimeseriesQuery, TopNQuery } from '../../query/native-query.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { compileFilter } from '../filter/compile-filter.js';

export type AggregateQuery = TimeseriesQuery | TopNQuery | GroupByQuery;

/** A merged partial with final values: what ordering, having and limits work on. */
export interface FinishedGroups {
  readonly numRows: number;
  /** Bucket start in epoch ms (granularity `all`: see plan/leaf-plan.ts). */
  readonly times: Float64Array;
  /** By output name, in declared order. */
  readonly dimensions: ReadonlyMap<string, TableColumn>;
  readonly aggregators: ReadonlyMap<string, TableColumn>;
  readonly postAggregators: ReadonlyMap<string, TableColumn>;
}

/** Finishes the aggregators of a merged partial and computes post-aggregators. */
export function finishGroups(
  query: AggregateQuery,
  merged: Table,
  dimensions: readonly DimensionSpec[],
): FinishedGroups {
  const times = merged.columns[0];
  assert(times?.type === 'DOUBLE', 'Partial has no column [t]');
  const states = merged.columns.slice(1 + dimensions.length);
  const groups = Uint32Array.from({ length: merged.numRows }, (_, row) => row);
  const aggregators = finishStates(query, states, groups, merged.numRows);
  return {
    numRows: merged.numRows,
    times: times.values,
    dimensions: new Map(dimensions.map((dimension, i) => [dimension.outputName, merged.columns[1 + i]!])),
    aggregators,
    postAggregators: computePostAggregators(query.postAggregations, aggregators, merged.numRows),
  };
}

/** Final values after the states were merged into `numGroups` groups; a group that gets no row is empty. */
export function finishStates(
  query: AggregateQuery,
  states: readonly TableColumn[],
  groupOf: Uint32Array,
  numGroups: number,
): Map<string, TableColumn> {
  const showsStates = query.context.raw['finalize'] === false;
  const finished = new Map<string, TableColumn>();
  let at = 0;
  for (const spec of query.aggregations) {
    const aggregator = createAggregator(spec, compileFilter);
    aggregator.ensure(numGroups);
    const width = aggregator.stateNames.length;
    if (groupOf.length > 0) aggregator.mergeState(states.slice(at, at + width), groupOf);
    finished.set(spec.name, showsStates ? shownState(aggregator) : aggregator.finish());
    at += width;
  }
  return finished;
}

/** Rows in their final order as the answer's table: `timestamp`, dimensions, aggregators, post-aggregators. */
export function answerTable(groups: FinishedGroups, timestamps: TableColumn, rows: Uint32Array): Table {
  const table = new TableBuilder(rows.length).add('timestamp', timestamps);
  for (const columns of [groups.dimensions, groups.aggregators, groups.postAggregators]) {
    for (const [name, column] of columns) table.add(name, takeColumn(column, rows));
  }
  return table.build();
}

/** Whole epoch milliseconds as a LONG column. */
export function timestampColumn(timesMs: ArrayLike<number>): TableColumn {
  const values = new BigInt64Array(timesMs.length);
  for (let i = 0; i < timesMs.length; i++) values[i] = BigInt(timesMs[i]!);
  return { type: 'LONG', values, nulls: null };
}

/** With `finalize: false` sketches are shown as they are stored, everything else as usual. */
function shownState(aggregator: GroupedAggregator): TableColumn {
  const [state] = aggregator.exportState();
  if (state?.type !== 'BINARY') return aggregator.finish();
  return base64Column(state);
}
