import { invalidInput } from '../common/druid-error.js';
import type { Block } from '../vectors/block.js';
import { rowList, type Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { type GroupedAggregator, grown } from './grouped-aggregator.js';
import { imageAt, imageColumn } from './images.js';
import { pairBytes, type PairValues, viewOf } from './pair-values.js';

/**
 * The value of the only row of each group. State: a byte that is 1 when the value is null, and the value.
 * @source Druid `SingleValueAggregatorFactory.java`
 */
export class SingleValueAggregator implements GroupedAggregator {
  readonly stateNames = ['value'];
  readonly stateTypes = ['BINARY'] as const;
  readonly #fieldName: string;
  readonly #values: PairValues;
  #numGroups = 0;
  #isSet = new Uint8Array(0);

  constructor(fieldName: string, values: PairValues) {
    this.#fieldName = fieldName;
    this.#values = values;
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    this.#isSet = grown(this.#isSet, numGroups);
    this.#values.ensure(numGroups);
  }

  /** @throws DruidError INVALID_INPUT for a second row of a group */
  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const vector = block.column(this.#fieldName);
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      const group = groups === null ? 0 : groups[i]!;
      this.#take(group);
      this.#values.read(group, vector, rows[i]!);
    }
  }

  exportState(): TableColumn[] {
    const images = Array.from({ length: this.#numGroups }, (_, group) => {
      if (this.#isSet[group] === 0) return undefined;
      const payload = pairBytes(this.#values, group);
      return payload === null ? Uint8Array.of(1) : Uint8Array.of(0, ...payload);
    });
    return [imageColumn(images)];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'BINARY') return;
    for (let i = 0; i < groupOf.length; i++) {
      const image = imageAt(state, i);
      if (image === undefined) continue;
      this.#take(groupOf[i]!);
      this.#values.load(groupOf[i]!, image[0] === 1 ? null : viewOf(image), 1, image.length);
    }
  }

  finish(): TableColumn {
    return this.#values.finish(this.#numGroups);
  }

  #take(group: number): void {
    if (this.#isSet[group] === 1) throw invalidInput('Subquery expression returned more than one row');
    this.#isSet[group] = 1;
  }
}
