/** Operators over rows in order, after validation: what SQL's window functions become. @source Druid `OperatorFactory.java`, `Processor.java` */
import type { ColumnType } from '../common/column-type.js';
import type { Interval } from '../common/interval.js';
import type { AggregatorSpec } from './aggregator-spec.js';
import type { Filter } from './filter-spec.js';
import type { VirtualColumn } from './virtual-column.js';

export interface ColumnDirection {
  readonly column: string;
  readonly isDescending: boolean;
}

/** Rows around the current one, both ends included; offsets count from it, null = to the end of the partition. */
export type WindowFrame =
  | { readonly type: 'rows'; readonly lower: number | null; readonly upper: number | null }
  /** Offsets count groups of rows that are equal in `columns`. */
  | {
      readonly type: 'groups';
      readonly lower: number | null;
      readonly upper: number | null;
      readonly columns: readonly string[];
    };

export type WindowProcessor =
  | { readonly type: 'composing'; readonly processors: readonly WindowProcessor[] }
  | {
      readonly type: 'framedAgg';
      readonly frame: WindowFrame;
      readonly aggregations: readonly AggregatorSpec[];
      /** Columns derived for the aggregators. */
      readonly virtualColumns: readonly VirtualColumn[];
    }
  | { readonly type: 'rowNumber'; readonly outputColumn: string }
  /** Rows that are equal in `group` have one rank. */
  | {
      readonly type: 'rank';
      readonly group: readonly string[];
      readonly outputColumn: string;
      readonly asPercent: boolean;
    }
  | { readonly type: 'denseRank' | 'cumeDist'; readonly group: readonly string[]; readonly outputColumn: string }
  | { readonly type: 'percentile'; readonly outputColumn: string; readonly numBuckets: number }
  | {
      readonly type: 'offset';
      readonly inputColumn: string;
      readonly outputColumn: string;
      /** Negative = rows before. */
      readonly offset: number;
    }
  /** Without a frame: of the partition. */
  | {
      readonly type: 'first' | 'last';
      readonly inputColumn: string;
      readonly outputColumn: string;
      readonly frame: WindowFrame | null;
    };

export interface ScanOperator {
  readonly type: 'scan';
  readonly timeRange: Interval | null;
  readonly filter: Filter | null;
  /** Those of the request, then the ones derived for its filter. */
  readonly virtualColumns: readonly VirtualColumn[];
  readonly offset: number;
  /** null = no limit. */
  readonly limit: number | null;
  /** null = all columns, the virtual ones included. */
  readonly projectedColumns: readonly string[] | null;
  readonly ordering: readonly ColumnDirection[];
}

export type WindowOperator =
  /** Cuts the rows where the columns change. */
  | { readonly type: 'partition'; readonly columns: readonly string[] }
  /** Puts all rows in order; what was cut is whole again. */
  | { readonly type: 'sort'; readonly columns: readonly ColumnDirection[] }
  /** Puts the rows of each partition in order. */
  | { readonly type: 'partitionSort'; readonly columns: readonly ColumnDirection[] }
  | ScanOperator
  | { readonly type: 'window'; readonly processor: WindowProcessor };

/** Columns of a result; null = a type that is not known. */
export type RowSignature = readonly { readonly name: string; readonly type: ColumnType | null }[];
