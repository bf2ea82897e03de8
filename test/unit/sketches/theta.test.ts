import { describe, expect, it } from 'vitest';
import { DataSketchesHasher } from '../../../src/sketches/hashers.js';
import { aNotB, intersectTheta } from '../../../src/sketches/theta-set-operations.js';
import { ThetaSketch } from '../../../src/sketches/theta-sketch.js';
import { ThetaUnion } from '../../../src/sketches/theta-union.js';
import { base64, fromBase64, golden, type RecordedBytes, sameBytes, wikipediaUsers } from './golden.js';

interface RecordedSketch extends RecordedBytes {
  readonly estimate: number;
  readonly bounds: readonly number[];
}

interface Recorded {
  readonly values: readonly { readonly type: string; readonly value: string; readonly image: string }[];
  readonly sketches: readonly (RecordedSketch & { readonly k: number; readonly n: number })[];
  readonly unions: readonly (RecordedSketch & {
    readonly k: number;
    readonly parts: number;
    readonly size: number;
  })[];
  readonly setOperations: readonly {
    readonly k: number;
    readonly sizeA: number;
    readonly fromB: number;
    readonly sizeB: number;
    readonly intersection: RecordedSketch;
    readonly difference: RecordedSketch;
  }[];
  readonly updatable: string;
  readonly unordered: string;
  readonly ordered: string;
}

const recorded = golden('theta') as Recorded;
const hasher = new DataSketchesHasher();

function ofLongs(k: number, from: number, count: number): ThetaSketch {
  const union = new ThetaUnion(k);
  for (let value = from; value < from + count; value++) union.update(hasher.longWords(value, 0));
  return union.result();
}

function expectRecorded(sketch: ThetaSketch, expected: RecordedSketch): void {
  expect(sketch.estimate()).toBe(expected.estimate);
  const bounds = ([1, 2, 3] as const).flatMap((n) => [sketch.lowerBound(n), sketch.upperBound(n)]);
  expect(bounds).toEqual(expected.bounds);
  expect(sameBytes(sketch.toBytes(), expected)).toBe(true);
  expect(base64(ThetaSketch.fromBytes(sketch.toBytes()).toBytes())).toBe(base64(sketch.toBytes()));
}

describe('theta against DataSketches 4.2', () => {
  it.each(recorded.values)('hashes the $type $value alike', ({ type, value, image }) => {
    const union = new ThetaUnion(4096);
    const hashed =
      type === 'text'
        ? hasher.utf8(value)
        : type === 'long'
          ? hasher.long(BigInt(value))
          : hasher.double(Number(value));
    union.update(hashed!);
    expect(base64(union.toBytes())).toBe(image);
  });

  it.each(recorded.sketches)('gives the same estimate, bounds and bytes for k $k and $n longs', (expected) => {
    expectRecorded(ofLongs(expected.k, 0, expected.n), expected);
  });

  it.each(recorded.unions)('unites $parts sketches of $size longs with k $k alike', (expected) => {
    const union = new ThetaUnion(expected.k);
    for (let part = 0; part < expected.parts; part++) {
      const k = part % 2 === 1 && expected.k > 16 ? expected.k / 2 : expected.k;
      union.merge(ofLongs(k, Math.floor((part * expected.size) / 2), expected.size));
    }
    expectRecorded(union.result(), expected);
  });

  it.each(recorded.setOperations)('intersects and subtracts $sizeA and $sizeB longs with k $k alike', (expected) => {
    const a = ofLongs(expected.k, 0, expected.sizeA);
    const b = ofLongs(expected.k, expected.fromB, expected.sizeB);
    expectRecorded(intersectTheta([a, b]), expected.intersection);
    expectRecorded(aNotB(a, b), expected.difference);
  });

  it('reads updatable and unordered images', () => {
    expect(base64(ThetaSketch.fromBytes(fromBase64(recorded.updatable)).toBytes())).toBe(recorded.ordered);
    expect(base64(ThetaSketch.fromBytes(fromBase64(recorded.unordered)).toBytes())).toBe(recorded.ordered);
  });
});

// Answers recorded from Druid 33 on the wikipedia sample.
describe('theta of the wikipedia users', () => {
  const all = new ThetaUnion(16384);
  const robots = new ThetaUnion(16384);
  for (const { user, isRobot } of wikipediaUsers()) {
    const hash = hasher.utf8(user);
    all.update(hash!);
    if (isRobot) robots.update(hash!);
  }

  it('counts all users and the robots', () => {
    expect(all.estimate()).toBe(10531);
    expect(robots.estimate()).toBe(181);
  });

  it('intersects and subtracts them', () => {
    expect(intersectTheta([all.result(), robots.result()]).estimate()).toBe(181);
    expect(aNotB(all.result(), robots.result()).estimate()).toBe(10350);
  });
});

describe('theta limits', () => {
  it.each([0, 8, 15, 100, 2 ** 27])('refuses %i nominal entries', (k) => {
    expect(() => new ThetaUnion(k)).toThrow(/Nominal entries must be a power of two/);
  });

  it('refuses bytes that are no theta sketch of the default seed', () => {
    const image = fromBase64(recorded.ordered);
    const changed = (at: number, value: number) => {
      const copy = image.slice();
      copy[at] = value;
      return copy;
    };
    expect(() => ThetaSketch.fromBytes(image.subarray(0, 7))).toThrow(/cannot have 7 bytes/);
    expect(() => ThetaSketch.fromBytes(changed(1, 2))).toThrow(/serial version 2/);
    expect(() => ThetaSketch.fromBytes(changed(2, 7))).toThrow(/Not a theta sketch/);
    expect(() => ThetaSketch.fromBytes(changed(6, 0))).toThrow(/another seed/);
    expect(() => ThetaSketch.fromBytes(image.subarray(0, image.length - 8))).toThrow(/cut short/);
  });

  it('reads an image at an odd address', () => {
    const image = fromBase64(recorded.ordered);
    const shifted = new Uint8Array(image.length + 3);
    shifted.set(image, 3);
    expect(base64(ThetaSketch.fromBytes(shifted.subarray(3)).toBytes())).toBe(recorded.ordered);
  });
});
