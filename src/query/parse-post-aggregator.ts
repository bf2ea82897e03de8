/** Post-aggregators. @source Druid `query/aggregation/post/*.java` */
import type { ColumnType } from '../common/column-type.js';
import {
  asObject,
  assertKnownType,
  findColumnType,
  type JsonObject,
  list,
  optionalText,
  realList,
  realNumber,
  requiredText,
  typeOf,
  wholeNumber,
} from './json-fields.js';
import type { PostAggregatorSpec } from './native-query.js';
import type { ParseScope } from './parse-scope.js';
import { parseSketchPostAggregator, SKETCH_POST_AGGREGATORS } from './parse-sketch-post-aggregator.js';
import { javaScriptDisabled, refused } from './query-errors.js';

const BASE = 'query.aggregation.PostAggregator';
const POST = 'query.aggregation.post';

type Parser = (type: string, fields: JsonObject, scope: ParseScope) => PostAggregatorSpec;

const PARSERS: Readonly<Record<string, Parser>> = {
  arithmetic: (_type, fields, scope) => parseArithmetic(fields, scope),
  fieldAccess: parseAccess,
  finalizingFieldAccess: parseAccess,
  hyperUniqueCardinality: parseAccess,
  constant: (_type, fields) => parseConstant(fields),
  expression: (_type, fields) => parseExpression(fields),
  doubleGreatest: parseExtreme,
  doubleLeast: parseExtreme,
  longGreatest: parseExtreme,
  longLeast: parseExtreme,
  quantile: parseOfHistogram,
  quantiles: parseOfHistogram,
  min: parseOfHistogram,
  max: parseOfHistogram,
  equalBuckets: parseOfHistogram,
  buckets: parseOfHistogram,
  customBuckets: parseOfHistogram,
  stddev: parseOfHistogram,
};
const KNOWN = new Set([...Object.keys(PARSERS), ...SKETCH_POST_AGGREGATORS, 'javascript']);

const OPERATIONS = ['quotient', 'pow', '*', '+', '-', '/'] as const;

/** @throws DruidError INVALID_INPUT, or RUNTIME_FAILURE for JavaScript */
export function parsePostAggregator(json: unknown, scope: ParseScope): PostAggregatorSpec {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  assertKnownType(type, BASE, KNOWN);
  if (type === 'javascript') throw javaScriptDisabled();
  const parser = Object.hasOwn(PARSERS, type) ? PARSERS[type] : undefined;
  if (parser !== undefined) return parser(type, fields, scope);
  return parseSketchPostAggregator(type, fields, (member) => parsePostAggregator(member, scope));
}

function nameOf(fields: JsonObject): string {
  return optionalText(fields, 'name') ?? '';
}

function parseArithmetic(fields: JsonObject, scope: ParseScope): PostAggregatorSpec {
  const javaClass = `${POST}.ArithmeticPostAggregator`;
  const fnName = requiredText(fields, 'fn', javaClass, 'fn must not be null');
  const members = list(fields, 'fields');
  if (members.length <= 1) throw refused(javaClass, `Illegal number of fields[${members.length}], must be > 1`);
  const fn = OPERATIONS.find((operation) => operation === fnName);
  if (fn === undefined) {
    throw refused(javaClass, `Unknown operation[${fnName}], known operations[[${OPERATIONS.join(', ')}]]`);
  }
  const ordering = orderingOf(fields, javaClass);
  const operands = members.map((member) => parsePostAggregator(member, scope));
  return { type: 'arithmetic', name: nameOf(fields), fn, fields: operands, ordering };
}

function orderingOf(fields: JsonObject, javaClass: string): 'numericFirst' | null {
  const ordering = optionalText(fields, 'ordering');
  if (ordering === null || ordering === '') return null;
  if (ordering === 'numericFirst') return ordering;
  throw refused(javaClass, `No enum constant org.apache.druid.${javaClass}.Ordering.${ordering}`);
}

