import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataSketchesHasher, DruidHasher } from '../../../src/sketches/hashers.js';
import type { HllType } from '../../../src/sketches/hll-image.js';
import { HllSketch } from '../../../src/sketches/hll-sketch.js';
import { HllUnion } from '../../../src/sketches/hll-union.js';
import { HyperUnique } from '../../../src/sketches/hyper-unique.js';
import { QuantilesDoublesSketch } from '../../../src/sketches/quantiles-doubles.js';
import { aNotB, intersectTheta } from '../../../src/sketches/theta-set-operations.js';
import { ThetaSketch } from '../../../src/sketches/theta-sketch.js';
import { ThetaUnion } from '../../../src/sketches/theta-union.js';
import { base64, javaRandom } from './golden.js';

const druid = new DruidHasher();
const hasher = new DataSketchesHasher();

/** A run of longs: sketches of overlapping runs share values. */
const run = fc.record({ from: fc.integer({ min: 0, max: 20_000 }), count: fc.nat({ max: 6000 }) });
const runs = fc.array(run, { minLength: 1, maxLength: 5 });
const smallRun = fc.record({ from: fc.integer({ min: 0, max: 300 }), count: fc.nat({ max: 300 }) });
const options = { numRuns: 25 };

interface Run {
  readonly from: number;
  readonly count: number;
}

function hyperUniqueOf({ from, count }: Run): HyperUnique {
  const sketch = new HyperUnique();
  for (let value = from; value < from + count; value++) sketch.add(druid.long(value));
  return sketch;
}

function thetaOf(k: number, { from, count }: Run): ThetaSketch {
  const union = new ThetaUnion(k);
  for (let value = from; value < from + count; value++) union.update(hasher.long(value));
  return union.result();
}

function hllOf(lgK: number, type: HllType, { from, count }: Run): HllSketch {
  const sketch = HllSketch.create(lgK, type);
  for (let value = from; value < from + count; value++) sketch.update(hasher.long(value));
  return sketch;
}

function distinct(all: readonly Run[]): number {
  const values = new Set<number>();
  for (const { from, count } of all) for (let value = from; value < from + count; value++) values.add(value);
  return values.size;
}

describe('hyperUnique', () => {
  const merged = (all: readonly Run[]) => {
    const union = new HyperUnique();
    for (const one of all) union.merge(hyperUniqueOf(one));
    return union;
  };

  it('merges in any order to the same estimate while no register overflows', () => {
    fc.assert(
      fc.property(fc.array(smallRun, { minLength: 1, maxLength: 6 }), (all) => {
        expect(merged(all.toReversed()).estimate()).toBe(merged(all).estimate());
      }),
      options,
    );
  });

  it('reads its own bytes', () => {
    fc.assert(
      fc.property(run, (one) => {
        const bytes = hyperUniqueOf(one).toBytes();
        expect(base64(HyperUnique.fromBytes(bytes).toBytes())).toBe(base64(bytes));
      }),
      options,
    );
  });

  it('errs by less than five standard errors', () => {
    fc.assert(
      fc.property(runs, (all) => {
        const count = distinct(all);
        expect(Math.abs(merged(all).estimate() - count)).toBeLessThanOrEqual(5 * 0.023 * count + 1);
      }),
      options,
    );
  });
});

