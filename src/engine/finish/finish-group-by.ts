import { invalidInput } from '../../common/druid-error.js';
import type { GroupByQuery, OrderByColumn } from '../../query/native-query.js';
import { concatTables } from '../../vectors/concat-tables.js';
import { takeRows } from '../../vectors/take-rows.js';
import type { Table } from '../../vectors/table.js';
import { emptyGroup, FinishedGroups, timestampColumn } from './finished-groups.js';
import { everyRow, firstRows } from './first-rows.js';
import { havingFilter } from './having.js';
import { metricOrder } from './metric-order.js';
import { reversed, timeKey } from './number-keys.js';
import type { SortKey } from './sort-words.js';
import { subtotalGroups, subtotalQuery } from './subtotals.js';
import { naturalKey, textKey } from './text-keys.js';

/** @source Druid `GroupingEngine.java`, `DefaultLimitSpec.java` */
export function finishGroupBy(query: GroupByQuery, merged: Table): Table {
  if (query.subtotals !== null) return finishSubtotals(query, query.subtotals, merged);
  const isEmpty = merged.numRows === 0 && hasSummaryRow(query);
  const groups = new FinishedGroups(query, isEmpty ? emptyGroup(query) : merged, query.dimensions);
  const every = everyRow(groups.numRows);
  const rows = query.having === null ? every : every.filter(havingFilter(query.having, groups));
  const offset = query.limitSpec?.offset ?? 0;
  const limit = query.limitSpec?.limit ?? null;
  const kept = firstRows(rows, rowOrder(query, groups), limit === null ? rows.length : offset + limit).subarray(offset);
  const isAll = query.granularity.type === 'all';
  const startMs = query.intervals[0]?.startMs ?? 0;
  const times = Float64Array.from(kept, (row) => (isAll ? startMs : groups.times[row]!));
  return groups.answer(timestampColumn(times), kept);
}

/** Set after set, each in its natural order, unless the limit spec has an order: that is one of all rows. */
function finishSubtotals(query: GroupByQuery, sets: readonly (readonly string[])[], merged: Table): Table {
  const results = sets.map((names) => {
    return finishGroupBy(subtotalQuery(query, names), subtotalGroups(query, merged, names));
  });
  const all = concatTables(results);
  const { limitSpec } = query;
  if (limitSpec === null) return all;
  const byTime = query.granularity.type === 'all' ? [] : [naturalKey(all.columns[0]!)];
  const byColumns = limitSpec.columns.map((column) => resultOrder(all, column));
  const keys = query.context.sortByDimsFirst ? [...byColumns, ...byTime] : [...byTime, ...byColumns];
  const rows = everyRow(all.numRows);
  const end = limitSpec.limit === null ? rows.length : limitSpec.offset + limitSpec.limit;
  const kept = byColumns.length === 0 ? rows.subarray(0, end) : firstRows(rows, keys, end);
  return takeRows(all, kept.slice(limitSpec.offset));
}

/** The order of a column of final rows. */
function resultOrder(table: Table, { dimension, dimensionOrder, direction }: OrderByColumn): SortKey {
  const column = table.columns[table.names.indexOf(dimension)];
  if (column === undefined) throw invalidInput(`Unknown column in order clause[${dimension}]`);
  const isText = column.type === 'STRING' && dimensionOrder !== 'natural';
  const key = isText ? textKey(column, dimensionOrder) : naturalKey(column);
  return direction === 'descending' ? reversed(key) : key;
}

/** Time and dimensions in natural order, after what the limit spec asks for. */
function rowOrder(query: GroupByQuery, groups: FinishedGroups): readonly SortKey[] {
  const byTime = query.granularity.type === 'all' ? [] : [timeKey(groups.times)];
  const byDimensions = [...groups.dimensions.values()].map(naturalKey);
  const byColumns = (query.limitSpec?.columns ?? []).flatMap((column) => columnOrder(query, groups, column));
  const natural = query.context.sortByDimsFirst ? [...byDimensions, ...byTime] : [...byTime, ...byDimensions];
  const asked = query.context.sortByDimsFirst ? [...byColumns, ...byTime] : [...byTime, ...byColumns];
  return byColumns.length === 0 ? natural : [...asked, ...natural];
}

function columnOrder(query: GroupByQuery, groups: FinishedGroups, column: OrderByColumn): readonly SortKey[] {
  const dimension = groups.dimensions.get(column.dimension);
  let keys: readonly SortKey[];
  if (dimension === undefined || groups.hasMetric(column.dimension)) {
    keys = metricOrder(query, column.dimension, groups, (name) =>
      invalidInput(`Unknown column in order clause[${name}]`),
    );
  } else if (
    column.dimensionOrder === 'natural' ||
    (column.dimensionOrder === 'numeric' && dimension.type !== 'STRING' && dimension.type !== 'IDS')
  ) {
    keys = [naturalKey(dimension)];
  } else {
    keys = [textKey(dimension, column.dimensionOrder)];
  }
  return column.direction === 'descending' ? keys.map(reversed) : keys;
}

/** Without dimensions, `all` answers one row even when nothing matched. @source Druid `GroupingEngine#summaryRowPreconditions` */
function hasSummaryRow(query: GroupByQuery): boolean {
  return query.dimensions.length === 0 && query.granularity.type === 'all' && (query.limitSpec?.offset ?? 0) === 0;
}
