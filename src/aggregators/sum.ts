import type { Block } from '../vectors/block.js';
import {
  carryWide,
  markSeen,
  sumFloatGrouped,
  sumFloatOne,
  sumGrouped,
  sumOne,
} from '../vectors/kernels/accumulate.js';
import type { Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { type GroupedAggregator, grown, nullsOfUnseen } from './grouped-aggregator.js';
import { NumericInput, wordsOf } from './numeric-input.js';

/** Doubles hold whole numbers exactly up to here. */
const SAFE = 2 ** 53;
const WORD = 2 ** 32;

/**
 * 64-bit sums that wrap, kept as two doubles a group (high * 2^32 + low) that are normalised before either could round.
 * @source Druid `LongSumAggregatorFactory`
 */
export class LongSumAggregator implements GroupedAggregator {
  readonly stateNames = ['sum'];
  readonly stateTypes = ['LONG'] as const;
  readonly #input: NumericInput;
  #numGroups = 0;
  #low = new Float64Array(0);
  #high = new Float64Array(0);
  #seen = new Uint8Array(0);
  /** Bound of |low| and |high| over all groups. */
  #bound = WORD;

  constructor(fieldName: string) {
    this.#input = new NumericInput(fieldName, { kind: 'long', unparsable: 0n });
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    this.#low = grown(this.#low, numGroups);
    this.#high = grown(this.#high, numGroups);
    this.#seen = grown(this.#seen, numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const input = this.#input;
    const width = input.readLongs(block, selection, groups);
    if (width === 'none') return;
    if (width === 'narrow' && input.bound * input.count < SAFE / 2) {
      this.#reserve(input.bound * input.count);
      this.#add(input.values, this.#low);
    } else {
      if (width === 'narrow') input.splitValues();
      this.#reserve(WORD * input.count);
      this.#add(input.low, this.#low);
      this.#add(input.high, this.#high);
    }
    if (input.groups === null) this.#seen[0] = 1;
    else markSeen(input.groups, input.count, this.#seen);
  }

  exportState(): TableColumn[] {
    return [this.finish()];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'LONG') return;
    const words = wordsOf(state.values);
    for (let i = 0; i < groupOf.length; i++) {
      if (state.nulls !== null && state.nulls[i] === 1) continue;
      if ((i & 0xffff) === 0) this.#reserve(WORD * 0x10000);
      const group = groupOf[i]!;
      this.#low[group] = this.#low[group]! + (words[2 * i]! >>> 0);
      this.#high[group] = this.#high[group]! + words[2 * i + 1]!;
      this.#seen[group] = 1;
    }
  }

  finish(): TableColumn {
    carryWide(this.#high, this.#low, this.#numGroups);
    this.#bound = WORD;
    const values = new BigInt64Array(this.#numGroups);
    const words = wordsOf(values);
    for (let i = 0; i < this.#numGroups; i++) {
      words[2 * i] = this.#low[i]!;
      words[2 * i + 1] = this.#high[i]!;
    }
    return { type: 'LONG', values, nulls: nullsOfUnseen(this.#seen, this.#numGroups) };
  }

  #add(values: Float64Array, sums: Float64Array): void {
    const { groups, count } = this.#input;
    if (groups === null) sumOne(values, count, sums);
    else sumGrouped(values, groups, count, sums);
  }

  /** Normalises first when adding up to `amount` to any group could pass what a double holds exactly. */
  #reserve(amount: number): void {
    if (this.#bound + amount >= SAFE) {
      carryWide(this.#high, this.#low, this.#numGroups);
      this.#bound = WORD;
    }
    this.#bound += amount;
  }
}

/** Sums in double precision. @source Druid `DoubleSumAggregatorFactory` */
export class DoubleSumAggregator implements GroupedAggregator {
  readonly stateNames = ['sum'];
  readonly stateTypes = ['DOUBLE'] as const;
  readonly #input: NumericInput;
  #numGroups = 0;
  #sums = new Float64Array(0);
  #seen = new Uint8Array(0);

  constructor(fieldName: string) {
    this.#input = new NumericInput(fieldName, { kind: 'double', unparsable: 0 });
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    this.#sums = grown(this.#sums, numGroups);
    this.#seen = grown(this.#seen, numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const input = this.#input;
    if (!input.readDoubles(block, selection, groups)) return;
    if (input.groups === null) {
      sumOne(input.values, input.count, this.#sums);
      this.#seen[0] = 1;
    } else {
      sumGrouped(input.values, input.groups, input.count, this.#sums);
      markSeen(input.groups, input.count, this.#seen);
    }
  }

  exportState(): TableColumn[] {
    return [this.finish()];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'DOUBLE') return;
    for (let i = 0; i < groupOf.length; i++) {
      if (state.nulls !== null && state.nulls[i] === 1) continue;
      const group = groupOf[i]!;
      this.#sums[group] = this.#sums[group]! + state.values[i]!;
      this.#seen[group] = 1;
    }
  }

  finish(): TableColumn {
    const n = this.#numGroups;
    return { type: 'DOUBLE', values: this.#sums.slice(0, n), nulls: nullsOfUnseen(this.#seen, n) };
  }
}

/** Sums in single precision, rounding at every step. @source Druid `FloatSumAggregatorFactory` */
export class FloatSumAggregator implements GroupedAggregator {
  readonly stateNames = ['sum'];
  readonly stateTypes = ['FLOAT'] as const;
  readonly #input: NumericInput;
  #numGroups = 0;
  #sums = new Float32Array(0);
  #seen = new Uint8Array(0);

  constructor(fieldName: string) {
    this.#input = new NumericInput(fieldName, { kind: 'float', unparsable: 0 });
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    this.#sums = grown(this.#sums, numGroups);
    this.#seen = grown(this.#seen, numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const input = this.#input;
    if (!input.readDoubles(block, selection, groups)) return;
    if (input.groups === null) {
      sumFloatOne(input.values, input.count, this.#sums);
      this.#seen[0] = 1;
    } else {
      sumFloatGrouped(input.values, input.groups, input.count, this.#sums);
      markSeen(input.groups, input.count, this.#seen);
    }
  }

  exportState(): TableColumn[] {
    return [this.finish()];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'FLOAT') return;
    for (let i = 0; i < groupOf.length; i++) {
      if (state.nulls !== null && state.nulls[i] === 1) continue;
      const group = groupOf[i]!;
      this.#sums[group] = this.#sums[group]! + state.values[i]!;
      this.#seen[group] = 1;
    }
  }

  finish(): TableColumn {
    const n = this.#numGroups;
    return { type: 'FLOAT', values: this.#sums.slice(0, n), nulls: nullsOfUnseen(this.#seen, n) };
  }
}
