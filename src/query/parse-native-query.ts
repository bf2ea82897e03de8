/** The native query types: JSON in any form that Druid takes to validated plain data. */
import { TIME_COLUMN } from '../common/column-type.js';
import { ETERNITY } from '../common/interval.js';
import { assertJsonDepth } from '../common/json-read.js';
import { flag, isObject, type JsonObject, list, optionalText, wholeNumber } from './json-fields.js';
import type {
  AggregatorSpec,
  GroupByQuery,
  NativeQuery,
  PostAggregatorSpec,
  TimeBoundaryQuery,
  TimeseriesQuery,
  TopNQuery,
} from './native-query.js';
import { assertOutputNames } from './output-names.js';
import { parseAggregator } from './parse-aggregator.js';
import { parseDimensionSpec } from './parse-dimension.js';
import { parseQueryGranularity } from './parse-granularity.js';
import { assertOrderColumns, parseHaving, parseLimitSpec, parseSubtotals } from './parse-group-by.js';
import { parsePostAggregator } from './parse-post-aggregator.js';
import { QueryScope, type RequestScope } from './parse-scope.js';
import { parseScan } from './parse-scan.js';
import { parseSearch } from './parse-search.js';
import { parseSegmentMetadata } from './parse-segment-metadata.js';
import { parseUnionQuery } from './parse-union-query.js';
import { parseWindowQuery } from './parse-window-query.js';
import { assertTopNMetric, parseTopNMetric } from './parse-top-n-metric.js';
import { failedToRun, mismatched, missingType, refused, unknownType } from './query-errors.js';
import { allVirtualColumns, parseQueryParts, type PartRules, type QueryParts } from './query-parts.js';

const BASE = 'query.Query';

const KNOWN =
  'dataSourceMetadata groupBy scan search segmentMetadata select timeBoundary timeseries topN union windowOperator'.split(
    ' ',
  );

/**
 * @param newQueryId makes the id of a query whose context has none
 * @throws DruidError with the status and envelope of Druid; UNSUPPORTED names what this version lacks
 */
export function parseNativeQuery(json: unknown, newQueryId: () => string): NativeQuery {
  assertJsonDepth(json);
  const request: RequestScope = {
    // Subqueries go by the id of the query around them.
    parseSubquery: (subquery) => parseQuery(subquery, request, () => ''),
    numFilters: 0,
  };
  return parseQuery(json, request, newQueryId);
}

function parseQuery(json: unknown, request: RequestScope, newQueryId: () => string): NativeQuery {
  if (Array.isArray(json)) {
    throw mismatched(
      `Unexpected token, expected VALUE_STRING: need JSON String that contains type id (for subtype of org.apache.druid.${BASE})`,
    );
  }
  const queryType = isObject(json) ? optionalText(json, 'queryType') : null;
  if (!isObject(json) || queryType === null) throw missingType(BASE, 'queryType');
  const scope = new QueryScope(request);
  const partsOf = (rules: PartRules): QueryParts => parseQueryParts(json, rules, scope, newQueryId);
  const query = parseTyped(queryType, json, scope, partsOf, newQueryId);
  return { ...query, virtualColumns: allVirtualColumns(query.virtualColumns, scope.derivedColumns) };
}

type PartsOf = (rules: PartRules) => QueryParts;

function parseTyped(
  queryType: string,
  fields: JsonObject,
  scope: QueryScope,
  partsOf: PartsOf,
  newQueryId: () => string,
): NativeQuery {
  switch (queryType) {
    case 'timeseries':
      return parseTimeseries(fields, scope, partsOf);
    case 'topN':
      return parseTopN(fields, scope, partsOf);
    case 'groupBy':
      return parseGroupBy(fields, scope, partsOf);
    case 'scan':
      return parseScan(fields, partsOf({ queryClass: 'query.scan.ScanQuery' }));
    case 'search':
      return parseSearch(fields, partsOf({ queryClass: 'query.search.SearchQuery' }), scope);
    case 'timeBoundary':
      return parseTimeBoundary(fields, partsOf);
    case 'dataSourceMetadata': {
      const queryClass = 'query.datasourcemetadata.DataSourceMetadataQuery';
      const rules = { defaultIntervals: [ETERNITY], ignoresFilter: true, ignoresVirtualColumns: true };
      return { queryType, ...partsOf({ queryClass, ...rules }) };
    }
    case 'segmentMetadata': {
      const queryClass = 'query.metadata.metadata.SegmentMetadataQuery';
      const rules = { defaultIntervals: [ETERNITY], ignoresFilter: true, ignoresVirtualColumns: true };
      return parseSegmentMetadata(fields, partsOf({ queryClass, ...rules }));
    }
    case 'windowOperator': {
      const queryClass = 'query.operator.WindowOperatorQuery';
      const rules = { defaultIntervals: [ETERNITY], ignoresFilter: true, ignoresVirtualColumns: true };
      return parseWindowQuery(fields, partsOf({ queryClass, ...rules }), scope.request);
    }
    case 'union':
      return parseUnionQuery(fields, newQueryId, scope.request);
    default:
      return refuseQueryType(queryType);
  }
}

