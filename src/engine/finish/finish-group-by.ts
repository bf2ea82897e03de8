import { computePostAggregators } from '../../aggregators/post-aggregators.js';
import { invalidInput } from '../../common/druid-error.js';
import type { GroupByQuery, OrderByColumn } from '../../query/native-query.js';
import type { Table } from '../../vectors/table.js';
import { answerTable, type FinishedGroups, finishGroups, finishStates, timestampColumn } from './finished-groups.js';
import { everyRow, firstRows } from './first-rows.js';
import { havingFilter } from './having.js';
import { metricOrder } from './metric-order.js';
import { chained, naturalOrder, reversed, type RowOrder, textOrder } from './row-order.js';

/** @source Druid `GroupingEngine.java`, `DefaultLimitSpec.java` */
export function finishGroupBy(query: GroupByQuery, merged: Table): Table {
  let groups = finishGroups(query, merged, query.dimensions);
  if (groups.numRows === 0 && hasSummaryRow(query)) groups = summaryRow(query);
  const rows =
    query.having === null
      ? everyRow(groups.numRows)
      : everyRow(groups.numRows).filter(havingFilter(query.having, groups));
  const offset = query.limitSpec?.offset ?? 0;
  const limit = query.limitSpec?.limit ?? null;
  const kept = firstRows(rows, rowOrder(query, groups), limit === null ? rows.length : offset + limit).slice(offset);
  const isAll = query.granularity.type === 'all';
  const startMs = query.intervals[0]?.startMs ?? 0;
  return answerTable(
    groups,
    timestampColumn(Float64Array.from(kept, (row) => (isAll ? startMs : groups.times[row]!))),
    kept,
  );
}

/** Time and dimensions in natural order, after what the limit spec asks for. */
function rowOrder(query: GroupByQuery, groups: FinishedGroups): RowOrder {
  const byTime: RowOrder[] = query.granularity.type === 'all' ? [] : [(a, b) => groups.times[a]! - groups.times[b]!];
  const byDimensions = [...groups.dimensions.values()].map(naturalOrder);
  const byColumns = (query.limitSpec?.columns ?? []).map((column) => columnOrder(query, groups, column));
  const natural = query.context.sortByDimsFirst ? [...byDimensions, ...byTime] : [...byTime, ...byDimensions];
  const asked = query.context.sortByDimsFirst ? [...byColumns, ...byTime] : [...byTime, ...byColumns];
  return chained(byColumns.length === 0 ? natural : [...asked, ...natural]);
}

function columnOrder(query: GroupByQuery, groups: FinishedGroups, column: OrderByColumn): RowOrder {
  const dimension = groups.dimensions.get(column.dimension);
  const isMetric = groups.postAggregators.has(column.dimension) || groups.aggregators.has(column.dimension);
  let order: RowOrder;
  if (dimension === undefined || isMetric) {
    order = metricOrder(query, column.dimension, groups, (name) =>
      invalidInput(`Unknown column in order clause[${name}]`),
    );
  } else if (
    column.dimensionOrder === 'natural' ||
    (column.dimensionOrder === 'numeric' && dimension.type !== 'STRING')
  ) {
    order = naturalOrder(dimension);
  } else {
    order = textOrder(dimension, column.dimensionOrder);
  }
  return column.direction === 'descending' ? reversed(order) : order;
}

/** Without dimensions, `all` answers one row even when nothing matched. @source Druid `GroupingEngine#summaryRowPreconditions` */
function hasSummaryRow(query: GroupByQuery): boolean {
  return query.dimensions.length === 0 && query.granularity.type === 'all' && (query.limitSpec?.offset ?? 0) === 0;
}

function summaryRow(query: GroupByQuery): FinishedGroups {
  const aggregators = finishStates(query, [], new Uint32Array(0), 1);
  const postAggregators = computePostAggregators(query.postAggregations, aggregators, 1);
  return { numRows: 1, times: Float64Array.of(0), dimensions: new Map(), aggregators, postAggregators };
}
