import type { ConsumerConfig, KafkaConfig } from 'kafkajs';
import { invalidInput } from '../common/druid-error.js';
import { KafkaProperties } from './kafka-properties.js';
import { kafkaSecurity } from './kafka-security.js';

export interface KafkaSettings {
  readonly client: Pick<KafkaConfig, 'brokers' | 'clientId' | 'ssl' | 'sasl' | 'requestTimeout'>;
  readonly consumer: Pick<
    ConsumerConfig,
    'maxBytes' | 'maxBytesPerPartition' | 'minBytes' | 'sessionTimeout' | 'readUncommitted'
  >;
  /** Properties that have no meaning here: known to be harmless, or to concern Java's client only. */
  readonly ignored: readonly string[];
}

/** Measured best on few partitions; kafkajs' 1 MiB makes twice as many round trips. */
const MAX_BYTES_PER_PARTITION = 5 * 1024 * 1024;
const MAX_BYTES = 32 * 1024 * 1024;
const SESSION_TIMEOUT_MS = 30_000;

/**
 * Maps Kafka's consumer properties to kafkajs settings. Offsets are never committed and never reset by the client, so `group.id`,
 * `enable.auto.commit` and `auto.offset.reset` are ignored, as in Druid.
 * @throws DruidError INVALID_INPUT without brokers or on a bad value, UNSUPPORTED for a security property that is not mapped
 * @source https://druid.apache.org/docs/latest/ingestion/kafka-ingestion/#consumer-properties
 */
export function kafkaSettings(properties: Readonly<Record<string, unknown>>): KafkaSettings {
  const given = new KafkaProperties(properties);
  const brokers = (given.text('bootstrap.servers') ?? '')
    .split(',')
    .map((s) => s.trim())
    .filter((s) => s.length > 0);
  if (brokers.length === 0) throw invalidInput('Consumer property [bootstrap.servers] must be set');
  const requestTimeout = given.integer('request.timeout.ms');
  const client = {
    brokers,
    clientId: given.text('client.id') ?? 'millrace',
    ...kafkaSecurity(given),
    ...(requestTimeout !== undefined && { requestTimeout }),
  };
  const consumer = {
    maxBytes: given.integer('fetch.max.bytes') ?? MAX_BYTES,
    maxBytesPerPartition: given.integer('max.partition.fetch.bytes') ?? MAX_BYTES_PER_PARTITION,
    minBytes: given.integer('fetch.min.bytes') ?? 1,
    sessionTimeout: given.integer('session.timeout.ms') ?? SESSION_TIMEOUT_MS,
    readUncommitted: readUncommitted(given.text('isolation.level') ?? 'read_committed'),
  };
  return { client, consumer, ignored: given.rest };
}

function readUncommitted(level: string): boolean {
  if (level !== 'read_committed' && level !== 'read_uncommitted') {
    throw invalidInput(`Consumer property [isolation.level] has unknown value [${level}]`);
  }
  return level === 'read_uncommitted';
}