describe('theta', () => {
  const united = (k: number, all: readonly ThetaSketch[]) => {
    const union = new ThetaUnion(k);
    for (const one of all) union.merge(one);
    return union.result();
  };

  it('unites in any order to the same sketch', () => {
    fc.assert(
      fc.property(runs, fc.constantFrom(16, 256, 16_384), (all, k) => {
        const sketches = all.map((one) => thetaOf(k, one));
        const forth = united(k, sketches);
        const back = united(k, sketches.toReversed());
        expect(back.theta).toBe(forth.theta);
        expect(base64(back.toBytes())).toBe(base64(forth.toBytes()));
      }),
      options,
    );
  });

  it('errs by less than five standard errors', () => {
    fc.assert(
      fc.property(runs, (all) => {
        const union = united(
          1024,
          all.map((one) => thetaOf(1024, one)),
        );
        const count = distinct(all);
        expect(Math.abs(union.estimate() - count)).toBeLessThanOrEqual((5 / Math.sqrt(1023)) * count);
      }),
      options,
    );
  });

  it('splits a sketch into what another has and has not', () => {
    fc.assert(
      fc.property(run, run, fc.constantFrom(64, 16_384), (left, right, k) => {
        const a = thetaOf(k, left);
        const b = thetaOf(k, right);
        const both = intersectTheta([a, b]).hashes.length + aNotB(a, b).hashes.length;
        const theta = a.isEmpty || b.isEmpty ? a.theta : a.theta < b.theta ? a.theta : b.theta;
        expect(both).toBe(a.hashes.filter((hash) => hash < theta).length);
      }),
      options,
    );
  });

  it('reads its own bytes', () => {
    fc.assert(
      fc.property(run, fc.constantFrom(16, 16_384), (one, k) => {
        const bytes = thetaOf(k, one).toBytes();
        expect(base64(ThetaSketch.fromBytes(bytes).toBytes())).toBe(base64(bytes));
      }),
      options,
    );
  });
});

describe('HLL', () => {
  const part = fc.tuple(fc.constantFrom(8, 11, 12), fc.constantFrom<HllType>('HLL_4', 'HLL_6', 'HLL_8'), run);

  it('merges sketches in registers in any order to the same registers', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (parts) => {
        const sketches = parts.map(([lgK, type, { from, count }]) => hllOf(lgK, type, { from, count: count + 2000 }));
        const united = (all: readonly HllSketch[]) => {
          const union = new HllUnion(12);
          for (const one of all) union.merge(one);
          return union.estimate();
        };
        expect(united(sketches.toReversed())).toBe(united(sketches));
      }),
      options,
    );
  });

  it('reads its own bytes and goes on as if it had not been written', () => {
    fc.assert(
      fc.property(part, ([lgK, type, one]) => {
        const sketch = hllOf(lgK, type, one);
        const read = HllSketch.fromBytes(sketch.toBytes());
        for (let value = 0; value < 100; value++) {
          sketch.update(hasher.long(-value));
          read.update(hasher.long(-value));
        }
        expect(read.estimate()).toBe(sketch.estimate());
      }),
      options,
    );
  });

  it('errs by less than five standard errors', () => {
    fc.assert(
      fc.property(run, (one) => {
        const error = Math.abs(hllOf(11, 'HLL_6', one).estimate() - one.count);
        expect(error).toBeLessThanOrEqual((5 * 0.8326 * one.count) / Math.sqrt(2 ** 11) + 1);
      }),
      options,
    );
  });
});

describe('quantiles', () => {
  it('ranks within the published error, after any merges', () => {
    fc.assert(
      fc.property(runs, fc.integer(), (all, seed) => {
        const random = javaRandom(seed);
        const union = QuantilesDoublesSketch.create(128, random);
        const values: number[] = [];
        for (const { from, count } of all) {
          const sketch = QuantilesDoublesSketch.create(128, random);
          for (let i = from; i < from + count; i++) {
            const value = (i * 7919) % 10_007;
            sketch.update(value);
            values.push(value);
          }
          union.merge(QuantilesDoublesSketch.fromBytes(sketch.toBytes(), random));
        }
        expect(union.n).toBe(values.length);
        for (const split of values.length === 0 ? [] : [500, 5000, 9000]) {
          const truth = values.filter((value) => value <= split).length / values.length;
          // 1.7 % at 99 % confidence: three times that is never seen.
          expect(Math.abs(union.rank(split) - truth)).toBeLessThanOrEqual(0.05);
        }
      }),
      options,
    );
  });
});
