/** What is asked of the sampler. @source Druid `IndexTaskSamplerSpec.java`, `KafkaSamplerSpec.java`, `SamplerConfig.java` */
import { type DataSchema, parseDataSchema } from '../spec/data-schema.js';
import { type InputFormat, parseInputFormat } from '../spec/input-format.js';
import { type InputSource, parseInputSource } from '../spec/input-source.js';
import {
  cannotConstruct,
  integer,
  isObject,
  type JsonObject,
  optionalArray,
  optionalObject,
  typeOf,
  unknownType,
} from '../spec/json-reader.js';
import { parseStreamIoConfig, type StreamIoConfig } from '../spec/stream-io-config.js';

export interface SamplerSpec {
  readonly input: SampledInput;
  /** Its last metric is the number of a row's record, under rollup the smallest: `ORDER_COLUMN`. */
  readonly dataSchema: DataSchema;
  readonly limits: SamplerLimits;
}

export type SampledInput =
  | { readonly kind: 'batch'; readonly inputSource: InputSource; readonly inputFormat: InputFormat | null }
  | { readonly kind: 'stream'; readonly ioConfig: StreamIoConfig };

export interface SamplerLimits {
  readonly numRows: number;
  readonly timeoutMs: number;
  /** Of the rows in memory. */
  readonly maxBytesInMemory: number;
  /** Of the records as read; 0 = none. */
  readonly maxClientResponseBytes: number;
}

export const ORDER_COLUMN = '__internal_sampler_order';

const SPEC_CLASS = 'org.apache.druid.client.indexing.SamplerSpec';
const TASK_CLASS = 'org.apache.druid.indexing.common.task.IndexTask$IndexIngestionSpec';
const KAFKA_CLASS = 'org.apache.druid.indexing.kafka.supervisor.KafkaSupervisorSpec';
const DEFAULT_ROWS = 200;
const MAX_ROWS = 5_000;
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 32 << 20;

/** @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function parseSamplerSpec(json: unknown): SamplerSpec {
  const type = typeOf(json, SPEC_CLASS);
  const body = isObject(json) ? json : {};
  const spec = optionalObject(body, 'spec') ?? {};
  const config = optionalObject(body, 'samplerConfig') ?? {};
  return {
    input: parseInput(type, spec),
    dataSchema: parseSampledSchema(optionalObject(spec, 'dataSchema') ?? {}),
    limits: parseLimits(config),
  };
}

function parseInput(type: string, spec: JsonObject): SampledInput {
  const ioConfig = optionalObject(spec, 'ioConfig');
  switch (type) {
    case 'index':
    case 'index_parallel': {
      if (ioConfig === undefined) throw cannotConstruct(TASK_CLASS, '[spec.ioConfig] is required');
      if (!isObject(ioConfig['inputSource']))
        throw cannotConstruct(TASK_CLASS, '[spec.ioConfig.inputSource] is required');
      const inputSource = parseInputSource(ioConfig['inputSource']);
      const inputFormat = inputSource.type === 'druid' ? null : parseInputFormat(ioConfig['inputFormat']);
      return { kind: 'batch', inputSource, inputFormat };
    }
    case 'kafka':
      if (ioConfig === undefined) throw cannotConstruct(KAFKA_CLASS, '[spec.ioConfig] is required');
      return { kind: 'stream', ioConfig: parseStreamIoConfig(ioConfig, 'kafka') };
    default:
      throw unknownType(type, SPEC_CLASS, ['index', 'index_parallel', 'kafka']);
  }
}

function parseSampledSchema(json: JsonObject): DataSchema {
  const order = { type: 'longMin', name: ORDER_COLUMN, fieldName: ORDER_COLUMN };
  const metricsSpec = [...(optionalArray(json, 'metricsSpec') ?? []), order];
  return parseDataSchema({ ...json, dataSource: json['dataSource'] ?? 'sampler', metricsSpec });
}

function parseLimits(config: JsonObject): SamplerLimits {
  const positive = (key: string, fallback: number, most: number): number => {
    const value = integer(config, key, fallback);
    return Math.min(most, value > 0 ? value : fallback);
  };
  return {
    numRows: positive('numRows', DEFAULT_ROWS, MAX_ROWS),
    timeoutMs: positive('timeoutMs', TIMEOUT_MS, 2 ** 31 - 1),
    maxBytesInMemory: positive('maxBytesInMemory', MAX_BYTES, MAX_BYTES),
    maxClientResponseBytes: positive('maxClientResponseBytes', 0, Number.MAX_SAFE_INTEGER),
  };
}
