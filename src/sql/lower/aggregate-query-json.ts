import type { Aggregation, Dimension } from './aggregation.js';
import type { NativeColumn } from './native-expression.js';
import type { Json, PartialQuery, PartialSort } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';
import { TIME_FLOOR } from './time-floor-bounds.js';
import { ETERNITY } from './time-intervals.js';

const MAX_TOP_N = 100_000;

/** Timeseries, else topN, else groupBy: the first that can do it. @source Druid `DruidQuery.toTimeseriesQuery`, `toTopNQuery`, `toGroupByQuery` */
export function aggregateQueryJson(parts: Aggregation, partial: PartialQuery, lowering: RelationLowering): Json {
  return (
    timeBoundaryJson(parts, partial, lowering) ??
    timeseriesJson(parts, partial, lowering) ??
    topNJson(parts, partial.sort, lowering) ??
    groupByJson(parts, partial.sort, lowering)
  );
}

function timeBoundaryJson(parts: Aggregation, partial: PartialQuery, lowering: RelationLowering): Json | null {
  if (lowering.context.context['enableTimeBoundaryPlanning'] !== true || !partial.source.dataSource) return null;
  const { dimensions, aggregations, postAggregations, having, sets, where } = parts;
  if (dimensions.length > 0 || sets !== null || having !== null || postAggregations.length > 0) return null;
  if (partial.sort !== null && (partial.sort.offset > 0 || partial.sort.limit === 0)) return null;
  const bounds = aggregations.map((a) => (a['fieldName'] === '__time' ? TIME_BOUNDS[String(a['type'])] : undefined));
  const min = aggregations[bounds.indexOf('minTime')];
  const max = aggregations[bounds.indexOf('maxTime')];
  if (bounds.length === 0 || bounds.includes(undefined) || new Set(bounds).size < bounds.length) return null;
  const names = {
    ...(max !== undefined && { maxTimeArrayOutputName: max['name'] }),
    ...(min !== undefined && { minTimeArrayOutputName: min['name'] }),
  };
  return {
    queryType: 'timeBoundary',
    dataSource: where.source.json,
    intervals: intervals(parts),
    ...(bounds.length === 1 && { bound: bounds[0] }),
    ...(where.filter !== null && { filter: where.filter }),
    context: sorted({ ...lowering.queryContext, ...names }),
    granularity: { type: 'all' },
  };
}

const TIME_BOUNDS: Readonly<Record<string, string>> = { longMin: 'minTime', longMax: 'maxTime' };

function intervals(parts: Aggregation): Json {
  return { type: 'intervals', intervals: parts.where.intervals };
}

const NAMED: Readonly<Record<string, string>> = {
  PT1S: 'SECOND',
  PT1M: 'MINUTE',
  PT5M: 'FIVE_MINUTE',
  PT10M: 'TEN_MINUTE',
  PT15M: 'FIFTEEN_MINUTE',
  PT30M: 'THIRTY_MINUTE',
  PT1H: 'HOUR',
  PT6H: 'SIX_HOUR',
  PT8H: 'EIGHT_HOUR',
  P1D: 'DAY',
  P1W: 'WEEK',
  P1M: 'MONTH',
  P3M: 'QUARTER',
  P1Y: 'YEAR',
};

/** The granularity that a group expression is; null for others. */
function granularityOf({ expression }: Dimension): unknown {
  const found = TIME_FLOOR.exec(expression);
  if (found === null) return null;
  const [, period, origin, timeZone] = found as unknown as [string, string, string, string];
  if (origin !== 'null' && origin !== "''" && origin !== '') return null;
  const named = NAMED[period];
  if (named !== undefined && timeZone === 'UTC') return named;
  return { type: 'period', period, timeZone, origin: null };
}

function timeseriesJson(parts: Aggregation, partial: PartialQuery, lowering: RelationLowering): Json | null {
  const { sort } = partial;
  const { dimensions, having, sets, sortColumns } = parts;
  if (dimensions.length > 1 || sets !== null || having !== null || (sort !== null && sort.offset > 0)) return null;
  if (sort?.limit === 0 || !partial.source.dataSource) {
    if (sort?.limit === 0 || dimensions.length > 0) return null;
  }
  const [dimension] = dimensions;
  let granularity: unknown = { type: 'all' };
  let descending = false;
  if (dimension !== undefined) {
    granularity = granularityOf(dimension);
    if (granularity === null) return null;
    if (sortColumns.length > 1 || (sortColumns.length === 1 && sortColumns[0]!.name !== dimension.column.name))
      return null;
    descending = sort?.keys[0]?.descending ?? false;
  } else if (sortColumns.length > 0 && parts.aggregations.length === 0) {
    return null;
  }
  const context = dimension === undefined ? {} : { timestampResultField: dimension.column.name };
  const skip =
    dimension === undefined ? {} : { skipEmptyBuckets: lowering.context.context['skipEmptyBuckets'] ?? true };
  const virtualColumns = unusedLeftOut(parts, dimension);
  return {
    queryType: 'timeseries',
    dataSource: parts.where.source.json,
    intervals: intervals(parts),
    ...(descending && { descending: true }),
    ...(virtualColumns.length > 0 && { virtualColumns }),
    ...(parts.where.filter !== null && { filter: parts.where.filter }),
    granularity,
    aggregations: parts.aggregations,
    ...(parts.postAggregations.length > 0 && { postAggregations: parts.postAggregations }),
    ...(sort !== null && sort.limit !== null && { limit: sort.limit }),
    context: sorted({ ...lowering.queryContext, ...context, ...skip }),
  };
}

