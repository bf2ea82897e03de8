/** Native queries to the part of them that runs beside the data. */
import { TIME_COLUMN } from '../common/column-type.js';
import type {
  AggregatorSpec,
  DataSourceMetadataQuery,
  NativeQuery,
  SegmentMetadataQuery,
  TimeBoundaryQuery,
} from '../query/native-query.js';
import type { GroupedLeaf, LeafPlan } from './leaf-plan.js';

/** Segment metadata reads no rows, so it has no leaf for the engine. */
export function lowerNativeQuery(query: Exclude<NativeQuery, SegmentMetadataQuery>): LeafPlan {
  const { intervals, filter } = query;
  switch (query.queryType) {
    case 'timeseries': {
      const { granularity, aggregations: aggregators } = query;
      // Of `all` too: its one row has the time of the first data even when no row matches.
      const fillEmptyBuckets = !query.context.skipEmptyBuckets;
      return { kind: 'grouped', intervals, granularity, filter, dimensions: [], aggregators, fillEmptyBuckets };
    }
    case 'topN':
      return grouped(query, [query.dimension]);
    case 'groupBy':
      return grouped(query, query.dimensions);
    case 'scan': {
      const { columns, order, limit, offset } = query;
      return { kind: 'scan', intervals, filter, columns, order, maxRows: limit === null ? null : offset + limit };
    }
    case 'timeBoundary':
    case 'dataSourceMetadata':
      return timeExtremes(query);
  }
}

type GroupingQuery = Extract<NativeQuery, { readonly queryType: 'topN' | 'groupBy' }>;

function grouped(query: GroupingQuery, dimensions: GroupedLeaf['dimensions']): GroupedLeaf {
  const { intervals, granularity, filter, aggregations: aggregators } = query;
  return { kind: 'grouped', intervals, granularity, filter, dimensions, aggregators, fillEmptyBuckets: false };
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
    dimensions: [],
    aggregators: bound === 'minTime' ? [min] : bound === 'maxTime' ? [max] : [min, max],
    fillEmptyBuckets: false,
  };
}
