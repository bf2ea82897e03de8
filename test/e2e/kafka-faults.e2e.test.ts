import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { KafkaFeed, range, row, rows, type StreamStatus } from '../support/kafka-feed.js';
import { eventually, freePort, MillraceProcess, sleep } from '../support/millrace-process.js';
import { createTopic, type KafkaService, produce, requireService } from '../support/services.js';

const kafka = await requireService('kafka');

if (!kafka.available) {
  test.skip(kafka.reason, () => {});
} else {
  let directory: string;
  let server: MillraceProcess;
  const feeds: KafkaFeed[] = [];

  const open = async (options: Parameters<typeof KafkaFeed.create>[2] = {}): Promise<KafkaFeed> => {
    const feed = await KafkaFeed.create(server, kafka, options);
    feeds.push(feed);
    return feed;
  };
  const inState = (feed: KafkaFeed, state: string): Promise<StreamStatus> =>
    eventually(async () => {
      const status = await feed.status();
      return status.detailedState === state ? status : undefined;
    });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-kafka-'));
    server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
    await server.start();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(server.log.slice(-4000));
    for (const feed of feeds.splice(0)) {
      await feed.command('terminate');
      await feed.close();
    }
  });
  afterAll(async () => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  test('a compacted topic: what compaction left counts once, gaps are no loss', async () => {
    const feed = await open({
      configs: {
        'cleanup.policy': 'compact',
        'segment.ms': '50',
        'min.cleanable.dirty.ratio': '0.01',
        'max.compaction.lag.ms': '100',
        'delete.retention.ms': '0',
      },
    });
    // Each round writes fewer keys: a batch for the first of them, and a batch each for the others.
    const newest = new Map<string, number>();
    let n = 0;
    for (let round = 0; round < 5; round++) {
      const messages = range(round * 8, 40).map((key) => ({ key: `k${key}`, value: row(n++), partition: 0 }));
      messages.forEach(({ key }, i) => newest.set(key, n - messages.length + i));
      await feed.send(messages.slice(0, 20));
      for (const message of messages.slice(20)) await feed.send([message]);
      await sleep(60);
    }
    const deleted = ['k0', 'k9', 'k33'];
    await feed.send(deleted.map((key) => ({ key, value: null, partition: 0 })));
    for (const key of deleted) newest.delete(key);
    await sleep(60);
    // The last segment of a log is never compacted.
    await feed.send([{ key: 'last', value: row(n), partition: 0 }]);
    newest.set('last', n);
    const isCompacted = async (): Promise<boolean> => (await countMessages(feed)) <= newest.size + deleted.length;
    await eventually(async () => ((await isCompacted()) ? true : undefined), 500);

    await feed.supervise();
    const { healthy, recentErrors } = await feed.caughtUp();
    expect({ healthy, recentErrors }).toEqual({ healthy: true, recentErrors: [] });
    expect(await feed.numbers()).toEqual([...newest.values()].sort((a, b) => a - b));
    expect(await feed.deadLetters()).toEqual([]);
  });

  test('aborted transactions: none of their rows is visible, and the lag reaches 0 after the last of them', async () => {
    const feed = await open({ partitions: 2 });
    const producer = feed.kafka.producer({ transactionalId: feed.name, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const transact = async (from: number, to: number, end: 'commit' | 'abort'): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: feed.name, messages: rows(from, to, 0).map(toValue) });
      await transaction.send({ topic: feed.name, messages: rows(from + 1000, to + 1000, 1).map(toValue) });
      await transaction[end]();
    };
    await transact(0, 50, 'abort');
    await transact(50, 100, 'commit');
    await feed.supervise();
    await feed.caughtUp();
    for (let i = 1; i < 6; i++) await transact(i * 100, i * 100 + 100, i % 2 === 0 ? 'commit' : 'abort');
    await feed.caughtUp();
    const committed = [...range(50, 100), ...range(200, 300), ...range(400, 500)];
    expect(await feed.numbers()).toEqual([...committed, ...committed.map((n) => n + 1000)]);
    expect(await feed.metric('millrace_ingest_lag_rows')).toBe(0);
    await producer.disconnect();
  });

  test('partitions that are added while a topic is read are read from their beginning', async () => {
    const feed = await open();
    await feed.send(rows(0, 100));
    await feed.supervise({ ioConfig: { useEarliestOffset: false } });
    await feed.caughtUp();
    await feed.send(rows(100, 200));
    await feed.admin.createPartitions({ topicPartitions: [{ topic: feed.name, count: 3 }] });
    // By a new producer: kafkajs sends nothing to partitions that it does not know.
    await produce(kafka as KafkaService, feed.name, [...rows(1000, 1100, 1), ...rows(2000, 2100, 2)]);
    await feed.send(rows(200, 300));
    const { activeTasks } = await feed.caughtUp();
    expect(activeTasks.flatMap(({ currentOffsets }) => Object.keys(currentOffsets)).sort()).toEqual(['0', '1', '2']);
    expect(await feed.numbers()).toEqual([...range(100, 300), ...range(1000, 1100), ...range(2000, 2100)]);
  });

  test('rows that retention deleted before they were read are DATA_LOSS of their partition until a reset', async () => {
    const feed = await open({ partitions: 2 });
    await feed.send(rows(0, 100));
    await feed.send(rows(1000, 1100, 1));
    await feed.supervise();
    await feed.caughtUp();
    await feed.command('suspend');
    await inState(feed, 'SUSPENDED');
    await feed.send(rows(100, 200));
    await feed.send(rows(1100, 1200, 1));
    await feed.admin.fetchTopicOffsets(feed.name);
    await feed.admin.deleteTopicRecords({ topic: feed.name, partitions: [{ partition: 0, offset: '150' }] });
    await feed.command('resume');

    const { state, healthy, recentErrors } = await inState(feed, 'DATA_LOSS');
    expect({ state, healthy }).toEqual({ state: 'UNHEALTHY_SUPERVISOR', healthy: false });
    expect(recentErrors.map(({ message }) => message).join()).toMatch(
      /DATA_LOSS: stream .* partition \[0\] holds offsets \[150, 200\), not the next one wanted \[100\]: reset the supervisor/,
    );
    expect(await feed.metric('millrace_data_loss')).toBe(1);
    // The other partition goes on, the lost one does not.
    await feed.send(rows(1200, 1300, 1));
    const others = [...range(0, 100), ...range(1000, 1300)];
    await eventually(async () => ((await feed.numbers()).length >= others.length ? true : undefined));
    expect(await feed.numbers()).toEqual(others);
    expect((await feed.status()).detailedState).toBe('DATA_LOSS');

    const reset = await server.post(`/druid/indexer/v1/supervisor/${feed.name}/resetOffsets`, {
      type: 'kafka',
      partitions: { type: 'end', stream: feed.name, partitionOffsetMap: { 0: 150 } },
    });
    expect(reset.status, reset.text).toBe(200);
    await feed.send(rows(200, 250));
    await feed.caughtUp();
    expect(await feed.numbers()).toEqual([...range(0, 100), ...range(150, 250), ...range(1000, 1300)]);
    expect(await feed.metric('millrace_data_loss')).toBe(0);
  });

  for (const [how, recreatedRows] of [
    ['shorter', 40],
    ['longer', 400],
  ] as const) {
    test(`a topic that was deleted and made again ${how} is DATA_LOSS until a reset, which reads all of it`, async () => {
      const feed = await open();
      await feed.send(rows(0, 100));
      await feed.supervise();
      await feed.caughtUp();
      await feed.command('suspend');
      await inState(feed, 'SUSPENDED');
      await recreate(feed);
      await feed.send(rows(5000, 5000 + recreatedRows));
      await feed.command('resume');
      await inState(feed, 'DATA_LOSS');
      expect(await feed.metric('millrace_data_loss')).toBe(1);
      expect(await feed.numbers()).toEqual(range(0, 100));
      await feed.command('reset');
      await feed.caughtUp();
      expect(await feed.numbers()).toEqual([...range(0, 100), ...range(5000, 5000 + recreatedRows)]);
    });
  }

  test('a topic that is deleted and made again while it is read adds none of its rows before a reset', async () => {
    const feed = await open();
    await feed.send(rows(0, 100));
    await feed.supervise();
    await feed.caughtUp();
    await recreate(feed);
    await feed.send(rows(5000, 5400));
    await inState(feed, 'DATA_LOSS');
    expect(await feed.numbers()).toEqual(range(0, 100));
    // A reset forgets what is not published; what was read of the lost topic is published at once.
    await eventually(async () => ((await feed.publishedRows()) === 100 ? true : undefined));
    await feed.command('reset');
    await feed.caughtUp();
    expect(await feed.numbers()).toEqual([...range(0, 100), ...range(5000, 5400)]);
  });

  test('with resetOffsetAutomatically a topic that is made again is read on from its beginning, and what was read before stays', async () => {
    const feed = await open();
    await feed.send(rows(0, 100));
    await feed.supervise({ tuningConfig: { resetOffsetAutomatically: true } });
    await feed.caughtUp();
    await recreate(feed);
    await feed.send(rows(5000, 5400));
    const all = [...range(0, 100), ...range(5000, 5400)];
    await eventually(async () => ((await feed.numbers()).length >= all.length ? true : undefined));
    expect(await feed.numbers()).toEqual(all);
  });

  async function recreate(feed: KafkaFeed): Promise<void> {
    await feed.admin.deleteTopics({ topics: [feed.name] });
    await eventually(async () => {
      const made = await createTopic(kafka as KafkaService, { partitions: 1, name: feed.name }).catch(() => undefined);
      return made;
    });
  }
}

function toValue({ value, partition }: { readonly value: string | Buffer | null; readonly partition?: number }): {
  value: string | Buffer | null;
  partition: number;
} {
  return { value, partition: partition! };
}

/** How many messages partition 0 holds, as another reader sees it. */
async function countMessages(feed: KafkaFeed): Promise<number> {
  const [{ high } = { high: '0' }] = await feed.admin.fetchTopicOffsets(feed.name);
  const consumer = feed.kafka.consumer({ groupId: `${feed.name}-${Math.random()}` });
  let messages = 0;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [feed.name], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ message }) => {
            messages++;
            if (Number(message.offset) === Number(high) - 1) resolve();
          },
        })
        .catch(reject);
    });
    return messages;
  } finally {
    await consumer.disconnect();
  }
}
