/** The seven native query types: JSON in any form that Druid takes to validated plain data. */
import { TIME_COLUMN } from '../common/column-type.js';
import { ETERNITY, type Interval } from '../common/interval.js';
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
import { parseAggregator } from './parse-aggregator.js';
import { parseContext } from './parse-context.js';
import { parseDimensionSpec } from './parse-dimension.js';
import { parseOptionalFilter } from './parse-filter.js';
import { assertOrderColumns, parseHaving, parseLimitSpec, refuseSubtotals } from './parse-group-by.js';
import { assertOutputNames, parsePostAggregator } from './parse-post-aggregator.js';
import { parseScan } from './parse-scan.js';
import { parseSegmentMetadata } from './parse-segment-metadata.js';
import { type CommonParts, parseDataSources, parseIntervals, parseQueryGranularity } from './parse-source.js';
import { assertTopNMetric, parseTopNMetric } from './parse-top-n-metric.js';
import { failedToRun, mismatched, missingType, refused, unknownType, unsupported } from './query-errors.js';

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
  if (Array.isArray(json)) {
    throw mismatched(
      `Unexpected token, expected VALUE_STRING: need JSON String that contains type id (for subtype of org.apache.druid.${BASE})`,
    );
  }
  const queryType = isObject(json) ? optionalText(json, 'queryType') : null;
  if (!isObject(json) || queryType === null) throw missingType(BASE, 'queryType');
  switch (queryType) {
    case 'timeseries':
      return parseTimeseries(json, newQueryId);
    case 'topN':
      return parseTopN(json, newQueryId);
    case 'groupBy':
      return parseGroupBy(json, newQueryId);
    case 'scan':
      return parseScan(json, required(commonParts(json, 'query.scan.ScanQuery', newQueryId), 'query.scan.ScanQuery'));
    case 'timeBoundary':
      return parseTimeBoundary(json, newQueryId);
    case 'dataSourceMetadata': {
      const common = commonParts(json, 'query.datasourcemetadata.DataSourceMetadataQuery', newQueryId);
      return { queryType, ...common, intervals: common.intervals ?? [ETERNITY], filter: null };
    }
    case 'segmentMetadata':
      return parseSegmentMetadata(json, commonParts(json, 'query.metadata.metadata.SegmentMetadataQuery', newQueryId));
    default:
      return refuseQueryType(queryType);
  }
}

function refuseQueryType(queryType: string): never {
  if (queryType === 'select') {
    throw refused('query.select.SelectQuery', "The 'select' query has been removed, use 'scan' instead.");
  }
  if (!KNOWN.includes(queryType)) throw unknownType(queryType, BASE, KNOWN);
  throw unsupported('the query type', queryType);
}

function commonParts(fields: JsonObject, queryClass: string, newQueryId: () => string): CommonParts {
  const parts = {
    dataSources: parseDataSources(fields['dataSource'], queryClass),
    intervals: parseIntervals(fields['intervals']),
    filter: parseOptionalFilter(fields['filter']),
    context: parseContext(fields['context'], newQueryId),
  };
  refuseVirtualColumns(fields);
  return parts;
}

function required(parts: CommonParts, queryClass: string): CommonParts & { readonly intervals: readonly Interval[] } {
  const { intervals } = parts;
  if (intervals === undefined) throw refused(queryClass, "querySegmentSpec can't be null");
  return { ...parts, intervals };
}

function refuseVirtualColumns(fields: JsonObject): void {
  const raw = fields['virtualColumns'];
  const columns = isObject(raw) ? [raw] : list(fields, 'virtualColumns');
  const names = new Set<string>();
  for (const column of columns) {
    const name = isObject(column) ? (optionalText(column, 'name') ?? optionalText(column, 'outputName')) : null;
    if (name === null) continue;
    if (names.has(name)) throw refused('segment.VirtualColumns', `Duplicate virtualColumn name[${name}]`);
    names.add(name);
  }
  const [first] = columns;
  if (first !== undefined)
    throw unsupported('virtual columns, here', (isObject(first) && optionalText(first, 'type')) || '?');
}

interface AggregateParts {
  readonly aggregations: readonly AggregatorSpec[];
  readonly postAggregations: readonly PostAggregatorSpec[];
}

