import type { AggregatorSpec } from '../query/native-query.js';
import { DataSketchesHasher } from '../sketches/hashers.js';
import { HllSketch } from '../sketches/hll-sketch.js';
import { hllCoupon } from '../sketches/hll-state.js';
import { HllUnion } from '../sketches/hll-union.js';
import { rowList, type Selection } from '../vectors/selection.js';
import { grown } from './grouped-aggregator.js';
import { dataSketchesHasher, HashedValues, type IdHashes } from './hashed-values.js';
import { IdMarks, type TakeMarks } from './id-marks.js';
import { estimateColumn, PARTIAL, SketchAggregator } from './sketch-aggregator.js';

type Spec = Extract<AggregatorSpec, { readonly type: 'HLLSketchBuild' | 'HLLSketchMerge' }>;

/**
 * @source Druid `HllSketchBuildAggregatorFactory.java`, `HllSketchMergeAggregatorFactory.java`
 */
export function createHll(spec: Spec): SketchAggregator<HllGroup> {
  const hasher = new DataSketchesHasher();
  const units = spec.stringEncoding === 'utf8' ? 'utf8' : 'utf16';
  const values = new HashedValues(
    spec.fieldName,
    dataSketchesHasher(`hll ${units}`, hasher, units, false, (hash, words) => {
      words.low = hllCoupon(hash);
      return words;
    }),
  );
  const marked = new MarkedRows();
  return new SketchAggregator<HllGroup>(
    {
      create: () => new HllGroup(spec),
      addValues(block, selection, groups, sketchOf, blockNumber, numGroups) {
        const known = values.idHashes(block, selection.count);
        if (known === undefined) {
          values.forEach(block, selection, groups, (group, coupon) => sketchOf(group).add(coupon | 0, blockNumber));
        } else marked.add(known, selection, groups, numGroups, sketchOf, blockNumber);
      },
      flush: (sketchOf) => marked.flush(sketchOf),
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
  #registers: Uint8Array | null = null;

  constructor(spec: Spec) {
    this.#spec = spec;
  }

  /**
   * Registers that values may go to at once, whatever block they are of: set as soon as several blocks were united register by register, for then
   * their order means nothing any more.
   */
  get registers(): Uint8Array | null {
    return this.#registers;
  }

  add(coupon: number, blockNumber: number): void {
    if (this.#registers !== null) {
      raise(this.#registers, coupon);
      return;
    }
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
    // Registers may have been raised since the union looked at them.
    this.#registers = this.#total?.openRegisters() ?? null;
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
    this.#registers = this.#total.openRegisters();
  }
}

const ADDRESS_BITS = 26;

/** The most registers of a sketch are as high as its values' soon: most values change none. */
function raise(registers: Uint8Array, coupon: number): void {
  const slot = coupon & (registers.length - 1);
  const value = coupon >>> ADDRESS_BITS;
  if (value > registers[slot]!) registers[slot] = value;
}

/** Puts rows off as marks where the order of a group's values means nothing any more; the others go to their sketches one by one. */
class MarkedRows {
  readonly #marks = new IdMarks();
  /** 1 for groups whose rows may be marked. */
  #isOpen = new Uint8Array(0);

  add(
    known: IdHashes,
    selection: Selection,
    groups: Uint32Array | null,
    numGroups: number,
    sketchOf: (group: number) => HllGroup,
    blockNumber: number,
  ): void {
    const { ids, low } = known;
    this.#isOpen = grown(this.#isOpen, numGroups);
    const isOpen = this.#isOpen;
    const isMarking = this.#marks.open(known, selection.count, numGroups, take(sketchOf));
    if (isMarking && groups === null && isOpen[0] === 1) {
      this.#marks.addAll(known, selection);
      return;
    }
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      const id = ids[rows[i]!]!;
      const number = groups === null ? 0 : groups[i]!;
      if (isMarking && isOpen[number] === 1) {
        this.#marks.add(number, id);
        continue;
      }
      const coupon = low[id]!;
      if (coupon === 0) continue;
      const group = sketchOf(number);
      group.add(coupon | 0, blockNumber);
      if (group.registers !== null) isOpen[number] = 1;
    }
  }

  flush(sketchOf: (group: number) => HllGroup): void {
    this.#marks.flush(take(sketchOf));
  }
}

function take(sketchOf: (group: number) => HllGroup): TakeMarks {
  return (group, marks, at, { size, low }) => {
    let registers: Uint8Array | null = null;
    for (let id = 1; id <= size; id++) {
      if (marks[at + id] === 0) continue;
      registers ??= sketchOf(group).registers!;
      // The coupon of no value, 0, raises nothing.
      raise(registers, low[id]!);
    }
  };
}
