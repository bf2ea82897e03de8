import { expect, test } from 'vitest';
import { zero } from '../../../src/memory/zero.js';

test.each([0, 1, 7, 8, 9, 16, 61])('%i bytes of shared memory are zeroed, and none beside them', (length) => {
  const all = new Uint8Array(new SharedArrayBuffer(96)).fill(7);
  const bytes = all.subarray(16, 16 + length);
  expect(zero(bytes)).toBe(bytes);
  expect([...bytes]).toEqual(Array.from({ length }, () => 0));
  expect([...all.subarray(0, 16), ...all.subarray(16 + length)].every((byte) => byte === 7)).toBe(true);
});
