/**
 * Sketches are exchanged with the C++ library of Apache DataSketches, through its Python package. Needs a Python with it:
 * MILLRACE_TEST_PYTHON=/path/to/venv/bin/python.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DataSketchesHasher } from '../../../src/sketches/hashers.js';
import type { HllType } from '../../../src/sketches/hll-image.js';
import { HllSketch } from '../../../src/sketches/hll-sketch.js';
import { KllSketch } from '../../../src/sketches/kll-sketch.js';
import type { KllType } from '../../../src/sketches/kll-state.js';
import { QuantilesDoublesSketch } from '../../../src/sketches/quantiles-doubles.js';
import { ThetaSketch } from '../../../src/sketches/theta-sketch.js';
import { ThetaUnion } from '../../../src/sketches/theta-union.js';
import { base64, fromBase64 } from './golden.js';

const python = process.env['MILLRACE_TEST_PYTHON'];
const script = fileURLToPath(new URL('./exchange-sketches.py', import.meta.url));
if (python === undefined && process.env['CI'] === 'true') throw new Error('CI needs MILLRACE_TEST_PYTHON');
if (python === undefined) console.warn('exchange test skipped: MILLRACE_TEST_PYTHON names no Python with datasketches');

/** Empty, single, a list of coupons, a set of them, registers; below and above k. */
const SIZES = [0, 1, 7, 100, 500, 20_000];
const FRACTIONS = [0, 0.01, 0.25, 0.5, 0.75, 0.99, 1];
const hasher = new DataSketchesHasher();
const half = (bound: number): number => Math.floor(bound / 2);

interface Exchanged {
  readonly image: string;
  readonly answers: readonly number[];
  readonly read: readonly number[];
}

interface Kind {
  make(size: number): { toBytes(): Uint8Array };
  read(image: Uint8Array): { toBytes(): Uint8Array };
  answers(image: Uint8Array): readonly number[];
  /** Whether both make the same sketch of the same values: no lot is drawn. */
  readonly isRepeatable: (size: number) => boolean;
}

function hll(type: HllType, asText: boolean): Kind {
  return {
    make(size) {
      const sketch = HllSketch.create(11, type);
      for (let i = 0; i < size; i++) sketch.update(asText ? hasher.utf8(`value ${i}`)! : hasher.longWords(i, 0));
      return sketch;
    },
    read: (image) => HllSketch.fromBytes(image),
    answers: (image) => estimates(HllSketch.fromBytes(image)),
    isRepeatable: () => true,
  };
}

function kll(type: KllType): Kind {
  return {
    make: (size) => filled(KllSketch.create(type, 200, half), size),
    read: (image) => KllSketch.fromBytes(image, type, half),
    answers: (image) => quantiles(KllSketch.fromBytes(image, type, half)),
    isRepeatable: (size) => size <= 200,
  };
}

const KINDS: Readonly<Record<string, Kind>> = {
  theta: {
    make(size) {
      const union = new ThetaUnion(512);
      for (let i = 0; i < size; i++) union.update(hasher.utf8(`value ${i}`)!);
      return union;
    },
    read: (image) => ThetaSketch.fromBytes(image),
    answers: (image) => estimates(ThetaSketch.fromBytes(image)),
    // Theirs may keep more than k hashes.
    isRepeatable: (size) => size <= 512,
  },
  HLL_4: hll('HLL_4', true),
  HLL_6: hll('HLL_6', false),
  HLL_8: hll('HLL_8', true),
  quantiles: {
    make: (size) => filled(QuantilesDoublesSketch.create(128, half), size),
    read: (image) => QuantilesDoublesSketch.fromBytes(image, half),
    answers: (image) => quantiles(QuantilesDoublesSketch.fromBytes(image, half)),
    isRepeatable: (size) => size < 256,
  },
  'KLL doubles': kll('doubles'),
  'KLL floats': kll('floats'),
};

function filled<Sketch extends { update(value: number): void }>(sketch: Sketch, size: number): Sketch {
  for (let i = 0; i < size; i++) sketch.update((i * 7919) % Math.max(size, 1));
  return sketch;
}

function estimates(sketch: ThetaSketch | HllSketch): readonly number[] {
  return [sketch.estimate(), sketch.lowerBound(2), sketch.upperBound(2)];
}

function quantiles(sketch: KllSketch | QuantilesDoublesSketch): readonly number[] {
  if (sketch.n === 0) return [0];
  const point = sketch instanceof KllSketch && sketch.type === 'floats' ? Math.fround(sketch.n / 3) : sketch.n / 3;
  return [sketch.n, sketch.min, sketch.max, ...FRACTIONS.map((one) => sketch.quantile(one)), sketch.rank(point)];
}

function exchange(images: Readonly<Record<string, readonly string[]>>): Record<string, readonly Exchanged[]> {
  const output = execFileSync(python!, [script], {
    input: JSON.stringify({ sizes: SIZES, images }),
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  return JSON.parse(output) as Record<string, readonly Exchanged[]>;
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(Math.abs(expected[i]!) * 1e-12);
  });
}

describe.skipIf(python === undefined)('sketches exchanged with the C++ library', () => {
  const ours = Object.fromEntries(
    Object.entries(KINDS).map(([name, kind]) => [name, SIZES.map((size) => base64(kind.make(size).toBytes()))]),
  );
  const theirs = python === undefined ? {} : exchange(ours);

  it.each(Object.entries(KINDS))('%s', (name, kind) => {
    SIZES.forEach((size, i) => {
      const { image, answers, read } = theirs[name]![i]!;
      // What they read of ours and we of theirs is what the maker says.
      expectClose(read, kind.answers(fromBase64(ours[name]![i]!)));
      expectClose(kind.answers(fromBase64(image)), answers);
      if (kind.isRepeatable(size)) expectClose(answers, kind.answers(fromBase64(ours[name]![i]!)));
    });
  });
});
