import { TIME_COLUMN } from '../../common/column-type.js';
import { formatInterval } from '../../common/iso-time.js';
import { type BatchSpec, parseBatchSpec } from '../spec/batch-spec.js';
import { isObject, type JsonObject } from '../spec/json-reader.js';
import type { QueryTaskSpec } from './query-task-spec.js';

const DIMENSIONS: Readonly<Record<string, string>> = {
  STRING: 'string',
  LONG: 'long',
  FLOAT: 'float',
  DOUBLE: 'double',
  'COMPLEX<json>': 'json',
};

/** How a column of a native type is stored as a dimension; undefined for states of aggregators, which are metrics. */
export function dimensionType(type: string): string | undefined {
  return DIMENSIONS[type] ?? (type.startsWith('ARRAY<') ? 'auto' : undefined);
}

/** The rows of the queries as an ingestion: lines of JSON objects with times in milliseconds. @throws DruidError INVALID_INPUT */
export function outputSpec(task: QueryTaskSpec): BatchSpec {
  const { dataSource, columns, segmentGranularity, clusteredBy, replace } = task;
  const aggregations = task.isRollup ? aggregatorsByColumn(task) : new Map<string, JsonObject>();
  const isStoredTime = columns.some(({ name }) => name === TIME_COLUMN);
  const others = columns.filter(({ name }) => name !== TIME_COLUMN);
  const metrics = others.flatMap(({ name, type }) => {
    const aggregator = aggregations.get(name);
    if (aggregator !== undefined) return [mergingMetric(aggregator, name)];
    return dimensionType(type) === undefined ? [mergingMetric({ type: complexName(type) }, name)] : [];
  });
  const isMetric = new Set(metrics.map((metric) => metric['name']));
  const dimensions = others
    .filter(({ name }) => !isMetric.has(name))
    .sort((a, b) => place(a.name, clusteredBy) - place(b.name, clusteredBy))
    .map(({ name, type }) => ({ name, type: dimensionType(type) }));
  return parseBatchSpec({
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource,
        timestampSpec: isStoredTime
          ? { column: TIME_COLUMN, format: 'millis' }
          : { column: TIME_COLUMN, format: 'millis', missingValue: '1970-01-01T00:00:00Z' },
        // A list of no dimensions would ask for discovery.
        dimensionsSpec: dimensions.length > 0 ? { dimensions } : { dimensions: [{ type: 'long', name: TIME_COLUMN }] },
        metricsSpec: metrics,
        granularitySpec: {
          segmentGranularity:
            segmentGranularity === 'ALL' ? 'ALL' : { type: 'period', period: segmentGranularity, timeZone: 'UTC' },
          queryGranularity: 'NONE',
          rollup: task.isRollup,
          ...(replace !== null && replace !== 'all' && { intervals: replace.map(formatInterval) }),
        },
      },
      ioConfig: {
        // Rows come from the broker in place of it.
        inputSource: { type: 'inline', data: '{}' },
        inputFormat: { type: 'json' },
        appendToExisting: replace === null,
      },
      tuningConfig: {
        maxRowsInMemory: task.maxRowsInMemory,
        maxRowsPerSegment: task.rowsPerSegment,
        maxSavedParseExceptions: 1,
      },
    },
  });
}

/** Segments are sorted by the columns of CLUSTERED BY first. */
function place(name: string, clusteredBy: readonly string[]): number {
  const at = clusteredBy.indexOf(name);
  return at < 0 ? clusteredBy.length : at;
}

function aggregatorsByColumn({ queries }: QueryTaskSpec): Map<string, JsonObject> {
  const { query, columnMappings } = queries[0]!;
  const aggregators = new Map<unknown, JsonObject>();
  for (const aggregator of (query['aggregations'] as readonly unknown[]).filter(isObject))
    aggregators.set(aggregator['name'], aggregator);
  const found = new Map<string, JsonObject>();
  for (const { queryColumn, outputColumn } of columnMappings) {
    const aggregator = aggregators.get(queryColumn);
    if (aggregator !== undefined) found.set(outputColumn, aggregator);
  }
  return found;
}

function complexName(type: string): string {
  return /^COMPLEX<(.+)>$/.exec(type)?.[1] ?? type;
}

/** The metric that merges what an aggregator answers unfinished. @source Druid `AggregatorFactory#getCombiningFactory` */
function mergingMetric(aggregator: JsonObject, name: string): JsonObject {
  const { type, expression: _, ...rest } = aggregator;
  const stored = { ...rest, name, fieldName: name };
  switch (type) {
    case 'count':
      return { type: 'longSum', name, fieldName: name };
    case 'filtered':
      return mergingMetric(aggregator['aggregator'] as JsonObject, name);
    case 'cardinality':
    case 'hyperUnique':
      return { type: 'hyperUnique', name, fieldName: name, isInputHyperUnique: true };
    case 'thetaSketch':
      return { ...stored, type, isInputThetaSketch: true };
    case 'quantilesDoublesSketch':
      return { ...stored, type: 'quantilesDoublesSketchMerge' };
    case 'HLLSketch':
    case 'HLLSketchBuild':
      return { ...stored, type: 'HLLSketchMerge' };
    case 'KllDoublesSketch':
    case 'KllFloatsSketch':
      return { ...stored, type: `${type}Merge` };
    case 'approximateHistogram':
      return { ...stored, type: 'approxHistogramFold' };
    case 'variance':
      return { ...stored, type: 'varianceFold' };
    default:
      return { ...stored, type };
  }
}
