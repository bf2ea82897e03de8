import type { FunctionContext } from '../expressions/functions/expr-function.js';
import type { ExprType } from '../expressions/expr.js';
import type { PostAggregatorSpec } from '../query/native-query.js';
import type { TableColumn } from '../vectors/table.js';
import { base64Column } from './images.js';
import { arithmetic, constantColumn, extreme } from './post/arithmetic.js';
import { imagesOf } from './post/column-values.js';
import { expressionPostAggregator } from './post/expression.js';
import { FieldReader } from './post/field-reader.js';
import { histogramPostAggregator } from './post/histogram.js';
import { hllPostAggregator } from './post/hll.js';
import type { MetricColumns } from './post/metric-columns.js';
import { quantilesPostAggregator } from './post/quantiles.js';
import { thetaPostAggregator } from './post/theta.js';
import { tuplePostAggregator } from './post/tuple.js';

const NO_LOOKUPS: FunctionContext = { lookup: () => undefined };

/**
 * The columns of post-aggregators in declared order; each sees the metrics and the ones before it by name. Sketches come out as base64.
 * @param metrics aggregators (and dimensions) by name; not changed
 */
export function computePostAggregators(
  specs: readonly PostAggregatorSpec[],
  metrics: ReadonlyMap<string, MetricColumns>,
  numRows: number,
  context: FunctionContext = NO_LOOKUPS,
): Map<string, TableColumn> {
  const visible = new Map(metrics);
  const computed = new Map<string, TableColumn>();
  for (const spec of specs) {
    const raw = new Computation(visible, numRows, context).raw(spec);
    const finished = shownColumn(raw);
    visible.set(spec.name, { raw, finished });
    computed.set(spec.name, finished);
  }
  return computed;
}

/** A column as it is output: images as base64. */
export function shownColumn(column: TableColumn): TableColumn {
  return column.type === 'BINARY' ? base64Column(column) : column;
}

/** Names of the metrics that post-aggregators read, also within expressions. */
export function postAggregatorInputs(
  spec: PostAggregatorSpec,
  inputsOf: (expression: string) => readonly string[],
): readonly string[] {
  if (spec.type === 'expression') return inputsOf(spec.expression);
  if ('fieldName' in spec) return [spec.fieldName];
  if ('fields' in spec) return spec.fields.flatMap((field) => postAggregatorInputs(field, inputsOf));
  return 'field' in spec ? postAggregatorInputs(spec.field, inputsOf) : [];
}

class Computation {
  readonly #metrics: ReadonlyMap<string, MetricColumns>;
  readonly #numRows: number;
  readonly #context: FunctionContext;
  readonly #fields: FieldReader;

  constructor(metrics: ReadonlyMap<string, MetricColumns>, numRows: number, context: FunctionContext) {
    this.#metrics = metrics;
    this.#numRows = numRows;
    this.#context = context;
    this.#fields = new FieldReader(numRows, (spec) => this.raw(spec));
  }

  /** Values that are not finalised: sketches as images. */
  raw(spec: PostAggregatorSpec): TableColumn {
    const numRows = this.#numRows;
    switch (spec.type) {
      case 'constant':
        return constantColumn(spec.value, numRows);
      case 'fieldAccess':
        return this.#metrics.get(spec.fieldName)?.raw ?? this.#nulls();
      case 'finalizingFieldAccess':
      case 'hyperUniqueCardinality':
        return this.#finished(spec.fieldName) ?? this.#nulls();
      case 'arithmetic':
        return arithmetic(spec.fn, this.#numbers(spec.fields), numRows);
      case 'doubleGreatest':
      case 'doubleLeast':
      case 'longGreatest':
      case 'longLeast':
        return extreme(spec.type, this.#numbers(spec.fields), numRows);
      case 'expression':
        return expressionPostAggregator(
          spec.expression,
          exprType(spec.outputType),
          (name) => this.#finished(name),
          numRows,
          this.#context,
        );
      default:
        return this.#ofSketches(spec);
    }
  }

  #ofSketches(spec: SketchSpec): TableColumn {
    switch (spec.type) {
      case 'thetaSketchEstimate':
      case 'thetaSketchSetOp':
      case 'thetaSketchConstant':
      case 'thetaSketchToString':
        return thetaPostAggregator(spec, this.#fields);
      case 'HLLSketchEstimate':
      case 'HLLSketchEstimateWithBounds':
      case 'HLLSketchUnion':
      case 'HLLSketchToString':
        return hllPostAggregator(spec, this.#fields);
      case 'ToQuantile':
      case 'ToQuantiles':
      case 'ToHistogram':
      case 'ToRank':
      case 'ToCDF':
      case 'ToString':
        return quantilesPostAggregator(spec, this.#fields);
      case 'quantile':
      case 'quantiles':
      case 'min':
      case 'max':
      case 'equalBuckets':
      case 'buckets':
      case 'customBuckets':
      case 'stddev':
        return histogramPostAggregator(
          spec,
          () => imagesOf(this.#metrics.get(spec.fieldName)?.raw ?? this.#nulls(), this.#numRows, spec.fieldName),
          () => this.#finished(spec.fieldName) ?? this.#nulls(),
          this.#numRows,
        );
      default:
        return tuplePostAggregator(spec, this.#fields);
    }
  }

  #finished(name: string): TableColumn | undefined {
    return this.#metrics.get(name)?.finished;
  }

  /** Operands of arithmetic: of an aggregator the finalised number, where its other form is none. */
  #numbers(specs: readonly PostAggregatorSpec[]): TableColumn[] {
    return specs.map((spec) =>
      spec.type === 'fieldAccess' ? (this.#finished(spec.fieldName) ?? this.#nulls()) : this.raw(spec),
    );
  }

  #nulls(): TableColumn {
    return { type: 'JSON', texts: Array.from({ length: this.#numRows }, () => null) };
  }
}

type PlainType =
  | 'constant'
  | 'fieldAccess'
  | 'finalizingFieldAccess'
  | 'hyperUniqueCardinality'
  | 'arithmetic'
  | 'doubleGreatest'
  | 'doubleLeast'
  | 'longGreatest'
  | 'longLeast'
  | 'expression';
type SketchSpec = Exclude<PostAggregatorSpec, { readonly type: PlainType }>;

function exprType(type: string | null): ExprType | null {
  return type === 'FLOAT' ? 'DOUBLE' : (type as ExprType | null);
}
