import { formatFloat } from '../../common/java-number.js';
import type { HistogramPostAggregatorSpec } from '../../query/post-aggregator-spec.js';
import { ApproximateHistogram, type VisualHistogram } from '../../sketches/approximate-histogram.js';
import { FixedBucketsHistogram } from '../../sketches/fixed-buckets-histogram.js';
import type { TableColumn } from '../../vectors/table.js';
import { histogramJson } from '../histograms.js';
import { doubleColumn, toDoubles } from './column-values.js';

const FIXED_BUCKETS_VERSION = 1;

/** @param finished the finalised values of the field, which a deviation is the root of. @source Druid `histogram/*PostAggregator.java` */
export function histogramPostAggregator(
  spec: HistogramPostAggregatorSpec,
  images: () => readonly Uint8Array[],
  finished: () => TableColumn,
  numRows: number,
): TableColumn {
  if (spec.type === 'stddev') {
    const { values, nulls } = toDoubles(finished(), numRows);
    return doubleColumn({ values: values.map(Math.sqrt), nulls });
  }
  if (spec.type === 'quantile') {
    return floatColumn(images().map((image) => quantiles(image, [spec.probability]).values[0]!));
  }
  if (spec.type === 'quantiles') {
    const texts = images().map((image) => {
      const { values, min, max } = quantiles(image, spec.probabilities);
      const lists = `"probabilities":${floats(spec.probabilities)},"quantiles":${floats(values)}`;
      return `{${lists},"min":${formatFloat(min)},"max":${formatFloat(max)}}`;
    });
    return { type: 'JSON', texts };
  }
  const histograms = images().map((image) => ApproximateHistogram.fromBytes(image));
  const visual = (make: (histogram: ApproximateHistogram) => VisualHistogram): TableColumn => ({
    type: 'JSON',
    texts: histograms.map((histogram) => histogramJson(make(histogram))),
  });
  switch (spec.type) {
    case 'min':
      return floatColumn(histograms.map((histogram) => histogram.min));
    case 'max':
      return floatColumn(histograms.map((histogram) => histogram.max));
    case 'equalBuckets':
      return visual((histogram) => histogram.equalBuckets(spec.numBuckets));
    case 'buckets':
      return visual((histogram) => histogram.bucketsOf(Math.fround(spec.bucketSize), Math.fround(spec.offset)));
    case 'customBuckets':
      return visual((histogram) => histogram.histogram(spec.breaks.map(Math.fround)));
  }
}

function quantiles(
  image: Uint8Array,
  probabilities: readonly number[],
): { readonly values: readonly number[]; readonly min: number; readonly max: number } {
  if (image[0] === FIXED_BUCKETS_VERSION) {
    const histogram = FixedBucketsHistogram.fromBytes(image);
    const values = histogram.percentiles(probabilities.map((probability) => probability * 100));
    return { values, min: histogram.min, max: histogram.max };
  }
  const histogram = ApproximateHistogram.fromBytes(image);
  return { values: histogram.quantiles(probabilities), min: histogram.min, max: histogram.max };
}

function floatColumn(values: readonly number[]): TableColumn {
  return { type: 'FLOAT', values: Float32Array.from(values), nulls: null };
}

function floats(values: readonly number[]): string {
  return `[${values.map(formatFloat).join(',')}]`;
}
