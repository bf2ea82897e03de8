/** Scan queries. @source Druid `ScanQuery.java` */
import { TIME_COLUMN } from '../common/column-type.js';
import { asObject, type JsonObject, list, optionalText, textList, wholeNumber } from './json-fields.js';
import type { ScanQuery } from './native-query.js';
import { number } from './parse-context.js';
import { failedToRun, refused } from './query-errors.js';
import type { QueryParts } from './query-parts.js';

const QUERY = 'query.scan.ScanQuery';

/** @throws DruidError INVALID_INPUT, or RUNTIME_FAILURE for an order by another column than time and a format that nothing writes */
export function parseScan(fields: JsonObject, common: QueryParts): ScanQuery {
  const columns = textList(fields, 'columns').filter((name) => name !== null);
  const batchSize = wholeNumber(fields, 'batchSize', 20_480);
  if (batchSize <= 0) throw refused(QUERY, 'batchSize must be greater than 0');
  const limit = wholeNumber(fields, 'limit', 0);
  if (limit < 0) throw refused(QUERY, 'limit must be greater than 0');
  const offset = wholeNumber(fields, 'offset', 0);
  if (offset < 0) throw refused(QUERY, 'offset must be greater than or equal to 0');
  for (const key of ['maxRowsQueuedForOrdering', 'maxSegmentPartitionsOrderedInMemory']) {
    if (number(common.context.raw, key, 'integer', 1) <= 0)
      throw refused(QUERY, 'maxRowsQueuedForOrdering must be greater than 0');
  }
  const columnTypes = list(fields, 'columnTypes');
  if (columnTypes.length > 0 && columnTypes.length !== columns.length) {
    throw refused(
      QUERY,
      `Inconsistent number of columns[${columns.length}] and types[${columnTypes.length}] for query`,
    );
  }
  const resultFormat = parseResultFormat(fields);
  const order = parseOrder(fields, columns);
  // 2^53 rows are no limit either.
  return {
    queryType: 'scan',
    ...common,
    columns,
    resultFormat,
    batchSize,
    limit: limit === 0 || limit >= Number.MAX_SAFE_INTEGER ? null : limit,
    offset,
    order,
  };
}

function parseResultFormat(fields: JsonObject): ScanQuery['resultFormat'] {
  const format = optionalText(fields, 'resultFormat') ?? 'list';
  if (format === 'list' || format === 'compactedList') return format;
  if (format === 'valueVector') {
    throw failedToRun(`resultFormat[${format}] is not supported`, 'org.apache.druid.java.util.common.UOE');
  }
  throw refused('query.scan.ScanQuery$ResultFormat', `Scan query result format [${format}] is not supported.`);
}

function parseOrder(fields: JsonObject, columns: readonly string[]): ScanQuery['order'] {
  const order = directionOf(optionalText(fields, 'order') ?? 'none') ?? orderByTime(fields);
  if (order !== 'none' && columns.length > 0 && !columns.includes(TIME_COLUMN)) {
    throw refused(QUERY, 'The __time column must be selected if the results are time-ordered.');
  }
  return order;
}

/** undefined for `none`. */
function directionOf(text: string): 'ascending' | 'descending' | undefined {
  const lower = text.toLowerCase();
  if (lower === 'ascending' || lower === 'descending') return lower;
  if (lower === 'none') return undefined;
  throw refused('query.Order', `No enum constant org.apache.druid.query.Order.${text.toUpperCase()}`);
}

function orderByTime(fields: JsonObject): ScanQuery['order'] {
  const columns = list(fields, 'orderBy').map((json) => {
    const column = asObject(json, 'query.OrderBy');
    return {
      name: optionalText(column, 'columnName') ?? '',
      direction: directionOf(optionalText(column, 'order') ?? 'ascending') ?? 'ascending',
    };
  });
  const [first] = columns;
  if (!first) return 'none';
  if (columns.length === 1 && first.name === TIME_COLUMN) return first.direction;
  const shown = columns
    .map(({ name, direction }) => `${name} ${direction === 'ascending' ? 'ASC' : 'DESC'}`)
    .join(', ');
  throw failedToRun(`Cannot execute query with orderBy [${shown}]`, 'org.apache.druid.java.util.common.ISE');
}
