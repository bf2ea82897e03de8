import { expect, test } from 'vitest';
import { freeBytes } from '../../../src/platform/free-buffer.js';

test('bytes with a buffer of their own give its memory back at once', () => {
  const before = process.memoryUsage().arrayBuffers;
  const kept: Uint8Array[] = [];
  for (let i = 0; i < 100; i++) {
    const bytes = new Uint8Array(4 * 2 ** 20).fill(1);
    freeBytes(bytes);
    expect(bytes.length).toBe(0);
    kept.push(bytes);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
});

test('bytes that share their buffer with others stay', () => {
  const all = Uint8Array.of(1, 2, 3, 4);
  freeBytes(all.subarray(1));
  freeBytes(Buffer.from('pooled'));
  freeBytes(new Uint8Array(new SharedArrayBuffer(4)));
  expect([...all]).toEqual([1, 2, 3, 4]);
});
