import { formatFloat } from '../../common/java-number.js';
import type { QuantilesFamily, QuantilesPostAggregatorSpec } from '../../query/post-aggregator-spec.js';
import { KllSketch } from '../../sketches/kll-sketch.js';
import { QuantilesDoublesSketch } from '../../sketches/quantiles-doubles.js';
import { kllText, quantilesText } from '../../sketches/sketch-texts.js';
import type { TableColumn } from '../../vectors/table.js';
import { stringColumn } from '../expression-column.js';
import { numbers } from '../histograms.js';
import { repeatableRandom } from '../repeatable-random.js';
import { failedToCompute } from './column-values.js';
import type { FieldReader } from './field-reader.js';

type Sketch = QuantilesDoublesSketch | KllSketch;

const DEFAULT_BINS = 10;

/** Of an empty sketch all numbers are NaN. @source Druid `datasketches/{quantiles,kll}/*PostAggregator.java` */
export function quantilesPostAggregator(spec: QuantilesPostAggregatorSpec, fields: FieldReader): TableColumn {
  const isFloat = spec.family === 'KllFloatsSketch';
  const sketches = fields.images(spec.field).map((image) => read(image, spec.family));
  switch (spec.type) {
    case 'ToQuantile': {
      const values = sketches.map((sketch) => sketch.quantile(spec.fraction));
      if (isFloat) return { type: 'FLOAT', values: Float32Array.from(values), nulls: null };
      return { type: 'DOUBLE', values: Float64Array.from(values), nulls: null };
    }
    case 'ToQuantiles': {
      const shown = isFloat ? floats : numbers;
      const texts = sketches.map((sketch) => shown(spec.fractions.map((fraction) => sketch.quantile(fraction))));
      return { type: 'JSON', texts };
    }
    case 'ToRank': {
      const point = isFloat ? Math.fround(spec.value) : spec.value;
      return { type: 'DOUBLE', values: Float64Array.from(sketches, (sketch) => sketch.rank(point)), nulls: null };
    }
    case 'ToCDF': {
      const points = isFloat ? spec.splitPoints.map(Math.fround) : spec.splitPoints;
      return { type: 'JSON', texts: sketches.map((sketch) => numbers(cdf(sketch, points))) };
    }
    case 'ToHistogram':
      return { type: 'JSON', texts: sketches.map((sketch) => numbers(histogram(sketch, spec))) };
    case 'ToString':
      return stringColumn(
        sketches.map((sketch) => (sketch instanceof KllSketch ? kllText(sketch) : quantilesText(sketch))),
      );
  }
}

function read(image: Uint8Array, family: QuantilesFamily): Sketch {
  const random = repeatableRandom();
  if (family === 'quantilesDoublesSketch') return QuantilesDoublesSketch.fromBytes(image, random);
  return KllSketch.fromBytes(image, family === 'KllDoublesSketch' ? 'doubles' : 'floats', random);
}

function cdf(sketch: Sketch, points: readonly number[]): number[] {
  return sketch.n === 0 ? nans(points.length + 1) : sketch.cdf(points);
}

function histogram(sketch: Sketch, spec: QuantilesPostAggregatorSpec & { readonly type: 'ToHistogram' }): number[] {
  const isFloat = spec.family === 'KllFloatsSketch';
  const rounded = (value: number): number => (isFloat ? Math.fround(value) : value);
  const numBins = spec.splitPoints === null ? (spec.numBins ?? DEFAULT_BINS) : spec.splitPoints.length + 1;
  if (numBins < 2) throw failedToCompute('at least 2 bins expected', 'org.apache.druid.java.util.common.IAE');
  if (sketch.n === 0) return nans(numBins);
  if (spec.splitPoints === null && sketch.min === sketch.max) {
    return [sketch.n, ...Array.from({ length: numBins - 1 }, () => 0)];
  }
  const width = rounded(rounded(sketch.max - sketch.min) / numBins);
  const points =
    spec.splitPoints?.map(rounded) ??
    Array.from({ length: numBins - 1 }, (_, i) => rounded(sketch.min + rounded(width * (i + 1))));
  return sketch.pmf(points).map((fraction) => fraction * sketch.n);
}

function nans(count: number): number[] {
  return Array.from({ length: count }, () => Number.NaN);
}

function floats(values: readonly number[]): string {
  return `[${values.map(formatFloat).join(',')}]`;
}
