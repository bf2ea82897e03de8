import type { Table, TableColumn } from '../vectors/table.js';

/** The distinct buffers of a table that can be moved to another thread instead of being copied. */
export function tableBuffers(table: Table): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const column of table.columns) {
    for (const view of viewsOf(column)) {
      if (view.buffer instanceof ArrayBuffer) buffers.add(view.buffer);
    }
  }
  return [...buffers];
}

/** The table without what cannot travel: of the space of ids only its name does. */
export function portableTable(table: Table): Table {
  if (!table.columns.some((column) => column.type === 'IDS' && column.space.value !== undefined)) return table;
  const columns = table.columns.map((column): TableColumn => {
    if (column.type !== 'IDS') return column;
    const { key, size } = column.space;
    return { ...column, space: { key, size } };
  });
  return { ...table, columns };
}

function viewsOf(column: TableColumn): readonly ArrayBufferView[] {
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return column.nulls === null ? [column.values] : [column.values, column.nulls];
    case 'STRING':
    case 'IDS':
      return [column.ids];
    case 'STRINGS':
      return [column.offsets, column.ids];
    case 'BINARY':
      return column.nulls === null ? [column.offsets, column.bytes] : [column.offsets, column.bytes, column.nulls];
    case 'JSON':
      return [];
  }
}
