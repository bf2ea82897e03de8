import { expect, test } from 'vitest';
import { decodeTable, encodeTable } from '../../../src/protocol/table-codec.js';
import type { Table } from '../../../src/vectors/table.js';

const table: Table = {
  numRows: 3,
  names: ['long', 'double', 'float', 'string', 'strings', 'binary', 'json', 'other'],
  columns: [
    { type: 'LONG', values: BigInt64Array.of(9223372036854775807n, -5n, 0n), nulls: Uint8Array.of(0, 0, 1) },
    { type: 'DOUBLE', values: Float64Array.of(1.5, Number.NaN, -Infinity), nulls: null },
    { type: 'FLOAT', values: Float32Array.of(-74.33, 0, 1), nulls: Uint8Array.of(0, 1, 0) },
    { type: 'STRING', ids: Int32Array.of(1, -1, 0), dictionary: ['', 'Zürich 😀'] },
    { type: 'STRINGS', offsets: Uint32Array.of(0, 2, 2, 3), ids: Int32Array.of(0, 1, -1), dictionary: ['a', 'b'] },
    {
      type: 'BINARY',
      offsets: Uint32Array.of(0, 2, 2, 3),
      bytes: Uint8Array.of(1, 2, 3),
      nulls: Uint8Array.of(0, 1, 0),
    },
    { type: 'JSON', texts: ['{"a":1}', null, '[]'] },
    { type: 'STRING', ids: Int32Array.of(0, 0, 0), dictionary: ['only'] },
  ],
};

test('a table of every column type comes back from the wire as it was', async () => {
  expect(await decodeTable(await encodeTable(table))).toEqual(table);
});

test('ids of a node leave it as strings', async () => {
  const space = { key: 'space-1', size: 2, value: (id: number) => ['a', 'b'][id - 1]! };
  const ids: Table = { numRows: 3, names: ['d0'], columns: [{ type: 'IDS', ids: Uint32Array.of(2, 0, 2), space }] };
  expect((await decodeTable(await encodeTable(ids))).columns).toEqual([
    { type: 'STRING', ids: Int32Array.of(0, -1, 0), dictionary: ['b'] },
  ]);
});

test('a table without rows keeps its columns', async () => {
  const empty: Table = {
    numRows: 0,
    names: ['t', 'd0'],
    columns: [
      { type: 'DOUBLE', values: new Float64Array(0), nulls: null },
      { type: 'STRING', ids: new Int32Array(0), dictionary: [] },
    ],
  };
  expect(await decodeTable(await encodeTable(empty))).toEqual(empty);
});
