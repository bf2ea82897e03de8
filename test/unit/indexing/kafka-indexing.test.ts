import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { requireService } from '../../support/services.js';
import { BASE_MS, Cluster, CountWatch, DATA_SOURCE } from './indexer-fixture.js';

const service = await requireService('kafka');

if (!service.available) {
  test.skip(service.reason, () => {});
} else {
  test('every event of a Kafka topic counts once, through handoffs, a crash and a suspend', async () => {
    const topic = `events-${randomUUID()}`;
    const kafka = new kafkajs.Kafka({ brokers: [...service.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3 }] });
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      const event = (): string => JSON.stringify({ time: BASE_MS + sent, name: 'n', n: sent++ });
      await producer.send({
        topic,
        messages: Array.from({ length: count }, () => ({ key: String(sent), value: event() })),
      });
    };
    const spec = {
      type: 'kafka',
      spec: {
        dataSchema: {
          dataSource: DATA_SOURCE,
          timestampSpec: { column: 'time', format: 'millis' },
          dimensionsSpec: { dimensions: ['name', { type: 'long', name: 'n' }] },
          granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
        },
        ioConfig: {
          topic,
          inputFormat: { type: 'json' },
          useEarliestOffset: true,
          consumerProperties: { 'bootstrap.servers': service.brokers.join(',') },
        },
        tuningConfig: { type: 'kafka', intermediateHandoffPeriod: 'PT1S' },
      },
    };
    const cluster = await Cluster.create();
    try {
      await cluster.startNode('a');
      await cluster.supervise(spec);
      await send(2_000);
      await cluster.countUntil(2_000);
      const watch = new CountWatch(cluster);
      for (let i = 0; i < 10; i++) await send(500);
      await cluster.countUntil(7_000);
      await cluster.crash('a');
      watch.forgive();
      await send(1_000);
      await cluster.startNode('a');
      await cluster.countUntil(8_000);
      await cluster.supervise(spec, true);
      await cluster.until(
        () => cluster.view.segments().reduce((sum, row) => sum + row.numRows, 0) === 8_000,
        'all is published',
      );
      await watch.stop();
      expect(watch.wrong).toEqual([]);
    } finally {
      await cluster.close();
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    }
  });
}
