import { TIME_COLUMN } from '../../common/column-type.js';
import type { Interval } from '../../common/interval.js';
import { leafColumns } from '../../plan/leaf-columns.js';
import type { LeafColumns } from '../../plan/leaf-plan.js';
import type { Filter } from '../../query/native-query.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { both } from './over-base.js';

/** What the part of a query above a data source wants of it. */
export interface Needs {
  /** null = every column. */
  readonly columns: LeafColumns;
  readonly intervals: readonly Interval[];
  /** Rows that it drops need not be given; over columns of the data source and `virtualColumns`. */
  readonly filter: Filter | null;
  readonly virtualColumns: readonly VirtualColumn[];
}

/** The columns of the data source that a filter reads. */
export function filterColumns(filter: Filter, virtualColumns: readonly VirtualColumn[]): readonly string[] {
  return (
    leafColumns({
      kind: 'scan',
      intervals: [],
      filter,
      virtualColumns,
      columns: [TIME_COLUMN],
      maxRows: null,
      order: 'none',
    }) ?? []
  );
}

/** The parts of a filter that can go below: those that read columns of the base only. */
export function pushedFilter(needs: Needs, isOfBase: (column: string) => boolean): Filter | null {
  const virtual = new Set(needs.virtualColumns.map(({ name }) => name));
  const goesBelow = (part: Filter): boolean =>
    filterColumns(part, []).every((name) => name === TIME_COLUMN || (isOfBase(name) && !virtual.has(name)));
  return conjuncts(needs.filter).filter(goesBelow).reduce<Filter | null>(both, null);
}

function conjuncts(filter: Filter | null): readonly Filter[] {
  if (filter === null) return [];
  return filter.type === 'and' ? filter.fields.flatMap(conjuncts) : [filter];
}

/** `columns` and others, each once; null stays every column. */
export function withColumns(columns: LeafColumns, more: readonly string[]): LeafColumns {
  return columns === null ? null : [...new Set([TIME_COLUMN, ...columns, ...more])];
}
