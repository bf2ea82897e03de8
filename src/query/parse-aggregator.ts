/** Aggregators of queries and of `metricsSpec`. @source Druid `AggregatorsModule.java`, `query/aggregation/**` */
import { TIME_COLUMN } from '../common/column-type.js';
import type { ExpressionAggregatorSpec } from './aggregator-spec.js';
import { aggregatorName, nameAndField } from './aggregator-name.js';
import {
  asObject,
  assertKnownType,
  findColumnType,
  flag,
  type JsonObject,
  optionalText,
  realList,
  requiredText,
  textList,
  typeOf,
  wholeNumber,
} from './json-fields.js';
import type { AggregatorSpec, NumericKind } from './native-query.js';
import { parseFilter } from './parse-filter.js';
import { ingestionScope, type ParseScope } from './parse-scope.js';
import { SKETCH_PARSERS } from './parse-sketch-aggregator.js';
import { javaScriptDisabled, refused } from './query-errors.js';

const BASE = 'query.aggregation.AggregatorFactory';
const SIMPLE = /^(long|double|float)(Sum|Min|Max|First|Last|Any)$/;
const NUMERIC_NAMES = ['long', 'double', 'float'].flatMap((kind) =>
  ['Sum', 'Min', 'Max', 'First', 'Last', 'Any'].map((operation) => kind + operation),
);

/** Types with a parser of their own. */
const PARSERS: Readonly<Record<string, (fields: JsonObject, scope: ParseScope) => AggregatorSpec>> = {
  count: (fields) => ({ type: 'count', name: aggregatorName(fields, 'query.aggregation.CountAggregatorFactory') }),
  stringFirst: (fields) => parseStringFirstLast('first', fields),
  stringFirstFold: (fields) => parseStringFirstLast('first', fields),
  stringLast: (fields) => parseStringFirstLast('last', fields),
  stringLastFold: (fields) => parseStringFirstLast('last', fields),
  stringAny: parseStringAny,
  doubleMean: (fields) => ({
    type: 'doubleMean',
    ...nameAndField(fields, 'query.aggregation.mean.DoubleMeanAggregatorFactory'),
  }),
  filtered: parseFiltered,
  grouping: parseGrouping,
  singleValue: parseSingleValue,
  histogram: parseHistogram,
  expression: parseExpressionAggregator,
  variance: (fields) => parseVariance('variance', fields),
  varianceFold: (fields) => parseVariance('varianceFold', fields),
  ...SKETCH_PARSERS,
};
const KNOWN = new Set([...Object.keys(PARSERS), ...NUMERIC_NAMES, 'javascript']);

/**
 * An aggregator in any spelling of Druid, with its defaults.
 * @param scope of the query or spec, which gets the columns that the aggregator computes first
 * @throws DruidError INVALID_INPUT, or RUNTIME_FAILURE for what Druid finds when it runs
 */
export function parseAggregator(json: unknown, scope: ParseScope = ingestionScope()): AggregatorSpec {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  assertKnownType(type, BASE, KNOWN);
  if (type === 'javascript') throw javaScriptDisabled();
  const simple = SIMPLE.exec(type);
  if (simple) return parseSimple(simple[1] as NumericKind, simple[2]!, fields, scope);
  return PARSERS[type]!(fields, scope);
}

function parseSimple(kind: NumericKind, operation: string, fields: JsonObject, scope: ParseScope): AggregatorSpec {
  const title = `${kind[0]!.toUpperCase()}${kind.slice(1)}${operation}`;
  switch (operation) {
    case 'First':
    case 'Last': {
      const javaClass = `query.aggregation.${operation.toLowerCase()}.${title}AggregatorFactory`;
      const timeColumn = optionalText(fields, 'timeColumn') ?? TIME_COLUMN;
      return { type: operation === 'First' ? 'first' : 'last', kind, ...nameAndField(fields, javaClass), timeColumn };
    }
    case 'Any':
      return { type: 'any', kind, ...nameAndField(fields, `query.aggregation.any.${title}AggregatorFactory`) };
    default:
      return parseSumMinMax(kind, operation.toLowerCase() as 'sum' | 'min' | 'max', title, fields, scope);
  }
}

function parseSumMinMax(
  kind: NumericKind,
  type: 'sum' | 'min' | 'max',
  title: string,
  fields: JsonObject,
  scope: ParseScope,
): AggregatorSpec {
  const javaClass = `query.aggregation.${title}AggregatorFactory`;
  const name = aggregatorName(fields, javaClass);
  const fieldName = optionalText(fields, 'fieldName');
  const expression = optionalText(fields, 'expression');
  if ((fieldName !== null) === (expression !== null)) {
    throw refused(javaClass, 'Must have a valid, non-null fieldName or expression');
  }
  if (expression === null) return { type, kind, name, fieldName: fieldName! };
  scope.assertRuns(expression);
  const outputType = kind.toUpperCase() as 'LONG' | 'DOUBLE' | 'FLOAT';
  return { type, kind, name, fieldName: scope.derive({ type: 'expression', expression, outputType }) };
}

function maxStringBytesOf(fields: JsonObject, javaClass: string): number {
  const maxStringBytes = wholeNumber(fields, 'maxStringBytes', 1024);
  if (maxStringBytes < 0) throw refused(javaClass, 'maxStringBytes must be greater than 0');
  return maxStringBytes;
}