function refuseQueryType(queryType: string): never {
  if (queryType === 'select') {
    const page = 'https://druid.apache.org/docs/latest/querying/select-query.html';
    const problem = `The 'select' query has been removed, use 'scan' instead. See ${page} for more details.`;
    throw refused('query.select.SelectQuery', problem);
  }
  throw unknownType(queryType, BASE, KNOWN);
}

interface AggregateParts {
  readonly aggregations: readonly AggregatorSpec[];
  readonly postAggregations: readonly PostAggregatorSpec[];
}

function aggregateParts(fields: JsonObject, scope: QueryScope): AggregateParts {
  return {
    aggregations: list(fields, 'aggregations').map((json) => parseAggregator(json, scope)),
    postAggregations: list(fields, 'postAggregations').map((json) => parsePostAggregator(json, scope)),
  };
}

function parseTimeseries(fields: JsonObject, scope: QueryScope, partsOf: PartsOf): TimeseriesQuery {
  const queryClass = 'query.timeseries.TimeseriesQuery';
  const parts = partsOf({ queryClass });
  const { aggregations, postAggregations } = aggregateParts(fields, scope);
  const granularity = parseQueryGranularity(fields['granularity'], queryClass);
  const timestampField = parts.context.raw['timestampResultField'];
  const others = typeof timestampField === 'string' && timestampField !== '' ? [timestampField] : [];
  assertOutputNames(others, aggregations, postAggregations, queryClass, scope);
  const limit = wholeNumber(fields, 'limit', 0);
  if (limit < 0) throw refused(queryClass, 'limit must be greater than 0');
  const descending = flag(fields, 'descending', false);
  return { queryType: 'timeseries', ...parts, granularity, aggregations, postAggregations, descending, limit };
}

function parseTopN(fields: JsonObject, scope: QueryScope, partsOf: PartsOf): TopNQuery {
  const queryClass = 'query.topn.TopNQuery';
  const parts = partsOf({ queryClass });
  const { aggregations, postAggregations } = aggregateParts(fields, scope);
  const granularity = parseQueryGranularity(fields['granularity'], queryClass);
  if (fields['dimension'] === undefined || fields['dimension'] === null) {
    throw refused(queryClass, "dimensionSpec can't be null");
  }
  const dimension = parseDimensionSpec(fields['dimension'], scope);
  const metric = parseTopNMetric(fields['metric'], queryClass);
  const threshold = wholeNumber(fields, 'threshold', 0);
  if (threshold === 0) throw refused(queryClass, 'Threshold cannot be equal to 0.');
  assertOutputNames([dimension.outputName], aggregations, postAggregations, queryClass, scope);
  assertTopNMetric(metric, aggregations, postAggregations, queryClass);
  if (threshold < 0) throw failedToRun('limit is negative', 'java.lang.IllegalArgumentException');
  return { queryType: 'topN', ...parts, granularity, aggregations, postAggregations, dimension, metric, threshold };
}

function parseGroupBy(fields: JsonObject, scope: QueryScope, partsOf: PartsOf): GroupByQuery {
  const queryClass = 'query.groupby.GroupByQuery';
  const parts = partsOf({ queryClass });
  const aggregates = aggregateParts(fields, scope);
  const { aggregations, postAggregations } = aggregates;
  const granularity = parseQueryGranularity(fields['granularity'], queryClass);
  const dimensions = list(fields, 'dimensions').map((json) => parseDimensionSpec(json, scope));
  const having = parseHaving(fields['having'], scope);
  const limitSpec = parseLimitSpec(fields['limitSpec']);
  const outputs = new Set<string>();
  for (const { outputName } of dimensions) {
    if (outputs.has(outputName)) throw refused(queryClass, `Duplicate output name[${outputName}]`);
    outputs.add(outputName);
  }
  assertOutputNames([...outputs], aggregations, postAggregations, queryClass, scope);
  const subtotals = parseSubtotals(fields, [...outputs], queryClass);
  for (const { name } of [...aggregations, ...postAggregations]) outputs.add(name);
  if (outputs.has(TIME_COLUMN)) {
    const problem = `'${TIME_COLUMN}' cannot be used as an output name for dimensions, aggregators, or post-aggregators.`;
    throw refused(queryClass, problem);
  }
  assertOrderColumns(limitSpec, outputs, queryClass);
  return { queryType: 'groupBy', ...parts, granularity, ...aggregates, dimensions, having, limitSpec, subtotals };
}

function parseTimeBoundary(fields: JsonObject, partsOf: PartsOf): TimeBoundaryQuery {
  const queryClass = 'query.timeboundary.TimeBoundaryQuery';
  const parts = partsOf({ queryClass, defaultIntervals: [ETERNITY], ignoresVirtualColumns: true });
  const bound = optionalText(fields, 'bound');
  // Any other text behaves as if it were absent.
  return { queryType: 'timeBoundary', ...parts, bound: bound === 'minTime' || bound === 'maxTime' ? bound : null };
}
