import type { Block } from '../vectors/block.js';
import type { RowFilter, Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { type GroupedAggregator, grown, unfinishedColumn } from './grouped-aggregator.js';

/** Gives only the rows that match a filter to another aggregator. @source Druid `FilteredAggregatorFactory` */
export class FilteredAggregator implements GroupedAggregator {
  readonly stateNames: readonly string[];
  readonly stateTypes: readonly TableColumn['type'][];
  readonly #filter: RowFilter;
  readonly #delegate: GroupedAggregator;
  #groups = new Uint32Array(0);

  constructor(filter: RowFilter, delegate: GroupedAggregator) {
    this.stateNames = delegate.stateNames;
    this.stateTypes = delegate.stateTypes;
    this.#filter = filter;
    this.#delegate = delegate;
  }

  ensure(numGroups: number): void {
    this.#delegate.ensure(numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const matched = this.#filter.narrow(block, selection);
    if (matched.count === 0) return;
    if (groups === null || matched.count === selection.count) this.#delegate.aggregate(block, matched, groups);
    else this.#delegate.aggregate(block, matched, this.#groupsOf(selection, matched, groups));
  }

  exportState(): TableColumn[] {
    return this.#delegate.exportState();
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    this.#delegate.mergeState(columns, groupOf);
  }

  finish(): TableColumn {
    return this.#delegate.finish();
  }

  unfinished(): TableColumn {
    return unfinishedColumn(this.#delegate);
  }

  /**
   * Groups of the matched rows, which are a subsequence of the selected ones. A row that an exploded selection holds more than once
   * matches each time or never, so walking both in step finds every pair.
   */
  #groupsOf(selection: Selection, matched: Selection, groups: Uint32Array): Uint32Array {
    this.#groups = grown(this.#groups, matched.count);
    const rows = matched.rows;
    if (rows === null) return groups;
    let at = 0;
    for (let i = 0; i < matched.count; i++) {
      if (selection.rows === null) at = rows[i]!;
      else while (selection.rows[at] !== rows[i]) at++;
      this.#groups[i] = groups[at++]!;
    }
    return this.#groups;
  }
}
