/** `ioConfig` of supervisors. @source Druid `KafkaSupervisorIOConfig.java`, `SeekableStreamSupervisorIOConfig.java` */
import { invalidInput } from '../../common/druid-error.js';
import { linearRegex, RegexError } from '../../common/linear-regex.js';
import { scaledTaskCount } from '../../metadata/stream-state.js';
import { formatIso } from '../../common/iso-time.js';
import { kafkaSettings } from '../../streams/kafka-config.js';
import { parseStreamInputFormat, type StreamInputFormat } from './input-format.js';
import { checkUnused } from './unused-fields.js';
import {
  boolean,
  cannotConstruct,
  integer,
  type JsonObject,
  long,
  optionalInstant,
  optionalInteger,
  optionalLong,
  optionalObject,
  optionalPeriodMs,
  optionalString,
  periodMs,
  unsupported,
} from './json-reader.js';

/** `kafka`, or `local`: the embedded log. */
export type StreamType = 'kafka' | 'local';

export interface StreamIoConfig {
  readonly type: StreamType;
  /** Kafka topic, pattern of topics, or name of a local log. */
  readonly stream: string;
  /** The stream is all topics whose names match it as a regular expression. */
  readonly isPattern: boolean;
  readonly inputFormat: StreamInputFormat;
  /** Empty for `local`. */
  readonly consumerProperties: Readonly<Record<string, unknown>>;
  readonly replicas: number;
  readonly taskCount: number;
  readonly taskDurationMs: number;
  readonly startDelayMs: number;
  readonly periodMs: number;
  readonly pollTimeoutMs: number;
  /** Where to begin without stored offsets. */
  readonly useEarliestOffset: boolean;
  readonly completionTimeoutMs: number;
  /** Rows older than task start minus this are thrown away; null = none. */
  readonly lateMessageRejectionPeriodMs: number | null;
  readonly lateMessageRejectionStartMs: number | null;
  /** Rows newer than task end plus this are thrown away; null = none. */
  readonly earlyMessageRejectionPeriodMs: number | null;
  readonly idleConfig: { readonly enabled: boolean; readonly inactiveAfterMs: number } | null;
}

const JAVA_CLASS = 'org.apache.druid.indexing.kafka.supervisor.KafkaSupervisorIOConfig';
const SCALER_CLASS = 'org.apache.druid.indexing.seekablestream.supervisor.autoscaler.LagBasedAutoScalerConfig';
/** Checked, and shown again. */
const UNUSED = { stopTaskCount: 'integer', emitTimeLagMetrics: 'boolean', configOverrides: 'object' } as const;
const HOUR_MS = 3_600_000;
const IDLE_MS = 600_000;

export function parseStreamIoConfig(json: JsonObject, type: StreamType): StreamIoConfig {
  const problem = (text: string) => cannotConstruct(JAVA_CLASS, text);
  const consumerProperties = optionalObject(json, 'consumerProperties') ?? {};
  const bootstrap = consumerProperties['bootstrap.servers'];
  if (type === 'kafka' && (bootstrap === undefined || bootstrap === null)) {
    throw problem('consumerProperties must contain entry for [bootstrap.servers]');
  }
  // What the source could not connect with is refused here, where its author hears of it.
  if (type === 'kafka') kafkaSettings(consumerProperties);
  const stream = optionalString(json, 'topic') ?? optionalString(json, 'stream');
  const pattern = optionalString(json, 'topicPattern');
  if (stream === undefined && pattern === undefined) throw problem('Either topic or topicPattern must be specified');
  if (stream !== undefined && pattern !== undefined)
    throw problem('Only one of topic or topicPattern can be specified');
  if (pattern !== undefined) checkPattern(pattern, type);
  checkAutoScaler(json);
  checkUnused(json, UNUSED);
  const lateMs = optionalPeriodMs(json, 'lateMessageRejectionPeriod') ?? null;
  const lateStartMs = optionalInstant(json, 'lateMessageRejectionStartDateTime') ?? null;
  if (lateMs !== null && lateStartMs !== null) {
    throw problem(
      'SeekableStreamSupervisorIOConfig does not support both properties lateMessageRejectionStartDateTime and lateMessageRejectionPeriod.',
    );
  }
  const idle = optionalObject(json, 'idleConfig');
  return {
    type,
    stream: stream ?? pattern!,
    isPattern: pattern !== undefined,
    inputFormat: parseStreamInputFormat(json['inputFormat']),
    consumerProperties: type === 'kafka' ? consumerProperties : {},
    replicas: atLeastOne(json, 'replicas'),
    taskCount: scaledTaskCount(json) ?? atLeastOne(json, 'taskCount'),
    taskDurationMs: periodMs(json, 'taskDuration', HOUR_MS),
    startDelayMs: periodMs(json, 'startDelay', 5_000),
    periodMs: periodMs(json, 'period', 30_000),
    pollTimeoutMs: long(json, 'pollTimeout', 100),
    useEarliestOffset: boolean(json, 'useEarliestOffset', boolean(json, 'useEarliestSequenceNumber', false)),
    completionTimeoutMs: periodMs(json, 'completionTimeout', HOUR_MS / 2),
    lateMessageRejectionPeriodMs: lateMs,
    lateMessageRejectionStartMs: lateStartMs,
    earlyMessageRejectionPeriodMs: optionalPeriodMs(json, 'earlyMessageRejectionPeriod') ?? null,
    idleConfig: idle
      ? {
          enabled: boolean(idle, 'enabled', false),
          inactiveAfterMs: optionalLong(idle, 'inactiveAfterMillis') ?? IDLE_MS,
        }
      : null,
  };

  function atLeastOne(from: JsonObject, key: string): number {
    const value = integer(from, key, 1);
    if (value < 1) throw problem(`${key} must be greater than 0`);
    return value;
  }
}

