import { describe, expect, it } from 'vitest';
import { decodeBuffer, encodeBuffer } from '../../../../src/segments/codec/buffer-codec.js';
import { RunningXxhash64, formatChecksum, xxhash64 } from '../../../../src/segments/codec/checksum.js';

describe('stored buffers', () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => (Math.sin(i + 1) * 1e6) & 255);
  const repeats = Uint8Array.from({ length: 5000 }, (_, i) => i % 10);

  it.each(['zstd', 'lz4'] as const)('are compressed by %s only where that saves an eighth', async (codec) => {
    expect((await encodeBuffer(repeats, codec)).length).toBeLessThan(200);
    expect((await encodeBuffer(repeats, 'none')).length).toBe(5008);
    expect((await encodeBuffer(noise, codec)).length).toBe(5008);
    for (const raw of [repeats, noise]) {
      expect(Buffer.from(decodeBuffer(await encodeBuffer(raw, codec), 5000)!)).toEqual(Buffer.from(raw));
    }
  });

  it.each(['zstd', 'lz4'] as const)('take shared memory (%s)', async (codec) => {
    const shared = new Uint8Array(new SharedArrayBuffer(5000));
    shared.set(repeats);
    const stored = await encodeBuffer(shared, codec);
    const sharedStored = new Uint8Array(new SharedArrayBuffer(stored.length));
    sharedStored.set(stored);
    expect(Buffer.from(decodeBuffer(sharedStored, 5000)!)).toEqual(Buffer.from(repeats));
  });

  it.each(['zstd', 'lz4'] as const)('of another length than stated are refused (%s)', async (codec) => {
    for (const raw of [repeats, noise]) expect(decodeBuffer(await encodeBuffer(raw, codec), 4999)).toBeUndefined();
    expect(decodeBuffer(new Uint8Array(0), 1)).toBeUndefined();
    expect(decodeBuffer(new Uint8Array(4), 4)).toBeUndefined();
  });
});

describe('checksums', () => {
  it('are xxHash64 with seed 0', () => {
    expect(formatChecksum(xxhash64(new Uint8Array(0)))).toBe('ef46db3751d8e999');
    expect(formatChecksum(xxhash64(Buffer.from('abc')))).toBe('44bc2cf5ad770999');
  });

  it('do not depend on how the bytes are divided', () => {
    const bytes = Uint8Array.from({ length: 3_000_001 }, (_, i) => i * 7);
    const running = new RunningXxhash64();
    for (let at = 0; at < bytes.length; at += 777_777) running.update(bytes.subarray(at, at + 777_777));
    expect(running.digest()).toBe(xxhash64(bytes));
    expect(xxhash64(bytes.subarray(1))).not.toBe(xxhash64(bytes));
  });
});
