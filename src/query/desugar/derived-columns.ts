/** Columns that a query needs beyond those it names: what its dimensions, filters and aggregators compute first. */
import { createHash } from 'node:crypto';
import { jsonText } from '../../common/json-write.js';
import { unsupported } from '../query-errors.js';
import type { VirtualColumn } from '../virtual-column.js';

const PREFIX = '$derived:';

/** True for columns that no request named. */
export function isDerivedColumn(name: string): boolean {
  return name.startsWith(PREFIX);
}

type WithoutName<T> = T extends unknown ? Omit<T, 'name'> : never;
export type ColumnDefinition = WithoutName<VirtualColumn>;

/** Where parsers put what they derive. */
export interface ColumnSink {
  /** The name of the column with this definition. */
  derive(definition: ColumnDefinition): string;
}

/** Collects derived columns. A name is a digest of its definition: equal definitions share a column, and those of nested parts never clash. */
export class DerivedColumns implements ColumnSink {
  readonly #columns = new Map<string, VirtualColumn>();

  derive(definition: ColumnDefinition): string {
    const digest = createHash('sha256').update(jsonText(definition)).digest('base64url').slice(0, 16);
    const name = `${PREFIX}${digest}`;
    // Deriving from a derived column comes after it, so that the order is one in which they can be computed.
    if (!this.#columns.has(name)) this.#columns.set(name, { ...definition, name });
    return name;
  }

  get columns(): readonly VirtualColumn[] {
    return [...this.#columns.values()];
  }
}

/** For specs of ingestion, whose parts read stored columns only. @throws DruidError UNSUPPORTED */
export const NO_DERIVED_COLUMNS: ColumnSink = {
  derive(definition) {
    throw unsupported('computed columns in ingestion specs, here', definition.type);
  },
};
