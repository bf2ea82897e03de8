/** Native queries to the part of them that runs beside the data. */
import { TIME_COLUMN } from '../common/column-type.js';
import type {
  AggregatorSpec,
  DataSourceMetadataQuery,
  Filter,
  NativeQuery,
  SearchQuery,
  SegmentMetadataQuery,
  TimeBoundaryQuery,
  TopNMetric,
  TopNQuery,
  UnionQuery,
  WindowOperatorQuery,
} from '../query/native-query.js';
import { isDerivedColumn } from '../query/desugar/derived-columns.js';
import { keepsNull } from '../query/virtual-column.js';
import type { GroupedLeaf, LeafPlan, SegmentCut } from './leaf-plan.js';
import { withNestedBooleans } from './nested-booleans.js';
import { isNumeric, wholeCut } from './whole-cut.js';

/**
 * Queries with one leaf: segment metadata reads no rows, a search is a plan for each column, window operators run over a scan, a union is
 * several queries. */
export type LeafQuery = Exclude<NativeQuery, SegmentMetadataQuery | SearchQuery | WindowOperatorQuery | UnionQuery>;

export function lowerNativeQuery(asked: LeafQuery): LeafPlan {
  const query: LeafQuery = { ...asked, filter: withNestedBooleans(asked.filter, asked.virtualColumns) };
  const { intervals, filter, virtualColumns } = query;
  switch (query.queryType) {
    case 'timeseries': {
      const { granularity, aggregations: aggregators } = query;
      // Of `all` too: its one row has the time of the first data even when no row matches.
      const fillEmptyBuckets = !query.context.skipEmptyBuckets;
      return {
        kind: 'grouped',
        intervals,
        granularity,
        filter,
        virtualColumns,
        dimensions: [],
        aggregators,
        fillEmptyBuckets,
        segmentCut: null,
      };
    }
    case 'topN':
      return topN(query);
    case 'groupBy': {
      const cut = wholeCut(query);
      return {
        ...grouped(query, query.dimensions),
        ...(cut !== undefined && { wholeCut: cut }),
        ...(!query.context.groupByEnableMultiValueUnnesting && { refusesMultiValues: true }),
      };
    }
    case 'scan': {
      const { columns, order, limit, offset } = query;
      const maxRows = limit === null ? null : offset + limit;
      return { kind: 'scan', intervals, filter, virtualColumns, columns, order, maxRows };
    }
    case 'timeBoundary':
    case 'dataSourceMetadata':
      return timeExtremes(query);
  }
}

type GroupingQuery = Extract<NativeQuery, { readonly queryType: 'topN' | 'groupBy' }>;

function grouped(query: GroupingQuery, dimensions: GroupedLeaf['dimensions']): GroupedLeaf {
  const { intervals, granularity, virtualColumns, aggregations: aggregators } = query;
  return {
    kind: 'grouped',
    intervals,
    granularity,
    filter: query.filter,
    virtualColumns,
    dimensions,
    aggregators,
    fillEmptyBuckets: false,
    segmentCut: null,
  };
}

/**
 * A topN passes over rows without values, also those of which a dimension spec keeps none; a groupBy counts them as null.
 * @source Druid `BaseFilteredDimensionSpec.java`, `PooledTopNAlgorithm.java`, `GroupByQueryEngine.java`
 */
function topN(query: TopNQuery): GroupedLeaf {
  const leaf = grouped(query, [query.dimension]);
  const { dimension } = query.dimension;
  const column = query.virtualColumns.find(({ name }) => name === dimension);
  const kept: Filter | null =
    column?.type === 'value-filtered' && isDerivedColumn(dimension) && !keepsNull(column)
      ? { type: 'like', dimension, pattern: '%', escape: null }
      : null;
  const filter: Filter | null =
    kept === null ? leaf.filter : { type: 'and', fields: leaf.filter === null ? [kept] : [leaf.filter, kept] };
  return { ...leaf, filter, skipsEmptyRows: true, refusesArrays: true, segmentCut: segmentCut(query) };
}

/**
 * What each segment gives of a topN; null where a part of the groups does not hold the best ones: an order by what only final values tell,
 * or by text that is not the order of the dictionary.
 * @source Druid `TopNQueryEngine`, `TopNNumericResultBuilder.java`, `LegacyTopNMetricSpec.java`
 */
function segmentCut(query: TopNQuery): SegmentCut | null {
  const limit = Math.max(query.threshold, query.context.minTopNThreshold);
  const { metric, dimension } = query;
  if (metric.type === 'dimension') {
    const isSorted = metric.ordering === 'lexicographic' && metric.previousStop === null;
    // Numbers are compared as text, which is not their own order.
    if (!isSorted || dimension.type !== 'default' || dimension.outputType !== 'STRING') return null;
    return { limit, by: 'dimension', descending: false };
  }
  const byMetric = numericMetric(metric);
  // A post-aggregator goes before an aggregator of its name.
  if (byMetric === null || query.postAggregations.some(({ name }) => name === byMetric.name)) return null;
  const aggregator = query.aggregations.findLastIndex(({ name }) => name === byMetric.name);
  const spec = query.aggregations[aggregator];
  if (spec === undefined || !isNumeric(spec)) return null;
  return { limit, by: { aggregator }, descending: !byMetric.isInverted };
}

/** The number that a topN is ordered by; inverting by dimension keeps null first, which no cut knows. */
function numericMetric(metric: TopNMetric): { readonly name: string; readonly isInverted: boolean } | null {
  if (metric.type === 'numeric') return { name: metric.metric, isInverted: false };
  if (metric.type !== 'inverted') return null;
  const inner = numericMetric(metric.metric);
  return inner && { name: inner.name, isInverted: !inner.isInverted };
}

function timeExtremes(query: TimeBoundaryQuery | DataSourceMetadataQuery): GroupedLeaf {
  const min: AggregatorSpec = { type: 'min', kind: 'long', name: 'minTime', fieldName: TIME_COLUMN };
  const max: AggregatorSpec = { type: 'max', kind: 'long', name: 'maxTime', fieldName: TIME_COLUMN };
  const bound = query.queryType === 'timeBoundary' ? query.bound : 'maxTime';
  return {
    kind: 'grouped',
    intervals: query.intervals,
    granularity: { type: 'all' },
    filter: query.filter,
    virtualColumns: query.virtualColumns,
    dimensions: [],
    aggregators: bound === 'minTime' ? [min] : bound === 'maxTime' ? [max] : [min, max],
    fillEmptyBuckets: false,
    segmentCut: null,
  };
}
