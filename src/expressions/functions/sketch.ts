/** Sketches as values. @source Druid `query/expression/HyperUniqueExpressions.java`, the expression macros of `druid-datasketches` */
import { DruidError } from '../../common/druid-error.js';
import { DruidHasher } from '../../sketches/hashers.js';
import type { HllType } from '../../sketches/hll-image.js';
import { HllSketch } from '../../sketches/hll-sketch.js';
import { HllUnion } from '../../sketches/hll-union.js';
import { HyperUnique } from '../../sketches/hyper-unique.js';
import { QuantilesDoublesSketch } from '../../sketches/quantiles-doubles.js';
import { hllText, quantilesText } from '../../sketches/sketch-texts.js';
import { aNotB, intersectTheta } from '../../sketches/theta-set-operations.js';
import { ThetaSketch } from '../../sketches/theta-sketch.js';
import { ThetaUnion } from '../../sketches/theta-union.js';
import { asBoolean, asDouble, asLong, asText } from '../coercion.js';
import { type Expr, ExprArray, ExprComplex, type ExprType, type ExprValue, ExpressionError } from '../expr.js';
import { ANY, constant, type ExprFunction } from './expr-function.js';

const HLL = 'HLLSketch';
const THETA = 'thetaSketch';
const HYPER_UNIQUE = 'hyperUnique';
const DEFAULT_LG_K = 12;
const DEFAULT_THETA_SIZE = 16_384;
const HLL_TYPES: readonly string[] = ['HLL_4', 'HLL_6', 'HLL_8'] satisfies readonly HllType[];

/** The image of a sketch: a complex value, or its base64 text; null for null. @throws ExpressionError for anything else */
function imageOf(value: ExprValue, fn: string): Uint8Array | null {
  if (value === null) return null;
  if (value instanceof ExprComplex && value.value instanceof Uint8Array) return value.value;
  if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'));
  throw new ExpressionError(`Function[${fn}] must take a sketch as its argument`);
}

function read<S>(value: ExprValue, fn: string, fromBytes: (image: Uint8Array) => S): S | null {
  const image = imageOf(value, fn);
  if (image === null) return null;
  try {
    return fromBytes(image);
  } catch (error) {
    if (error instanceof DruidError || error instanceof RangeError) {
      throw new ExpressionError(`Function[${fn}] was given no sketch that it knows: ${error.message}`);
    }
    throw error;
  }
}

function doubles(values: readonly number[]): ExprArray {
  return new ExprArray('DOUBLE', values);
}

/** A function of one sketch and numbers behind it. @param ofNull what it gives for no sketch */
function ofSketch<S>(
  name: string,
  arity: readonly [number, number],
  type: ExprType,
  fromBytes: (image: Uint8Array) => S,
  apply: (sketch: S, rest: readonly ExprValue[]) => ExprValue,
  ofNull: ExprValue = null,
): ExprFunction {
  return {
    names: [name],
    arity,
    outputType: () => type,
    bind:
      () =>
      ([value, ...rest]) => {
        const sketch = read(value ?? null, name, fromBytes);
        return sketch === null ? ofNull : apply(sketch, rest);
      },
  };
}

/** A function of sketches, nulls among them left out. @param options reads constants before them; says how many they are */
function ofSketches<S, O>(
  name: string,
  complex: string,
  fromBytes: (image: Uint8Array) => S,
  options: (args: readonly Expr[]) => { readonly count: number; readonly value: O },
  combine: (sketches: readonly S[], option: O) => Uint8Array,
): ExprFunction {
  return {
    names: [name],
    arity: [1, ANY],
    outputType: () => `COMPLEX<${complex}>`,
    bind: (args) => {
      const { count, value } = options(args);
      return (values) => {
        const sketches = values.slice(count).flatMap((one) => read(one, name, fromBytes) ?? []);
        return new ExprComplex(complex, combine(sketches, value));
      };
    },
  };
}

const numbersOf = (values: readonly ExprValue[]): number[] => values.map((value) => asDouble(value) ?? Number.NaN);

function deviationsOf(value: ExprValue | undefined): 1 | 2 | 3 {
  const deviations = Number(asLong(value ?? 1n));
  if (deviations === 1 || deviations === 2 || deviations === 3) return deviations;
  throw new ExpressionError(`Number of standard deviations must be 1, 2 or 3, but is [${deviations}]`);
}

