import { describe, expect, it } from 'vitest';
import { putCardinalityFieldEnd, putCardinalityStrings } from '../../../src/sketches/cardinality-row.js';
import { HashInput } from '../../../src/sketches/hash-input.js';
import {
  addHyperUniqueCoupon,
  estimateHyperUniqueImage,
  finalHyperUniqueEstimate,
  HYPER_UNIQUE_STATE_BYTES,
  HyperUnique,
  hyperUniqueCoupon,
  initHyperUnique,
  estimateHyperUnique,
} from '../../../src/sketches/hyper-unique.js';
import { murmur3, murmur3Long, newHash128 } from '../../../src/sketches/murmur3.js';
import { base64, fromBase64, golden, wikipediaUsers } from './golden.js';

interface Recorded {
  readonly sketches: readonly { readonly n: number; readonly estimate: number; readonly image: string }[];
  readonly merges: readonly {
    readonly parts: number;
    readonly size: number;
    readonly estimate: number;
    readonly image: string;
  }[];
  readonly emptyText: string;
  readonly threshold: readonly { readonly n: number; readonly image: string }[];
  readonly sparse: readonly { readonly image: string; readonly dense: number; readonly estimate: number }[];
}

const recorded = golden('hyper-unique') as Recorded;
/** Distinct values of the multi-value column behind the recorded answer. */
const MVD_TAGS = ['t3', 'a,b', '', 'T1', '日', 't2', 't1', 't4'];
const hash = newHash128();
const input = new HashInput();

function addLongs(sketch: HyperUnique, from: number, count: number): void {
  for (let value = from; value < from + count; value++) {
    murmur3Long(value, 0, 0, hash);
    sketch.add(hash);
  }
}

function addInput(sketch: HyperUnique, fill: () => void): void {
  input.reset();
  fill();
  murmur3(input.bytes, 0, input.length, 0, hash);
  sketch.add(hash);
}

describe('hyperUnique against Druid 33', () => {
  it.each(recorded.sketches)('gives the same bytes and the same double for $n longs', ({ n, estimate, image }) => {
    const sketch = new HyperUnique();
    addLongs(sketch, 0, n);
    expect(base64(sketch.toBytes())).toBe(image);
    expect(sketch.estimate()).toBe(estimate);
    expect(estimateHyperUniqueImage(fromBase64(image))).toBe(estimate);
  });

  it.each(recorded.merges)('folds $parts parts of up to $size longs to the same sketch', (recordedMerge) => {
    const merged = new HyperUnique();
    for (let part = 0; part < recordedMerge.parts; part++) {
      const sketch = new HyperUnique();
      addLongs(sketch, part * recordedMerge.size, Math.floor(recordedMerge.size / (part + 1)));
      merged.merge(HyperUnique.fromBytes(sketch.toBytes()));
    }
    expect(base64(merged.toBytes())).toBe(base64(versionOne(recordedMerge.image)));
    expect(merged.estimate()).toBe(recordedMerge.estimate);
  });

  it.each(recorded.sparse)('estimates the sparse image $image as Druid does', ({ image, estimate, dense }) => {
    const bytes = fromBase64(image);
    expect(estimateHyperUniqueImage(bytes)).toBe(estimate);
    const sketch = HyperUnique.fromBytes(bytes);
    expect(sketch.estimate()).toBe(dense);
    expect(base64(sketch.toBytes())).toBe(image);
  });

  it('remembers the empty text, whose hash is all zeros, as Druid does', () => {
    const sketch = new HyperUnique();
    addInput(sketch, () => input.putChars(''));
    expect(base64(sketch.toBytes())).toBe(recorded.emptyText);
  });

  it.each(recorded.threshold)('writes $n used registers as Druid does', ({ n, image }) => {
    const sketch = new HyperUnique();
    for (let i = 0; i < n; i++) addHyperUniqueCoupon(sketch.state, 0, ((1 + (i % 9)) << 11) | (i * 3));
    expect(base64(sketch.toBytes())).toBe(image);
  });

  // Answers recorded from Druid 33 on the wikipedia sample.
  it('counts users by value as the cardinality aggregator does', () => {
    const sketch = new HyperUnique();
    for (const { user } of wikipediaUsers()) addInput(sketch, () => input.putChars(user));
    expect(sketch.estimate()).toBe(10729.97904463612);
  });

  it('counts rows of user and channel as the cardinality aggregator does', () => {
    const sketch = new HyperUnique();
    for (const { user, channel } of wikipediaUsers()) {
      addInput(sketch, () => {
        putCardinalityStrings(input, [user]);
        putCardinalityFieldEnd(input);
        putCardinalityStrings(input, [channel]);
      });
    }
    expect(sketch.estimate()).toBe(10599.644584418393);
  });

  it('counts users as the hyperUnique metric does', () => {
    const sketch = new HyperUnique();
    for (const { user } of wikipediaUsers()) addInput(sketch, () => input.putUtf8(user));
    expect(sketch.estimate()).toBe(10690.734123883969);
  });

  it('answers for a few values with an empty string among them as recorded', () => {
    const tags = new HyperUnique();
    for (const tag of MVD_TAGS) addInput(tags, () => input.putChars(tag));
    expect(finalHyperUniqueEstimate(tags.state, 0)).toBe(7.011990219885757);
  });
});

describe('a shared buffer of sketches', () => {
  it('keeps its sketches apart', () => {
    const state = new Uint8Array(3 * HYPER_UNIQUE_STATE_BYTES).fill(0xff);
    for (let i = 0; i < 3; i++) initHyperUnique(state, i * HYPER_UNIQUE_STATE_BYTES);
    const alone = new HyperUnique();
    for (let value = 0; value < 3000; value++) {
      murmur3Long(value, 0, 0, hash);
      addHyperUniqueCoupon(state, HYPER_UNIQUE_STATE_BYTES, hyperUniqueCoupon(hash));
      alone.add(hash);
    }
    expect(estimateHyperUnique(state, 0)).toBe(0);
    expect(estimateHyperUnique(state, HYPER_UNIQUE_STATE_BYTES)).toBe(alone.estimate());
    expect(estimateHyperUnique(state, 2 * HYPER_UNIQUE_STATE_BYTES)).toBe(0);
  });
});

describe('damaged images', () => {
  it('reads no bytes as an empty sketch', () => {
    expect(HyperUnique.fromBytes(new Uint8Array(0)).estimate()).toBe(0);
  });

  it.each([3, 6, 8, 1030, 1034])('refuses %i bytes of noise', (length) => {
    expect(() => HyperUnique.fromBytes(new Uint8Array(length).fill(0xff))).toThrow(/hyperUnique sketch/);
  });
});

describe('putCardinalityStrings', () => {
  function bytesOf(values: readonly (string | null)[]): string {
    input.reset();
    putCardinalityStrings(input, values);
    return Buffer.from(input.bytes.subarray(0, input.length)).toString('utf16le');
  }

  it('sorts several values, so their order does not matter', () => {
    expect(bytesOf(['b', 'a'])).toBe('a\u0001b');
    expect(bytesOf(['a', null])).toBe('\u0000\u0001a');
  });

  it('puts nothing for no values or only nulls', () => {
    expect(bytesOf([])).toBe('');
    expect(bytesOf([null])).toBe('');
    expect(bytesOf([null, null])).toBe('');
  });
});

/** Druid zeroes the version byte when a sparse sketch with a shared register byte becomes dense; nothing reads it. */
function versionOne(image: string): Uint8Array {
  const bytes = fromBase64(image);
  bytes[0] = 1;
  return bytes;
}
