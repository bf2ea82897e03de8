/** From a topic of Kafka to queryable rows, through the source that indexing threads read: the broker runs elsewhere, its time is not counted. */
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import type { SupervisorSpec } from '../../src/indexing/spec/supervisor-spec.js';
import { KafkaSource } from '../../src/streams/kafka-source.js';
import type { StreamBatch } from '../../src/streams/stream-source.js';
import { checkRows } from './check.js';
import { type Events, valuesOf } from './events.js';
import { Intake } from './intake.js';

const MESSAGES = 5_000;

export class KafkaTopic {
  readonly #topic = `bench-${randomUUID()}`;
  readonly #kafka: kafkajs.Kafka;
  readonly #broker: string;

  constructor(broker: string) {
    this.#broker = broker;
    this.#kafka = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  }

  async fill(events: Events): Promise<void> {
    const [admin, producer] = [this.#kafka.admin(), this.#kafka.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: this.#topic, numPartitions: 1 }] });
    for (let at = 0; at < events.count; at += MESSAGES) {
      const messages = valuesOf(events, at, Math.min(events.count, at + MESSAGES)).map((value) => ({
        key: null,
        value,
      }));
      await producer.send({ topic: this.#topic, messages });
    }
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }

  /** Milliseconds of CPU time of the process, from connecting to the last row; without a spec, of the client alone. */
  async readMillis(events: Events, spec: SupervisorSpec | undefined): Promise<number> {
    const into = spec === undefined ? undefined : new Intake(spec);
    const source = new KafkaSource({
      stream: { topic: this.#topic },
      consumerProperties: { 'bootstrap.servers': this.#broker },
      log: () => undefined,
    });
    const before = process.cpuUsage();
    await new Promise<void>((resolve, reject) => {
      let next = 0;
      const onBatch = (batch: StreamBatch): Promise<void> => {
        try {
          into?.take(batch.records);
        } catch (error) {
          reject(error as Error);
        }
        next += batch.records.length;
        if (next >= events.count) resolve();
        return Promise.resolve();
      };
      source
        .start(new Map([['0', 0]]), {
          onBatch,
          onDataLoss: () => reject(new Error('The topic lost events')),
          onOtherStream: () => reject(new Error('The topic was made again')),
          onTrouble: () => undefined,
        })
        .catch(reject);
    });
    const { user, system } = process.cpuUsage(before);
    await source.stop();
    if (into !== undefined) checkRows(events, into.view());
    return (user + system) / 1000;
  }

  async drop(): Promise<void> {
    const admin = this.#kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [this.#topic] });
    await admin.disconnect();
  }
}
