/**
 * The part of a query that runs beside the data: one segment block at a time in worker threads, on any node.
 * Plain data that survives JSON and structured clone.
 */
import type { Interval } from '../common/interval.js';
import type {
  AggregatorSpec,
  AnalysisType,
  DimensionSpec,
  Filter,
  GranularityJson,
  NamedLookups,
  SegmentMetadataQuery,
} from '../query/native-query.js';
import type { VirtualColumn } from '../query/virtual-column.js';
import type { RowSteps } from './row-steps.js';

/**
 * Grouped aggregation over (time bucket, dimensions). Its partial is a Table with columns, in order:
 * `t` (DOUBLE: bucket start in epoch ms; see below for granularity `all`), one per dimension `d0`…, then the state columns
 * of aggregator i as `a<i>.<name>` (`GroupedAggregator.stateNames`). No order is promised between rows.
 *
 * Granularity `all` has one bucket, so `t` is no part of the group key there. It carries the earliest data time instead: the minimum over
 * segments and query intervals that meet of max(interval start, segment's first time), the same in all rows of a partial; merging takes
 * the minimum. Timeseries and topN show it as their timestamp (groupBy shows the start of the first interval).
 */
export interface GroupedLeaf {
  readonly kind: 'grouped';
  readonly intervals: readonly Interval[];
  readonly granularity: GranularityJson;
  readonly filter: Filter | null;
  /** What the names of dimensions, filters and aggregators may mean besides stored columns; a name here shadows a stored one. */
  readonly virtualColumns: readonly VirtualColumn[];
  readonly dimensions: readonly DimensionSpec[];
  readonly aggregators: readonly AggregatorSpec[];
  /**
   * Timeseries: emit a group for every bucket of query intervals ∩ each segment's [minTime, bucketEnd(maxTime)); under granularity `all`
   * one group as soon as any segment meets an interval, whether or not a row matches the filter.
   */
  readonly fillEmptyBuckets: boolean;
  /**
   * topN: every segment gives only its best groups of each time bucket, and of several segments that come together the best go on
   * (engine/cut/): Druid's approximation. A partial of one segment may hold more than its best. null = all groups.
   */
  readonly segmentCut: SegmentCut | null;
  /**
   * groupBy with a limit: which groups the whole query needs, ties with the last one included. Whoever splits the work takes it off (`forPart`);
   * where it is left the partial may hold these groups only.
   */
  readonly wholeCut?: SegmentCut;
  /** Rows made of the table's own; absent: the table's own. */
  readonly over?: RowSteps;
  /** A dimension with several values in a row is an error; absent: each value is a group. */
  readonly refusesMultiValues?: true;
  /** A dimension whose column turns out to be an ARRAY fails the query. */
  readonly refusesArrays?: true;
  /** Rows without values in a dimension count for nothing, rather than as null. */
  readonly skipsEmptyRows?: true;
  /** Absent when none is named. */
  readonly lookups?: PlanLookups;
}

export interface SegmentCut {
  readonly limit: number;
  /** By the value of an aggregator (its place in `aggregators`; nulls last), or by the one dimension in lexicographic order. */
  readonly by: { readonly aggregator: number } | 'dimension';
  readonly descending: boolean;
}

/**
 * Rows as stored. Its partial is a Table with a column per asked name (`__time` LONG), plus a last STRING column
 * `$segment` with the segment id. With a limit no more rows are returned than could be needed.
 */
export interface ScanLeaf {
  readonly kind: 'scan';
  readonly intervals: readonly Interval[];
  readonly filter: Filter | null;
  readonly virtualColumns: readonly VirtualColumn[];
  /** Empty = every column of the segment, and every virtual column that is not internal. */
  readonly columns: readonly string[];
  /** Upper bound of rows that the whole query needs (offset + limit); null = all. */
  readonly maxRows: number | null;
  readonly order: 'none' | 'ascending' | 'descending';
  /** Rows made of the table's own; absent: the table's own. */
  readonly over?: RowSteps;
  /**
   * Without an order, and with `maxRows`: so many of the first rows need not be given, where whoever runs the leaf knows how many it left
   * out, and says so. Absent = 0.
   */
  readonly skipRows?: number;
  /** Of each stored segment only these of its blocks, `to` exclusive; absent: all. */
  readonly blocks?: { readonly from: number; readonly to: number };
  /**
   * Rows as their JSON text in this form, made where they are: instead of the columns the partial has `$rows` (BINARY) and `$types`
   * (engine/scan/read-rows.ts). Only with columns that are named, each once, and without an order.
   */
  readonly rowText?: 'list' | 'compactedList';
  readonly lookups?: PlanLookups;
}

/** Registered lookups that virtual columns of a plan name: they travel with it, so that every node and thread uses one version. */
export type PlanLookups = NamedLookups;

/** What the engine runs. */
export type LeafPlan = GroupedLeaf | ScanLeaf;

/**
 * What segments are, from their descriptors: no row is read, no engine runs. Its partial has one JSON column `analysis`, a row per
 * segment: Druid's SegmentAnalysis with every asked analysis.
 */
export interface AnalyzeLeaf {
  readonly kind: 'analyze';
  readonly intervals: readonly Interval[];
  readonly analysisTypes: readonly AnalysisType[];
  readonly toInclude: SegmentMetadataQuery['toInclude'];
}

/** What a node can be asked. */
export type NodeLeaf = LeafPlan | AnalyzeLeaf;

/** Names of the columns that a leaf reads, `__time` included; null = every column. */
export type LeafColumns = readonly string[] | null;
