import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { kafkaLibrary } from '../../../src/streams/kafka-codecs.js';

test('kafkajs as Node imports it lacks the codecs, its default has them', () => {
  const script =
    "import('kafkajs').then((m) => console.log('CompressionCodecs' in m, 'CompressionCodecs' in m.default))";
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout.trim()).toBe('false true');
  const whole = { CompressionCodecs: {} };
  expect(kafkaLibrary({ Kafka: 1, default: whole })).toBe(whole);
  expect(kafkaLibrary(whole)).toBe(whole);
});
