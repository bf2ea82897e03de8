/**
 * MurmurHash3 for 32 bits with seed 0, as a signed integer: what Druid partitions rows by.
 * @source Guava `Hashing.murmur3_32`
 */
export function murmur3Hash32(bytes: Uint8Array): number {
  const words = bytes.length >> 2;
  let hash = 0;
  for (let i = 0; i < words; i++) {
    const at = i * 4;
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= scrambled(word);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let rest = 0;
  for (let i = bytes.length - 1; i >= words * 4; i--) rest = (rest << 8) | bytes[i]!;
  if (bytes.length % 4 !== 0) hash ^= scrambled(rest);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scrambled(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
