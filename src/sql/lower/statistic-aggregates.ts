import type { AggregateCall } from '../rex/rex.js';
import { notPlanned } from '../validate/planning-errors.js';
import type { LoweredAggregate } from './native-expression.js';

/** What an aggregate asks of its operands. */
interface Operands {
  /** The column that an operand is read from. */
  field(i: number): string;
  nativeType(i: number): string;
  /** undefined when it is left out. @throws DruidError when it is no literal */
  constant(i: number): unknown;
}

/**
 * Variances, quantiles of histograms with fixed buckets, and tuple sketches; undefined for any other aggregate.
 * @source Druid `BaseVarianceSqlAggregator.java`, `FixedBucketsHistogramQuantileSqlAggregator.java`, `ArrayOfDoublesSketchSqlAggregator.java`
 */
export function statisticAggregate(
  { function: fn, operands }: AggregateCall,
  name: string,
  read: Operands,
): LoweredAggregate | undefined {
  switch (fn) {
    case 'VAR_POP':
    case 'VAR_SAMP':
    case 'VARIANCE':
    case 'STDDEV_POP':
    case 'STDDEV_SAMP':
    case 'STDDEV':
      return variance(fn, name, read);
    case 'APPROX_QUANTILE_FIXED_BUCKETS':
      return fixedBuckets(name, read);
    case 'DS_TUPLE_DOUBLES':
      return tuples(name, operands.length, read);
    default:
      return undefined;
  }
}

function variance(fn: string, name: string, read: Operands): LoweredAggregate {
  const fieldName = `${name}:agg`;
  const type = read.nativeType(0);
  const merges = type.startsWith('COMPLEX');
  const estimator = fn.endsWith('_POP') ? 'population' : 'sample';
  const inputType = merges ? 'variance' : type.toLowerCase();
  const aggregator = {
    type: merges ? 'varianceFold' : 'variance',
    name: fieldName,
    fieldName: read.field(0),
    estimator,
    inputType,
  };
  const postAggregator = fn.startsWith('STDDEV')
    ? { type: 'stddev', name, fieldName, estimator }
    : { type: 'finalizingFieldAccess', name, fieldName };
  return { aggregators: [aggregator], postAggregator, outputName: name, outputType: 'DOUBLE' };
}

/** `(x, probability, numBuckets, lower, upper[, outliers])` */
function fixedBuckets(name: string, read: Operands): LoweredAggregate {
  const fieldName = `${name}:agg`;
  const aggregator = {
    type: 'fixedBucketsHistogram',
    name: fieldName,
    fieldName: read.field(0),
    numBuckets: read.constant(2),
    lowerLimit: read.constant(3),
    upperLimit: read.constant(4),
    outlierHandlingMode: read.constant(5) ?? 'ignore',
    finalizeAsBase64Binary: false,
  };
  const postAggregator = { type: 'quantile', name, fieldName, probability: read.constant(1) };
  return { aggregators: [aggregator], postAggregator, outputName: name, outputType: 'FLOAT' };
}

/** `(key, number…[, nominalEntries])`, or `(sketch[, nominalEntries])`. */
function tuples(name: string, count: number, read: Operands): LoweredAggregate {
  let last = count;
  let nominalEntries: unknown = 4096;
  if (count > 1) {
    const size = constantOf(read, count - 1);
    if (typeof size === 'number') {
      nominalEntries = size;
      last--;
    }
  }
  const isSketch = read.nativeType(0).startsWith('COMPLEX');
  if (!isSketch && last < 2) throw notPlanned('DS_TUPLE_DOUBLES needs a key and numbers');
  const metricColumns = Array.from({ length: last - 1 }, (_, i) => read.field(i + 1));
  const aggregator = {
    type: 'arrayOfDoublesSketch',
    name,
    fieldName: read.field(0),
    nominalEntries,
    ...(isSketch ? {} : { metricColumns, numberOfValues: metricColumns.length }),
  };
  const outputType = 'COMPLEX<arrayOfDoublesSketch>';
  return { aggregators: [aggregator], postAggregator: null, outputName: name, outputType };
}

function constantOf(read: Operands, i: number): unknown {
  try {
    return read.constant(i);
  } catch {
    return undefined;
  }
}
