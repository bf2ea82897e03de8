/** Supervisor specs: what a stream's ingestion is to be. @source Druid `KafkaSupervisorSpec.java` */
import { type DataSchema, parseDataSchema } from './data-schema.js';
import {
  boolean,
  cannotConstruct,
  isObject,
  type JsonObject,
  optionalObject,
  optionalString,
  typeOf,
  unknownType,
} from './json-reader.js';
import { parseStreamIoConfig, type StreamIoConfig, streamIoConfigJson, type StreamType } from './stream-io-config.js';
import { parseStreamTuningConfig, type StreamTuningConfig, streamTuningConfigJson } from './tuning-config.js';

/** Plain data: survives structured clone. */
export interface SupervisorSpec {
  readonly type: StreamType;
  /** Supervisor id; the data source unless the spec names one. */
  readonly id: string;
  readonly dataSchema: DataSchema;
  readonly ioConfig: StreamIoConfig;
  readonly tuningConfig: StreamTuningConfig;
  readonly context: JsonObject | null;
  readonly suspended: boolean;
  /** The spec as it was submitted. */
  readonly source: JsonObject;
}

const SUPERVISOR_CLASS = 'org.apache.druid.indexing.overlord.supervisor.SupervisorSpec';
const KAFKA_CLASS = 'org.apache.druid.indexing.kafka.supervisor.KafkaSupervisorSpec';
const TYPES: readonly StreamType[] = ['kafka', 'local'];

/** Reads `{type, spec: {dataSchema, ioConfig, tuningConfig}, …}` or the older form without `spec`. @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function parseSupervisorSpec(json: unknown): SupervisorSpec {
  const typeName = typeOf(json, SUPERVISOR_CLASS);
  const type = TYPES.find((known) => known === typeName);
  if (type === undefined) throw unknownType(typeName, SUPERVISOR_CLASS, TYPES);
  const source = isObject(json) ? json : {};
  const spec = optionalObject(source, 'spec') ?? source;
  const dataSchemaJson = optionalObject(spec, 'dataSchema');
  if (!dataSchemaJson) throw cannotConstruct(KAFKA_CLASS, 'dataSchema');
  const ioConfigJson = optionalObject(spec, 'ioConfig');
  if (!ioConfigJson) throw cannotConstruct(KAFKA_CLASS, 'ioConfig');
  const ioConfig = parseStreamIoConfig(ioConfigJson, type);
  const dataSchema = parseDataSchema(dataSchemaJson);
  return {
    type,
    id: optionalString(source, 'id') ?? dataSchema.dataSource,
    dataSchema,
    ioConfig,
    tuningConfig: parseStreamTuningConfig(optionalObject(spec, 'tuningConfig')),
    context: optionalObject(source, 'context') ?? null,
    suspended: boolean(source, 'suspended', false),
    source,
  };
}

/** The submitted JSON with `suspended` changed: what suspend and resume store. */
export function withSuspended(spec: SupervisorSpec, suspended: boolean): JsonObject {
  return { ...spec.source, suspended };
}

/** The spec with Druid's defaults filled in, in both forms at once, as `GET /druid/indexer/v1/supervisor/{id}` answers. */
export function supervisorSpecJson(spec: SupervisorSpec): JsonObject {
  const inner = optionalObject(spec.source, 'spec') ?? spec.source;
  const parts = {
    dataSchema: spec.dataSchema.json,
    ioConfig: streamIoConfigJson(spec.ioConfig, optionalObject(inner, 'ioConfig') ?? {}),
    tuningConfig: streamTuningConfigJson(optionalObject(inner, 'tuningConfig'), spec.type),
  };
  return {
    type: spec.type,
    ...(spec.id !== spec.dataSchema.dataSource && { id: spec.id }),
    spec: parts,
    dataSchema: parts.dataSchema,
    tuningConfig: parts.tuningConfig,
    ioConfig: parts.ioConfig,
    context: spec.context,
    suspended: spec.suspended,
  };
}
