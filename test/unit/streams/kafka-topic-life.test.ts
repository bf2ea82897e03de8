import { expect, test } from 'vitest';
import { KafkaTopicLife } from '../../../src/streams/kafka-topic-life.js';

function setUp(): { life: KafkaTopicLife; clock: { nowMs: number }; topic: { id: string | undefined; asked: number } } {
  const clock = { nowMs: 1_000 };
  const topic = { id: 'one' as string | undefined, asked: 0 };
  const idOf = async (): Promise<string | undefined> => {
    topic.asked++;
    return topic.id;
  };
  return { life: new KafkaTopicLife(idOf, { monotonicMs: () => clock.nowMs }), clock, topic };
}

test('a topic is asked for its id at most every 50 ms, unless it is doubted', async () => {
  const { life, clock, topic } = setUp();
  expect(await life.id).toBe('one');
  for (let i = 0; i < 10; i++) expect(await life.changed()).toBeUndefined();
  expect(topic.asked).toBe(1);
  clock.nowMs += 60;
  await Promise.all([life.changed(), life.changed()]);
  expect(topic.asked).toBe(2);
  life.doubt();
  await life.changed();
  expect(topic.asked).toBe(3);
});

test('another id than the first one is told every time', async () => {
  const { life, topic } = setUp();
  await life.id;
  topic.id = 'two';
  life.doubt();
  expect(await life.changed()).toBe('two');
  life.doubt();
  expect(await life.changed()).toBe('two');
});

test('brokers without ids never say that a topic is another', async () => {
  const { life, topic } = setUp();
  topic.id = undefined;
  life.doubt();
  expect(await life.changed()).toBeUndefined();
});
