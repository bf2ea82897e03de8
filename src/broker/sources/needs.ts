import { TIME_COLUMN } from '../../common/column-type.js';
import type { Interval } from '../../common/interval.js';
import { isOfRight, type JoinKey } from '../../engine/join/join-condition.js';
import { leafColumns } from '../../plan/leaf-columns.js';
import type { LeafColumns } from '../../plan/leaf-plan.js';
import type { DataSource } from '../../query/data-source.js';
import type { Filter } from '../../query/native-query.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { virtualInputs } from '../../plan/virtual-inputs.js';
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

/** What filtered rows want of their base. */
export function belowFilter({ filter, virtualColumns }: DataSource & { type: 'filter' }, needs: Needs): Needs {
  return {
    columns: withColumns(needs.columns, filterColumns(filter, virtualColumns)),
    intervals: needs.intervals,
    filter: both(
      filter,
      pushedFilter(needs, () => true),
    ),
    virtualColumns,
  };
}

/** What unnested rows want of their base. */
export function belowUnnest(dataSource: DataSource & { type: 'unnest' }, needs: Needs): Needs {
  const { virtualColumn, unnestFilter, virtualColumns } = dataSource;
  const { name } = virtualColumn;
  const read = unnestFilter === null ? [] : filterColumns(unnestFilter, virtualColumns);
  const columns = withColumns(needs.columns, read)?.filter((column) => column !== name) ?? null;
  return {
    columns: withColumns(columns, virtualInputs(virtualColumn)),
    intervals: needs.intervals,
    filter: pushedFilter(needs, (column) => column !== name),
    virtualColumns: [],
  };
}

/** What joined rows want of their left side. */
export function belowJoin(dataSource: DataSource & { type: 'join' }, keys: readonly JoinKey[], needs: Needs): Needs {
  const { rightPrefix, joinType, leftFilter, virtualColumns } = dataSource;
  const ofLeft = (column: string): boolean => !isOfRight(column, rightPrefix);
  const read = leftFilter === null ? [] : filterColumns(leftFilter, virtualColumns);
  const inputs = [...keys.flatMap((key) => key.left.inputs), ...read];
  const keepsRight = joinType === 'RIGHT' || joinType === 'FULL';
  return {
    columns: withColumns(needs.columns, inputs)?.filter(ofLeft) ?? null,
    intervals: needs.intervals,
    filter: both(leftFilter, keepsRight ? null : pushedFilter(needs, ofLeft)),
    virtualColumns,
  };
}

/** The columns of the data source that a filter reads. */
function filterColumns(filter: Filter, virtualColumns: readonly VirtualColumn[]): readonly string[] {
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
function pushedFilter(needs: Needs, isOfBase: (column: string) => boolean): Filter | null {
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
function withColumns(columns: LeafColumns, more: readonly string[]): LeafColumns {
  return columns === null ? null : [...new Set([TIME_COLUMN, ...columns, ...more])];
}
