/** Columns that a query needs beyond those it names: what its dimensions, filters and aggregators compute first. */
import { createHash } from 'node:crypto';
import { jsonText } from '../../common/json-write.js';
import type { VirtualColumn } from '../virtual-column.js';

const PREFIX = '$derived:';

/** True for columns that no request named. */
export function isDerivedColumn(name: string): boolean {
  return name.startsWith(PREFIX);
}

type WithoutName<T> = T extends unknown ? Omit<T, 'name'> : never;
export type ColumnDefinition = WithoutName<VirtualColumn>;

/**
 * Collects derived columns, each after those that it is derived from. A name is a digest of its definition: equal definitions share a
 * column, and names of nested parts of a request never clash.
 */
export class DerivedColumns {
  readonly #columns = new Map<string, VirtualColumn>();

  /** The name of the column with this definition. */
  derive(definition: ColumnDefinition): string {
    const digest = createHash('sha256').update(jsonText(definition)).digest('base64url').slice(0, 16);
    const name = `${PREFIX}${digest}`;
    if (!this.#columns.has(name)) this.#columns.set(name, { ...definition, name });
    return name;
  }

  get columns(): readonly VirtualColumn[] {
    return [...this.#columns.values()];
  }
}
