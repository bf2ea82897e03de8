/** What all query types have. @source Druid `BaseQuery.java` */
import type { Interval } from '../common/interval.js';
import { type DataSource, tablesOf } from './data-source.js';
import type { JsonObject } from './json-fields.js';
import type { Filter, QueryContext, SegmentDescriptor } from './native-query.js';
import { parseContext } from './parse-context.js';
import { parseDataSource } from './parse-data-source.js';
import { parseOptionalFilter } from './parse-filter.js';
import { parseQuerySegments } from './parse-intervals.js';
import type { QueryScope } from './parse-scope.js';
import { parseVirtualColumns } from './parse-virtual-columns.js';
import { refused } from './query-errors.js';
import type { VirtualColumn } from './virtual-column.js';

export interface QueryParts {
  readonly dataSource: DataSource;
  readonly dataSources: readonly string[];
  readonly intervals: readonly Interval[];
  readonly segments: readonly SegmentDescriptor[] | null;
  /** Those of the request, and what they derive. */
  readonly virtualColumns: readonly VirtualColumn[];
  readonly filter: Filter | null;
  readonly context: QueryContext;
}

/** How a query type treats the members that not all have alike. */
export interface PartRules {
  readonly queryClass: string;
  /** Intervals when the request has none; undefined = they are required. */
  readonly defaultIntervals?: readonly Interval[];
  readonly ignoresFilter?: boolean;
  readonly ignoresVirtualColumns?: boolean;
}

/** @throws DruidError INVALID_INPUT */
export function parseQueryParts(
  fields: JsonObject,
  rules: PartRules,
  scope: QueryScope,
  newQueryId: () => string,
): QueryParts {
  const { queryClass } = rules;
  if (fields['dataSource'] === undefined || fields['dataSource'] === null) {
    throw refused(queryClass, "dataSource can't be null");
  }
  const dataSource = parseDataSource(fields['dataSource'], scope);
  const read = parseQuerySegments(fields['intervals']);
  const intervals = read?.intervals ?? rules.defaultIntervals;
  const virtualColumns =
    rules.ignoresVirtualColumns === true ? [] : parseVirtualColumns(fields['virtualColumns'], scope);
  const filter = rules.ignoresFilter === true ? null : parseOptionalFilter(fields['filter'], scope);
  const context = parseContext(fields['context'], newQueryId);
  if (intervals === undefined) throw refused(queryClass, "querySegmentSpec can't be null");
  return {
    dataSource,
    dataSources: tablesOf(dataSource),
    intervals,
    segments: read?.segments ?? null,
    virtualColumns,
    filter,
    context,
  };
}

/** The columns of the request, then what was derived after them. */
export function allVirtualColumns(
  columns: readonly VirtualColumn[],
  derived: readonly VirtualColumn[],
): readonly VirtualColumn[] {
  return [...columns, ...derived.filter((column) => !columns.includes(column))];
}
