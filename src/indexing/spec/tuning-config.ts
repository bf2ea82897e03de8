/** `tuningConfig` of streams and batch. @source Druid `SeekableStreamIndexTaskTuningConfig.java`, `ParallelIndexTuningConfig.java` */
import type { Partitioning } from '../../segments/merge/partition-rows.js';
import { checkUnused } from './unused-fields.js';
import {
  boolean,
  cannotConstruct,
  integer,
  type JsonObject,
  long,
  optionalInteger,
  optionalLong,
  optionalObject,
  optionalString,
  periodMs,
  stringArray,
  unknownType,
} from './json-reader.js';

export interface TuningConfig {
  /** Rows (groups under rollup) kept in memory before they are spilled as a run. */
  readonly maxRowsInMemory: number;
  /** 0 = the engine's own limit, -1 = none. */
  readonly maxBytesInMemory: number;
  readonly maxRowsPerSegment: number;
  /** Rows of all segments of a sequence or task; null = no limit. */
  readonly maxTotalRows: number | null;
  /** More unparseable rows than this end the task. */
  readonly maxParseExceptions: number;
  readonly maxSavedParseExceptions: number;
  readonly logParseExceptions: boolean;
  /** How rows of a batch are shared out to segments; null: in order of time. */
  readonly partitioning: Partitioning | null;
}

export interface StreamTuningConfig extends TuningConfig {
  readonly intermediatePersistPeriodMs: number;
  /** A sequence is published at the latest after this; Infinity = only at the end of taskDuration. */
  readonly intermediateHandoffPeriodMs: number;
  /** 0 = for ever. */
  readonly handoffConditionTimeoutMs: number;
  readonly resetOffsetAutomatically: boolean;
  readonly skipSequenceNumberAvailabilityCheck: boolean;
}

const TUNING_CLASS = 'org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexTuningConfig';
const HASHED_CLASS = 'org.apache.druid.indexer.partitions.HashedPartitionsSpec';
const RANGE_CLASS = 'org.apache.druid.indexer.partitions.DimensionRangePartitionsSpec';
const MAX_INT = 2_147_483_647;
const ROWS_PER_SEGMENT = 5_000_000;
const MINUTE_MS = 60_000;

const UNUSED = {
  skipBytesInMemoryOverheadCheck: 'boolean',
  appendableIndexSpec: 'object',
  maxPendingPersists: 'integer',
  indexSpec: 'object',
  indexSpecForIntermediatePersists: 'object',
  segmentWriteOutMediumFactory: 'object',
  chatHandlerNumRetries: 'integer',
  maxColumnsToMerge: 'integer',
  numPersistThreads: 'integer',
} as const;
/** @source Druid `KafkaSupervisorTuningConfig.java` */
const UNUSED_BY_STREAMS = {
  ...UNUSED,
  workerThreads: 'integer',
  chatRetries: 'long',
  httpTimeout: 'period',
  shutdownTimeout: 'period',
  offsetFetchPeriod: 'period',
  repartitionTransitionDuration: 'period',
  releaseLocksOnHandoff: 'boolean',
} as const;
/** @source Druid `ParallelIndexTuningConfig.java` */
const UNUSED_BY_BATCH = {
  ...UNUSED,
  splitHintSpec: 'object',
  pushTimeout: 'long',
  awaitSegmentAvailabilityTimeoutMillis: 'long',
  maxNumConcurrentSubTasks: 'integer',
  maxRetry: 'integer',
  taskStatusCheckPeriodMs: 'long',
  chatHandlerTimeout: 'period',
  maxNumSegmentsToMerge: 'integer',
  totalNumMergeTasks: 'integer',
  maxAllowedLockCount: 'integer',
} as const;

function parseCommon(json: JsonObject, maxRowsInMemory: number): TuningConfig {
  const maxParseExceptions = boolean(json, 'reportParseExceptions', false) ? 0 : MAX_INT;
  const maxRowsPerSegment = integer(json, 'maxRowsPerSegment', ROWS_PER_SEGMENT);
  return {
    maxRowsInMemory: Math.max(1, integer(json, 'maxRowsInMemory', maxRowsInMemory)),
    maxBytesInMemory: long(json, 'maxBytesInMemory', 0),
    maxRowsPerSegment: maxRowsPerSegment <= 0 ? ROWS_PER_SEGMENT : maxRowsPerSegment,
    maxTotalRows: optionalLong(json, 'maxTotalRows') ?? null,
    maxParseExceptions: integer(json, 'maxParseExceptions', maxParseExceptions),
    maxSavedParseExceptions: integer(json, 'maxSavedParseExceptions', 0),
    logParseExceptions: boolean(json, 'logParseExceptions', false),
    partitioning: null,
  };
}

export function parseStreamTuningConfig(json: JsonObject | undefined): StreamTuningConfig {
  const spec = json ?? {};
  checkUnused(spec, UNUSED_BY_STREAMS);
  return {
    ...parseCommon(spec, 150_000),
    intermediatePersistPeriodMs: periodMs(spec, 'intermediatePersistPeriod', 10 * MINUTE_MS),
    intermediateHandoffPeriodMs: handoffPeriodMs(spec),
    handoffConditionTimeoutMs: long(spec, 'handoffConditionTimeout', 15 * MINUTE_MS),
    resetOffsetAutomatically: boolean(spec, 'resetOffsetAutomatically', false),
    skipSequenceNumberAvailabilityCheck: boolean(spec, 'skipSequenceNumberAvailabilityCheck', false),
  };
}

