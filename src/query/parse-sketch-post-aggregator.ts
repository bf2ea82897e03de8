/** Post-aggregators over sketches. @source Druid `datasketches/**` */
import {
  type JsonObject,
  list,
  flag,
  optionalText,
  realList,
  realNumber,
  requiredText,
  wholeNumber,
} from './json-fields.js';
import type { PostAggregatorSpec } from './native-query.js';
import { deviationsOf, hllTypeOf, sketchSize } from './parse-sketch-aggregator.js';
import type { QuantilesFamily } from './post-aggregator-spec.js';
import { failedToRun, refused } from './query-errors.js';

const PACKAGE = 'query.aggregation.datasketches';
const FAMILIES: readonly QuantilesFamily[] = ['quantilesDoublesSketch', 'KllDoublesSketch', 'KllFloatsSketch'];
const OF_QUANTILES = ['ToQuantile', 'ToQuantiles', 'ToHistogram', 'ToRank', 'ToCDF', 'ToString'];
const TUPLE = 'arrayOfDoublesSketch';
const OF_TUPLE_FIELD = [
  'ToEstimate',
  'ToNumEntries',
  'ToMeans',
  'ToVariances',
  'ToString',
  'ToMetricsSumEstimate',
  'ToBase64String',
];

/** Type names, the older names of theta sketches included. */
export const SKETCH_POST_AGGREGATORS: readonly string[] = [
  'thetaSketchEstimate',
  'thetaSketchSetOp',
  'thetaSketchConstant',
  'thetaSketchToString',
  'sketchEstimate',
  'sketchSetOper',
  'HLLSketchEstimate',
  'HLLSketchEstimateWithBounds',
  'HLLSketchUnion',
  'HLLSketchToString',
  ...FAMILIES.flatMap((family) => OF_QUANTILES.map((suffix) => family + suffix)),
  ...[...OF_TUPLE_FIELD, 'ToEstimateAndBounds', 'ToQuantilesSketch', 'SetOp', 'TTest', 'Constant'].map(
    (suffix) => TUPLE + suffix,
  ),
];

type ParseMember = (json: unknown) => PostAggregatorSpec;

/** @param type one of `SKETCH_POST_AGGREGATORS` @throws DruidError INVALID_INPUT */
export function parseSketchPostAggregator(
  type: string,
  fields: JsonObject,
  parseMember: ParseMember,
): PostAggregatorSpec {
  if (type.startsWith('HLLSketch')) return parseHll(type, fields, parseMember);
  if (type.startsWith(TUPLE)) return parseTuple(type.slice(TUPLE.length), fields, parseMember);
  const family = FAMILIES.find((name) => type.startsWith(name));
  if (family !== undefined) return parseQuantiles(family, type.slice(family.length), fields, parseMember);
  return parseTheta(type, fields, parseMember);
}

function nameOf(fields: JsonObject, javaClass: string): string {
  return requiredText(fields, 'name', javaClass, 'name is null');
}

function fieldOf(fields: JsonObject, javaClass: string, parseMember: ParseMember): PostAggregatorSpec {
  const field = fields['field'];
  if (field === undefined || field === null) throw refused(javaClass, 'field is null');
  return parseMember(field);
}

/** Operands of a set operation. */
function operandsOf(
  fields: JsonObject,
  javaClass: string,
  parseMember: ParseMember,
  least: number,
): PostAggregatorSpec[] {
  const members = list(fields, 'fields');
  if (members.length < least) throw refused(javaClass, `Illegal number of fields[${members.length}], must be > 1`);
  return members.map(parseMember);
}

function operationOf(fields: JsonObject, key: string, javaClass: string): 'UNION' | 'INTERSECT' | 'NOT' {
  const name = optionalText(fields, key)?.toUpperCase() ?? '';
  if (name === 'UNION' || name === 'INTERSECT' || name === 'NOT') return name;
  throw refused(javaClass, `No enum constant for operation [${name}]`);
}

function parseTheta(type: string, fields: JsonObject, parseMember: ParseMember): PostAggregatorSpec {
  const javaClass = `${PACKAGE}.theta.${type.replace(/^thetaSketch|^sketch/, 'Sketch').replace(/SetOper$/, 'SetOp')}PostAggregator`;
  const name = nameOf(fields, javaClass);
  switch (type) {
    case 'thetaSketchEstimate':
    case 'sketchEstimate': {
      const bounds = optionalText(fields, 'errorBoundsStdDev');
      const errorBoundsStdDev =
        bounds === null ? null : deviationsOf(wholeNumber(fields, 'errorBoundsStdDev', 1), javaClass);
      return { type: 'thetaSketchEstimate', name, field: fieldOf(fields, javaClass, parseMember), errorBoundsStdDev };
    }
    case 'thetaSketchToString':
      return { type, name, field: fieldOf(fields, javaClass, parseMember) };
    case 'thetaSketchConstant':
      return { type, name, value: requiredText(fields, 'value', javaClass, 'value must not be null') };
    default:
      return {
        type: 'thetaSketchSetOp',
        name,
        func: operationOf(fields, 'func', javaClass),
        size: sketchSize(fields, javaClass),
        fields: operandsOf(fields, javaClass, parseMember, 2),
      };
  }
}

