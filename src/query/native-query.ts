/**
 * Native queries after validation: what `parseNativeQuery` gives and everything else reads. Plain data that survives
 * JSON and structured clone. LONG literals are decimal strings, so that no bit is lost.
 *
 * Dimensions, filters and aggregators only name columns. What computes values first (extraction functions, lookups, value filters,
 * expressions in filters and aggregators, comparisons of columns and of arrays) became a virtual column of the query while it was parsed:
 * `virtualColumns` holds the request's own, then the derived ones (`isDerivedColumn` tells them apart; a scan of all columns lacks them).
 * @source Druid native queries; shared names, defaults applied
 */
import type { ColumnType } from '../common/column-type.js';
import type { GranularityJson } from '../common/granularity.js';
import type { Interval } from '../common/interval.js';
import type { StringOrdering } from '../common/string-compare.js';
import type { AggregatorSpec } from './aggregator-spec.js';
import type { DimensionSpec } from './dimension-spec.js';
import type { Filter } from './filter-spec.js';
import type { MinOffsets } from './min-offsets.js';
import type { PostAggregatorSpec } from './post-aggregator-spec.js';
import type { SearchSpec } from './search-spec.js';
import type { VirtualColumn } from './virtual-column.js';
import type { RowSignature, WindowOperator } from './window-operator.js';

export type { AggregatorSpec, NumericKind } from './aggregator-spec.js';
export type { DimensionSpec } from './dimension-spec.js';
export type { Filter, MatchValue, SpatialBound } from './filter-spec.js';
export type { PostAggregatorSpec } from './post-aggregator-spec.js';
export type { GranularityJson, StringOrdering };

export type TopNMetric =
  | { readonly type: 'numeric'; readonly metric: string }
  | { readonly type: 'inverted'; readonly metric: TopNMetric }
  | { readonly type: 'dimension'; readonly ordering: StringOrdering; readonly previousStop: string | null };

export type HavingSpec =
  | { readonly type: 'always' }
  | { readonly type: 'and' | 'or'; readonly havingSpecs: readonly HavingSpec[] }
  | { readonly type: 'not'; readonly havingSpec: HavingSpec }
  | { readonly type: 'greaterThan' | 'lessThan' | 'equalTo'; readonly aggregation: string; readonly value: number }
  | { readonly type: 'dimSelector'; readonly dimension: string; readonly value: string | null }
  /** Over result rows; `virtualColumns` are the columns derived for the filter. `finalize` false: over raw aggregates. */
  | {
      readonly type: 'filter';
      readonly filter: Filter;
      readonly virtualColumns: readonly VirtualColumn[];
      readonly finalize: boolean;
    };

export interface OrderByColumn {
  readonly dimension: string;
  readonly direction: 'ascending' | 'descending';
  readonly dimensionOrder: StringOrdering;
}
export interface LimitSpec {
  /** null = no limit. */
  readonly limit: number | null;
  readonly offset: number;
  readonly columns: readonly OrderByColumn[];
}

