import type { AggregatorSpec } from '../query/native-query.js';
import { DataSketchesHasher } from '../sketches/hashers.js';
import { HllSketch } from '../sketches/hll-sketch.js';
import { hllCoupon } from '../sketches/hll-state.js';
import { HllUnion } from '../sketches/hll-union.js';
import { dataSketchesHasher, HashedValues } from './hashed-values.js';
import { estimateColumn, PARTIAL, SketchAggregator } from './sketch-aggregator.js';

type Spec = Extract<AggregatorSpec, { readonly type: 'HLLSketchBuild' | 'HLLSketchMerge' }>;

/**
 * @source Druid `HllSketchBuildAggregatorFactory.java`, `HllSketchMergeAggregatorFactory.java`
 */
export function createHll(spec: Spec): SketchAggregator<HllGroup> {
  const hasher = new DataSketchesHasher();
  const isUtf8 = spec.stringEncoding === 'utf8';
  const values = new HashedValues(
    spec.fieldName,
    dataSketchesHasher(
      `hll ${spec.stringEncoding}`,
      hasher,
      (text) => (isUtf8 ? hasher.utf8(text) : hasher.chars(text)),
      (hash, words) => {
        words.low = hllCoupon(hash);
        return words;
      },
    ),
  );
  return new SketchAggregator<HllGroup>(
    {
      create: () => new HllGroup(spec),
      addValues(block, selection, groups, sketchOf, blockNumber) {
        values.forEach(block, selection, groups, (group, coupon) => sketchOf(group).add(coupon | 0, blockNumber));
      },
      merge: (group, image, blockNumber) => group.merge(HllSketch.fromBytes(image), blockNumber),
      write: (group) => group.result().toBytes(),
      finish(groups) {
        const estimates = groups.map((group) => group?.result().estimate() ?? 0);
        return estimateColumn(Float64Array.from(estimates), spec.round);
      },
    },
    spec.fieldName,
    spec.shouldFinalize,
    spec.type === 'HLLSketchMerge',
  );
}

/**
 * The sketches of one group. An HLL estimate depends on how the sketch came about: one that saw its values in order has a better one
 * than a union of several. So that an answer does not depend on which thread took which block, each block gets a sketch of its own and
 * these are united, as Druid does with segments; what was a single block stays as it is.
 */
class HllGroup {
  readonly #spec: Spec;
  #block = PARTIAL;
  /** Raw values and images of the block at hand. */
  #sketch: HllSketch | null = null;
  #union: HllUnion | null = null;
  /** Blocks before: the only one, or the union of several. */
  #only: HllSketch | null = null;
  #total: HllUnion | null = null;

  constructor(spec: Spec) {
    this.#spec = spec;
  }

  add(coupon: number, blockNumber: number): void {
    this.#enter(blockNumber);
    this.#sketch ??= HllSketch.create(this.#spec.lgK, this.#spec.tgtHllType);
    this.#sketch.updateCoupon(coupon);
  }

  merge(sketch: HllSketch, blockNumber: number): void {
    this.#enter(blockNumber);
    if (blockNumber === PARTIAL) {
      this.#unite(sketch);
      return;
    }
    this.#union ??= new HllUnion(this.#spec.lgK);
    this.#union.merge(sketch);
  }

  result(): HllSketch {
    this.#enter(PARTIAL);
    const { lgK, tgtHllType } = this.#spec;
    return this.#only ?? this.#total?.result(tgtHllType) ?? HllSketch.create(lgK, tgtHllType);
  }

  #enter(blockNumber: number): void {
    if (this.#block === blockNumber) return;
    this.#block = blockNumber;
    if (this.#sketch !== null) this.#unite(this.#sketch);
    if (this.#union !== null) this.#unite(this.#union.result(this.#spec.tgtHllType));
    this.#sketch = null;
    this.#union = null;
  }

  #unite(sketch: HllSketch): void {
    if (this.#only === null && this.#total === null) {
      this.#only = sketch;
      return;
    }
    this.#total ??= new HllUnion(this.#spec.lgK);
    if (this.#only !== null) this.#total.merge(this.#only);
    this.#only = null;
    this.#total.merge(sketch);
  }
}