/** The virtual column of the time bucket is the granularity now. */
function unusedLeftOut(parts: Aggregation, dimension: Dimension | undefined): readonly Json[] {
  const left = parts.virtualColumns.filter((v) => dimension === undefined || v['name'] !== dimension.json['dimension']);
  return left;
}

function sorted(context: Json): Json {
  return Object.fromEntries(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function topNJson(parts: Aggregation, sort: PartialSort | null, lowering: RelationLowering): Json | null {
  const { dimensions, sortColumns } = parts;
  const [dimension] = dimensions;
  if (dimensions.length !== 1 || parts.sets !== null || parts.having !== null || sort === null) return null;
  if (sort.limit === null || sort.limit <= 0 || sort.limit > MAX_TOP_N || sort.offset > 0 || sortColumns.length > 1) {
    return null;
  }
  if (dimension!.column.type.startsWith('ARRAY')) return null;
  const [column] = sortColumns;
  let metric: Json;
  if (column === undefined || column.name === dimension!.column.name) {
    metric = { type: 'dimension', previousStop: null, ordering: comparatorOf(dimension!.column) };
    if (sort.keys[0]?.descending === true) metric = { type: 'inverted', metric };
  } else {
    if (lowering.context.context['useApproximateTopN'] === false) return null;
    metric = { type: 'numeric', metric: column.name };
    if (sort.keys[0]?.descending !== true) metric = { type: 'inverted', metric };
  }
  return {
    queryType: 'topN',
    dataSource: parts.where.source.json,
    ...(parts.virtualColumns.length > 0 && { virtualColumns: parts.virtualColumns }),
    dimension: dimension!.json,
    metric,
    threshold: sort.limit,
    intervals: intervals(parts),
    ...(parts.where.filter !== null && { filter: parts.where.filter }),
    granularity: { type: 'all' },
    aggregations: parts.aggregations,
    ...(parts.postAggregations.length > 0 && { postAggregations: parts.postAggregations }),
    context: lowering.queryContext,
  };
}

function comparatorOf({ type }: NativeColumn): Json {
  return { type: type === 'LONG' || type === 'DOUBLE' || type === 'FLOAT' ? 'numeric' : 'lexicographic' };
}

function groupByJson(parts: Aggregation, sort: PartialSort | null, lowering: RelationLowering): Json {
  return {
    queryType: 'groupBy',
    dataSource: parts.where.source.json,
    intervals: parts.where.intervals.length === 0 ? { type: 'intervals', intervals: [ETERNITY] } : intervals(parts),
    ...(parts.virtualColumns.length > 0 && { virtualColumns: parts.virtualColumns }),
    ...(parts.where.filter !== null && { filter: parts.where.filter }),
    granularity: { type: 'all' },
    dimensions: parts.dimensions.map((d) => d.json),
    aggregations: parts.aggregations,
    ...(parts.postAggregations.length > 0 && { postAggregations: parts.postAggregations }),
    ...(parts.having !== null && { having: { type: 'filter', filter: parts.having, finalize: true } }),
    limitSpec: limitSpec(parts, sort),
    ...(parts.sets !== null && {
      subtotalsSpec: parts.sets.map((set) => set.map((i) => parts.dimensions[i]!.column.name)),
    }),
    context: lowering.queryContext,
  };
}

function limitSpec(parts: Aggregation, sort: PartialSort | null): Json {
  if (sort === null) return { type: 'NoopLimitSpec' };
  const columns = parts.sortColumns.map((column, i) => ({
    dimension: column.name,
    direction: sort.keys[i]!.descending ? 'descending' : 'ascending',
    dimensionOrder: comparatorOf(column),
  }));
  return {
    type: 'default',
    columns,
    ...(sort.offset > 0 && { offset: sort.offset }),
    ...(sort.limit !== null && { limit: sort.limit }),
  };
}