function parseStringFirstLast(type: 'first' | 'last', fields: JsonObject): AggregatorSpec {
  const javaClass = `query.aggregation.${type}.String${type === 'first' ? 'First' : 'Last'}AggregatorFactory`;
  const maxStringBytes = maxStringBytesOf(fields, javaClass);
  const timeColumn = optionalText(fields, 'timeColumn') ?? TIME_COLUMN;
  return { type, kind: 'string', ...nameAndField(fields, javaClass), timeColumn, maxStringBytes };
}

function parseStringAny(fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.any.StringAnyAggregatorFactory';
  const maxStringBytes = maxStringBytesOf(fields, javaClass);
  const aggregateMultipleValues = flag(fields, 'aggregateMultipleValues', true);
  return { type: 'any', kind: 'string', ...nameAndField(fields, javaClass), maxStringBytes, aggregateMultipleValues };
}

function parseFiltered(fields: JsonObject, scope: ParseScope): AggregatorSpec {
  const javaClass = 'query.aggregation.FilteredAggregatorFactory';
  for (const key of ['aggregator', 'filter']) {
    if (fields[key] === undefined || fields[key] === null) throw refused(javaClass, `${key} must not be null`);
  }
  const aggregator = parseAggregator(fields['aggregator'], scope);
  return {
    type: 'filtered',
    name: optionalText(fields, 'name') || aggregator.name,
    filter: parseFilter(fields['filter'], scope),
    aggregator,
  };
}

/** Bits of a Java long without its sign. */
const MAX_GROUPINGS = 63;

function parseGrouping(fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.GroupingAggregatorFactory';
  const name = aggregatorName(fields, javaClass);
  const groupings = textList(fields, 'groupings').filter((grouping) => grouping !== null);
  if (groupings.length === 0) throw refused(javaClass, 'Must have a non-empty grouping dimensions');
  if (groupings.length > MAX_GROUPINGS) {
    throw refused(javaClass, `Number of dimensions ${groupings.length} is more than supported ${MAX_GROUPINGS}`);
  }
  return { type: 'grouping', name, groupings };
}

function parseSingleValue(fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.SingleValueAggregatorFactory';
  const named = nameAndField(fields, javaClass);
  const typeName = requiredText(fields, 'columnType', javaClass, 'Must have a valid, non-null columnType');
  const columnType = findColumnType(typeName);
  if (columnType === undefined) throw refused(javaClass, 'Must have a valid, non-null columnType');
  return { type: 'singleValue', ...named, columnType };
}

function parseHistogram(fields: JsonObject): AggregatorSpec {
  const named = nameAndField(fields, 'query.aggregation.HistogramAggregatorFactory');
  return { type: 'histogram', ...named, breaks: realList(fields, 'breaks') };
}

function parseVariance(type: 'variance' | 'varianceFold', fields: JsonObject): AggregatorSpec {
  const javaClass = 'query.aggregation.variance.VarianceAggregatorFactory';
  const estimator = optionalText(fields, 'estimator')?.toLowerCase();
  return { type, ...nameAndField(fields, javaClass), estimator: estimator === 'population' ? 'population' : 'sample' };
}

const MIN_SIZE_BYTES = 10;

function parseExpressionAggregator(fields: JsonObject, scope: ParseScope): ExpressionAggregatorSpec {
  const javaClass = 'query.aggregation.ExpressionLambdaAggregatorFactory';
  const name = requiredText(fields, 'name', javaClass, 'Must have a valid, non-null aggregator name');
  const inputs = textList(fields, 'fields').filter((field) => field !== null);
  const fold = requiredText(fields, 'fold', javaClass, 'Must have a valid, non-null fold expression');
  const initialValue = requiredText(fields, 'initialValue', javaClass, 'Must have a valid, non-null initialValue');
  const combine = optionalText(fields, 'combine') ?? combineLike(fold, inputs, name, javaClass);
  const maxSizeBytes = wholeNumber(fields, 'maxSizeBytes', 1024);
  if (maxSizeBytes < MIN_SIZE_BYTES) {
    throw refused(javaClass, `Max size of ${maxSizeBytes} bytes is too small, must be at least ${MIN_SIZE_BYTES}`);
  }
  const shouldAggregateNullInputs = flag(fields, 'shouldAggregateNullInputs', true);
  const spec: ExpressionAggregatorSpec = {
    type: 'expression',
    name,
    fields: inputs,
    accumulatorIdentifier: optionalText(fields, 'accumulatorIdentifier') ?? '__acc',
    initialValue,
    initialCombineValue: optionalText(fields, 'initialCombineValue') ?? initialValue,
    fold,
    combine,
    compare: optionalText(fields, 'compare'),
    finalize: optionalText(fields, 'finalize'),
    isNullUnlessAggregated: flag(fields, 'isNullUnlessAggregated', true),
    shouldAggregateNullInputs,
    shouldCombineAggregateNullInputs: flag(fields, 'shouldCombineAggregateNullInputs', shouldAggregateNullInputs),
    maxSizeBytes,
  };
  for (const text of [initialValue, fold, combine, spec.compare, spec.finalize]) {
    if (text !== null) scope.assertRuns(text);
  }
  return spec;
}

/** Folding one field serves to combine too, with the results of others in the place of the field. */
function combineLike(fold: string, inputs: readonly string[], name: string, javaClass: string): string {
  const [only] = inputs;
  if (only === undefined || inputs.length > 1) {
    throw refused(javaClass, 'Must have a single input field if no combine expression is supplied');
  }
  const field = new RegExp(`(?<![\\w$])${only.replaceAll(/[^\w]/g, '\\$&')}(?![\\w$])`, 'g');
  return fold.replaceAll(field, () => name);
}
