import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KafkaSource } from '../../../src/streams/kafka-source.js';
import { numbered, Reader, until } from './source-suite.js';

/** `host:port of SASL_PLAINTEXT,host:port of SSL,certificate`, as test/services/kafka.sh makes them with KAFKA_SECURE_PORT. */
const [sasl = '', ssl = '', certificate = ''] = (process.env['MILLRACE_TEST_KAFKA_SECURE'] ?? '').split(',');
const login = (name: string, password = 'reader'): string =>
  `org.apache.kafka.common.security.${name} required username="reader" password="${password}";`;

describe.skipIf(sasl === '')('Kafka that asks who reads, and that encrypts', () => {
  const topic = `secure-${randomUUID()}`;
  const kafka = new kafkajs.Kafka({
    brokers: [sasl],
    sasl: { mechanism: 'plain', username: 'reader', password: 'reader' },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const [admin, producer] = [kafka.admin(), kafka.producer()];

  beforeAll(async () => {
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
    await producer.send({ topic, messages: numbered(0, 20).map((value) => ({ value })) });
  });
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));

  const open = (consumerProperties: Readonly<Record<string, unknown>>): KafkaSource =>
    new KafkaSource({ stream: { topic }, consumerProperties, log: () => {} });
  const readAll = async (properties: Readonly<Record<string, unknown>>): Promise<void> => {
    const reader = await new Reader(open(properties)).start({ 0: 0 });
    await until(() => reader.values.length === 20, 'all is read');
    await reader.source.stop();
    expect(reader.values).toEqual(numbered(0, 20));
  };
  const byPassword = (mechanism: string, jaas: string) => ({
    'bootstrap.servers': sasl,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': jaas,
  });
  const encrypted = { 'bootstrap.servers': ssl, 'security.protocol': 'SSL' };

  test('PLAIN', () => readAll(byPassword('PLAIN', login('plain.PlainLoginModule'))));

  test('SCRAM-SHA-256', () => readAll(byPassword('SCRAM-SHA-256', login('scram.ScramLoginModule'))));

  test('SSL, by a certificate that the spec trusts', () =>
    readAll({
      ...encrypted,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': readFileSync(certificate, 'utf8'),
    }));

  test('a wrong password and a certificate that nobody vouches for are errors', async () => {
    const refused = open(byPassword('PLAIN', login('plain.PlainLoginModule', 'wrong')));
    await expect(refused.bounds()).rejects.toThrow(/Authentication failed|SASL/);
    await refused.stop();
    const unknown = open(encrypted);
    await expect(unknown.bounds()).rejects.toThrow(/certificate/);
    await unknown.stop();
  });
});
