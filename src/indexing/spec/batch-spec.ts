/** Batch tasks that read files: `index_parallel` and `index`. @source Druid `ParallelIndexSupervisorTask.java`, `IndexTask.java` */
import { type DataSchema, parseDataSchema } from './data-schema.js';
import { type InputFormat, parseInputFormat } from './input-format.js';
import { type InputSource, parseInputSource } from './input-source.js';
import {
  boolean,
  cannotConstruct,
  isObject,
  type JsonObject,
  optionalObject,
  optionalString,
  typeOf,
  unknownType,
  unsupported,
} from './json-reader.js';
import { parseBatchTuningConfig, type TuningConfig } from './tuning-config.js';

/** Plain data: survives structured clone. */
export interface BatchSpec {
  readonly type: 'index_parallel' | 'index';
  /** As submitted; undefined = the overlord makes one. */
  readonly id?: string;
  readonly dataSchema: DataSchema;
  readonly inputSource: InputSource;
  /** null for sources that have none: stored segments. */
  readonly inputFormat: InputFormat | null;
  /** Adds to what is there instead of replacing it. */
  readonly appendToExisting: boolean;
  /** Also empties the spec's intervals where there are no new rows. */
  readonly dropExisting: boolean;
  readonly tuningConfig: TuningConfig;
  readonly context: JsonObject;
  /** The task as it was submitted. */
  readonly source: JsonObject;
}

const TASK_CLASS = 'org.apache.druid.indexing.common.task.Task';
const SPEC_CLASS = 'org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexIngestionSpec';
const IO_CLASS = 'org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexIOConfig';
const KNOWN_ELSEWHERE = ['archive', 'index_hadoop', 'index_kafka', 'move', 'restore'];

/** The `type` of any task. @throws DruidError INVALID_INPUT when it has none */
export function taskType(json: unknown): string {
  return typeOf(json, TASK_CLASS);
}

/** @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function parseBatchSpec(json: unknown): BatchSpec {
  const type = taskType(json);
  if (type !== 'index_parallel' && type !== 'index') {
    if (KNOWN_ELSEWHERE.includes(type)) throw unsupported(`Task type [${type}] is not supported`);
    throw unknownType(type, TASK_CLASS, ['compact', 'index', 'index_parallel', 'kill', 'noop']);
  }
  const source = isObject(json) ? json : {};
  const spec = optionalObject(source, 'spec');
  const dataSchemaJson = spec && optionalObject(spec, 'dataSchema');
  if (!spec || !dataSchemaJson) {
    const problem =
      'Cannot invoke "org.apache.druid.segment.indexing.DataSchema.getParserMap()" because "dataSchema" is null';
    throw cannotConstruct(SPEC_CLASS, problem);
  }
  const ioConfig = optionalObject(spec, 'ioConfig');
  if (!ioConfig) throw cannotConstruct(SPEC_CLASS, 'ioConfig');
  if (!isObject(ioConfig['inputSource'])) throw cannotConstruct(IO_CLASS, 'inputSource');
  const id = optionalString(source, 'id');
  const inputSource = parseInputSource(ioConfig['inputSource']);
  const appendToExisting = boolean(ioConfig, 'appendToExisting', false);
  const dropExisting = boolean(ioConfig, 'dropExisting', false);
  if (dropExisting && appendToExisting)
    throw cannotConstruct(
      IO_CLASS,
      'Cannot both drop existing segments and append to existing segments. Either dropExisting or appendToExisting should be set to false',
    );
  const tuningConfig = parseBatchTuningConfig(optionalObject(spec, 'tuningConfig'));
  if (appendToExisting && tuningConfig.partitioning !== null)
    throw cannotConstruct(SPEC_CLASS, 'Perfect rollup cannot be guaranteed when appending to existing dataSources');
  return {
    type,
    ...(id !== undefined && { id }),
    dataSchema: parseDataSchema(dataSchemaJson),
    inputSource,
    inputFormat: inputSource.type === 'druid' ? null : parseInputFormat(ioConfig['inputFormat']),
    appendToExisting,
    dropExisting,
    tuningConfig,
    context: optionalObject(source, 'context') ?? {},
    source,
  };
}