function parseAccess(type: string, fields: JsonObject): PostAggregatorSpec {
  const isCardinality = type === 'hyperUniqueCardinality';
  const javaClass = isCardinality
    ? 'query.aggregation.hyperloglog.HyperUniqueFinalizingPostAggregator'
    : `${POST}.${type[0]!.toUpperCase()}${type.slice(1)}PostAggregator`;
  const fieldName = requiredText(fields, 'fieldName', javaClass, 'fieldName must not be null');
  return {
    type: type as 'fieldAccess' | 'finalizingFieldAccess' | 'hyperUniqueCardinality',
    name: optionalText(fields, 'name') ?? fieldName,
    fieldName,
  };
}

function parseConstant(fields: JsonObject): PostAggregatorSpec {
  const javaClass = `${POST}.ConstantPostAggregator`;
  const text = requiredText(fields, 'value', javaClass, 'Constant value must not be null');
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value) && text !== 'NaN') throw refused(javaClass, `Constant value [${text}] is not a number`);
  // As text: longs that doubles cannot hold, and doubles that would pass for longs.
  const isLong = /^-?\d+$/.test(text);
  const isTold = isLong ? !Number.isSafeInteger(value) : Number.isInteger(value);
  return { type: 'constant', name: nameOf(fields), value: isTold ? text : value };
}

function parseExpression(fields: JsonObject): PostAggregatorSpec {
  const javaClass = `${POST}.ExpressionPostAggregator`;
  const expression = requiredText(fields, 'expression', javaClass, 'expression cannot be null');
  const typeName = optionalText(fields, 'outputType');
  const outputType: ColumnType | null = typeName === null ? null : (findColumnType(typeName) ?? null);
  if (typeName !== null && outputType === null) throw refused(javaClass, `Unknown column type [${typeName}]`);
  return { type: 'expression', name: nameOf(fields), expression, ordering: orderingOf(fields, javaClass), outputType };
}

function parseExtreme(type: string, fields: JsonObject, scope: ParseScope): PostAggregatorSpec {
  const javaClass = `${POST}.${type[0]!.toUpperCase()}${type.slice(1)}PostAggregator`;
  const members = list(fields, 'fields');
  if (members.length === 0) throw refused(javaClass, 'Illegal number of fields[0], must be > 0');
  return {
    type: type as 'doubleGreatest' | 'doubleLeast' | 'longGreatest' | 'longLeast',
    name: nameOf(fields),
    fields: members.map((member) => parsePostAggregator(member, scope)),
  };
}

/** What reads a histogram, or (`stddev`) a variance. */
function parseOfHistogram(type: string, fields: JsonObject): PostAggregatorSpec {
  const javaClass = `query.aggregation.histogram.${type[0]!.toUpperCase()}${type.slice(1)}PostAggregator`;
  const fieldName = requiredText(fields, 'fieldName', javaClass, 'fieldName must not be null');
  const named = { name: optionalText(fields, 'name') ?? fieldName, fieldName };
  switch (type) {
    case 'quantile':
      return { type, ...named, probability: probability(realNumber(fields, 'probability', 0), javaClass) };
    case 'quantiles': {
      const probabilities = realList(fields, 'probabilities').map((value) => probability(value, javaClass));
      return { type, ...named, probabilities };
    }
    case 'equalBuckets': {
      const numBuckets = wholeNumber(fields, 'numBuckets', 0);
      if (numBuckets <= 1) throw refused(javaClass, `Illegal number of buckets[${numBuckets}], must be > 1`);
      return { type, ...named, numBuckets };
    }
    case 'buckets': {
      const bucketSize = realNumber(fields, 'bucketSize', 0);
      if (bucketSize <= 0) throw refused(javaClass, `Illegal bucketSize [${bucketSize}], must be > 0`);
      return { type, ...named, bucketSize, offset: realNumber(fields, 'offset', 0) };
    }
    case 'customBuckets':
      return { type, ...named, breaks: realList(fields, 'breaks') };
    case 'stddev': {
      const isPopulation = optionalText(fields, 'estimator')?.toLowerCase() === 'population';
      return { type, ...named, estimator: isPopulation ? 'population' : 'sample' };
    }
    default:
      return { type: type as 'min' | 'max', ...named };
  }
}

function probability(value: number, javaClass: string): number {
  if (value >= 0 && value <= 1) return value;
  throw refused(javaClass, `Illegal probability[${value}], must be strictly between 0 and 1`);
}