function aggregateParts(fields: JsonObject): AggregateParts {
  return {
    aggregations: list(fields, 'aggregations').map(parseAggregator),
    postAggregations: list(fields, 'postAggregations').map(parsePostAggregator),
  };
}

function parseTimeseries(fields: JsonObject, newQueryId: () => string): TimeseriesQuery {
  const queryClass = 'query.timeseries.TimeseriesQuery';
  const aggregates = aggregateParts(fields);
  const common = required(commonParts(fields, queryClass, newQueryId), queryClass);
  const granularity = parseQueryGranularity(fields['granularity'], queryClass);
  assertOutputNames([], aggregates.aggregations, aggregates.postAggregations, queryClass);
  const limit = wholeNumber(fields, 'limit', 0);
  if (limit < 0) throw refused(queryClass, 'limit must be greater than 0');
  return {
    queryType: 'timeseries',
    ...common,
    granularity,
    ...aggregates,
    descending: flag(fields, 'descending', false),
    limit,
  };
}

function parseTopN(fields: JsonObject, newQueryId: () => string): TopNQuery {
  const queryClass = 'query.topn.TopNQuery';
  const aggregates = aggregateParts(fields);
  const common = required(commonParts(fields, queryClass, newQueryId), queryClass);
  const granularity = parseQueryGranularity(fields['granularity'], queryClass);
  if (fields['dimension'] === undefined || fields['dimension'] === null)
    throw refused(queryClass, "dimensionSpec can't be null");
  const dimension = parseDimensionSpec(fields['dimension']);
  const metric = parseTopNMetric(fields['metric'], queryClass);
  const threshold = wholeNumber(fields, 'threshold', 0);
  if (threshold === 0) throw refused(queryClass, 'Threshold cannot be equal to 0.');
  assertOutputNames([dimension.outputName], aggregates.aggregations, aggregates.postAggregations, queryClass);
  assertTopNMetric(metric, aggregates.aggregations, aggregates.postAggregations, queryClass);
  if (threshold < 0) throw failedToRun('limit is negative', 'java.lang.IllegalArgumentException');
  return { queryType: 'topN', ...common, granularity, ...aggregates, dimension, metric, threshold };
}

function parseGroupBy(fields: JsonObject, newQueryId: () => string): GroupByQuery {
  const queryClass = 'query.groupby.GroupByQuery';
  const aggregates = aggregateParts(fields);
  const common = required(commonParts(fields, queryClass, newQueryId), queryClass);
  const granularity = parseQueryGranularity(fields['granularity'], queryClass);
  const dimensions = list(fields, 'dimensions').map(parseDimensionSpec);
  const having = parseHaving(fields['having']);
  const limitSpec = parseLimitSpec(fields['limitSpec']);
  const outputs = new Set<string>();
  for (const { outputName } of dimensions) {
    if (outputs.has(outputName)) throw refused(queryClass, `Duplicate output name[${outputName}]`);
    outputs.add(outputName);
  }
  assertOutputNames([...outputs], aggregates.aggregations, aggregates.postAggregations, queryClass);
  refuseSubtotals(fields, [...outputs], queryClass);
  for (const { name } of [...aggregates.aggregations, ...aggregates.postAggregations]) outputs.add(name);
  if (outputs.has(TIME_COLUMN)) {
    const problem = `'${TIME_COLUMN}' cannot be used as an output name for dimensions, aggregators, or post-aggregators.`;
    throw refused(queryClass, problem);
  }
  assertOrderColumns(limitSpec, outputs, queryClass);
  return { queryType: 'groupBy', ...common, granularity, ...aggregates, dimensions, having, limitSpec };
}

function parseTimeBoundary(fields: JsonObject, newQueryId: () => string): TimeBoundaryQuery {
  const common = commonParts(fields, 'query.timeboundary.TimeBoundaryQuery', newQueryId);
  const bound = optionalText(fields, 'bound');
  return {
    queryType: 'timeBoundary',
    ...common,
    intervals: common.intervals ?? [ETERNITY],
    // Any other text behaves as if it were absent.
    bound: bound === 'minTime' || bound === 'maxTime' ? bound : null,
  };
}
