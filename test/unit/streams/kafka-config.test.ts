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
  expect(client).toMatchObject({ ssl: {}, sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p q' } });
});

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';

test('certificates and keys are taken as PEM text, the password of a key from a provider that holds it', () => {
  const { client, ignored } = kafkaSettings({
    'bootstrap.servers': 'a:9092',
    'security.protocol': 'SSL',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': PEM.replaceAll('\n', '\\n'),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': PEM,
    'ssl.keystore.key': KEY,
    'ssl.key.password': { type: 'default', password: 'secret' },
    'ssl.endpoint.identification.algorithm': '',
    'ssl.enabled.protocols': 'TLSv1.3, TLSv1.2',
  });
  expect(ignored).toEqual([]);
  expect(client.ssl).toMatchObject({ ca: PEM, cert: PEM, key: KEY, passphrase: 'secret', minVersion: 'TLSv1.2' });
  expect((client.ssl as { checkServerIdentity: () => unknown }).checkServerIdentity()).toBeUndefined();
});

test('a dynamic config provider that is a map adds its properties; quotes in a password are unescaped', () => {
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const { client } = kafkaSettings({
    'bootstrap.servers': 'a:9092',
    'security.protocol': 'SASL_PLAINTEXT',
    'druid.dynamic.config.provider': {
      type: 'mapString',
      config: {
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': `${module} required username="u" password="a\\"b\\\\c";`,
      },
    },
  });
  expect(client.sasl).toEqual({ mechanism: 'plain', username: 'u', password: 'a"b\\c' });
});

const JNDI = 'com.sun.security.auth.module.JndiLoginModule required username="u" password="p";';

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
  [
    'a login module that does more than log in',
    {
      'bootstrap.servers': 'a:1',
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': JNDI,
    },
    'UNSUPPORTED',
  ],
  [
    'a provider that reads the environment',
    { 'bootstrap.servers': 'a:1', 'druid.dynamic.config.provider': { type: 'environment', variables: {} } },
    'UNSUPPORTED',
  ],
  ['a truststore in a file', { 'bootstrap.servers': 'a:1', 'ssl.truststore.location': '/etc/passwd' }, 'UNSUPPORTED'],
  [
    'a callback handler',
    {
      'bootstrap.servers': 'a:1',
      'sasl.login.callback.handler.class': 'x',
      'sasl.oauthbearer.token.endpoint.url': 'file:/x',
    },
    'UNSUPPORTED',
  ],
  [
    'a certificate without its key',
    { 'bootstrap.servers': 'a:1', 'ssl.keystore.certificate.chain': PEM },
    'INVALID_INPUT',
  ],
  [
    'a certificate that is a path',
    { 'bootstrap.servers': 'a:1', 'ssl.truststore.certificates': '/k' },
    'INVALID_INPUT',
  ],
  ['a security property that is not met', { 'bootstrap.servers': 'a:1', 'ssl.keystore.location': '/k' }, 'UNSUPPORTED'],
])('%s is refused', (_, properties, category) => {
  expect(() => kafkaSettings(properties)).toThrow(expect.objectContaining({ category }));
});