const hll = (image: Uint8Array): HllSketch => HllSketch.fromBytes(image);
const theta = (image: Uint8Array): ThetaSketch => ThetaSketch.fromBytes(image);
const hyperUnique = (image: Uint8Array): HyperUnique => HyperUnique.fromBytes(image);
// Only merging draws numbers.
const quantiles = (image: Uint8Array): QuantilesDoublesSketch => QuantilesDoublesSketch.fromBytes(image, () => 0.5);

const hllFunctions: readonly ExprFunction[] = [
  ofSketch(
    'hll_sketch_estimate',
    [1, 2],
    'DOUBLE',
    hll,
    (sketch, [round]) => (asBoolean(round ?? null) === true ? Math.round(sketch.estimate()) : sketch.estimate()),
    0,
  ),
  ofSketch('hll_sketch_estimate_with_error_bounds', [1, 2], 'ARRAY<DOUBLE>', hll, (sketch, [given]) => {
    const deviations = deviationsOf(given);
    return doubles([sketch.estimate(), sketch.lowerBound(deviations), sketch.upperBound(deviations)]);
  }),
  ofSketch('hll_sketch_to_string', [1, 1], 'STRING', hll, hllText),
  ofSketches('hll_sketch_union', HLL, hll, hllOptions, (sketches, { lgK, type }) => {
    const union = new HllUnion(lgK);
    for (const sketch of sketches) union.merge(sketch);
    return union.result(type).toBytes();
  }),
];

/** `lgK` and the type of the result, both or none of them. */
function hllOptions(args: readonly Expr[]): {
  readonly count: number;
  readonly value: { readonly lgK: number; readonly type: HllType };
} {
  const first = args[0]?.kind === 'literal' ? constant(args, 0, 'hll_sketch_union') : null;
  if (typeof first !== 'bigint') return { count: 0, value: { lgK: DEFAULT_LG_K, type: 'HLL_4' } };
  const type = asText(constant(args, 1, 'hll_sketch_union')) ?? '';
  if (!HLL_TYPES.includes(type)) throw new ExpressionError(`Function[hll_sketch_union] knows no type [${type}]`);
  return { count: 2, value: { lgK: Number(first), type: type as HllType } };
}

/** The size of the result, if the first argument is one. */
function thetaOptions(args: readonly Expr[]): { readonly count: number; readonly value: number } {
  const first = args[0]?.kind === 'literal' ? constant(args, 0, 'theta_sketch') : null;
  return typeof first === 'bigint' ? { count: 1, value: Number(first) } : { count: 0, value: DEFAULT_THETA_SIZE };
}

const thetaFunctions: readonly ExprFunction[] = [
  ofSketch('theta_sketch_estimate', [1, 1], 'DOUBLE', theta, (sketch) => sketch.estimate(), 0),
  ofSketch('theta_sketch_estimate_with_error_bounds', [1, 2], 'COMPLEX<json>', theta, (sketch, [given]) => {
    const numStdDev = deviationsOf(given);
    const [highBound, lowBound] = [sketch.upperBound(numStdDev), sketch.lowerBound(numStdDev)];
    return new ExprComplex('json', { estimate: sketch.estimate(), highBound, lowBound, numStdDev });
  }),
  ofSketches('theta_sketch_union', THETA, theta, thetaOptions, (sketches, size) => {
    const union = new ThetaUnion(size);
    for (const sketch of sketches) union.merge(sketch);
    return union.result().toBytes();
  }),
  ofSketches('theta_sketch_intersect', THETA, theta, thetaOptions, ([first, ...others]) =>
    (first === undefined ? ThetaSketch.EMPTY : intersectTheta([first, ...others])).toBytes(),
  ),
  ofSketches('theta_sketch_not', THETA, theta, thetaOptions, ([first, ...others]) =>
    others.reduce(aNotB, first ?? ThetaSketch.EMPTY).toBytes(),
  ),
];

