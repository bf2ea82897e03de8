import type { ScanQuery } from '../query/native-query.js';
import { joinScans } from './scan/join-scans.js';
import { takeRows } from '../vectors/take-rows.js';
import type { Table } from '../vectors/table.js';
import { finishGroupBy } from './finish/finish-group-by.js';
import type { AggregateQuery } from './finish/finished-groups.js';
import { finishTimeseries } from './finish/finish-timeseries.js';
import { finishTopN } from './finish/finish-top-n.js';
import { orderByTime } from './scan/time-order.js';

/**
 * The final rows of an aggregate query: columns `timestamp` (LONG ms; null in a grand total), then dimensions, aggregators and
 * post-aggregators by output name in declared order; rows ordered, filtered and limited as Druid does.
 * @param merged one partial of the query's grouped leaf (`mergePartials`)
 * @throws DruidError INVALID_INPUT when an order names an unknown column
 */
export function finishAggregate(query: AggregateQuery, merged: Table): Table {
  switch (query.queryType) {
    case 'timeseries':
      return finishTimeseries(query, merged);
    case 'topN':
      return finishTopN(query, merged);
    case 'groupBy':
      return finishGroupBy(query, merged);
  }
}

/** The rows of a scan in their order, from its offset up to its limit; the last column stays `$segment`. */
export function finishScan(query: ScanQuery, partials: readonly Table[]): Table {
  const filled = partials.filter((partial) => partial.numRows > 0);
  const [first] = partials;
  if (filled.length === 0) return first ?? { numRows: 0, names: [], columns: [] };
  const rows = joinScans(filled);
  if (query.order !== 'none') return orderByTime(rows, query.order, query.offset, query.limit);
  const end = query.limit === null ? rows.numRows : Math.min(rows.numRows, query.offset + query.limit);
  if (query.offset === 0 && end === rows.numRows) return rows;
  const length = Math.max(0, end - query.offset);
  return takeRows(
    rows,
    Uint32Array.from({ length }, (_, i) => query.offset + i),
  );
}
