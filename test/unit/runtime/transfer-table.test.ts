import { expect, test } from 'vitest';
import { portableTable, tableBuffers } from '../../../src/runtime/transfer-table.js';
import type { Table } from '../../../src/vectors/table.js';

test('a column of ids moves its buffer, and of its space the name alone', () => {
  const ids = Uint32Array.of(1, 2);
  const space = { key: 'pages', size: 2, value: (id: number) => `page ${id}` };
  const table: Table = { numRows: 2, names: ['page'], columns: [{ type: 'IDS', ids, space }] };
  const portable = portableTable(table);
  const [moved] = structuredClone(portable, { transfer: tableBuffers(portable) }).columns;
  expect(moved).toEqual({ type: 'IDS', ids: Uint32Array.of(1, 2), space: { key: 'pages', size: 2 } });
  expect(ids).toHaveLength(0);
});

test('a buffer that several columns share is moved once', () => {
  const shared = new ArrayBuffer(32);
  const columns = [0, 16].map((offset) => {
    return { type: 'DOUBLE', values: new Float64Array(shared, offset, 2), nulls: null } as const;
  });
  expect(tableBuffers({ numRows: 2, names: ['a', 'b'], columns })).toEqual([shared]);
});