const quantilesFunctions: readonly ExprFunction[] = [
  ofSketch('ds_get_quantile', [2, 2], 'DOUBLE', quantiles, (sketch, [fraction]) =>
    sketch.quantile(numbersOf([fraction ?? null])[0]!),
  ),
  ofSketch('ds_get_quantiles', [2, ANY], 'ARRAY<DOUBLE>', quantiles, (sketch, fractions) =>
    doubles(numbersOf(fractions).map((fraction) => sketch.quantile(fraction))),
  ),
  ofSketch('ds_rank', [2, 2], 'DOUBLE', quantiles, (sketch, [value]) => sketch.rank(numbersOf([value ?? null])[0]!)),
  ofSketch('ds_cdf', [2, ANY], 'ARRAY<DOUBLE>', quantiles, (sketch, points) =>
    doubles(sketch.n === 0 ? [...points, null].map(() => Number.NaN) : sketch.cdf(numbersOf(points))),
  ),
  ofSketch('ds_histogram', [2, ANY], 'ARRAY<DOUBLE>', quantiles, (sketch, points) =>
    doubles(sketch.n === 0 ? [...points, null].map(() => Number.NaN) : sketch.histogram(numbersOf(points))),
  ),
  ofSketch('ds_quantile_summary', [1, 1], 'STRING', quantiles, quantilesText),
];

const hyperUniqueFunctions: readonly ExprFunction[] = [
  {
    names: ['hyper_unique'],
    arity: [0, 0],
    outputType: () => `COMPLEX<${HYPER_UNIQUE}>`,
    bind: () => () => new ExprComplex(HYPER_UNIQUE, new HyperUnique().toBytes()),
  },
  {
    names: ['hyper_unique_add'],
    arity: [2, 2],
    outputType: () => `COMPLEX<${HYPER_UNIQUE}>`,
    bind: () => {
      const hasher = new DruidHasher();
      return ([value, into]) => {
        const sketch = read(into ?? null, 'hyper_unique_add', hyperUnique);
        if (sketch === null)
          throw new ExpressionError('Function[hyper_unique_add] must take a hyper-log-log collector');
        addValue(sketch, value ?? null, hasher);
        return new ExprComplex(HYPER_UNIQUE, sketch.toBytes());
      };
    },
  },
  ofSketch('hyper_unique_estimate', [1, 1], 'DOUBLE', hyperUnique, (sketch) => sketch.estimate(), 0),
  ofSketch(
    'hyper_unique_round_estimate',
    [1, 1],
    'LONG',
    hyperUnique,
    (sketch) => BigInt(Math.round(sketch.estimate())),
    0n,
  ),
];

/** Null is no value; another collector is merged. */
function addValue(sketch: HyperUnique, value: ExprValue, hasher: DruidHasher): void {
  if (value === null) return;
  if (typeof value === 'bigint') sketch.add(hasher.long(value));
  else if (typeof value === 'number') sketch.add(hasher.double(value));
  else if (typeof value === 'string') sketch.add(hasher.utf8(value));
  else if (value instanceof ExprArray) for (const part of value.values) addValue(sketch, part, hasher);
  else sketch.merge(read(value, 'hyper_unique_add', hyperUnique)!);
}

/** @source Druid `math/expr/BuiltInExprMacros.java` */
const decodeComplex: ExprFunction = {
  names: ['complex_decode_base64', 'decode_base64_complex'],
  arity: [2, 2],
  outputType: (_types, args) => (args[0]?.kind === 'literal' ? `COMPLEX<${asText(args[0].value)}>` : null),
  bind: (args) => {
    const typeName = asText(constant(args, 0, 'complex_decode_base64'));
    if (typeName === null) throw new ExpressionError('Function[complex_decode_base64] first argument must be a type');
    return ([, value]) => {
      if (value === null || value === undefined) return null;
      if (value instanceof ExprComplex) return value;
      const bytes = Buffer.from(asText(value) ?? '', 'base64');
      if (typeName !== 'json') return new ExprComplex(typeName, new Uint8Array(bytes));
      throw new ExpressionError('Function[complex_decode_base64] cannot decode type [json]');
    };
  },
};

export const sketchFunctions: readonly ExprFunction[] = [
  ...hllFunctions,
  ...thetaFunctions,
  ...quantilesFunctions,
  ...hyperUniqueFunctions,
  decodeComplex,
];
