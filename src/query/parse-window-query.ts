/** Queries of type `windowOperator`. @source Druid `WindowOperatorQuery.java` */
import { asObject, findColumnType, type JsonObject, list, optionalText } from './json-fields.js';
import type { WindowOperatorQuery } from './native-query.js';
import { parseWindowOperator } from './parse-window-operator.js';
import type { RequestScope } from './parse-scope.js';
import { refused } from './query-errors.js';
import type { QueryParts } from './query-parts.js';
import type { RowSignature } from './window-operator.js';

const QUERY = 'query.operator.WindowOperatorQuery';

/** @throws DruidError INVALID_INPUT */
export function parseWindowQuery(fields: JsonObject, common: QueryParts, request: RequestScope): WindowOperatorQuery {
  const hasLeafs = fields['leafOperators'] !== undefined && fields['leafOperators'] !== null;
  const { dataSource } = common;
  if (!hasLeafs && dataSource.type !== 'query' && dataSource.type !== 'inline') {
    const got = dataSource.type === 'tables' ? dataSource.names.join(', ') : dataSource.type;
    throw refused(QUERY, `WindowOperatorQuery must run on top of a query or inline data source, got [${got}]`);
  }
  const operators = [...list(fields, 'leafOperators'), ...list(fields, 'operatorDefinition')];
  return {
    queryType: 'windowOperator',
    ...common,
    operators: operators.map((json) => parseWindowOperator(json, request)),
    outputSignature: parseSignature(fields),
  };
}

function parseSignature(fields: JsonObject): RowSignature {
  return list(fields, 'outputSignature').map((json) => {
    const column = asObject(json, 'segment.column.ColumnSignature');
    const name = optionalText(column, 'name');
    if (name === null || name === '') throw refused('segment.column.ColumnSignature', 'Column name must be non-empty');
    const type = optionalText(column, 'type');
    return { name, type: type === null ? null : (findColumnType(type) ?? null) };
  });
}
