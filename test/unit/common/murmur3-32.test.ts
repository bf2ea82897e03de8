import { expect, test } from 'vitest';
import { murmur3Hash32 } from '../../../src/common/murmur3-32.js';

test.each([
  ['', 0],
  ['a', 0x3c2569b2],
  ['hello', 0x248bfa47],
  ['hello, world', 0x149bbb7f],
  ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
])('the hash of [%s] is that of the reference implementation', (text, hash) => {
  expect(murmur3Hash32(Buffer.from(text)) >>> 0).toBe(hash);
});
