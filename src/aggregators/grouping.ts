import type { TableColumn } from '../vectors/table.js';
import type { GroupedAggregator } from './grouped-aggregator.js';

/** By which of some dimensions the rows are not grouped, as a number; no state. @source Druid `GroupingAggregatorFactory.java` */
export class GroupingAggregator implements GroupedAggregator {
  readonly stateNames = [];
  readonly stateTypes = [];
  readonly #value: bigint;
  #numGroups = 0;

  constructor(groupings: readonly string[], keyDimensions: readonly string[] | null) {
    this.#value = keyDimensions === null ? 0n : groupingId(groupings, keyDimensions);
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
  }

  aggregate(): void {
    // The value is known from the query.
  }

  exportState(): TableColumn[] {
    return [];
  }

  mergeState(): void {
    // As above.
  }

  finish(): TableColumn {
    return { type: 'LONG', values: new BigInt64Array(this.#numGroups).fill(this.#value), nulls: null };
  }
}

/** One bit for each dimension, the last being the lowest: 1 when it is not among the keys. */
function groupingId(groupings: readonly string[], keyDimensions: readonly string[]): bigint {
  return groupings.reduce((id, dimension) => (id << 1n) | (keyDimensions.includes(dimension) ? 0n : 1n), 0n);
}
