import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { Randomness } from '../../src/platform/randomness.js';
import type { EventOracle } from '../support/event-oracle.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { createBucket, createDatabase, createTopic, requireService } from '../support/services.js';
import { supervisorSpec } from './supervisor.js';

const PARTITIONS = 4;
const MAX_PARTITIONS = 8;
export const DATA_SOURCE = 'edits';

/** Two indexers, two historicals, a coordinator and a broker, each a process, on Kafka, S3 and PostgreSQL. */
export class ChaosCluster {
  readonly broker: MillraceProcess;
  /** It is being restarted: until it has its routes it answers 404. */
  brokerIsDown = false;
  readonly nodes: ReadonlyMap<string, MillraceProcess>;
  readonly #directory: string;
  readonly #kafka: Kafka;
  #producer: Producer;
  /** One transaction at a time, and none while what became of it could not be told. */
  #writing: Promise<unknown> = Promise.resolve();
  readonly #topic: string;
  readonly #brokers: readonly string[];
  /** Addresses, as the processes have them. */
  readonly metadata: string;
  readonly storage: string;
  #partitions = PARTITIONS;
  #taskCount = 0;

  private constructor(
    directory: string,
    nodes: ReadonlyMap<string, MillraceProcess>,
    kafka: Kafka,
    parts: {
      readonly topic: string;
      readonly brokers: readonly string[];
      readonly metadata: string;
      readonly storage: string;
    },
  ) {
    const { topic, brokers, metadata, storage } = parts;
    this.#directory = directory;
    this.metadata = metadata;
    this.storage = storage;
    this.nodes = nodes;
    this.broker = nodes.get('broker')!;
    this.#kafka = kafka;
    this.#topic = topic;
    this.#brokers = brokers;
    this.#producer = this.#newProducer();
  }

  /** @throws Error when a service is not there */
  static async start(): Promise<ChaosCluster> {
    const [kafka, s3, postgres] = await Promise.all([
      requireService('kafka'),
      requireService('s3'),
      requireService('postgres'),
    ]);
    if (!kafka.available || !s3.available || !postgres.available)
      throw new Error('Kafka, S3 and PostgreSQL are needed');
    const directory = await mkdtemp(join(tmpdir(), 'millrace-chaos-'));
    const topic = await createTopic(kafka, { partitions: PARTITIONS });
    // The test itself looks into the bucket, too.
    Object.assign(process.env, s3.env);
    const storage = `s3://${await createBucket(s3)}/millrace`;
    const { url } = await createDatabase(postgres);
    const nodes = new Map<string, MillraceProcess>();
    for (const name of ['coordinator', 'broker', 'historical-a', 'historical-b', 'indexer-a', 'indexer-b']) {
      const args = ['--data-dir', join(directory, name), '--roles', name.split('-')[0]!, '--threads', '1'];
      const services = ['--metadata', url, '--deep-storage', storage];
      nodes.set(name, new MillraceProcess({ port: await freePort(), args: [...args, ...services], env: s3.env }));
    }
    const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
    const cluster = new ChaosCluster(directory, nodes, client, {
      topic,
      brokers: kafka.brokers,
      metadata: url,
      storage,
    });
    for (const node of nodes.values()) await node.start();
    await cluster.#producer.connect();
    await cluster.rebalance(2);
    return cluster;
  }

  get taskCount(): number {
    return this.#taskCount;
  }

  /** The partitions are read by so many task groups from now on. */
  async rebalance(taskCount: number): Promise<void> {
    const spec = supervisorSpec({ type: 'kafka', topic: this.#topic, brokers: this.#brokers, taskCount });
    const coordinator = this.nodes.get('coordinator')!;
    await eventually(async () => {
      const { status, text } = await coordinator.post('/druid/indexer/v1/supervisor', spec);
      // It was started a moment ago, or its store is.
      if (status === 404 || status === 503) return undefined;
      if (status !== 200) throw new Error(text);
      return true;
    });
    this.#taskCount = taskCount;
  }

  /** A transaction of one batch, to some partition; a part of them is aborted. What is committed is told to the oracle. */
  write(count: number, oracle: EventOracle, random: Randomness): Promise<void> {
    return this.#alone(() => this.#transaction(count, oracle, random));
  }

  /** Does what takes Kafka away, between two transactions. */
  whileNotWriting(work: () => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      await this.#producer.disconnect();
      await work();
      this.#producer = this.#newProducer();
      await this.#producer.connect();
    });
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => {});
    return done;
  }

  #newProducer(): Producer {
    return this.#kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      transactionalId: this.#topic,
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 30, maxRetryTime: 2_000 },
    });
  }

  async #transaction(count: number, oracle: EventOracle, random: Randomness): Promise<void> {
    const partition = Math.floor(random.nextDouble() * this.#partitions);
    const records = Array.from({ length: count }, () => oracle.next());
    const isAborted = random.nextDouble() < 0.1;
    const transaction = await this.#producer.transaction();
    let base: number;
    try {
      const [sent] = await transaction.send({
        topic: this.#topic,
        messages: records.map(({ text }) => ({ value: text, partition })),
      });
      base = Number(sent?.baseOffset);
    } catch (error) {
      await transaction.abort();
      throw error;
    }
    await (isAborted ? transaction.abort() : transaction.commit());
    const events = isAborted ? records.map(() => null) : records.map(({ event }) => event);
    // The marker that ends the transaction has an offset too.
    oracle.written(String(partition), base, [...events, null]);
  }

  async addPartition(): Promise<void> {
    if (this.#partitions >= MAX_PARTITIONS) return;
    const admin = this.#kafka.admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: this.#topic, count: this.#partitions + 1 }] });
    await admin.disconnect();
    this.#partitions++;
  }

  async stop(): Promise<void> {
    await this.#producer.disconnect().catch(() => {});
    await Promise.all([...this.nodes.values()].map((node) => node.kill()));
    await rm(this.#directory, { recursive: true, force: true });
  }
}
