/** Queries of type `union`. @source Druid `UnionQuery.java` */
import { ETERNITY } from '../common/interval.js';
import { type JsonObject, list } from './json-fields.js';
import type { UnionQuery } from './native-query.js';
import { parseContext } from './parse-context.js';
import type { RequestScope } from './parse-scope.js';
import { refused } from './query-errors.js';

/** @throws DruidError INVALID_INPUT */
export function parseUnionQuery(fields: JsonObject, newQueryId: () => string, request: RequestScope): UnionQuery {
  const queries = list(fields, 'queries').map(request.parseSubquery);
  if (queries.length < 2) throw refused('query.union.UnionQuery', 'union with fewer than 2 queries makes no sense');
  return {
    queryType: 'union',
    queries,
    dataSource: { type: 'union', dataSources: queries.map(({ dataSource }) => dataSource) },
    dataSources: [...new Set(queries.flatMap(({ dataSources }) => dataSources))],
    intervals: [ETERNITY],
    segments: null,
    virtualColumns: [],
    filter: null,
    context: parseContext(fields['context'], newQueryId),
  };
}
