import { describe, expect, test } from 'vitest';
import { concatTables } from '../../../src/vectors/concat-tables.js';
import { bindSpaces, resolveIds } from '../../../src/vectors/ids-column.js';
import { tableBytes } from '../../../src/vectors/table-size.js';
import { takeRows } from '../../../src/vectors/take-rows.js';
import type { IdSpace, Table } from '../../../src/vectors/table.js';
import { rowsOf } from '../../support/cells.js';

const VALUES = ['x', 'y', 'z'];
const space: IdSpace = { key: 's', size: 3, value: (id) => VALUES[id - 1]! };
const table = (ids: number[], of: IdSpace = space): Table => ({
  numRows: ids.length,
  names: ['d'],
  columns: [{ type: 'IDS', ids: Uint32Array.from(ids), space: of }],
});
const cells = (of: Table): unknown[] => rowsOf(resolveIds(of)).flat();

describe('columns of ids', () => {
  test('become strings, each value once, 0 is null', () => {
    const resolved = resolveIds(table([3, 0, 1, 3]));
    expect(resolved.columns[0]).toEqual({ type: 'STRING', ids: Int32Array.of(0, -1, 1, 0), dictionary: ['z', 'x'] });
    const many = Array.from({ length: 3000 }, (_, i) => i % 4);
    expect(cells(table(many))).toEqual(many.map((id) => VALUES[id - 1] ?? null));
  });

  test('rows are taken as ids', () => {
    const taken = takeRows(table([1, 2, 0, 3]), Uint32Array.of(3, 2, 0));
    expect(taken.columns[0]).toMatchObject({ type: 'IDS', ids: Uint32Array.of(3, 0, 1) });
    expect(tableBytes(taken)).toBe(12);
  });

  test('of one space stay ids when joined; otherwise they meet as strings', () => {
    const joined = concatTables([
      table([1]),
      { numRows: 1, names: [], columns: [] },
      table([2], { ...space, size: 2 }),
    ]);
    expect(joined.columns[0]).toMatchObject({ type: 'IDS', ids: Uint32Array.of(1, 0, 2), space: { size: 3 } });
    const other: IdSpace = { key: 'o', size: 1, value: () => 'z' };
    const mixed = concatTables([table([3]), table([1], other), resolveIds(table([1, 0]))]);
    expect(mixed.columns[0]).toMatchObject({ type: 'STRING' });
    expect(cells(mixed)).toEqual(['z', 'z', 'x', null]);
  });

  test('get their space from whoever holds it, and say so when nobody does', () => {
    const unbound = table([2], { key: 's', size: 3 });
    expect(() => resolveIds(unbound)).toThrow('Ids of space [s] have no strings here');
    expect(cells(bindSpaces(unbound, (key) => (key === 's' ? space : undefined)))).toEqual(['y']);
    expect(() => bindSpaces(unbound, () => undefined)).toThrow('Id space [s] is not known here');
  });
});