/** What a source of Kafka reads. */
export function kafkaStream({
  stream,
  isPattern,
}: StreamIoConfig): { readonly topic: string } | { readonly topicPattern: string } {
  return isPattern ? { topicPattern: stream } : { topic: stream };
}

function checkPattern(pattern: string, type: StreamType): void {
  if (type !== 'kafka') throw unsupported(`topicPattern is not supported by supervisors of type [${type}]`);
  try {
    linearRegex(pattern);
  } catch (error) {
    if (error instanceof RegexError) throw invalidInput(`topicPattern [${pattern}] cannot be used: ${error.message}`);
    throw error;
  }
}

/** Tasks do not grow or shrink in number by themselves; what is asked for is checked all the same. @source Druid `LagBasedAutoScalerConfig.java` */
function checkAutoScaler(json: JsonObject): void {
  const config = optionalObject(json, 'autoScalerConfig');
  if (config === undefined || !boolean(config, 'enableTaskAutoScaler', false)) return;
  const [min, max] = [optionalInteger(config, 'taskCountMin'), optionalInteger(config, 'taskCountMax')];
  const start = optionalInteger(config, 'taskCountStart');
  const problem = (text: string) => cannotConstruct(SCALER_CLASS, text);
  if (min === undefined || max === undefined) throw problem("taskCountMax or taskCountMin can't be null!");
  if (min < 1) throw problem('taskCountMin must be greater than 0');
  if (max < min) throw problem("taskCountMax can't lower than taskCountMin!");
  if (start !== undefined && (start < min || start > max))
    throw problem('taskCountMin <= taskCountStart <= taskCountMax');
}

/** As Druid prints it: durations in seconds, every default filled in. */
export function streamIoConfigJson(config: StreamIoConfig, source: JsonObject): JsonObject {
  const { idleConfig } = config;
  return {
    ...(config.type === 'local' && { type: 'local' }),
    topic: config.isPattern ? null : config.stream,
    topicPattern: config.isPattern ? config.stream : null,
    inputFormat: source['inputFormat'],
    replicas: config.replicas,
    taskCount: config.taskCount,
    taskDuration: duration(config.taskDurationMs),
    ...(config.type === 'kafka' && { consumerProperties: config.consumerProperties }),
    autoScalerConfig: source['autoScalerConfig'] ?? null,
    pollTimeout: config.pollTimeoutMs,
    startDelay: duration(config.startDelayMs),
    period: duration(config.periodMs),
    useEarliestOffset: config.useEarliestOffset,
    completionTimeout: duration(config.completionTimeoutMs),
    lateMessageRejectionPeriod:
      config.lateMessageRejectionPeriodMs === null ? null : duration(config.lateMessageRejectionPeriodMs),
    earlyMessageRejectionPeriod:
      config.earlyMessageRejectionPeriodMs === null ? null : duration(config.earlyMessageRejectionPeriodMs),
    lateMessageRejectionStartDateTime:
      config.lateMessageRejectionStartMs === null ? null : formatIso(config.lateMessageRejectionStartMs),
    configOverrides: null,
    idleConfig: idleConfig && { enabled: idleConfig.enabled, inactiveAfterMillis: idleConfig.inactiveAfterMs },
    stopTaskCount: source['stopTaskCount'] ?? null,
    emitTimeLagMetrics: source['emitTimeLagMetrics'] ?? false,
    stream: config.stream,
    useEarliestSequenceNumber: config.useEarliestOffset,
  };
}

/** Joda's `Duration`: seconds with a fraction where there is one. */
function duration(ms: number): string {
  return `PT${ms / 1000}S`;
}
