import { once } from 'node:events';
import { connect } from 'node:net';
import { randomUUID } from 'node:crypto';

/** A Kafka broker; from MILLRACE_TEST_KAFKA=host:port[,host:port]. */
export interface KafkaService {
  readonly brokers: readonly string[];
}

/** An S3 server; from MILLRACE_TEST_S3=http://accessKey:secretKey@host:port. */
export interface S3Service {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** The same as the AWS SDK's environment variables, for a child process. */
  readonly env: Readonly<Record<string, string>>;
}

/** A PostgreSQL server; from MILLRACE_TEST_POSTGRES=postgresql://user:password@host:port/database. */
export interface PostgresService {
  /** Its user may create databases. */
  readonly url: string;
}

interface Services {
  readonly kafka: KafkaService;
  readonly s3: S3Service;
  readonly postgres: PostgresService;
}

/** What a test needs to run, or why it cannot. */
export type Service<T> = ({ readonly available: true } & T) | { readonly available: false; readonly reason: string };

interface ServiceSpec<T> {
  readonly variable: string;
  /** Of the compose file, as seen from the host. */
  readonly composeAddress: string;
  parse(address: string): { readonly connection: T; readonly host: string; readonly port: number };
}

const specs: { readonly [K in keyof Services]: ServiceSpec<Services[K]> } = {
  kafka: {
    variable: 'MILLRACE_TEST_KAFKA',
    composeAddress: '127.0.0.1:29092',
    parse(address) {
      const brokers = address.split(',');
      const { hostname, port } = new URL(`kafka://${brokers[0]}`);
      return { connection: { brokers }, host: hostname, port: Number(port) };
    },
  },
  s3: {
    variable: 'MILLRACE_TEST_S3',
    composeAddress: 'http://millrace:millrace-secret@127.0.0.1:29000',
    parse(address) {
      const url = new URL(address);
      return { connection: s3Connection(url), host: url.hostname, port: Number(url.port) };
    },
  },
  postgres: {
    variable: 'MILLRACE_TEST_POSTGRES',
    composeAddress: 'postgresql://millrace:millrace@127.0.0.1:29432/millrace',
    parse(address) {
      const url = new URL(address);
      return { connection: { url: address }, host: url.hostname, port: Number(url.port || 5432) };
    },
  },
};

const told = new Set<string>();

/**
 * The connection to a real server. Where its variable is not set, says once how to run the tests that need it:
 * those tests skip themselves. Under CI=true nothing is skipped.
 * @throws Error when the variable is set and nobody answers there, or when it is unset under CI=true
 */
export async function requireService<K extends keyof Services>(name: K): Promise<Service<Services[K]>> {
  const spec = specs[name];
  const address = process.env[spec.variable];
  if (address === undefined || address === '') {
    const reason =
      `Tests that need ${name} are skipped: ${spec.variable} is not set. To run them: \`docker compose up -d --wait ${name}\` and ` +
      `${spec.variable}=${spec.composeAddress}, or start test/services/${name}.sh and take the address it prints.`;
    if (process.env['CI'] === 'true') throw new Error(reason.replace('are skipped', 'cannot be skipped under CI=true'));
    if (!told.has(name)) console.warn(reason);
    told.add(name);
    return { available: false, reason };
  }
  const { connection, host, port } = spec.parse(address);
  await assertAnswers(spec.variable, host, port);
  return { available: true, ...connection };
}

function s3Connection(url: URL): S3Service {
  const endpoint = url.origin;
  const accessKeyId = decodeURIComponent(url.username);
  const secretAccessKey = decodeURIComponent(url.password);
  const region = 'us-east-1';
  return {
    endpoint,
    accessKeyId,
    secretAccessKey,
    region,
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
    },
  };
}

async function assertAnswers(variable: string, host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(5000) });
  } catch (cause) {
    throw new Error(`${variable} names [${host}:${port}], where nobody answers`, { cause });
  } finally {
    socket.destroy();
  }
}

export interface TestMessage {
  readonly value: string | Buffer | null;
  readonly key?: string;
  /** Without it: by key, else in turn. */
  readonly partition?: number;
  readonly timestampMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Creates a topic. @returns its name, unique unless `name` is given */
export async function createTopic(
  service: KafkaService,
  options: { readonly partitions: number; readonly name?: string; readonly configs?: Readonly<Record<string, string>> },
): Promise<string> {
  const topic = options.name ?? `test-${randomUUID()}`;
  const configEntries = Object.entries(options.configs ?? {}).map(([name, value]) => ({ name, value }));
  const admin = (await kafkaClient(service)).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      topics: [{ topic, numPartitions: options.partitions, replicationFactor: 1, configEntries }],
      waitForLeaders: true,
    });
  } finally {
    await admin.disconnect();
  }
  return topic;
}

const MESSAGES_PER_REQUEST = 5000;

/** Appends messages in order, acknowledged by the broker; one connection for the call. @returns their number */
export async function produce(service: KafkaService, topic: string, messages: Iterable<TestMessage>): Promise<number> {
  const { Partitioners } = await import('kafkajs');
  const producer = (await kafkaClient(service)).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    let sent = 0;
    for (const batch of batches(messages, MESSAGES_PER_REQUEST)) {
      await producer.send({ topic, acks: -1, messages: batch.map(toKafkaMessage) });
      sent += batch.length;
    }
    return sent;
  } finally {
    await producer.disconnect();
  }
}

/** Creates a bucket. @returns its name, unique unless `name` is given */
export async function createBucket(service: S3Service, name: string = `test-${randomUUID()}`): Promise<string> {
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const { endpoint, region, accessKeyId, secretAccessKey } = service;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  } finally {
    client.destroy();
  }
  return name;
}

/** Creates an empty database on the server. @returns its connection string, and how to drop it */
export async function createDatabase(
  service: PostgresService,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await postgresCommand(service, `create database ${name}`);
  const url = new URL(service.url);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => postgresCommand(service, `drop database if exists ${name} with (force)`) };
}

async function postgresCommand(service: PostgresService, sql: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: service.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function kafkaClient(service: KafkaService): Promise<import('kafkajs').Kafka> {
  const { Kafka, logLevel } = await import('kafkajs');
  return new Kafka({ clientId: 'millrace-test', brokers: [...service.brokers], logLevel: logLevel.NOTHING });
}

function toKafkaMessage({ timestampMs, ...message }: TestMessage): import('kafkajs').Message {
  return timestampMs === undefined ? message : { ...message, timestamp: String(timestampMs) };
}

function* batches<T>(values: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const value of values) {
    batch.push(value);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
