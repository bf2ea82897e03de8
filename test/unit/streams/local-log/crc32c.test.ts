import { expect, test } from 'vitest';
import { crc32c } from '../../../../src/streams/local-log/crc32c.js';

// RFC 3720, appendix B.4
test.each([
  ['32 zero bytes', new Uint8Array(32), 0x8a91_36aa],
  ['32 bytes of ones', new Uint8Array(32).fill(255), 0x62a8_ab43],
  ['32 ascending bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd_794e],
  ['"123456789"', Buffer.from('123456789'), 0xe306_9283],
])('CRC-32C of %s', (_, bytes, expected) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(expected);
});
