/** Twins of assembly/murmur.ts. */
import type { KernelSet } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

export function murmurTwins(memory: TwinMemory): Pick<KernelSet, 'hashUtf8' | 'hashUtf16'> {
  const hashAll = (
    offsets: number,
    bytes: number,
    n: number,
    seed: number,
    out: number,
    form: BufferEncoding,
  ): void => {
    const ends = memory.u32(offsets);
    const hashes = memory.u64(out);
    for (let i = 0; i < n; i++) {
      const text = Buffer.from(memory.u8(bytes).slice(ends[i], ends[i + 1]));
      hashes.set(murmur(form === 'utf8' ? text : Buffer.from(text.toString('utf8'), form), BigInt(seed)), 2 * i);
    }
  };
  return {
    hashUtf8: (offsets, bytes, n, seed, out) => hashAll(offsets, bytes, n, seed, out, 'utf8'),
    hashUtf16: (offsets, bytes, n, seed, _units, out) => hashAll(offsets, bytes, n, seed, out, 'utf16le'),
  };
}

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

/** @source Austin Appleby, smhasher, `MurmurHash3.cpp` (public domain) */
function murmur(bytes: Buffer, seed: bigint): [bigint, bigint] {
  const { length } = bytes;
  const padded = Buffer.alloc(16 * Math.ceil(length / 16));
  bytes.copy(padded);
  const words = Array.from({ length: padded.length / 8 }, (_, i) => padded.readBigUInt64LE(8 * i));
  const wholes = length >> 4;
  let first = seed;
  let second = seed;
  for (let i = 0; i < words.length / 2; i++) {
    first ^= wrap(rotated(wrap(words[2 * i]! * C1), 31n) * C2);
    if (i < wholes) first = wrap((rotated(first, 27n) + second) * 5n + 0x52dce729n);
    second ^= wrap(rotated(wrap(words[2 * i + 1]! * C2), 33n) * C1);
    if (i < wholes) second = wrap((rotated(second, 31n) + first) * 5n + 0x38495ab5n);
  }
  first ^= BigInt(length);
  second ^= BigInt(length);
  first = wrap(first + second);
  second = wrap(second + first);
  first = avalanche(first);
  second = avalanche(second);
  first = wrap(first + second);
  return [first, wrap(second + first)];
}

function avalanche(word: bigint): bigint {
  const once = wrap((word ^ (word >> 33n)) * 0xff51afd7ed558ccdn);
  const twice = wrap((once ^ (once >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return twice ^ (twice >> 33n);
}

function rotated(word: bigint, by: bigint): bigint {
  return wrap(word << by) | (word >> (64n - by));
}

function wrap(word: bigint): bigint {
  return BigInt.asUintN(64, word);
}
