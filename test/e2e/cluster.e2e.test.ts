import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { expect, test } from 'vitest';
import { EventOracle } from '../support/event-oracle.js';
import { checkExact } from '../support/exact-queries.js';
import { eventually, freePort, MillraceProcess, sleep } from '../support/millrace-process.js';
import { createBucket, createDatabase, createTopic, requireService } from '../support/services.js';

const budget = Number(process.env['CI_BUDGET'] ?? 1);
const DATA_SOURCE = 'edits';
const PARTITIONS = 3;

const kafka = await requireService('kafka');
const s3 = await requireService('s3');
const postgres = await requireService('postgres');

interface Cluster {
  /** A process of its own on the shared services, not started. */
  node(name: string, roles: string): Promise<MillraceProcess>;
  readonly producer: Producer;
  readonly topic: string;
  readonly brokers: readonly string[];
}

/** A test with a topic, a bucket and a database of its own; tells the logs of all nodes when it fails. */
function clusterTest(name: string, run: (cluster: Cluster) => Promise<void>): void {
  const isReady = kafka.available && s3.available && postgres.available;
  test.skipIf(!isReady)(
    name,
    async () => {
      if (!kafka.available || !s3.available || !postgres.available) return;
      const directory = await mkdtemp(join(tmpdir(), 'millrace-cluster-'));
      const topic = await createTopic(kafka, { partitions: PARTITIONS });
      const bucket = await createBucket(s3);
      const { url: database } = await createDatabase(postgres);
      const shared = ['--metadata', database, '--deep-storage', `s3://${bucket}/millrace`];
      const nodes: MillraceProcess[] = [];
      const node = async (id: string, roles: string): Promise<MillraceProcess> => {
        const args = ['--data-dir', join(directory, id), '--roles', roles, ...shared];
        const made = new MillraceProcess({ port: await freePort(), args, env: s3.env });
        nodes.push(made);
        return made;
      };
      const producer = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).producer();
      try {
        await producer.connect();
        await run({ node, producer, topic, brokers: kafka.brokers });
      } catch (error) {
        for (const each of nodes) console.error(`---- port ${each.port}\n${each.log.slice(-3000)}`);
        throw error;
      } finally {
        await producer.disconnect();
        await Promise.all(nodes.map((each) => each.kill()));
        await rm(directory, { recursive: true, force: true });
      }
    },
    600_000,
  );
}

clusterTest(
  'a cluster on Kafka, S3 and PostgreSQL answers exactly at its state through kill -9 of a historical and of the indexer',
  async ({ node, producer, topic, brokers }) => {
    const broker = await node('broker', 'broker,coordinator');
    const historicalA = await node('historical-a', 'historical');
    const historicalB = await node('historical-b', 'historical');
    const indexer = await node('indexer', 'indexer');
    await broker.start();
    await Promise.all([historicalA.start(), historicalB.start(), indexer.start()]);
    const created = await broker.post('/druid/indexer/v1/supervisor', supervisorSpec(topic, brokers));
    expect(created.status, created.text).toBe(200);

    const oracle = new EventOracle(7);
    const writer = new Writer(producer, topic, oracle);
    let lastCount = 0;
    const steadily = async (ms: number): Promise<void> => {
      const endAtMs = Date.now() + ms * budget;
      while (Date.now() < endAtMs) {
        await writer.write(300);
        const state = await checkExact(broker, DATA_SOURCE, oracle);
        if (state === undefined) continue;
        expect(state.count).toBeGreaterThanOrEqual(lastCount);
        lastCount = state.count;
      }
    };

    await steadily(14_000);
    expect(lastCount).toBeGreaterThan(0);
    await published(broker);

    await historicalA.kill();
    await steadily(5_000);

    await indexer.kill();
    // The vector may fall back to the committed one: every answer is exact at its state, or an error.
    lastCount = 0;
    await writer.write(300);
    await checkExact(broker, DATA_SOURCE, oracle);
    await Promise.all([indexer.start(), historicalA.start()]);
    await eventually(async () => {
      const state = await checkExact(broker, DATA_SOURCE, oracle);
      return state && JSON.stringify(sorted(state.vector)) === JSON.stringify(sorted(oracle.end)) ? state : undefined;
    }, 200);
    await steadily(6_000);
  },
);

