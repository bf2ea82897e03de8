/** Aggregators that keep sketches and histograms. @source Druid `datasketches/**`, `histogram/**` */
import type { DruidError } from '../common/druid-error.js';
import { aggregatorName, nameAndField } from './aggregator-name.js';
import type { HllTargetType, KllAggregatorType } from './aggregator-spec.js';
import {
  flag,
  type JsonObject,
  list,
  optionalText,
  realNumber,
  requiredText,
  textList,
  wholeNumber,
} from './json-fields.js';
import type { AggregatorSpec } from './native-query.js';
import { parseDimensionSpec } from './parse-dimension.js';
import type { ParseScope } from './parse-scope.js';
import { failedToRun, refused } from './query-errors.js';

const THETA_CLASS = 'query.aggregation.datasketches.theta.SketchMergeAggregatorFactory';
const QUANTILES_CLASS = 'query.aggregation.datasketches.quantiles.DoublesSketchAggregatorFactory';
const TUPLE_CLASS = 'query.aggregation.datasketches.tuple.ArrayOfDoublesSketchAggregatorFactory';

/** Parsers by type name, the older names of a type included. */
export const SKETCH_PARSERS: Readonly<Record<string, (fields: JsonObject, scope: ParseScope) => AggregatorSpec>> = {
  cardinality: parseCardinality,
  hyperUnique: (fields) => ({
    type: 'hyperUnique',
    ...nameAndField(fields, 'query.aggregation.hyperloglog.HyperUniquesAggregatorFactory'),
    isInputHyperUnique: flag(fields, 'isInputHyperUnique', false),
    round: flag(fields, 'round', false),
  }),
  thetaSketch: (fields) => parseTheta(fields, flag(fields, 'isInputThetaSketch', false)),
  sketchBuild: (fields) => parseTheta(fields, false),
  sketchMerge: (fields) => parseTheta(fields, true),
  HLLSketchBuild: (fields) => parseHll('HLLSketchBuild', fields),
  HLLSketchMerge: (fields) => parseHll('HLLSketchMerge', fields),
  HLLSketch: (fields) => parseHll('HLLSketchMerge', fields),
  quantilesDoublesSketch: (fields) => parseQuantiles(fields, false),
  quantilesDoublesSketchMerge: (fields) => parseQuantiles(fields, true),
  KllDoublesSketch: (fields) => parseKll('KllDoublesSketch', fields),
  KllDoublesSketchMerge: (fields) => parseKll('KllDoublesSketchMerge', fields),
  KllFloatsSketch: (fields) => parseKll('KllFloatsSketch', fields),
  KllFloatsSketchMerge: (fields) => parseKll('KllFloatsSketchMerge', fields),
  arrayOfDoublesSketch: parseTuple,
  approxHistogram: (fields) => parseApproxHistogram('approxHistogram', fields),
  approxHistogramFold: (fields) => parseApproxHistogram('approxHistogramFold', fields),
  fixedBucketsHistogram: parseFixedBuckets,
};

function parseCardinality(fields: JsonObject, scope: ParseScope): AggregatorSpec {
  const javaClass = 'query.aggregation.cardinality.CardinalityAggregatorFactory';
  const key = fields['fields'] === undefined || fields['fields'] === null ? 'fieldNames' : 'fields';
  const members = list(fields, key);
  if (members.length === 0) throw refused(javaClass, 'Must provide either fieldNames or fields.');
  return {
    type: 'cardinality',
    name: aggregatorName(fields, javaClass),
    fields: members.map((member) => parseDimensionSpec(member, scope)),
    byRow: flag(fields, 'byRow', false),
    round: flag(fields, 'round', false),
  };
}

function parseTheta(fields: JsonObject, isInputThetaSketch: boolean): AggregatorSpec {
  const size = sketchSize(fields, THETA_CLASS);
  const deviations = optionalText(fields, 'errorBoundsStdDev');
  return {
    type: 'thetaSketch',
    ...nameAndField(fields, THETA_CLASS),
    size,
    isInputThetaSketch,
    shouldFinalize: flag(fields, 'shouldFinalize', true),
    errorBoundsStdDev:
      deviations === null ? null : deviationsOf(wholeNumber(fields, 'errorBoundsStdDev', 1), THETA_CLASS),
  };
}

