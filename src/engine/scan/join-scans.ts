import { concatTables } from '../../vectors/concat-tables.js';
import type { Table } from '../../vectors/table.js';

/** The column of a scan's partial that names each row's segment; always the last. */
export const SEGMENT_COLUMN = '$segment';

/** Scanned tables one below the other; columns that only later segments have come before the segment's name. */
export function joinScans(tables: readonly Table[]): Table {
  const joined = concatTables(tables);
  const at = joined.names.indexOf(SEGMENT_COLUMN);
  if (at === joined.names.length - 1 || at === -1) return joined;
  return { numRows: joined.numRows, names: toEnd(joined.names, at), columns: toEnd(joined.columns, at) };
}

function toEnd<T>(items: readonly T[], at: number): T[] {
  return [...items.slice(0, at), ...items.slice(at + 1), items[at]!];
}
