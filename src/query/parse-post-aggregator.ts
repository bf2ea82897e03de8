/** Post-aggregators, and the names that the parts of a query give out. @source Druid `Queries.java` */
import { asObject, assertKnownType, list, optionalText, requiredText, type JsonObject, typeOf } from './json-fields.js';
import type { AggregatorSpec, PostAggregatorSpec } from './native-query.js';
import { javaScriptDisabled, refused, unsupported } from './query-errors.js';

const BASE = 'query.aggregation.PostAggregator';

const SUPPORTED = ['arithmetic', 'fieldAccess', 'finalizingFieldAccess', 'hyperUniqueCardinality', 'constant'];

/** What Druid with its usual extensions knows and this version lacks. */
const LACKING = new Set([
  ...'expression doubleGreatest doubleLeast longGreatest longLeast'.split(' '),
  ...'thetaSketchEstimate thetaSketchSetOp thetaSketchConstant thetaSketchToString sketchEstimate sketchSetOper'.split(
    ' ',
  ),
  ...'HLLSketchEstimate HLLSketchEstimateWithBounds HLLSketchUnion HLLSketchToString'.split(' '),
  ...['quantilesDoublesSketch', 'KllDoublesSketch', 'KllFloatsSketch'].flatMap((sketch) =>
    'ToQuantile ToQuantiles ToHistogram ToRank ToCDF ToString'.split(' ').map((suffix) => sketch + suffix),
  ),
  ...'ToEstimate ToEstimateAndBounds ToNumEntries ToMeans ToVariances ToQuantilesSketch SetOp TTest ToString ToMetricsSumEstimate ToBase64String Constant'
    .split(' ')
    .map((suffix) => `arrayOfDoublesSketch${suffix}`),
  ...'quantile quantiles min max equalBuckets buckets customBuckets stddev zscore2sample pvalue2tailedZtest'.split(' '),
]);

const OPERATIONS = ['quotient', 'pow', '*', '+', '-', '/'] as const;

/** @throws DruidError INVALID_INPUT, or UNSUPPORTED for types that this version lacks */
export function parsePostAggregator(json: unknown): PostAggregatorSpec {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  switch (type) {
    case 'arithmetic':
      return parseArithmetic(fields);
    case 'fieldAccess':
    case 'finalizingFieldAccess':
    case 'hyperUniqueCardinality': {
      const title = type === 'hyperUniqueCardinality' ? 'hyperloglog.HyperUniqueFinalizing' : `post.${capital(type)}`;
      const fieldName = requiredText(
        fields,
        'fieldName',
        `query.aggregation.${title}PostAggregator`,
        'fieldName must not be null',
      );
      return { type, name: optionalText(fields, 'name') ?? fieldName, fieldName };
    }
    case 'constant':
      return parseConstant(fields);
    case 'javascript':
      throw javaScriptDisabled();
    default:
      assertKnownType(type, BASE, new Set([...SUPPORTED, 'javascript', ...LACKING]));
      throw unsupported('the post-aggregator type', type);
  }
}

function parseArithmetic(fields: JsonObject): PostAggregatorSpec {
  const javaClass = 'query.aggregation.post.ArithmeticPostAggregator';
  const fnName = requiredText(fields, 'fn', javaClass, 'fn must not be null');
  const members = list(fields, 'fields');
  if (members.length <= 1) throw refused(javaClass, `Illegal number of fields[${members.length}], must be > 1`);
  const fn = OPERATIONS.find((operation) => operation === fnName);
  if (fn === undefined)
    throw refused(javaClass, `Unknown operation[${fnName}], known operations[[${OPERATIONS.join(', ')}]]`);
  const ordering = optionalText(fields, 'ordering');
  if (ordering !== null && ordering !== 'numericFirst')
    throw refused(javaClass, `No enum constant Ordering.${ordering}`);
  return {
    type: 'arithmetic',
    name: optionalText(fields, 'name') ?? '',
    fn,
    fields: members.map(parsePostAggregator),
    ordering,
  };
}

function parseConstant(fields: JsonObject): PostAggregatorSpec {
  const text = requiredText(
    fields,
    'value',
    'query.aggregation.post.ConstantPostAggregator',
    'Constant value must not be null',
  );
  const value = Number(text);
  if (Number.isNaN(value) && text !== 'NaN') {
    throw refused('query.aggregation.post.ConstantPostAggregator', `Constant value [${text}] is not a number`);
  }
  return { type: 'constant', name: optionalText(fields, 'name') ?? '', value };
}

/**
 * Checks that no two outputs share a name and that post-aggregators read only what exists before them.
 * @throws DruidError INVALID_INPUT
 */
export function assertOutputNames(
  dimensions: readonly string[],
  aggregations: readonly AggregatorSpec[],
  postAggregations: readonly PostAggregatorSpec[],
  queryClass: string,
): void {
  const names = new Set(dimensions);
  const define = (name: string): void => {
    if (names.has(name)) throw refused(queryClass, `[${name}] already defined`);
    names.add(name);
  };
  for (const aggregator of aggregations) define(aggregator.name);
  for (const postAggregator of postAggregations) {
    const missing = [...new Set(inputs(postAggregator))].filter((input) => !names.has(input));
    if (missing.length > 0) {
      throw refused(queryClass, `Missing fields [[${missing.join(', ')}]] for postAggregator [${postAggregator.name}]`);
    }
    define(postAggregator.name);
  }
}

function inputs(spec: PostAggregatorSpec): readonly string[] {
  switch (spec.type) {
    case 'arithmetic':
      return spec.fields.flatMap(inputs);
    case 'constant':
      return [];
    default:
      return [spec.fieldName];
  }
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