clusterTest(
  'rows that are published while no historical is there are answered by their indexer, and by a historical once it has them',
  async ({ node, producer, topic, brokers }) => {
    const broker = await node('broker', 'broker,coordinator');
    const historical = await node('historical', 'historical');
    const indexer = await node('indexer', 'indexer');
    await Promise.all([broker.start(), indexer.start()]);
    const created = await broker.post('/druid/indexer/v1/supervisor', supervisorSpec(topic, brokers));
    expect(created.status, created.text).toBe(200);
    const oracle = new EventOracle(11);
    const writer = new Writer(producer, topic, oracle);
    for (let i = 0; i < PARTITIONS; i++) await writer.write(300);
    const all = oracle.at(oracle.end).count;
    const whole = async (): Promise<true | undefined> =>
      (await checkExact(broker, DATA_SOURCE, oracle))?.count === all || undefined;
    await eventually(whole, 200);
    await published(broker);
    for (let i = 0; i < 5; i++) expect((await checkExact(broker, DATA_SOURCE, oracle))?.count).toBe(all);

    await historical.start();
    await eventually(async () => {
      expect((await checkExact(broker, DATA_SOURCE, oracle))?.count).toBe(all);
      const answer = await broker.get(`/druid/coordinator/v1/loadstatus?simple`);
      return (JSON.parse(answer.text) as Record<string, number>)[DATA_SOURCE] === 0 ? true : undefined;
    }, 200);
    // The indexer has let go of them, or will: nobody needs it any more.
    await indexer.stop();
    await eventually(whole, 200);
  },
);

/** Writes batches to all partitions in turn and tells the oracle the offsets that Kafka gave them. */
class Writer {
  readonly #producer: Producer;
  readonly #topic: string;
  readonly #oracle: EventOracle;
  #partition = 0;

  constructor(producer: Producer, topic: string, oracle: EventOracle) {
    this.#producer = producer;
    this.#topic = topic;
    this.#oracle = oracle;
  }

  async write(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => this.#oracle.next());
    const partition = this.#partition++ % PARTITIONS;
    const [sent] = await this.#producer.send({
      topic: this.#topic,
      messages: records.map((record) => ({ value: record.text, partition })),
    });
    this.#oracle.written(
      String(partition),
      Number(sent?.baseOffset),
      records.map((record) => record.event),
    );
  }
}

async function published(broker: MillraceProcess): Promise<void> {
  await eventually(async () => {
    const answer = await broker.get(`/druid/coordinator/v1/metadata/datasources/${DATA_SOURCE}/segments`);
    return answer.status === 200 && (JSON.parse(answer.text) as unknown[]).length > 0 ? true : undefined;
  });
  await sleep(500);
}

function sorted(vector: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(vector).sort(([a], [b]) => (a < b ? -1 : 1));
}

function supervisorSpec(topic: string, brokers: readonly string[]): unknown {
  return {
    type: 'kafka',
    spec: {
      dataSchema: {
        dataSource: DATA_SOURCE,
        timestampSpec: { column: 'time', format: 'iso' },
        dimensionsSpec: { dimensions: ['page', { type: 'long', name: 'added' }] },
        granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
      },
      ioConfig: {
        type: 'kafka',
        topic,
        consumerProperties: { 'bootstrap.servers': brokers.join(',') },
        inputFormat: { type: 'json' },
        useEarliestOffset: true,
        taskDuration: 'PT4S',
      },
      tuningConfig: { type: 'kafka' },
    },
  };
}
