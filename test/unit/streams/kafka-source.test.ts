import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireService } from '../../support/services.js';
import { registerKafkaCodecs } from '../../../src/streams/kafka-codecs.js';
import { KafkaSource } from '../../../src/streams/kafka-source.js';
import { describeSource, numbered, Reader, until } from './source-suite.js';

const service = await requireService('kafka');
const { CompressionTypes, Kafka, logLevel } = kafkajs;

if (!service.available) {
  test.skip(service.reason, () => {});
} else {
  const brokers = [...service.brokers];
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });

  const open = (topic: string): KafkaSource =>
    new KafkaSource({
      stream: { topic },
      consumerProperties: { 'bootstrap.servers': brokers.join(',') },
      log: () => {},
    });
  const createTopic = async (partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> => {
    const topic = `test-${randomUUID()}`;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, configEntries }] });
    return topic;
  };
  const send = async (topic: string, values: readonly string[], compression = CompressionTypes.None): Promise<void> => {
    await producer.send({ topic, compression, messages: values.map((value) => ({ value, partition: 0 })) });
  };

  const deleteBefore = async (topic: string, offset: number): Promise<void> => {
    // kafkajs finds the leader only of topics that this admin client has asked about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  };

  beforeAll(async () => {
    registerKafkaCodecs(kafkajs);
    await admin.connect();
    await producer.connect();
  });
  afterAll(async () => {
    await producer.disconnect();
    await admin.disconnect();
  });

  describeSource('Kafka', async () => {
    const topic = await createTopic();
    return {
      open: () => open(topic),
      append: (values) => send(topic, values),
      deleteBefore: (offset) => deleteBefore(topic, offset),
      // Topics stay: kafkajs clients go on asking for every topic that they ever met.
      close: async () => {},
    };
  });

  describe('Kafka alone', () => {
    test.each([
      ['gzip', CompressionTypes.GZIP],
      ['snappy', CompressionTypes.Snappy],
      ['lz4', CompressionTypes.LZ4],
      ['zstd', CompressionTypes.ZSTD],
    ])('reads records compressed with %s', async (_, compression) => {
      const topic = await createTopic();
      await send(topic, numbered(0, 1_000), compression);
      const reader = await new Reader(open(topic)).start({ 0: 0 });
      await until(() => reader.values.length === 1_000, 'all rows are read');
      expect(reader.values).toEqual(numbered(0, 1_000));
      await reader.source.stop();
    });

    test('rows of aborted transactions are left out and control records are passed over', async () => {
      const topic = await createTopic();
      const transactional = kafka.producer({ transactionalId: randomUUID(), idempotent: true, maxInFlightRequests: 1 });
      await transactional.connect();
      const reader = await new Reader(open(topic)).start({ 0: 0 });
      for (let i = 0; i < 6; i++) {
        const transaction = await transactional.transaction();
        await transaction.send({ topic, messages: numbered(i * 10, i * 10 + 10).map((value) => ({ value })) });
        await (i % 2 === 0 ? transaction.commit() : transaction.abort());
      }
      await transactional.disconnect();
      // 60 rows and 6 control records: the position reaches the end although the last transaction was aborted.
      await until(() => reader.next.get('0') === 66, 'the end is reached');
      expect(reader.values).toEqual([...numbered(0, 10), ...numbered(20, 30), ...numbered(40, 50)]);
      expect(reader.losses).toEqual([]);
      await reader.source.stop();
    });

    test('rows deleted under a waiting reader are reported, not jumped over', async () => {
      const topic = await createTopic();
      await send(topic, numbered(0, 20));
      const reader = new Reader(open(topic));
      await reader.start({ 0: 0 });
      await until(() => reader.values.length === 20, 'the first rows are read');
      reader.source.pause();
      await send(topic, numbered(20, 60));
      await deleteBefore(topic, 50);
      reader.source.resume();
      await until(() => reader.losses.length === 1, 'the loss is reported');
      expect(reader.losses[0]).toMatchObject({ wanted: 20, bounds: { earliest: 50, latest: 60 } });
      await send(topic, numbered(60, 70));
      expect(reader.values).toEqual(numbered(0, 20));
      await reader.source.stop();
    });

    test('a topic that was recreated shorter is data loss', async () => {
      const topic = `test-${randomUUID()}`;
      for (const rows of [20, 5]) {
        const own = new Kafka({ brokers, logLevel: logLevel.NOTHING });
        const [ownAdmin, ownProducer] = [own.admin(), own.producer()];
        await Promise.all([ownAdmin.connect(), ownProducer.connect()]);
        await ownAdmin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
        await ownProducer.send({ topic, messages: numbered(0, rows).map((value) => ({ value })) });
        if (rows === 20) await deleteTopic(ownAdmin, topic);
        await Promise.all([ownAdmin.disconnect(), ownProducer.disconnect()]);
      }
      const reader = await new Reader(open(topic)).start({ 0: 20 });
      await until(() => reader.losses.length === 1, 'the loss is reported');
      expect(reader.losses[0]).toMatchObject({ wanted: 20, bounds: { earliest: 0, latest: 5 } });
      await reader.source.stop();
    });

    test('only the partitions that it was given are read', async () => {
      const topic = await createTopic(3);
      await producer.send({ topic, messages: [0, 1, 2].map((partition) => ({ partition, value: `p${partition}` })) });
      const reader = await new Reader(open(topic)).start({ 0: 0, 2: 0 });
      await until(() => reader.values.length === 2, 'two rows are read');
      await producer.send({ topic, messages: [0, 1, 2].map((partition) => ({ partition, value: `q${partition}` })) });
      await until(() => reader.values.length === 4, 'four rows are read');
      expect([...reader.values].sort()).toEqual(['p0', 'p2', 'q0', 'q2']);
      await reader.source.stop();
    });
  });
}

async function deleteTopic(admin: kafkajs.Admin, topic: string): Promise<void> {
  await admin.deleteTopics({ topics: [topic] });
  for (let left = true; left; ) left = (await admin.listTopics()).includes(topic);
}
