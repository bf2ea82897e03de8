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
import { IdMarks, type TakeMarks } from './id-marks.js';
import { estimateColumn, SketchAggregator, type SketchKind } from './sketch-aggregator.js';

const WORD = 2 ** 32;

type Spec<T extends AggregatorSpec['type']> = Extract<AggregatorSpec, { readonly type: T }>;

/** Estimates the number of distinct values of a metric. @source Druid `HyperUniquesAggregatorFactory.java` */
export function createHyperUnique(spec: Spec<'hyperUnique'>): SketchAggregator<HyperUnique> {
  const kind = hyperUniqueKind(spec.round, [new ColumnValues(spec.fieldName, textHasher())]);
  return new SketchAggregator(kind, spec.fieldName, true, spec.isInputHyperUnique);
}

/** Estimates distinct values, or distinct rows of values, of dimensions. @source Druid `CardinalityAggregatorFactory.java` */
export function createCardinality(spec: Spec<'cardinality'>): SketchAggregator<HyperUnique> {
  const hasher = valueHasher();
  const columns = spec.byRow
    ? [{ add: addRows(spec.fields), flush: () => {} }]
    : spec.fields.map((field) => new ColumnValues(field.dimension, hasher));
  return new SketchAggregator(hyperUniqueKind(spec.round, columns), null, true);
}

type AddValues = SketchKind<HyperUnique>['addValues'];

/** What one column, or rows of several, give to sketches. */
interface ValueSource {
  add: AddValues;
  flush(sketchOf: (group: number) => HyperUnique): void;
}

function hyperUniqueKind(round: boolean, sources: readonly ValueSource[]): SketchKind<HyperUnique> {
  const scratch = new HyperUnique();
  return {
    create: () => new HyperUnique(),
    addValues(...rows) {
      for (const source of sources) source.add(...rows);
    },
    flush(sketchOf) {
      for (const source of sources) source.flush(sketchOf);
    },
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
    encoding: { units: 'utf8', seed: 0 },
    hasHigh: false,
    keep: (hash) => couponWords(hash, words),
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
    encoding: { units: 'utf16', seed: 0 },
    hasHigh: false,
    keep: (hash) => couponWords(hash, words),
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

/**
 * Raw values of a column. Of the first block they come in order, as Druid's do, so that a small answer is the very same; later only which ones there
 * are matters: a register that does not fit the sketch is one in millions.
 */
class ColumnValues {
  readonly #values: HashedValues;
  readonly #marks = new IdMarks();

  constructor(column: string, hasher: ValueHasher) {
    this.#values = new HashedValues(column, hasher);
  }

  add(...[block, selection, groups, sketchOf, blockNumber, numGroups]: Parameters<AddValues>): void {
    const known = blockNumber === 0 ? undefined : this.#values.idHashes(block, selection.count);
    if (known === undefined || !this.#marks.open(known, selection.count, numGroups, take(sketchOf))) {
      this.#values.forEach(block, selection, groups, (group, coupon) =>
        addHyperUniqueCoupon(sketchOf(group).state, 0, coupon),
      );
    } else if (groups === null) this.#marks.addAll(known, selection);
    else this.#marks.addEach(known, selection, groups);
  }

  flush(sketchOf: (group: number) => HyperUnique): void {
    this.#marks.flush(take(sketchOf));
  }
}

function take(sketchOf: (group: number) => HyperUnique): TakeMarks {
  return (group, marks, at, { size, low }) => {
    let state: Uint8Array | null = null;
    for (let id = 1; id <= size; id++) {
      if (marks[at + id] === 0 || low[id] === 0) continue;
      state ??= sketchOf(group).state;
      addHyperUniqueCoupon(state, 0, low[id]!);
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
