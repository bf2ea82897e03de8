import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../../src/expressions/compile.js';
import { ExprArray, ExprComplex, type ExprValue } from '../../../../src/expressions/expr.js';
import { DataSketchesHasher } from '../../../../src/sketches/hashers.js';
import { HllUnion } from '../../../../src/sketches/hll-union.js';
import { QuantilesDoublesSketch } from '../../../../src/sketches/quantiles-doubles.js';
import { ThetaUnion } from '../../../../src/sketches/theta-union.js';

const hasher = new DataSketchesHasher();

function hll(from: number, to: number): Uint8Array {
  const union = new HllUnion(12);
  for (let i = from; i < to; i++) union.update(hasher.long(i)!);
  return union.toBytes();
}

function theta(from: number, to: number): Uint8Array {
  const union = new ThetaUnion(16_384);
  for (let i = from; i < to; i++) union.update(hasher.long(i)!);
  return union.toBytes();
}

function quantiles(count: number): Uint8Array {
  const sketch = QuantilesDoublesSketch.create(128, () => 0.5);
  for (let i = 1; i <= count; i++) sketch.update(i);
  return sketch.toBytes();
}

function evaluate(text: string, values: Readonly<Record<string, Uint8Array | ExprValue>> = {}): ExprValue {
  const compiled = compileExpression(text, { lookup: () => undefined });
  return compiled.evaluate(
    compiled.inputs.map((name) => {
      const value = values[name] ?? null;
      return value instanceof Uint8Array ? new ExprComplex('sketch', value) : value;
    }),
  );
}

describe('HLL', () => {
  const sketches = { a: hll(0, 5), b: hll(3, 9) };

  test('an estimate is of the distinct values, also of a union', () => {
    expect(Math.round(Number(evaluate('hll_sketch_estimate(a)', sketches)))).toBe(5);
    expect(evaluate('hll_sketch_estimate(a, true)', { ...sketches, true: 1n })).toBe(5);
    expect(evaluate('hll_sketch_estimate(hll_sketch_union(a, b), 1)', sketches)).toBe(9);
    expect(evaluate("hll_sketch_estimate(hll_sketch_union(8, 'HLL_8', a, b), 1)", sketches)).toBe(9);
  });

  test('a sketch may be its base64 text', () => {
    const text = Buffer.from(sketches.a).toString('base64');
    expect(evaluate('hll_sketch_estimate(t, 1)', { t: text })).toBe(5);
  });

  test('no sketch is estimated as nothing, and left out of a union', () => {
    expect(evaluate('hll_sketch_estimate(null)')).toBe(0);
    expect(evaluate('hll_sketch_estimate(hll_sketch_union(a, none), 1)', sketches)).toBe(5);
  });

  test('the estimate lies within its bounds', () => {
    const bounds = evaluate('hll_sketch_estimate_with_error_bounds(a, 2)', { a: hll(0, 20_000) });
    const [estimate, low, high] = (bounds as ExprArray).values as number[];
    expect(low!).toBeLessThan(estimate!);
    expect(high!).toBeGreaterThan(estimate!);
  });
});

describe('theta', () => {
  const sketches = { a: theta(0, 6), b: theta(4, 10) };

  test.each([
    ['theta_sketch_union(a, b)', 10],
    ['theta_sketch_union(1024, a, b)', 10],
    ['theta_sketch_intersect(a, b)', 2],
    ['theta_sketch_not(a, b)', 4],
    ['a', 6],
  ])('%s has the values that the operation leaves', (expression, count) => {
    expect(evaluate(`theta_sketch_estimate(${expression})`, sketches)).toBe(count);
  });

  test('bounds come with the estimate', () => {
    expect(evaluate('theta_sketch_estimate_with_error_bounds(a, 2)', sketches)).toMatchObject({
      value: { estimate: 6, highBound: 6, lowBound: 6, numStdDev: 2 },
    });
  });
});

test('quantiles are read of a sketch', () => {
  const s = quantiles(100);
  expect(evaluate('ds_get_quantile(s, 0.5)', { s })).toBe(50);
  expect(evaluate('ds_get_quantiles(s, 0.1, 0.9)', { s })).toEqual(new ExprArray('DOUBLE', [10, 90]));
  expect(evaluate('ds_histogram(s, 11, 51)', { s })).toEqual(new ExprArray('DOUBLE', [11, 40, 49]));
});

test('a hyperUnique collector counts what is added', () => {
  const two = "hyper_unique_add('b', hyper_unique_add('a', hyper_unique_add('a', hyper_unique())))";
  expect(evaluate(`hyper_unique_round_estimate(${two})`)).toBe(2n);
  expect(evaluate(`hyper_unique_round_estimate(hyper_unique_add(x, ${two}))`)).toBe(2n);
});

test('complex values are decoded from base64', () => {
  const text = Buffer.from(theta(0, 3)).toString('base64');
  expect(evaluate("theta_sketch_estimate(complex_decode_base64('thetaSketch', t))", { t: text })).toBe(3);
});

test('what is no sketch is refused by name', () => {
  expect(() => evaluate('theta_sketch_estimate(x)', { x: 5n })).toThrow('Function[theta_sketch_estimate]');
  expect(() => evaluate("hll_sketch_estimate('abcdabcdabcdabcd')")).toThrow('Function[hll_sketch_estimate]');
});
