import type { AggregatorSpec } from '../query/native-query.js';
import { doubleToString, formatFloat } from '../common/java-number.js';
import { DataSketchesHasher } from '../sketches/hashers.js';
import { TupleSketch } from '../sketches/tuple-sketch.js';
import { TupleUnion } from '../sketches/tuple-union.js';
import { rowList } from '../vectors/selection.js';
import { dataSketchesHasher, HashedValues, thetaWords } from './hashed-values.js';
import { NumericInput } from './numeric-input.js';
import { estimateColumn, PARTIAL, SketchAggregator, type SketchKind } from './sketch-aggregator.js';

type Spec = Extract<AggregatorSpec, { readonly type: 'arrayOfDoublesSketch' }>;

/** @source Druid `ArrayOfDoublesSketchAggregatorFactory.java` */
export function createArrayOfDoubles(spec: Spec): SketchAggregator<TupleGroup> {
  return new SketchAggregator<TupleGroup>(
    {
      create: () => new TupleGroup(spec),
      addValues: addKeys(spec),
      merge: (group, image, blockNumber) => group.merge(TupleSketch.fromBytes(image), blockNumber),
      write: (group) => group.result().toBytes(),
      finish: (groups) =>
        estimateColumn(
          Float64Array.from(groups, (group) => group?.result().estimate() ?? 0),
          false,
        ),
    },
    spec.fieldName,
    true,
    spec.metricColumns === null,
  );
}

/** A partial that comes alone stays as it is: uniting it would lower a theta that one that only took keys may still have above. */
class TupleGroup {
  readonly #spec: Spec;
  #only: TupleSketch | null = null;
  #union: TupleUnion | null = null;

  constructor(spec: Spec) {
    this.#spec = spec;
  }

  add(low: number, high: number, values: ArrayLike<number>): void {
    this.#united().updateWords(low, high, values);
  }

  merge(sketch: TupleSketch, blockNumber: number): void {
    if (blockNumber === PARTIAL && this.#only === null && this.#union === null) this.#only = sketch;
    else this.#united().merge(sketch);
  }

  result(): TupleSketch {
    return this.#only ?? this.#united().result();
  }

  #united(): TupleUnion {
    if (this.#union === null) {
      this.#union = new TupleUnion(this.#spec.nominalEntries, this.#spec.numberOfValues);
      if (this.#only !== null) this.#union.merge(this.#only);
      this.#only = null;
    }
    return this.#union;
  }
}

/** Keys are texts (numbers as Java prints them); a row with a null metric is left out, and so is one without a key. */
function addKeys(spec: Spec): SketchKind<TupleGroup>['addValues'] {
  const hasher = new DataSketchesHasher();
  const base = dataSketchesHasher('theta', hasher, 'utf8', true, thetaWords);
  const keys = new HashedValues(spec.fieldName, {
    ...base,
    long: (low, high) => base.text(String((BigInt(high) << 32n) | BigInt(low >>> 0)))!,
    double: (value) => base.text(doubleToString(value))!,
    float: (value) => base.text(formatFloat(value))!,
  });
  const metrics = (spec.metricColumns ?? []).map(
    (column) => new NumericInput(column, { kind: 'double', unparsable: 0 }),
  );
  const values = new Float64Array(spec.numberOfValues);
  return (block, selection, groups, sketchOf) => {
    // Metrics are read for all rows and found by row: dropping nulls moves them.
    const columns = metrics.map((metric) =>
      valuesByRow(metric, block.numRows, () => metric.readDoubles(block, selection, null)),
    );
    const rows = rowList(selection);
    const places = Uint32Array.from({ length: selection.count }, (_, i) => i);
    keys.forEach(block, selection, places, (i, low, high) => {
      const row = rows[i]!;
      for (let k = 0; k < columns.length; k++) {
        const value = columns[k]![row]!;
        if (Number.isNaN(value)) return;
        values[k] = value;
      }
      sketchOf(groups === null ? 0 : groups[i]!).add(low, high, values);
    });
  };
}

/** NaN where there is no value. */
function valuesByRow(input: NumericInput, numRows: number, read: () => boolean): Float64Array {
  const byRow = new Float64Array(numRows).fill(Number.NaN);
  if (!read()) return byRow;
  for (let i = 0; i < input.count; i++) byRow[input.rows === null ? i : input.rows[i]!] = input.values[i]!;
  return byRow;
}