/** Druid's default of 2147483647 days stands for never. */
function handoffPeriodMs(spec: JsonObject): number {
  const ms = periodMs(spec, 'intermediateHandoffPeriod', Number.POSITIVE_INFINITY);
  return ms >= MAX_INT * 86_400_000 ? Number.POSITIVE_INFINITY : ms;
}

export function parseBatchTuningConfig(json: JsonObject | undefined): TuningConfig {
  const spec = json ?? {};
  checkUnused(spec, UNUSED_BY_BATCH);
  const partitions = optionalObject(spec, 'partitionsSpec') ?? {};
  const partitioning = parsePartitioning(partitions);
  const perfect = boolean(spec, 'forceGuaranteedRollup', false);
  if (perfect && partitioning === null)
    throw cannotConstruct(TUNING_CLASS, 'HashedPartitionsSpec or RangePartitionsSpec must be used for perfect rollup');
  if (!perfect && partitioning !== null)
    throw cannotConstruct(TUNING_CLASS, 'DynamicPartitionsSpec must be used for best-effort rollup');
  const common = parseCommon(
    {
      ...spec,
      ...(partitions['maxRowsPerSegment'] !== undefined && { maxRowsPerSegment: partitions['maxRowsPerSegment'] }),
    },
    1_000_000,
  );
  return { ...common, partitioning, maxTotalRows: optionalLong(partitions, 'maxTotalRows') ?? common.maxTotalRows };
}

/** null: dynamic. @source Druid `PartitionsSpec.java` */
export function parsePartitioning(spec: JsonObject): Partitioning | null {
  const type = optionalString(spec, 'type') ?? 'dynamic';
  const rows = (fallback: number): number => {
    const target = optionalInteger(spec, 'targetRowsPerSegment') ?? optionalInteger(spec, 'targetPartitionSize');
    const most = optionalInteger(spec, 'maxRowsPerSegment') ?? optionalInteger(spec, 'maxPartitionSize');
    return Math.max(1, target ?? most ?? fallback);
  };
  switch (type) {
    case 'dynamic':
      return null;
    case 'hashed': {
      const numShards = optionalInteger(spec, 'numShards') ?? null;
      if (numShards !== null && numShards < 1) throw cannotConstruct(HASHED_CLASS, 'numShards must be greater than 0');
      const dimensions = stringArray(spec, 'partitionDimensions') ?? [];
      return { type, numShards, targetRows: rows(ROWS_PER_SEGMENT), dimensions };
    }
    case 'range':
    case 'single_dim': {
      const one = optionalString(spec, 'partitionDimension');
      const dimensions = stringArray(spec, 'partitionDimensions') ?? (one === undefined ? [] : [one]);
      if (dimensions.length === 0) throw cannotConstruct(RANGE_CLASS, 'partitionDimensions must be specified');
      if (spec['targetRowsPerSegment'] == null && spec['maxRowsPerSegment'] == null)
        throw cannotConstruct(RANGE_CLASS, 'Exactly one of targetRowsPerSegment or maxRowsPerSegment must be present');
      return { type: 'range', dimensions, targetRows: rows(ROWS_PER_SEGMENT) };
    }
    default:
      throw unknownType(type, 'org.apache.druid.indexer.partitions.PartitionsSpec', [
        'dynamic',
        'hashed',
        'range',
        'single_dim',
      ]);
  }
}

const INDEX_SPEC = {
  bitmap: { type: 'roaring' },
  dimensionCompression: 'lz4',
  stringDictionaryEncoding: { type: 'utf8' },
  metricCompression: 'lz4',
  longEncoding: 'longs',
};

/** A stream's tuningConfig with every one of Druid's defaults, as its API returns it. */
export function streamTuningConfigJson(source: JsonObject | undefined, type: string): JsonObject {
  return {
    type,
    appendableIndexSpec: { type: 'onheap', preserveExistingMetrics: false },
    maxRowsInMemory: 150_000,
    maxBytesInMemory: 0,
    skipBytesInMemoryOverheadCheck: false,
    maxRowsPerSegment: ROWS_PER_SEGMENT,
    maxTotalRows: null,
    intermediatePersistPeriod: 'PT10M',
    maxPendingPersists: 0,
    indexSpec: INDEX_SPEC,
    indexSpecForIntermediatePersists: INDEX_SPEC,
    reportParseExceptions: false,
    handoffConditionTimeout: 900_000,
    resetOffsetAutomatically: false,
    segmentWriteOutMediumFactory: null,
    workerThreads: null,
    chatRetries: 8,
    httpTimeout: 'PT10S',
    shutdownTimeout: 'PT80S',
    offsetFetchPeriod: 'PT30S',
    intermediateHandoffPeriod: 'P2147483647D',
    logParseExceptions: false,
    maxParseExceptions: MAX_INT,
    maxSavedParseExceptions: 0,
    numPersistThreads: 1,
    maxColumnsToMerge: -1,
    skipSequenceNumberAvailabilityCheck: false,
    repartitionTransitionDuration: 'PT120S',
    ...source,
  };
}
