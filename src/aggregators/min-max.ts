import type { Block } from '../vectors/block.js';
import { extremeWideGrouped, markSeen, maxGrouped, maxOne, minGrouped, minOne } from '../vectors/kernels/accumulate.js';
import { splitWideAll } from '../vectors/kernels/gather.js';
import type { Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { type GroupedAggregator, grown, nullsOfUnseen } from './grouped-aggregator.js';
import { NumericInput, wordsOf } from './numeric-input.js';

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;
const MAX_FLOAT = Math.fround(3.4028234663852886e38);

/**
 * Smallest or greatest 64-bit value, as (high, low) words so that all 64 bits count.
 * @source Druid `LongMinAggregatorFactory`, `LongMaxAggregatorFactory`
 */
export class LongExtremeAggregator implements GroupedAggregator {
  readonly stateNames: readonly string[];
  readonly stateTypes = ['LONG'] as const;
  readonly #input: NumericInput;
  /** 1 keeps the greatest, -1 the smallest. */
  readonly #sign: number;
  #numGroups = 0;
  #high = new Float64Array(0);
  #low = new Float64Array(0);
  #seen = new Uint8Array(0);
  #zeros = new Uint32Array(0);

  constructor(operation: 'min' | 'max', fieldName: string) {
    this.stateNames = [operation];
    this.#sign = operation === 'max' ? 1 : -1;
    this.#input = new NumericInput(fieldName, { kind: 'long', unparsable: operation === 'max' ? MIN_LONG : MAX_LONG });
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    const isMax = this.#sign === 1;
    this.#high = grown(this.#high, numGroups, isMax ? -2147483648 : 2147483647);
    this.#low = grown(this.#low, numGroups, isMax ? 0 : 4294967295);
    this.#seen = grown(this.#seen, numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const input = this.#input;
    const width = input.readLongs(block, selection, groups);
    if (width === 'none') return;
    if (width === 'narrow') input.splitValues();
    this.#zeros = grown(this.#zeros, input.groups === null ? input.count : 0);
    this.#merge(input.high, input.low, input.groups ?? this.#zeros, input.count);
  }

  exportState(): TableColumn[] {
    return [this.finish()];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'LONG') return;
    const n = groupOf.length;
    const high = new Float64Array(n);
    const low = new Float64Array(n);
    splitWideAll(wordsOf(state.values), n, high, low);
    let kept = 0;
    const groups = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      if (state.nulls !== null && state.nulls[i] === 1) continue;
      high[kept] = high[i]!;
      low[kept] = low[i]!;
      groups[kept++] = groupOf[i]!;
    }
    this.#merge(high, low, groups, kept);
  }

  finish(): TableColumn {
    const n = this.#numGroups;
    const values = new BigInt64Array(n);
    const words = wordsOf(values);
    for (let i = 0; i < n; i++) {
      if (this.#seen[i] === 0) continue;
      words[2 * i] = this.#low[i]!;
      words[2 * i + 1] = this.#high[i]!;
    }
    return { type: 'LONG', values, nulls: nullsOfUnseen(this.#seen, n) };
  }

  #merge(high: Float64Array, low: Float64Array, groups: Uint32Array, n: number): void {
    extremeWideGrouped(high, low, groups, n, this.#sign, this.#high, this.#low);
    markSeen(groups, n, this.#seen);
  }
}

/**
 * Smallest or greatest DOUBLE or FLOAT.
 * @source Druid `DoubleMinAggregatorFactory`, `DoubleMaxAggregatorFactory`, and the same of float
 */
export class RealExtremeAggregator implements GroupedAggregator {
  readonly stateNames: readonly string[];
  readonly stateTypes: readonly ['DOUBLE'] | readonly ['FLOAT'];
  readonly #input: NumericInput;
  readonly #isMax: boolean;
  #numGroups = 0;
  #values = new Float64Array(0);
  #seen = new Uint8Array(0);

  constructor(operation: 'min' | 'max', kind: 'double' | 'float', fieldName: string) {
    this.stateNames = [operation];
    this.stateTypes = kind === 'double' ? ['DOUBLE'] : ['FLOAT'];
    this.#isMax = operation === 'max';
    const identity = kind === 'double' ? Number.POSITIVE_INFINITY : MAX_FLOAT;
    this.#input = new NumericInput(fieldName, { kind, unparsable: this.#isMax ? -identity : identity });
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    const start = this.#isMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    this.#values = grown(this.#values, numGroups, start);
    this.#seen = grown(this.#seen, numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const input = this.#input;
    if (input.readDoubles(block, selection, groups)) this.#merge(input.values, input.groups, input.count);
  }

  exportState(): TableColumn[] {
    return [this.finish()];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'DOUBLE' && state?.type !== 'FLOAT') return;
    const values = new Float64Array(groupOf.length);
    const groups = new Uint32Array(groupOf.length);
    let kept = 0;
    for (let i = 0; i < groupOf.length; i++) {
      if (state.nulls !== null && state.nulls[i] === 1) continue;
      values[kept] = state.values[i]!;
      groups[kept++] = groupOf[i]!;
    }
    this.#merge(values, groups, kept);
  }

  finish(): TableColumn {
    const n = this.#numGroups;
    const nulls = nullsOfUnseen(this.#seen, n);
    const values = this.#values.slice(0, n);
    for (let i = 0; i < n; i++) if (this.#seen[i] === 0) values[i] = 0;
    if (this.stateTypes[0] === 'DOUBLE') return { type: 'DOUBLE', values, nulls };
    return { type: 'FLOAT', values: Float32Array.from(values), nulls };
  }

  #merge(values: Float64Array, groups: Uint32Array | null, n: number): void {
    if (n === 0) return;
    if (groups === null) {
      if (this.#isMax) maxOne(values, n, this.#values);
      else minOne(values, n, this.#values);
      this.#seen[0] = 1;
      return;
    }
    if (this.#isMax) maxGrouped(values, groups, n, this.#values);
    else minGrouped(values, groups, n, this.#values);
    markSeen(groups, n, this.#seen);
  }
}
