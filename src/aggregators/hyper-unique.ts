import type { AggregatorSpec, DimensionSpec } from '../query/native-query.js';
import { doubleToString, formatFloat } from '../common/java-number.js';
import { putCardinalityFieldEnd, putCardinalityStrings } from '../sketches/cardinality-row.js';
import { DruidHasher } from '../sketches/hashers.js';
import {
  addHyperUniqueCoupon,
  finalHyperUniqueEstimate,
  HyperUnique,
  hyperUniqueCoupon,
  loadHyperUnique,
} from '../sketches/hyper-unique.js';
import type { Hash128 } from '../sketches/murmur3.js';
import type { Block, ColumnVector } from '../vectors/block.js';
import { rowList, type Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { HashedValues, type HashWords, type ValueHasher } from './hashed-values.js';
import { estimateColumn, SketchAggregator, type SketchKind } from './sketch-aggregator.js';

const WORD = 2 ** 32;

type Spec<T extends AggregatorSpec['type']> = Extract<AggregatorSpec, { readonly type: T }>;

/** Estimates the number of distinct values of a metric. @source Druid `HyperUniquesAggregatorFactory.java` */
export function createHyperUnique(spec: Spec<'hyperUnique'>): SketchAggregator<HyperUnique> {
  const values = new HashedValues(spec.fieldName, textHasher());
  const kind = hyperUniqueKind(spec.round, (block, selection, groups, sketchOf) => {
    values.forEach(block, selection, groups, (group, coupon) => addHyperUniqueCoupon(sketchOf(group).state, 0, coupon));
  });
  return new SketchAggregator(kind, spec.fieldName, true, spec.isInputHyperUnique);
}

/** Estimates distinct values, or distinct rows of values, of dimensions. @source Druid `CardinalityAggregatorFactory.java` */
export function createCardinality(spec: Spec<'cardinality'>): SketchAggregator<HyperUnique> {
  const add = spec.byRow ? addRows(spec.fields) : addEachValue(spec.fields);
  return new SketchAggregator(hyperUniqueKind(spec.round, add), null, true);
}

type AddValues = SketchKind<HyperUnique>['addValues'];

function hyperUniqueKind(round: boolean, addValues: AddValues): SketchKind<HyperUnique> {
  const scratch = new HyperUnique();
  return {
    create: () => new HyperUnique(),
    addValues,
    merge(sketch, image) {
      loadHyperUnique(image, scratch.state, 0);
      sketch.merge(scratch);
    },
    write: (sketch) => sketch.toBytes(),
    finish(sketches): TableColumn {
      const estimates = Float64Array.from(sketches, (sketch) =>
        sketch === undefined ? 0 : finalHyperUniqueEstimate(sketch.state, 0),
      );
      return estimateColumn(estimates, round);
    },
  };
}

/** Metrics are hashed as UTF-8 text, numbers too. */
function textHasher(): ValueHasher {
  const hasher = new DruidHasher();
  const words: HashWords = { low: 0, high: 0 };
  const text = (value: string): HashWords => couponWords(hasher.utf8(value), words);
  return {
    kind: 'hyperUnique utf8',
    text,
    long: (low, high) => text(longText(low, high)),
    double: (value) => text(doubleToString(value)),
    float: (value) => text(formatFloat(value)),
  };
}

function longText(low: number, high: number): string {
  const value = high * WORD + (low >>> 0);
  return String(Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low >>> 0));
}

function valueHasher(): ValueHasher {
  const hasher = new DruidHasher();
  const words: HashWords = { low: 0, high: 0 };
  return {
    kind: 'hyperUnique utf16',
    text: (value) => couponWords(hasher.chars(value), words),
    long: (low, high) => couponWords(hasher.longWords(low, high), words),
    double: (value) => couponWords(hasher.double(value), words),
    float: (value) => couponWords(hasher.float(value), words),
  };
}

function couponWords(hash: Hash128, words: HashWords): HashWords {
  words.low = hyperUniqueCoupon(hash);
  return words;
}

function addEachValue(fields: readonly DimensionSpec[]): AddValues {
  const hasher = valueHasher();
  const values = fields.map((field) => new HashedValues(field.dimension, hasher));
  return (block, selection, groups, sketchOf) => {
    for (const field of values) {
      field.forEach(block, selection, groups, (group, coupon) =>
        addHyperUniqueCoupon(sketchOf(group).state, 0, coupon),
      );
    }
  };
}

function addRows(fields: readonly DimensionSpec[]): AddValues {
  const hasher = new DruidHasher();
  return (block: Block, selection: Selection, groups, sketchOf) => {
    const vectors = fields.map((field) => block.column(field.dimension));
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      hasher.input.reset();
      vectors.forEach((vector, field) => {
        if (field > 0) putCardinalityFieldEnd(hasher.input);
        putField(hasher, vector, rows[i]!);
      });
      addHyperUniqueCoupon(sketchOf(groups === null ? 0 : groups[i]!).state, 0, hyperUniqueCoupon(hasher.row()));
    }
  };
}

function putField(hasher: DruidHasher, vector: ColumnVector | undefined, row: number): void {
  if (vector === undefined || ('nulls' in vector && vector.nulls?.[row] === 1)) return;
  switch (vector.kind) {
    case 'string': {
      const id = vector.ids[row]!;
      putCardinalityStrings(hasher.input, [id === 0 ? null : vector.dictionary.value(id)]);
      return;
    }
    case 'multiString': {
      const ids = Array.from(vector.ids.subarray(vector.offsets[row], vector.offsets[row + 1]));
      const texts = ids.map((id) => (id === 0 ? null : vector.dictionary.value(id)));
      putCardinalityStrings(hasher.input, texts);
      return;
    }
    case 'long':
      hasher.input.putLong(
        vector.values instanceof BigInt64Array ? vector.values[row]! : vector.base + vector.values[row]!,
      );
      return;
    case 'double':
      hasher.input.putDouble(vector.values[row]!);
      return;
    case 'float':
      hasher.input.putFloat(vector.values[row]!);
      return;
    default:
  }
}
