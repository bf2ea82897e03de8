import { describe, expect, it } from 'vitest';
import { HashInput } from '../../../src/sketches/hash-input.js';
import { murmur3, murmur3Long, newHash128 } from '../../../src/sketches/murmur3.js';
import { golden } from './golden.js';

interface Recorded {
  readonly hashes: readonly { readonly text: string; readonly utf8: string; readonly chars: string }[];
  readonly longs: readonly (readonly [string, string])[];
  readonly floats: readonly (readonly [number, string])[];
}

const recorded = golden('hyper-unique') as Recorded;
const hash = newHash128();

function hexOf(input: HashInput, seed = 0): string {
  murmur3(input.bytes, 0, input.length, seed, hash);
  return Buffer.from(hash.buffer).toString('hex');
}

function inputOf(fill: (target: HashInput) => void): HashInput {
  const made = new HashInput();
  fill(made);
  return made;
}

describe('murmur3', () => {
  it.each(recorded.hashes)('hashes UTF-8 and characters of $text as Guava does', ({ text, utf8, chars }) => {
    expect(hexOf(inputOf((i) => i.putUtf8(text)))).toBe(utf8);
    expect(hexOf(inputOf((i) => i.putChars(text)))).toBe(chars);
  });

  it.each(recorded.longs)('hashes the long %s as Guava does', (value, expected) => {
    expect(hexOf(inputOf((i) => i.putLong(BigInt(value))))).toBe(expected);
    const words = new Int32Array(new BigInt64Array([BigInt(value)]).buffer);
    murmur3Long(words[0]!, words[1]!, 0, hash);
    expect(Buffer.from(hash.buffer).toString('hex')).toBe(expected);
  });

  it('takes a long as a number or as a bigint alike', () => {
    for (const value of [0, -1, 2 ** 31, -(2 ** 31) - 1, 1_234_567_890_123, Number.MIN_SAFE_INTEGER]) {
      expect(hexOf(inputOf((i) => i.putLong(value)))).toBe(hexOf(inputOf((i) => i.putLong(BigInt(value)))));
    }
  });

  it.each(recorded.floats)('hashes the float %s as Guava does', (value, expected) => {
    // JSON has no negative zero of its own: the second recorded zero is -0.
    const isNegativeZero = value === 0 && expected.startsWith('85bf');
    expect(hexOf(inputOf((i) => i.putFloat(isNegativeZero ? -0 : value)))).toBe(expected);
  });

  it('hashes from any start offset', () => {
    const source = inputOf((i) => i.putUtf8('xxThe quick brown fox jumps over the lazy dog'));
    murmur3(source.bytes, 2, source.length, 0, hash);
    // Published test vector of MurmurHash3 x64 128 with seed 0.
    expect(Buffer.from(hash.buffer).toString('hex')).toBe('6c1b07bc7bbc4be347939ac4a93c437a');
  });
});

describe('HashInput', () => {
  it('encodes an unpaired surrogate as a question mark, as Java does', () => {
    const encoded = inputOf((i) => i.putUtf8('a\ud800b\udc00\u{1f600}'));
    expect(Buffer.from(encoded.bytes.subarray(0, encoded.length)).toString()).toBe('a?b?\u{1f600}');
  });

  it('grows and keeps what it holds', () => {
    const long = 'ab'.repeat(5000);
    const encoded = inputOf((i) => {
      i.putUtf8(long);
      i.putByte(7);
    });
    expect(Buffer.from(encoded.bytes.subarray(0, encoded.length - 1)).toString()).toBe(long);
    expect(encoded.bytes[encoded.length - 1]).toBe(7);
  });
});
