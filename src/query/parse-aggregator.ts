/** Aggregators of queries and of `metricsSpec`. @source Druid `AggregatorsModule.java`, `datasketches/**` */
import type { DruidError } from '../common/druid-error.js';
import { TIME_COLUMN } from '../common/column-type.js';
import {
  asObject,
  assertKnownType,
  flag,
  type JsonObject,
  list,
  optionalText,
  requiredText,
  typeOf,
  wholeNumber,
} from './json-fields.js';
import type { AggregatorSpec, NumericKind } from './native-query.js';
import { parseDimensionSpec } from './parse-dimension.js';
import { parseFilter } from './parse-filter.js';
import { failedToRun, javaScriptDisabled, refused, unsupported } from './query-errors.js';

const BASE = 'query.aggregation.AggregatorFactory';

/** What Druid with its usual extensions knows and this version lacks. */
const LACKING = new Set(
  'doubleMean longAny doubleAny floatAny stringAny stringFirstFold stringLastFold grouping histogram expression singleValue KllDoublesSketch KllDoublesSketchMerge KllFloatsSketch KllFloatsSketchMerge arrayOfDoublesSketch approxHistogram approxHistogramFold fixedBucketsHistogram variance varianceFold passthroughAggregator'.split(
    ' ',
  ),
);

const SIMPLE = /^(long|double|float)(Sum|Min|Max|First|Last)$/;

const THETA_CLASS = 'query.aggregation.datasketches.theta.SketchMergeAggregatorFactory';

/** Types with a parser; `SIMPLE` ones and `stringFirst`, `stringLast` apart. */
const PARSERS: Readonly<Record<string, (fields: JsonObject) => AggregatorSpec>> = {
  count: (fields) => ({ type: 'count', name: aggregatorName(fields, 'query.aggregation.CountAggregatorFactory') }),
  stringFirst: (fields) => parseStringFirstLast('first', fields),
  stringLast: (fields) => parseStringFirstLast('last', fields),
  filtered: parseFiltered,
  cardinality: parseCardinality,
  hyperUnique: (fields) => ({
    type: 'hyperUnique',
    ...nameAndField(fields, 'query.aggregation.hyperloglog.HyperUniquesAggregatorFactory'),
    isInputHyperUnique: flag(fields, 'isInputHyperUnique', false),
    round: flag(fields, 'round', false),
  }),
  thetaSketch: (fields) => parseTheta(fields, flag(fields, 'isInputThetaSketch', false)),
  // The names that theta sketches had before they were called so.
  sketchBuild: (fields) => parseTheta(fields, false),
  sketchMerge: (fields) => parseTheta(fields, true),
  HLLSketchBuild: (fields) => parseHll('HLLSketchBuild', fields),
  HLLSketchMerge: (fields) => parseHll('HLLSketchMerge', fields),
  HLLSketch: (fields) => parseHll('HLLSketchMerge', fields),
  quantilesDoublesSketch: parseQuantiles,
  quantilesDoublesSketchMerge: parseQuantiles,
};

/**
 * An aggregator in any spelling of Druid, with its defaults.
 * @throws DruidError INVALID_INPUT, or UNSUPPORTED for types that this version lacks
 */
export function parseAggregator(json: unknown): AggregatorSpec {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  const simple = SIMPLE.exec(type);
  if (simple) return parseSimple(simple[1] as NumericKind, simple[2]!, fields);
  const parser = Object.hasOwn(PARSERS, type) ? PARSERS[type] : undefined;
  if (parser) return parser(fields);
  if (type === 'javascript') throw javaScriptDisabled();
  assertKnownType(type, BASE, new Set([...LACKING, ...Object.keys(PARSERS)]));
  throw unsupported('the aggregator type', type);
}

function aggregatorName(fields: JsonObject, javaClass: string): string {
  return requiredText(fields, 'name', javaClass, 'Must have a valid, non-null aggregator name');
}

function nameAndField(fields: JsonObject, javaClass: string): { readonly name: string; readonly fieldName: string } {
  const name = aggregatorName(fields, javaClass);
  return { name, fieldName: requiredText(fields, 'fieldName', javaClass, 'Must have a valid, non-null fieldName') };
}

function parseSimple(kind: NumericKind, operation: string, fields: JsonObject): AggregatorSpec {
  const title = `${kind[0]!.toUpperCase()}${kind.slice(1)}${operation}`;
  if (operation === 'First' || operation === 'Last') {
    const javaClass = `query.aggregation.${operation.toLowerCase()}.${title}AggregatorFactory`;
    const timeColumn = optionalText(fields, 'timeColumn') ?? TIME_COLUMN;
    return { type: operation === 'First' ? 'first' : 'last', kind, ...nameAndField(fields, javaClass), timeColumn };
  }
  const javaClass = `query.aggregation.${title}AggregatorFactory`;
  const name = aggregatorName(fields, javaClass);
  const fieldName = optionalText(fields, 'fieldName');
  const hasExpression = optionalText(fields, 'expression') !== null;
  if ((fieldName !== null) === hasExpression) {
    throw refused(javaClass, 'Must have a valid, non-null fieldName or expression');
  }
  if (fieldName === null) throw unsupported('expressions in aggregators, here', `${kind}${operation}`);
  return { type: operation.toLowerCase() as 'sum' | 'min' | 'max', kind, name, fieldName };
}

