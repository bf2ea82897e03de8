import { formatDouble } from '../common/java-number.js';
import type { AggregatorSpec } from '../query/native-query.js';
import { ApproximateHistogram, type VisualHistogram } from '../sketches/approximate-histogram.js';
import { BreaksHistogram } from '../sketches/breaks-histogram.js';
import { FixedBucketsHistogram } from '../sketches/fixed-buckets-histogram.js';
import { NumericInput } from './numeric-input.js';
import { SketchAggregator, type SketchKind } from './sketch-aggregator.js';

type Spec<T extends AggregatorSpec['type']> = Extract<AggregatorSpec, { readonly type: T }>;

/** @source Druid `HistogramAggregatorFactory.java` */
export function createBreaksHistogram(spec: Spec<'histogram'>): SketchAggregator<BreaksHistogram> {
  const create = (): BreaksHistogram => new BreaksHistogram(spec.breaks);
  return new SketchAggregator<BreaksHistogram>(
    {
      create,
      addValues: addFloats(spec.fieldName),
      merge: (histogram, image) => histogram.merge(BreaksHistogram.fromBytes(image)),
      write: (histogram) => histogram.toBytes(),
      finish: (histograms) => ({
        type: 'JSON',
        texts: histograms.map((found) => {
          const { breaks, counts, min, max } = found ?? create();
          return `{"breaks":${numbers(breaks)},"counts":${numbers(counts)},"quantiles":${numbers([min, max])}}`;
        }),
      }),
    },
    spec.fieldName,
    true,
  );
}

/** @source Druid `histogram/ApproximateHistogramAggregatorFactory.java` */
export function createApproximateHistogram(
  spec: Spec<'approxHistogram' | 'approxHistogramFold'>,
): SketchAggregator<ApproximateHistogram> {
  const create = (): ApproximateHistogram =>
    new ApproximateHistogram(
      spec.resolution,
      spec.lowerLimit ?? Number.NEGATIVE_INFINITY,
      spec.upperLimit ?? Number.POSITIVE_INFINITY,
    );
  return new SketchAggregator<ApproximateHistogram>(
    {
      create,
      addValues: addFloats(spec.fieldName),
      merge: (histogram, image) => histogram.merge(ApproximateHistogram.fromBytes(image)),
      write: (histogram) => histogram.toBytes(),
      finish: (histograms) => ({
        type: 'JSON',
        texts: histograms.map((histogram) => histogramJson((histogram ?? create()).equalBuckets(spec.numBuckets))),
      }),
    },
    spec.fieldName,
    !spec.finalizeAsBase64Binary,
    spec.type === 'approxHistogramFold',
  );
}

/** @source Druid `histogram/FixedBucketsHistogramAggregatorFactory.java` */
export function createFixedBucketsHistogram(
  spec: Spec<'fixedBucketsHistogram'>,
): SketchAggregator<FixedBucketsHistogram> {
  const create = (): FixedBucketsHistogram => new FixedBucketsHistogram(spec);
  return new SketchAggregator<FixedBucketsHistogram>(
    {
      create,
      addValues: addCountingNulls(spec.fieldName),
      merge: (histogram, image) => histogram.merge(FixedBucketsHistogram.fromBytes(image)),
      write: (histogram) => histogram.toBytes(),
      finish: (histograms) => ({
        type: 'JSON',
        texts: histograms.map((histogram) => fixedBucketsJson(histogram ?? create())),
      }),
    },
    spec.fieldName,
    !spec.finalizeAsBase64Binary,
  );
}

export function histogramJson({ breaks, counts }: VisualHistogram): string {
  return `{"breaks":${numbers(breaks)},"counts":${numbers(counts)}}`;
}

/** A JSON array of doubles. */
export function numbers(values: ArrayLike<number>): string {
  return `[${Array.from(values, formatDouble).join(',')}]`;
}

function fixedBucketsJson(histogram: FixedBucketsHistogram): string {
  const { spec, counts, bucketSize, count, min, max, lowerOutliers, upperOutliers, missing } = histogram;
  const fields: Readonly<Record<string, string>> = {
    lowerLimit: formatDouble(spec.lowerLimit),
    upperLimit: formatDouble(spec.upperLimit),
    numBuckets: String(spec.numBuckets),
    upperOutlierCount: String(upperOutliers),
    lowerOutlierCount: String(lowerOutliers),
    missingValueCount: String(missing),
    histogram: `[${counts.join(',')}]`,
    bucketSize: formatDouble(bucketSize),
    count: String(count),
    max: formatDouble(max),
    min: formatDouble(min),
    outlierHandlingMode: `"${spec.outlierHandlingMode}"`,
  };
  return `{${Object.entries(fields)
    .map(([key, value]) => `"${key}":${value}`)
    .join(',')}}`;
}

function addFloats(fieldName: string): SketchKind<{ add(value: number): void }>['addValues'] {
  const input = new NumericInput(fieldName, { kind: 'float', unparsable: 0 });
  return (block, selection, groups, histogramOf) => {
    if (!input.readDoubles(block, selection, groups)) return;
    for (let i = 0; i < input.count; i++) {
      histogramOf(input.groups === null ? 0 : input.groups[i]!).add(input.values[i]!);
    }
  };
}

/** Rows without a value, or one that is no number, are counted apart. */
function addCountingNulls(fieldName: string): SketchKind<FixedBucketsHistogram>['addValues'] {
  const input = new NumericInput(fieldName, { kind: 'double', unparsable: Number.NaN });
  return (block, selection, groups, histogramOf): void => {
    for (let i = 0; i < selection.count; i++) histogramOf(groups === null ? 0 : groups[i]!).addMissing(1);
    if (!input.readDoubles(block, selection, groups)) return;
    for (let i = 0; i < input.count; i++) {
      if (Number.isNaN(input.values[i]!)) continue;
      const histogram = histogramOf(input.groups === null ? 0 : input.groups[i]!);
      histogram.addMissing(-1);
      histogram.add(input.values[i]!);
    }
  };
}
