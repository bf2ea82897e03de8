import type { Block } from '../vectors/block.js';
import type { Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';

/**
 * One aggregator's state of ALL groups, indexed by dense group number. The owner calls `ensure` before it uses a new group.
 * States merge in any order and grouping with the same result (floating-point rounding apart).
 */
export interface GroupedAggregator {
  /** Names of the state columns, in the order of `exportState`. */
  readonly stateNames: readonly string[];
  readonly stateTypes: readonly TableColumn['type'][];
  /** Makes room for groups 0..numGroups-1; new ones start empty. */
  ensure(numGroups: number): void;
  /** Adds rows: the i-th of the selection belongs to group `groups[i]`; null puts all into group 0. */
  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void;
  /** The states of all groups, one row each, in fresh buffers. */
  exportState(): TableColumn[];
  /** Merges exported states: row r goes into group `groupOf[r]`. */
  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void;
  /** Final values of all groups as Druid shows them. */
  finish(): TableColumn;
  /** What Druid shows, and gives to post-aggregators, when values are not finalised: BINARY images of sketches, for example. Absent: as `finish`. */
  unfinished?(): TableColumn;
}

/** The values of all groups before they are finalised. */
export function unfinishedColumn(aggregator: GroupedAggregator): TableColumn {
  return aggregator.unfinished?.() ?? aggregator.finish();
}

/** A longer copy of a typed array when it has fewer than `length` entries; new entries are `fill`. */
export function grown<T extends Float64Array | Float32Array | Uint8Array | Int32Array | Uint32Array>(
  array: T,
  length: number,
  fill = 0,
): T {
  if (array.length >= length) return array;
  const type = array.constructor as new (length: number) => T;
  const longer = new type(Math.max(length, array.length * 2, 16));
  longer.set(array);
  if (fill !== 0) longer.fill(fill, array.length);
  return longer;
}

/** Null bytes of the first n groups: null where nothing was seen; null itself when every group has seen a value. */
export function nullsOfUnseen(seen: Uint8Array, n: number): Uint8Array | null {
  let anyNull = false;
  const nulls = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    if (seen[i] === 0) {
      nulls[i] = 1;
      anyNull = true;
    }
  }
  return anyNull ? nulls : null;
}