function parseStringFirstLast(type: 'first' | 'last', fields: JsonObject): AggregatorSpec {
  const title = type === 'first' ? 'First' : 'Last';
  const javaClass = `query.aggregation.${type}.String${title}AggregatorFactory`;
  const maxStringBytes = wholeNumber(fields, 'maxStringBytes', 1024);
  if (maxStringBytes < 0) throw refused(javaClass, 'maxStringBytes must be greater than 0');
  const timeColumn = optionalText(fields, 'timeColumn') ?? TIME_COLUMN;
  return { type, kind: 'string', ...nameAndField(fields, javaClass), timeColumn, maxStringBytes };
}

function parseFiltered(fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.FilteredAggregatorFactory';
  for (const key of ['aggregator', 'filter']) {
    if (fields[key] === undefined || fields[key] === null) throw refused(javaClass, `${key} must not be null`);
  }
  const aggregator = parseAggregator(fields['aggregator']);
  return {
    type: 'filtered',
    name: optionalText(fields, 'name') || aggregator.name,
    filter: parseFilter(fields['filter']),
    aggregator,
  };
}

function parseCardinality(fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.cardinality.CardinalityAggregatorFactory';
  const key = fields['fields'] === undefined || fields['fields'] === null ? 'fieldNames' : 'fields';
  const members = list(fields, key);
  if (members.length === 0) throw refused(javaClass, 'Must provide either fieldNames or fields.');
  return {
    type: 'cardinality',
    name: aggregatorName(fields, javaClass),
    fields: members.map(parseDimensionSpec),
    byRow: flag(fields, 'byRow', false),
    round: flag(fields, 'round', false),
  };
}

function parseTheta(fields: JsonObject, isInputThetaSketch: boolean): AggregatorSpec {
  const size = wholeNumber(fields, 'size', 16_384);
  if (size <= 0 || !isPowerOfTwo(size)) {
    throw refused(
      THETA_CLASS,
      `The value of the int argument "size" must be a positive integer-power of 2 and greater than 0: ${size}`,
    );
  }
  if (optionalText(fields, 'errorBoundsStdDev') !== null) throw unsupported('error bounds of', 'thetaSketch');
  return {
    type: 'thetaSketch',
    ...nameAndField(fields, THETA_CLASS),
    size,
    isInputThetaSketch,
    shouldFinalize: flag(fields, 'shouldFinalize', true),
  };
}

function parseHll(type: 'HLLSketchBuild' | 'HLLSketchMerge', fields: JsonObject): AggregatorSpec {
  const javaClass = `query.aggregation.datasketches.hll.${type.replace('HLL', 'Hll')}AggregatorFactory`;
  const lgK = wholeNumber(fields, 'lgK', 12);
  if (lgK < 4 || lgK > 21) throw invalidLgK(lgK);
  const tgtHllType = optionalText(fields, 'tgtHllType') ?? 'HLL_4';
  if (tgtHllType !== 'HLL_4' && tgtHllType !== 'HLL_6' && tgtHllType !== 'HLL_8') {
    throw refused(javaClass, `No enum constant org.apache.datasketches.hll.TgtHllType.${tgtHllType}`);
  }
  const encoding = optionalText(fields, 'stringEncoding') ?? 'utf16le';
  if (encoding.toLowerCase() !== 'utf16le') throw unsupported('the stringEncoding', encoding);
  return {
    type,
    ...nameAndField(fields, javaClass),
    lgK,
    tgtHllType,
    shouldFinalize: flag(fields, 'shouldFinalize', true),
    round: flag(fields, 'round', false),
  };
}

/** Druid notices when it allocates the sketch. */
function invalidLgK(lgK: number): DruidError {
  if (lgK > 26 || lgK < 0) {
    return failedToRun(`Index ${lgK} out of bounds for length 27`, 'java.lang.ArrayIndexOutOfBoundsException');
  }
  const message = `Log K must be between 4 and 21, inclusive: ${lgK}`;
  return failedToRun(message, 'org.apache.datasketches.common.SketchesArgumentException');
}

function parseQuantiles(fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.datasketches.quantiles.DoublesSketchAggregatorFactory';
  const k = wholeNumber(fields, 'k', 128);
  if (k < 2 || k > 32_768 || !isPowerOfTwo(k)) {
    throw refused(javaClass, `K must be >= 2 and <= 32768 and a power of 2: ${k}`);
  }
  return {
    type: 'quantilesDoublesSketch',
    ...nameAndField(fields, javaClass),
    k,
    shouldFinalize: flag(fields, 'shouldFinalize', true),
  };
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
