/** Array-of-doubles sketches against images and answers recorded from datasketches-java (golden/README.md). */
import { describe, expect, it } from 'vitest';
import { DataSketchesHasher } from '../../../src/sketches/hashers.js';
import { tupleText } from '../../../src/sketches/sketch-texts.js';
import { intersectTuples, tupleANotB } from '../../../src/sketches/tuple-set-operations.js';
import { TupleSketch } from '../../../src/sketches/tuple-sketch.js';
import { TupleUnion } from '../../../src/sketches/tuple-union.js';
import { base64, fromBase64, golden } from './golden.js';

interface Recorded {
  readonly count: number;
  readonly estimate: number;
  readonly bounds: readonly number[];
  readonly sums: readonly number[];
  readonly text: string;
  readonly image?: string;
}
type Entry = Readonly<Record<'k' | 'n', number>> & Readonly<Record<'a' | 'union' | 'intersection' | 'not', Recorded>>;

const hasher = new DataSketchesHasher();

function accumulated(k: number, from: number, to: number): TupleSketch {
  const union = new TupleUnion(k, 2);
  for (let i = from; i < to; i++) {
    union.update(hasher.utf8(`key${i}`)!, [i, 0.5]);
    if (i % 3 === 0) union.update(hasher.utf8(`key${i}`)!, [1, 1]);
  }
  return union.result();
}

function expectRecorded(sketch: TupleSketch, recorded: Recorded): void {
  expect(sketch.count).toBe(recorded.count);
  expect(sketch.estimate()).toBe(recorded.estimate);
  expect([sketch.lowerBound(2), sketch.upperBound(2)]).toEqual(recorded.bounds);
  [0, 1].forEach((index) => {
    expect(sketch.column(index).reduce((sum, value) => sum + value, 0)).toBeCloseTo(recorded.sums[index]!, 6);
  });
  expect(tupleText(sketch, false)).toBe(recorded.text);
  if (recorded.image !== undefined) expect(base64(sketch.toBytes())).toBe(recorded.image);
}

describe.each(golden('tuple') as readonly Entry[])('array of doubles sketches of $n keys with k $k', (entry) => {
  const { k, n } = entry;
  const a = accumulated(k, 0, n);
  const b = accumulated(k, Math.floor(n / 2), Math.floor(n / 2) + n);

  it('takes keys and adds up their numbers as the library does', () => expectRecorded(a, entry.a));

  it('unites', () => {
    const union = new TupleUnion(k, 2);
    union.merge(a);
    union.merge(b);
    expectRecorded(union.result(), entry.union);
  });

  it('intersects', () => expectRecorded(intersectTuples([a, b]), entry.intersection));

  it('subtracts', () => expectRecorded(tupleANotB(a, b), entry.not));

  it('reads what it wrote', () => {
    const read = TupleSketch.fromBytes(a.toBytes());
    expect(base64(read.toBytes())).toBe(base64(a.toBytes()));
    if (entry.a.image !== undefined)
      expect(base64(TupleSketch.fromBytes(fromBase64(entry.a.image)).toBytes())).toBe(entry.a.image);
  });
});