/** Context keys that are heeded, parsed; everything else stays in `raw`. */
export interface QueryContext {
  readonly queryId: string;
  /** 0 = none. */
  readonly timeoutMs: number;
  readonly priority: number;
  readonly lane: string | null;
  readonly useCache: boolean;
  readonly populateCache: boolean;
  readonly useResultLevelCache: boolean;
  readonly populateResultLevelCache: boolean;
  /** A result for each segment. */
  readonly bySegment: boolean;
  /** null = where the query is answered, not in subqueries. */
  readonly finalize: boolean | null;
  readonly maxSubqueryRows: number;
  /** null = no limit. */
  readonly maxSubqueryBytes: number | null;
  /** Of partials that the broker gathers for aggregations; null = no limit. */
  readonly maxScatterGatherBytes: number | null;
  /** 0 = not reported. */
  readonly uncoveredIntervalsLimit: number;
  readonly groupByEnableMultiValueUnnesting: boolean;
  readonly maxRowsQueuedForOrdering: number;
  readonly maxSegmentPartitionsOrderedInMemory: number;
  readonly skipEmptyBuckets: boolean;
  readonly grandTotal: boolean;
  readonly resultAsArray: boolean;
  readonly sortByDimsFirst: boolean;
  readonly serializeDateTimeAsLong: boolean;
  /** Timestamps of the results of subqueries and nodes: no client sees them. */
  readonly serializeDateTimeAsLongInner: boolean;
  readonly minTopNThreshold: number;
  /** Millrace: add the state of the answer to the response headers. */
  readonly includeState: boolean;
  /** Millrace: add what was read for the answer to the response headers. */
  readonly includeProfile: boolean;
  /** Millrace: wait until the answer has every row below these offsets; null = do not wait. */
  readonly minOffsets: MinOffsets | null;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** @source Druid `DataSource.java` */
export type DataSource =
  /** One table, or a union of tables (columns by name). */
  | { readonly type: 'tables'; readonly names: readonly string[] }
  /** Rows of several data sources, one after another; columns by name. */
  | { readonly type: 'union'; readonly dataSources: readonly DataSource[] }
  /** A lookup as a table with columns `k` and `v`. */
  | { readonly type: 'lookup'; readonly lookup: string }
  /** columnTypes null = unknown, read from the values. */
  | {
      readonly type: 'inline';
      readonly columnNames: readonly string[];
      readonly columnTypes: readonly (ColumnType | null)[];
      readonly rows: readonly (readonly unknown[])[];
    }
  | { readonly type: 'query'; readonly query: NativeQuery }
  | {
      readonly type: 'join';
      readonly left: DataSource;
      readonly right: DataSource;
      readonly rightPrefix: string;
      readonly condition: string;
      readonly joinType: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL';
      readonly leftFilter: Filter | null;
      /** Columns of the left side derived for its filter. */
      readonly virtualColumns: readonly VirtualColumn[];
    }
  | {
      readonly type: 'unnest';
      readonly base: DataSource;
      readonly virtualColumn: VirtualColumn;
      readonly unnestFilter: Filter | null;
      /** Columns of the unnested rows derived for `unnestFilter`. */
      readonly virtualColumns: readonly VirtualColumn[];
    }
  | {
      readonly type: 'filter';
      readonly base: DataSource;
      readonly filter: Filter;
      /** Columns of the base derived for the filter. */
      readonly virtualColumns: readonly VirtualColumn[];
    };

/** A segment named by the request: its id without the data source. */
export interface SegmentDescriptor {
  readonly interval: Interval;
  readonly version: string;
  readonly partitionNumber: number;
}

interface BaseQuery {
  readonly dataSource: DataSource;
  /** `tablesOf(dataSource)`: every table that is read, also by subqueries. */
  readonly dataSources: readonly string[];
  /** Condensed and sorted. */
  readonly intervals: readonly Interval[];
  /** Only these segments, cut to `intervals`; null = whatever the intervals cover. */
  readonly segments: readonly SegmentDescriptor[] | null;
  readonly virtualColumns: readonly VirtualColumn[];
  readonly filter: Filter | null;
  readonly context: QueryContext;
}
/** Registered lookups by name, as they are at one moment. */
export type NamedLookups = Readonly<
  Record<string, { readonly version: string; readonly entries: readonly (readonly [string, string | null])[] }>
>;

interface AggregateQuery extends BaseQuery {
  /** Those that its expressions name; whoever runs the query adds them. */
  readonly lookups?: NamedLookups;
  readonly granularity: GranularityJson;
  readonly aggregations: readonly AggregatorSpec[];
  readonly postAggregations: readonly PostAggregatorSpec[];
}
export interface TimeseriesQuery extends AggregateQuery {
  readonly queryType: 'timeseries';
  readonly descending: boolean;
  /** 0 = no limit. */
  readonly limit: number;
}
export interface TopNQuery extends AggregateQuery {
  readonly queryType: 'topN';
  readonly dimension: DimensionSpec;
  readonly metric: TopNMetric;
  readonly threshold: number;
}
export interface GroupByQuery extends AggregateQuery {
  readonly queryType: 'groupBy';
  readonly dimensions: readonly DimensionSpec[];
  readonly having: HavingSpec | null;
  readonly limitSpec: LimitSpec | null;
  /** Output names of dimensions, a result for each list; null = one result over all dimensions. */
  readonly subtotals: readonly (readonly string[])[] | null;
}
export interface ScanQuery extends BaseQuery {
  readonly queryType: 'scan';
  /** Empty = all columns. */
  readonly columns: readonly string[];
  readonly resultFormat: 'list' | 'compactedList';
  readonly batchSize: number;
  /** null = no limit. */
  readonly limit: number | null;
  readonly offset: number;
  readonly order: 'none' | 'ascending' | 'descending';
}
export interface SearchQuery extends BaseQuery {
  readonly queryType: 'search';
  readonly granularity: GranularityJson;
  /** Empty = every string column. */
  readonly dimensions: readonly DimensionSpec[];
  readonly query: SearchSpec;
  readonly sort: StringOrdering;
  readonly limit: number;
}
export interface TimeBoundaryQuery extends BaseQuery {
  readonly queryType: 'timeBoundary';
  readonly bound: 'minTime' | 'maxTime' | null;
}
export interface DataSourceMetadataQuery extends BaseQuery {
  readonly queryType: 'dataSourceMetadata';
}
export type AnalysisType =
  | 'cardinality'
  | 'interval'
  | 'minmax'
  | 'size'
  | 'timestampspec'
  | 'querygranularity'
  | 'aggregators'
  | 'rollup'
  /** Millrace's own: how columns are stored. */
  | 'encoding';
export interface SegmentMetadataQuery extends BaseQuery {
  readonly queryType: 'segmentMetadata';
  /** Null: Druid's default history (one week before the newest segment's end). */
  readonly defaultHistory: boolean;
  readonly toInclude:
    | { readonly type: 'all' | 'none' }
    | { readonly type: 'list'; readonly columns: readonly string[] };
  readonly merge: boolean;
  readonly analysisTypes: readonly AnalysisType[];
  readonly aggregatorMergeStrategy: 'strict' | 'lenient' | 'earliest' | 'latest';
}
/** Operators over the rows of a data source; the result is rows with the columns of `outputSignature`. */
export interface WindowOperatorQuery extends BaseQuery {
  readonly queryType: 'windowOperator';
  /** Those of the leaf, then those of the query. */
  readonly operators: readonly WindowOperator[];
  readonly outputSignature: RowSignature;
}
/** The results of queries, one after another. */
export interface UnionQuery extends BaseQuery {
  readonly queryType: 'union';
  readonly queries: readonly NativeQuery[];
}
export type NativeQuery =
  | TimeseriesQuery
  | TopNQuery
  | GroupByQuery
  | ScanQuery
  | SearchQuery
  | TimeBoundaryQuery
  | DataSourceMetadataQuery
  | SegmentMetadataQuery
  | WindowOperatorQuery
  | UnionQuery;
