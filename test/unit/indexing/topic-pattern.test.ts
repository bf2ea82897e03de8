import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { requireService } from '../../support/services.js';
import { BASE_MS, Cluster, DATA_SOURCE } from './indexer-fixture.js';

const service = await requireService('kafka');

if (!service.available) {
  test.skip(service.reason, () => {});
} else {
  test('a supervisor of a pattern reads all topics that match, also those that come later, and no other', async () => {
    const prefix = `shop-${randomUUID()}`;
    const kafka = new kafkajs.Kafka({ brokers: [...service.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    const create = (topic: string, numPartitions: number) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions }] });
    let sent = 0;
    const send = async (topic: string, count: number): Promise<void> => {
      const messages = Array.from({ length: count }, () => {
        const n = sent++;
        return { key: String(n), value: JSON.stringify({ time: BASE_MS + n, name: topic, n }) };
      });
      await producer.send({ topic, messages });
    };
    const supervisor = (change: object): object => ({
      type: 'kafka',
      spec: {
        dataSchema: {
          dataSource: DATA_SOURCE,
          timestampSpec: { column: 'time', format: 'millis' },
          dimensionsSpec: { dimensions: ['name', { type: 'long', name: 'n' }] },
          granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
        },
        ioConfig: {
          topicPattern: `${prefix}\\.(eu|us)`,
          inputFormat: { type: 'json' },
          useEarliestOffset: true,
          taskCount: 2,
          consumerProperties: { 'bootstrap.servers': service.brokers.join(',') },
          ...change,
        },
      },
    });
    await create(`${prefix}.eu`, 2);
    await create(`${prefix}.asia`, 1);
    await send(`${prefix}.eu`, 100);
    await send(`${prefix}.asia`, 7);
    const cluster = await Cluster.create();
    try {
      await cluster.startNode('a');
      await cluster.supervise(supervisor({}));
      await cluster.countUntil(100);
      await create(`${prefix}.us`, 1);
      await send(`${prefix}.us`, 50);
      const counted = await cluster.countUntil(150);
      expect(Object.keys(counted.to).sort()).toEqual([`${prefix}.eu:0`, `${prefix}.eu:1`, `${prefix}.us:0`]);
      await cluster.crash('a');
      await send(`${prefix}.us`, 5);
      await cluster.startNode('a');
      await cluster.countUntil(155);
      // Another number of tasks shares the partitions out anew.
      await cluster.supervise(supervisor({ taskCount: 3 }));
      await send(`${prefix}.eu`, 5);
      await cluster.countUntil(160);
    } finally {
      await cluster.close();
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    }
  }, 90_000);
}
