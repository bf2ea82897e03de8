import { createAggregator } from '../../aggregators/create-aggregator.js';
import { compileFilter } from '../../engine/filter/compile-filter.js';
import type { AggregatorSpec, Filter, GroupByQuery, NativeQuery } from '../../query/native-query.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { overBase } from './over-base.js';

/** A query that does no more than count the groups of another one: Druid's exact count of distinct values. */
export interface GroupCount {
  readonly query: GroupByQuery;
  /** What makes the groups, without what nobody reads of them. */
  readonly groups: GroupByQuery;
}

/** The query as a count of groups, or undefined when it needs more than their number: then its rows must be made. */
export function groupCount(query: NativeQuery): GroupCount | undefined {
  if (query.queryType !== 'groupBy' || query.dataSource.type !== 'query' || !isWholeCount(query)) return undefined;
  const inner = overBase(query.dataSource.query);
  if (inner.queryType !== 'groupBy' || inner.dataSource.type !== 'tables' || !isPlain(inner)) return undefined;
  if (inner.dimensions.length === 0 || inner.context.bySegment) return undefined;
  // All its groups have the time at which the query begins.
  const startMs = inner.intervals[0]?.startMs;
  const isWithin = query.intervals.some(
    (one) => startMs !== undefined && one.startMs <= startMs && startMs < one.endMs,
  );
  const names = inner.dimensions.map(({ outputName }) => outputName);
  if (!isWithin || !query.aggregations.every((spec) => counted(spec, names) !== undefined)) return undefined;
  return { query, groups: { ...inner, aggregations: [], postAggregations: [] } };
}

/** The partial of the counting query. @param merged one partial of the groups */
export function countPartial({ query, groups }: GroupCount, merged: Table): Table {
  const names = groups.dimensions.map(({ outputName }) => outputName);
  const table = new TableBuilder(1).add('t', { type: 'DOUBLE', values: new Float64Array(1), nulls: null });
  query.aggregations.forEach((spec, i) => {
    const { dimension, isNull } = counted(spec, names)!;
    const numNull = dimension < 0 ? 0 : nullCount(merged.columns[1 + dimension]!);
    const count = isNull ? numNull : merged.numRows - numNull;
    const [state] = createAggregator(spec, compileFilter).stateNames;
    table.add(`a${i}.${state}`, { type: 'LONG', values: BigInt64Array.of(BigInt(count)), nulls: null });
  });
  return table.build();
}

/** Which groups an aggregator counts: all (no dimension), or those that are, or are not, null in one. */
interface Counted {
  /** Place among the dimensions; -1 = none. */
  readonly dimension: number;
  readonly isNull: boolean;
}

function counted(spec: AggregatorSpec, names: readonly string[]): Counted | undefined {
  if (spec.type === 'count') return { dimension: -1, isNull: false };
  if (spec.type !== 'filtered' || spec.aggregator.type !== 'count') return undefined;
  return nullTest(spec.filter, names);
}

function nullTest(filter: Filter, names: readonly string[]): Counted | undefined {
  switch (filter.type) {
    case 'not': {
      const test = nullTest(filter.field, names);
      return test === undefined ? undefined : { ...test, isNull: !test.isNull };
    }
    case 'null':
    case 'selector': {
      const dimension = names.indexOf(filter.type === 'null' ? filter.column : filter.dimension);
      if (dimension < 0 || (filter.type === 'selector' && filter.value !== null)) return undefined;
      return { dimension, isNull: true };
    }
    default:
      return undefined;
  }
}

/** One row over all that its data source has. */
function isWholeCount(query: GroupByQuery): boolean {
  const { dimensions, filter, virtualColumns, aggregations } = query;
  const reads = dimensions.length + virtualColumns.length;
  return isPlain(query) && reads === 0 && filter === null && aggregations.length > 0;
}

/** Over all time, every group shown. */
function isPlain({ granularity, having, limitSpec, subtotals }: GroupByQuery): boolean {
  const isUnlimited = limitSpec === null || (limitSpec.limit === null && limitSpec.offset === 0);
  return granularity.type === 'all' && having === null && subtotals === null && isUnlimited;
}

function nullCount(column: TableColumn): number {
  let count = 0;
  switch (column.type) {
    case 'IDS':
      for (const id of column.ids) count += id === 0 ? 1 : 0;
      return count;
    case 'STRING':
      for (const id of column.ids) count += id < 0 ? 1 : 0;
      return count;
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      for (const isNull of column.nulls ?? []) count += isNull;
      return count;
    case 'JSON':
      for (const text of column.texts) count += text === null ? 1 : 0;
      return count;
    case 'STRINGS':
    case 'BINARY':
      throw new TypeError(`Dimension cannot be of column type [${column.type}]`);
  }
}
