/** Search queries. @source Druid `SearchQuery.java` */
import { isObject, type JsonObject, list, wholeNumber } from './json-fields.js';
import type { SearchQuery } from './native-query.js';
import { parseDimensionSpec, parseStringOrdering } from './parse-dimension.js';
import { parseQueryGranularity } from './parse-granularity.js';
import type { ParseScope } from './parse-scope.js';
import { parseSearchSpec } from './parse-search-spec.js';
import type { QueryParts } from './query-parts.js';
import { refused } from './query-errors.js';

const QUERY = 'query.search.SearchQuery';
const DEFAULT_LIMIT = 1000;

/** @throws DruidError INVALID_INPUT */
export function parseSearch(fields: JsonObject, parts: QueryParts, scope: ParseScope): SearchQuery {
  const raw = fields['searchDimensions'];
  const members = typeof raw === 'string' || isObject(raw) ? [raw] : list(fields, 'searchDimensions');
  const limit = wholeNumber(fields, 'limit', 0);
  if (limit < 0) throw refused(QUERY, 'limit must be greater than 0');
  const { query, granularity } = fields;
  return {
    queryType: 'search',
    ...parts,
    granularity:
      granularity === undefined || granularity === null ? { type: 'all' } : parseQueryGranularity(granularity, QUERY),
    dimensions: members.map((member) => parseDimensionSpec(member, scope)),
    query: query === undefined || query === null ? { type: 'all' } : parseSearchSpec(query),
    sort: parseStringOrdering(fields['sort'], 'lexicographic'),
    limit: limit === 0 ? DEFAULT_LIMIT : limit,
  };
}