/** Entries of a theta sketch. @throws DruidError INVALID_INPUT */
export function sketchSize(fields: JsonObject, javaClass: string): number {
  const size = wholeNumber(fields, 'size', 16_384);
  if (size > 0 && isPowerOfTwo(size)) return size;
  const problem = 'The value of the int argument "size" must be a positive integer-power of 2 and greater than 0';
  throw refused(javaClass, `${problem}: ${size}`);
}

/** Standard deviations of error bounds. @throws DruidError INVALID_INPUT for others than 1 to 3 */
export function deviationsOf(value: number, javaClass: string): 1 | 2 | 3 {
  if (value === 1 || value === 2 || value === 3) return value;
  throw refused(javaClass, `numStdDevs can only be 1, 2 or 3: ${value}`);
}

function parseHll(type: 'HLLSketchBuild' | 'HLLSketchMerge', fields: JsonObject): AggregatorSpec {
  const javaClass = `query.aggregation.datasketches.hll.${type.replace('HLL', 'Hll')}AggregatorFactory`;
  const lgK = wholeNumber(fields, 'lgK', 12);
  if (lgK < 4 || lgK > 21) throw invalidLgK(lgK);
  const encoding = optionalText(fields, 'stringEncoding')?.toLowerCase() ?? 'utf16le';
  if (encoding !== 'utf16le' && encoding !== 'utf8') {
    throw refused('java.util.common.StringEncoding', `No enum constant StringEncoding.${encoding.toUpperCase()}`);
  }
  return {
    type,
    ...nameAndField(fields, javaClass),
    lgK,
    tgtHllType: hllTypeOf(fields, javaClass),
    stringEncoding: encoding,
    shouldFinalize: flag(fields, 'shouldFinalize', true),
    round: flag(fields, 'round', false),
  };
}

/** @throws DruidError INVALID_INPUT */
export function hllTypeOf(fields: JsonObject, javaClass: string): HllTargetType {
  const name = optionalText(fields, 'tgtHllType') ?? 'HLL_4';
  if (name === 'HLL_4' || name === 'HLL_6' || name === 'HLL_8') return name;
  throw refused(javaClass, `No enum constant org.apache.datasketches.hll.TgtHllType.${name}`);
}

/** Druid notices when it allocates the sketch. */
function invalidLgK(lgK: number): DruidError {
  if (lgK > 26 || lgK < 0) {
    return failedToRun(`Index ${lgK} out of bounds for length 27`, 'java.lang.ArrayIndexOutOfBoundsException');
  }
  const message = `Log K must be between 4 and 21, inclusive: ${lgK}`;
  return failedToRun(message, 'org.apache.datasketches.common.SketchesArgumentException');
}

const DEFAULT_MAX_STREAM_LENGTH = 1_000_000_000;

function parseQuantiles(fields: JsonObject, isInputSketch: boolean): AggregatorSpec {
  const k = wholeNumber(fields, 'k', 128);
  if (k < 2 || k > 32_768 || !isPowerOfTwo(k)) {
    throw refused(QUANTILES_CLASS, `K must be >= 2 and <= 32768 and a power of 2: ${k}`);
  }
  return {
    type: 'quantilesDoublesSketch',
    ...nameAndField(fields, QUANTILES_CLASS),
    k,
    maxStreamLength: wholeNumber(fields, 'maxStreamLength', DEFAULT_MAX_STREAM_LENGTH),
    shouldFinalize: flag(fields, 'shouldFinalize', true),
    ...(isInputSketch && { isInputSketch }),
  };
}

function parseKll(type: KllAggregatorType, fields: JsonObject): AggregatorSpec {
  const javaClass = `query.aggregation.datasketches.kll.${type}AggregatorFactory`;
  const k = wholeNumber(fields, 'k', 200);
  if (k < 8 || k > 65_535) throw refused(javaClass, `K must be >= 8 and <= 65535: ${k}`);
  const maxStreamLength = wholeNumber(fields, 'maxStreamLength', DEFAULT_MAX_STREAM_LENGTH);
  return { type, ...nameAndField(fields, javaClass), k, maxStreamLength };
}

