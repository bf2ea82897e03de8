import type { ConsumerConfig, KafkaConfig, SASLOptions } from 'kafkajs';
import { DruidError, invalidInput } from '../common/druid-error.js';

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

/** Ignoring one of these would connect with less protection than its author asked for. */
const REFUSED = [/^ssl\./, /^sasl\./, /^druid\.dynamic\.config\.provider$/, /^interceptor\.classes$/];

/**
 * Maps Kafka's consumer properties to kafkajs settings. Offsets are never committed and never reset by the client, so `group.id`,
 * `enable.auto.commit` and `auto.offset.reset` are ignored, as in Druid.
 * @throws DruidError INVALID_INPUT without brokers or on a bad value, UNSUPPORTED for a security property that is not mapped
 * @source https://druid.apache.org/docs/latest/ingestion/kafka-ingestion/#consumer-properties
 */
export function kafkaSettings(properties: Readonly<Record<string, unknown>>): KafkaSettings {
  const rest = new Map(Object.entries(properties));
  const text = (name: string): string | undefined => {
    const value = rest.get(name);
    rest.delete(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value).trim();
    throw invalidInput(`Consumer property [${name}] must be a string or a number`);
  };
  const integer = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,15}$/.test(value)) throw invalidInput(`Consumer property [${name}] must be a whole number`);
    return Number(value);
  };
  const brokers = (text('bootstrap.servers') ?? '')
    .split(',')
    .map((s) => s.trim())
    .filter((s) => s.length > 0);
  if (brokers.length === 0) throw invalidInput('Consumer property [bootstrap.servers] must be set');
  const requestTimeout = integer('request.timeout.ms');
  const client = {
    brokers,
    clientId: text('client.id') ?? 'millrace',
    ...security(text('security.protocol') ?? 'PLAINTEXT', text('sasl.mechanism'), text('sasl.jaas.config')),
    ...(requestTimeout !== undefined && { requestTimeout }),
  };
  const consumer = {
    maxBytes: integer('fetch.max.bytes') ?? MAX_BYTES,
    maxBytesPerPartition: integer('max.partition.fetch.bytes') ?? MAX_BYTES_PER_PARTITION,
    minBytes: integer('fetch.min.bytes') ?? 1,
    sessionTimeout: integer('session.timeout.ms') ?? SESSION_TIMEOUT_MS,
    readUncommitted: readUncommitted(text('isolation.level') ?? 'read_committed'),
  };
  for (const name of rest.keys()) {
    if (!REFUSED.some((pattern) => pattern.test(name))) continue;
    throw new DruidError(`Consumer property [${name}] is not supported`, { category: 'UNSUPPORTED' });
  }
  return { client, consumer, ignored: [...rest.keys()] };
}

function readUncommitted(level: string): boolean {
  if (level !== 'read_committed' && level !== 'read_uncommitted') {
    throw invalidInput(`Consumer property [isolation.level] has unknown value [${level}]`);
  }
  return level === 'read_uncommitted';
}

function security(
  protocol: string,
  mechanism: string | undefined,
  jaas: string | undefined,
): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  switch (protocol.toUpperCase()) {
    case 'PLAINTEXT':
      return {};
    case 'SSL':
      return { ssl: true };
    case 'SASL_PLAINTEXT':
      return { sasl: sasl(mechanism, jaas) };
    case 'SASL_SSL':
      return { ssl: true, sasl: sasl(mechanism, jaas) };
    default:
      throw invalidInput(`Consumer property [security.protocol] has unknown value [${protocol}]`);
  }
}

function sasl(mechanism: string | undefined, jaas: string | undefined): SASLOptions {
  const username = /\busername\s*=\s*"([^"]*)"/.exec(jaas ?? '')?.[1];
  const password = /\bpassword\s*=\s*"([^"]*)"/.exec(jaas ?? '')?.[1];
  if (username === undefined || password === undefined) {
    throw invalidInput('Consumer property [sasl.jaas.config] must name a username and a password');
  }
  switch ((mechanism ?? '').toUpperCase()) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
    default:
      throw new DruidError(`Consumer property [sasl.mechanism] has unsupported value [${mechanism ?? ''}]`, {
        category: 'UNSUPPORTED',
      });
  }
}
