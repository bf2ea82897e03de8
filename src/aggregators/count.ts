import type { Block } from '../vectors/block.js';
import { countGrouped } from '../vectors/kernels/accumulate.js';
import type { Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { type GroupedAggregator, grown } from './grouped-aggregator.js';
import { wordsOf } from './numeric-input.js';

const WORD = 2 ** 32;

/** Counts rows (stored rows, as Druid's `count`). */
export class CountAggregator implements GroupedAggregator {
  readonly stateNames = ['count'];
  readonly stateTypes = ['LONG'] as const;
  #numGroups = 0;
  #counts = new Float64Array(0);

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    this.#counts = grown(this.#counts, numGroups);
  }

  aggregate(_block: Block, selection: Selection, groups: Uint32Array | null): void {
    if (groups === null) this.#counts[0] = this.#counts[0]! + selection.count;
    else countGrouped(groups, selection.count, this.#counts);
  }

  exportState(): TableColumn[] {
    return [this.finish()];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'LONG') return;
    // By halves: reading a 64-bit element makes an object. A count stays below 2^53.
    const words = wordsOf(state.values);
    for (let i = 0; i < groupOf.length; i++) {
      const group = groupOf[i]!;
      this.#counts[group] = this.#counts[group]! + words[2 * i + 1]! * WORD + (words[2 * i]! >>> 0);
    }
  }

  finish(): TableColumn {
    const values = new BigInt64Array(this.#numGroups);
    const words = new Int32Array(values.buffer);
    for (let i = 0; i < this.#numGroups; i++) {
      const count = this.#counts[i]!;
      words[2 * i] = count | 0;
      words[2 * i + 1] = Math.floor(count / WORD);
    }
    return { type: 'LONG', values, nulls: null };
  }
}