function parseTuple(fields: JsonObject): AggregatorSpec {
  const nominalEntries = wholeNumber(fields, 'nominalEntries', 4096);
  if (nominalEntries <= 0 || !isPowerOfTwo(nominalEntries)) {
    throw refused(TUPLE_CLASS, `nominalEntries must be a power of 2: ${nominalEntries}`);
  }
  const named = nameAndField(fields, TUPLE_CLASS);
  const hasColumns = fields['metricColumns'] !== undefined && fields['metricColumns'] !== null;
  const metricColumns = hasColumns ? textList(fields, 'metricColumns').map((column) => column ?? '') : null;
  const numberOfValues = wholeNumber(fields, 'numberOfValues', metricColumns?.length ?? 1);
  if (metricColumns !== null && metricColumns.length !== numberOfValues) {
    const problem = `Number of metricColumns [${metricColumns.length}] must agree with numValues [${numberOfValues}]`;
    throw refused(TUPLE_CLASS, problem);
  }
  if (numberOfValues < 1) throw refused(TUPLE_CLASS, 'numValues must be >= 1');
  return { type: 'arrayOfDoublesSketch', ...named, nominalEntries, metricColumns, numberOfValues };
}

function parseApproxHistogram(type: 'approxHistogram' | 'approxHistogramFold', fields: JsonObject): AggregatorSpec {
  const javaClass = `query.aggregation.histogram.ApproximateHistogram${type.endsWith('Fold') ? 'Folding' : ''}AggregatorFactory`;
  const resolution = wholeNumber(fields, 'resolution', 50);
  const numBuckets = wholeNumber(fields, 'numBuckets', 7);
  const lowerLimit = limitOf(fields, 'lowerLimit');
  const upperLimit = limitOf(fields, 'upperLimit');
  const named = nameAndField(fields, javaClass);
  if (resolution <= 0) throw refused(javaClass, 'resolution must be greater than 1');
  if (numBuckets <= 0) throw refused(javaClass, 'numBuckets must be greater than 1');
  if ((lowerLimit ?? -Infinity) >= (upperLimit ?? Infinity)) {
    throw refused(javaClass, 'upperLimit must be greater than lowerLimit');
  }
  const finalizeAsBase64Binary = flag(fields, 'finalizeAsBase64Binary', false);
  return { type, ...named, resolution, numBuckets, lowerLimit, upperLimit, finalizeAsBase64Binary };
}

function limitOf(fields: JsonObject, key: string): number | null {
  const limit = realNumber(fields, key, Number.NaN);
  return Number.isFinite(limit) ? limit : null;
}

const OUTLIER_MODES = ['ignore', 'overflow', 'clip'] as const;

function parseFixedBuckets(fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.histogram.FixedBucketsHistogramAggregatorFactory';
  const named = nameAndField(fields, javaClass);
  const modeName = requiredText(fields, 'outlierHandlingMode', javaClass, 'outlierHandlingMode must not be null');
  const outlierHandlingMode = OUTLIER_MODES.find((mode) => mode === modeName.toLowerCase());
  if (outlierHandlingMode === undefined) {
    const enumClass = 'query.aggregation.histogram.FixedBucketsHistogram$OutlierHandlingMode';
    throw refused(
      enumClass,
      `No enum constant org.apache.druid.${enumClass.replace('$', '.')}.${modeName.toUpperCase()}`,
    );
  }
  const lowerLimit = realNumber(fields, 'lowerLimit', 0);
  const upperLimit = realNumber(fields, 'upperLimit', 0);
  if (upperLimit <= lowerLimit) {
    throw refused(javaClass, `Upper limit [${upperLimit}] must be greater than lower limit [${lowerLimit}]`);
  }
  const numBuckets = wholeNumber(fields, 'numBuckets', 10);
  if (numBuckets <= 0) throw refused(javaClass, `Must have a positive number of buckets, got [${numBuckets}]`);
  const finalizeAsBase64Binary = flag(fields, 'finalizeAsBase64Binary', false);
  const type = 'fixedBucketsHistogram';
  return { type, ...named, lowerLimit, upperLimit, numBuckets, outlierHandlingMode, finalizeAsBase64Binary };
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
