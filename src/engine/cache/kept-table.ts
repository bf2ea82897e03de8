import { stringsOf } from '../../vectors/ids-column.js';
import { tableBytes } from '../../vectors/table-size.js';
import type { Table } from '../../vectors/table.js';
import { Utf8Space } from '../spaces/utf8-space.js';

/**
 * A partial as a cache may keep it: ids of the node's spaces stay ids, which later partials can meet; others become strings, so that a few
 * rows do not keep a whole dictionary alive. Undefined when it takes more than `maxBytes`.
 */
export function keptTable(table: Table, maxBytes: number): Table | undefined {
  if (tableBytes(table) > maxBytes) return undefined;
  const columns = table.columns.map((column) =>
    column.type === 'IDS' && column.space instanceof Utf8Space && column.space.isShared ? column : stringsOf(column),
  );
  const kept = { ...table, columns };
  return tableBytes(kept) > maxBytes ? undefined : kept;
}

/** Whether a table has ids of the space with this key. */
export function usesSpace(table: Table, key: string): boolean {
  return table.columns.some((column) => column.type === 'IDS' && column.space.key === key);
}