function parseHll(type: string, fields: JsonObject, parseMember: ParseMember): PostAggregatorSpec {
  const javaClass = `${PACKAGE}.hll.${type.replace('HLL', 'Hll')}PostAggregator`;
  const name = nameOf(fields, javaClass);
  switch (type) {
    case 'HLLSketchEstimate':
      return { type, name, field: fieldOf(fields, javaClass, parseMember), round: flag(fields, 'round', false) };
    case 'HLLSketchEstimateWithBounds': {
      const numStdDev = deviationsOf(wholeNumber(fields, 'numStdDev', 1), javaClass);
      return { type, name, field: fieldOf(fields, javaClass, parseMember), numStdDev };
    }
    case 'HLLSketchToString':
      return { type, name, field: fieldOf(fields, javaClass, parseMember) };
    default: {
      const lgK = wholeNumber(fields, 'lgK', 12);
      if (lgK < 4 || lgK > 21) throw refused(javaClass, `Invalid lgK value [${lgK}]`);
      const operands = operandsOf(fields, javaClass, parseMember, 1);
      return { type: 'HLLSketchUnion', name, lgK, tgtHllType: hllTypeOf(fields, javaClass), fields: operands };
    }
  }
}

function parseQuantiles(
  family: QuantilesFamily,
  type: string,
  fields: JsonObject,
  parseMember: ParseMember,
): PostAggregatorSpec {
  const title = family === 'quantilesDoublesSketch' ? 'DoublesSketch' : family;
  const javaClass = `${PACKAGE}.${title.startsWith('Kll') ? 'kll' : 'quantiles'}.${title}${type}PostAggregator`;
  const named = { family, name: nameOf(fields, javaClass), field: fieldOf(fields, javaClass, parseMember) };
  switch (type) {
    case 'ToQuantile':
      return { ...named, type, fraction: fractionOf(realNumber(fields, 'fraction', 0)) };
    case 'ToQuantiles': {
      const fractions = realList(fields, 'fractions').map(fractionOf);
      return { ...named, type, fractions };
    }
    case 'ToHistogram': {
      const hasPoints = fields['splitPoints'] !== undefined && fields['splitPoints'] !== null;
      const hasBins = fields['numBins'] !== undefined && fields['numBins'] !== null;
      if (hasPoints && hasBins) throw refused(javaClass, 'Cannot accept both numBins and splitPoints');
      return {
        ...named,
        type,
        splitPoints: hasPoints ? realList(fields, 'splitPoints') : null,
        numBins: hasBins ? wholeNumber(fields, 'numBins', 10) : null,
      };
    }
    case 'ToRank':
      return { ...named, type, value: realNumber(fields, 'value', 0) };
    case 'ToCDF':
      if (!Array.isArray(fields['splitPoints'])) throw refused(javaClass, 'array of split points is null');
      return { ...named, type, splitPoints: realList(fields, 'splitPoints') };
    default:
      return { ...named, type: 'ToString' };
  }
}

/** The sketch refuses, when the query runs. */
function fractionOf(fraction: number): number {
  if (fraction >= 0 && fraction <= 1) return fraction;
  const problem = `A normalized rank must be >= 0 and <= 1.0: ${fraction}`;
  throw failedToRun(problem, 'org.apache.datasketches.common.SketchesArgumentException');
}

function parseTuple(suffix: string, fields: JsonObject, parseMember: ParseMember): PostAggregatorSpec {
  const javaClass = `${PACKAGE}.tuple.ArrayOfDoublesSketch${suffix}PostAggregator`;
  const name = nameOf(fields, javaClass);
  const oneField = (): PostAggregatorSpec => fieldOf(fields, javaClass, parseMember);
  switch (suffix) {
    case 'ToEstimateAndBounds': {
      const numStdDevs = deviationsOf(wholeNumber(fields, 'numStdDevs', 1), javaClass);
      return { type: 'arrayOfDoublesSketchToEstimateAndBounds', name, field: oneField(), numStdDevs };
    }
    case 'ToQuantilesSketch': {
      const column = wholeNumber(fields, 'column', 1);
      if (column < 1) throw refused(javaClass, `Illegal column number [${column}], must be >= 1`);
      const k = wholeNumber(fields, 'k', 128);
      return { type: 'arrayOfDoublesSketchToQuantilesSketch', name, field: oneField(), column, k };
    }
    case 'SetOp':
      return {
        type: 'arrayOfDoublesSketchSetOp',
        name,
        operation: operationOf(fields, 'operation', javaClass),
        nominalEntries: wholeNumber(fields, 'nominalEntries', 4096),
        numberOfValues: wholeNumber(fields, 'numberOfValues', 1),
        fields: operandsOf(fields, javaClass, parseMember, 2),
      };
    case 'TTest': {
      const operands = operandsOf(fields, javaClass, parseMember, 2);
      if (operands.length !== 2) throw refused(javaClass, `Illegal number of fields[${operands.length}], must be 2`);
      return { type: 'arrayOfDoublesSketchTTest', name, fields: operands };
    }
    case 'Constant': {
      const value = requiredText(fields, 'value', javaClass, 'value must not be null');
      return { type: 'arrayOfDoublesSketchConstant', name, value };
    }
    default:
      return { type: `${TUPLE}${suffix as 'ToEstimate'}`, name, field: oneField() };
  }
}
