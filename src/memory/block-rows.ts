import type { BlockRef, ColumnBlockRef } from './block-ref.js';
import type { MemoryRef } from './memory-ref.js';

const BYTES = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, i64: 8 } as const;
/** Rows at whose multiples a block can be parted: what a ref names stays aligned, flags of a byte a row too. */
export const PART_ROWS = 1024;

/** Rows `[start, end)` of a real-time block as a block of their own, in the same memory. @param start, a multiple of `PART_ROWS` */
export function blockRows(block: BlockRef, start: number, end: number): BlockRef {
  const columns = Object.entries(block.columns).map(([name, column]) => [name, columnRows(column, start, end)]);
  const firstRow = block.firstRow + start;
  return { ...block, numRows: end - start, firstRow, columns: Object.fromEntries(columns) };
}

function columnRows(column: ColumnBlockRef, start: number, end: number): ColumnBlockRef {
  const nulls = 'nulls' in column && column.nulls !== undefined ? { nulls: part(column.nulls, 1, start, end) } : {};
  switch (column.kind) {
    case 'string':
      return column.width === 'constant'
        ? column
        : { ...column, ids: part(column.ids, BYTES[column.width], start, end) };
    case 'long':
    case 'decimal':
      return column.width === 'constant'
        ? { ...column, ...nulls }
        : { ...column, ...nulls, values: part(column.values, BYTES[column.width], start, end) };
    case 'double':
      return { ...column, ...nulls, values: part(column.values, 8, start, end) };
    case 'float':
      return { ...column, ...nulls, values: part(column.values, 4, start, end) };
    // What a row's offsets point to stays where it is.
    case 'multiString':
    case 'binary':
    case 'array':
      return { ...column, ...nulls, offsets: part(column.offsets, 4, start, end + 1) };
  }
}

function part({ arena, offset }: MemoryRef, bytes: number, start: number, end: number): MemoryRef {
  return { arena, offset: offset + start * bytes, length: (end - start) * bytes };
}
