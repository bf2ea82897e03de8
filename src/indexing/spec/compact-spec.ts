/** Compaction tasks, and what auto-compaction compares segments with. @source Druid `CompactionTask.java`, `CompactionState.java` */
import type { Interval } from '../../common/interval.js';
import { parseInterval } from '../../common/iso-time.js';
import { parseGranularityJson } from '../../common/granularity.js';
import type { GranularityJson } from '../../query/native-query.js';
import {
  boolean,
  cannotConstruct,
  isObject,
  type JsonObject,
  optionalArray,
  optionalObject,
  optionalString,
  stringArray,
  typeOf,
  unsupported,
} from './json-reader.js';
import { parseBatchTuningConfig, type TuningConfig } from './tuning-config.js';

export interface CompactSpec {
  readonly type: 'compact';
  readonly id?: string;
  readonly dataSource: string;
  readonly input: { readonly interval: Interval } | { readonly segmentIds: readonly string[] };
  /** null: as the segments are. */
  readonly segmentGranularity: GranularityJson | null;
  readonly queryGranularity: GranularityJson | null;
  readonly rollup: boolean | null;
  readonly dimensionsSpec: JsonObject | null;
  readonly metricsSpec: readonly unknown[] | null;
  readonly filter: unknown;
  readonly tuningConfig: TuningConfig;
  /** As submitted. */
  readonly tuningJson: JsonObject;
  /** Kept with the segments that it makes. */
  readonly state: JsonObject;
}

const TASK_CLASS = 'org.apache.druid.indexing.common.task.CompactionTask';

/** @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function parseCompactSpec(json: unknown): CompactSpec {
  const task = isObject(json) ? json : {};
  const dataSource = optionalString(task, 'dataSource');
  if (dataSource === undefined) throw cannotConstruct(TASK_CLASS, 'dataSource');
  if ((optionalArray(task, 'projections') ?? []).length > 0) throw unsupported('projections are not supported');
  const runner = optionalObject(task, 'compactionRunner');
  if (runner && optionalString(runner, 'type') === 'msq') throw unsupported('compactionRunner [msq] is not supported');
  const granularity = optionalObject(task, 'granularitySpec') ?? {};
  const granularityOf = (value: unknown): GranularityJson | null =>
    value === undefined || value === null ? null : parseGranularityJson(value);
  const id = optionalString(task, 'id');
  const dimensionsSpec = optionalObject(task, 'dimensionsSpec');
  const listed = dimensionsSpec && (optionalArray(dimensionsSpec, 'dimensions') ?? []).length > 0;
  const tuningJson = optionalObject(task, 'tuningConfig') ?? {};
  return {
    type: 'compact',
    ...(id !== undefined && { id }),
    dataSource,
    input: parseInput(task),
    segmentGranularity: granularityOf(granularity['segmentGranularity'] ?? task['segmentGranularity']),
    queryGranularity: granularityOf(granularity['queryGranularity']),
    rollup:
      granularity['rollup'] === undefined || granularity['rollup'] === null
        ? null
        : boolean(granularity, 'rollup', false),
    dimensionsSpec: listed === true ? dimensionsSpec! : null,
    metricsSpec: optionalArray(task, 'metricsSpec') ?? null,
    filter: optionalObject(task, 'transformSpec')?.['filter'] ?? null,
    tuningConfig: parseBatchTuningConfig(tuningJson),
    tuningJson,
    state: compactionState(task),
  };
}

/** `ioConfig.inputSpec`, or the older `interval` and `segments` of the task itself. */
function parseInput(task: JsonObject): CompactSpec['input'] {
  const ioConfig = optionalObject(task, 'ioConfig');
  const spec = ioConfig && optionalObject(ioConfig, 'inputSpec');
  if (spec !== undefined) {
    const type = typeOf(spec, 'org.apache.druid.indexing.common.task.CompactionInputSpec');
    const segmentIds = stringArray(spec, 'segments');
    if (type === 'segments' && segmentIds && segmentIds.length > 0) return { segmentIds };
    const interval = optionalString(spec, 'interval');
    if (type === 'interval' && interval !== undefined) return { interval: parseInterval(interval) };
    throw cannotConstruct(TASK_CLASS, `inputSpec of type [${type}] names nothing`);
  }
  const interval = optionalString(task, 'interval');
  if (interval !== undefined) return { interval: parseInterval(interval) };
  const segments = (optionalArray(task, 'segments') ?? []).map((segment) =>
    isObject(segment) ? String(segment['identifier'] ?? segment['id']) : String(segment),
  );
  if (segments.length > 0) return { segmentIds: segments };
  throw cannotConstruct(TASK_CLASS, 'one of interval, segments or ioConfig must be set');
}

/** What a task or an auto-compaction config asks for: segments that are so need no compaction. */
export function compactionState(json: JsonObject): JsonObject {
  const tuning = optionalObject(json, 'tuningConfig') ?? {};
  const rows = json['maxRowsPerSegment'];
  const partitionsSpec = optionalObject(tuning, 'partitionsSpec') ?? {
    type: 'dynamic',
    maxRowsPerSegment: typeof rows === 'number' ? rows : 5_000_000,
  };
  const parts = ['granularitySpec', 'dimensionsSpec', 'metricsSpec', 'transformSpec'] as const;
  return {
    partitionsSpec,
    ...Object.fromEntries(parts.map((part) => [part, json[part]]).filter(([, value]) => value != null)),
  };
}
