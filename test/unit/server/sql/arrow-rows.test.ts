import { type Table as ArrowTable, tableFromIPC } from 'apache-arrow';
import { expect, test } from 'vitest';
import { UTC } from '../../../../src/common/time-zone.js';
import { encodeArrowRows } from '../../../../src/server/sql/arrow-rows.js';
import type { OutputColumn } from '../../../../src/sql/planned-statement.js';
import type { SqlType, SqlTypeName } from '../../../../src/sql/types/sql-type.js';
import type { Table, TableColumn } from '../../../../src/vectors/table.js';

function sqlType(name: SqlTypeName, element: SqlType | null = null): SqlType {
  return { name, nullable: true, precision: null, scale: null, element, complexName: null, fields: null };
}

function output(name: string, type: SqlType): OutputColumn {
  return { name, sqlType: type, nativeType: 'STRING' };
}

async function read(columns: readonly OutputColumn[], tables: readonly Table[]): Promise<ArrowTable> {
  const batches = (async function* (): AsyncGenerator<Table> {
    yield* await Promise.resolve(tables);
  })();
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeArrowRows({ columns, batches }, { zone: UTC, stringifyArrays: true }))
    chunks.push(chunk);
  return tableFromIPC(Buffer.concat(chunks));
}

const long = (...values: bigint[]): TableColumn => ({ type: 'LONG', values: BigInt64Array.from(values), nulls: null });

test('values of every type come back as they are, nulls too', async () => {
  const columns = [
    output('name', sqlType('VARCHAR')),
    output('n', sqlType('BIGINT')),
    output('x', sqlType('DOUBLE')),
    output('flag', sqlType('BOOLEAN')),
    output('at', sqlType('TIMESTAMP')),
    output('tags', sqlType('ARRAY', sqlType('VARCHAR'))),
    output('counts', sqlType('ARRAY', sqlType('BIGINT'))),
  ];
  const table: Table = {
    numRows: 3,
    names: columns.map(({ name }) => name),
    columns: [
      { type: 'STRING', ids: Int32Array.of(0, -1, 1), dictionary: ['a "b" é', ''] },
      { type: 'LONG', values: BigInt64Array.of(9_223_372_036_854_775_807n, 0n, -5n), nulls: Uint8Array.of(0, 1, 0) },
      { type: 'DOUBLE', values: Float64Array.of(0.1, 0, -1e300), nulls: Uint8Array.of(0, 1, 0) },
      long(1n, 0n, 1n),
      long(1_700_000_000_123n, 0n, -1n),
      { type: 'JSON', texts: ['["x",null]', null, '[]'] },
      { type: 'JSON', texts: ['[9223372036854775807]', null, '[1]'] },
    ],
  };
  const rows = (await read(columns, [table])).toArray().map((row) => (row as { toJSON(): object }).toJSON());
  const plain = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && Symbol.iterator in value
      ? Array.from(value as Iterable<unknown>)
      : value;
  expect(rows.map((row) => Object.values(row).map(plain))).toEqual([
    ['a "b" é', 9_223_372_036_854_775_807n, 0.1, true, 1_700_000_000_123, ['x', null], [9_223_372_036_854_775_807n]],
    [null, null, null, false, 0, null, null],
    ['', -5n, -1e300, true, -1, [], [1n]],
  ]);
});

test('several tables are several batches of one stream, and no rows still have a schema', async () => {
  const columns = [output('n', sqlType('BIGINT'))];
  const table = (...values: bigint[]): Table => ({ numRows: values.length, names: ['n'], columns: [long(...values)] });
  const two = await read(columns, [table(1n, 2n), table(3n)]);
  expect([...two.getChild('n')!]).toEqual([1n, 2n, 3n]);
  expect(two.batches).toHaveLength(2);
  const none = await read(columns, []);
  expect([none.numRows, none.schema.fields.map(String)]).toEqual([0, ['n: Int64']]);
});
