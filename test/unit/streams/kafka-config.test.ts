import { expect, test } from 'vitest';
import { kafkaSettings } from '../../../src/streams/kafka-config.js';

test('brokers are split and trimmed, the isolation is read_committed', () => {
  const { client, consumer } = kafkaSettings({ 'bootstrap.servers': 'a:9092, b:9092' });
  expect(client.brokers).toEqual(['a:9092', 'b:9092']);
  expect(consumer.readUncommitted).toBe(false);
});

test('SASL over TLS takes user and password from the JAAS line', () => {
  const { client } = kafkaSettings({
    'bootstrap.servers': 'a:9092',
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p q";',
  });
  expect(client).toMatchObject({ ssl: true, sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p q' } });
});

test('properties of the consumer group have no effect', () => {
  const properties = {
    'bootstrap.servers': 'a:1',
    'group.id': 'g',
    'auto.offset.reset': 'latest',
    'max.poll.records': 10,
  };
  expect(kafkaSettings(properties).ignored).toEqual(['group.id', 'auto.offset.reset', 'max.poll.records']);
});

test.each([
  ['no brokers', {}, 'INVALID_INPUT'],
  ['a number that is none', { 'bootstrap.servers': 'a:1', 'fetch.max.bytes': 'many' }, 'INVALID_INPUT'],
  ['an unknown protocol', { 'bootstrap.servers': 'a:1', 'security.protocol': 'TLS' }, 'INVALID_INPUT'],
  ['a security property that is not met', { 'bootstrap.servers': 'a:1', 'ssl.keystore.location': '/k' }, 'UNSUPPORTED'],
])('%s is refused', (_, properties, category) => {
  expect(() => kafkaSettings(properties)).toThrow(expect.objectContaining({ category }));
});
