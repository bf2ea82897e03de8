import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergePartials } from '../../../src/engine/merge.js';
import { resolveIds } from '../../../src/vectors/ids-column.js';
import type { IdSpace, Table, TableColumn } from '../../../src/vectors/table.js';
import { rowsOf } from '../../support/cells.js';
import { count, dimension, groupedLeaf } from '../../support/run-leaf.js';

const VALUES = ['', 'a', 'b', 'ü', 'long enough', '0', 'z'];

/** A space whose ids are the values' places in an order of its own. */
function spaceOf(key: string, values: readonly string[]): IdSpace {
  return { key, size: values.length, value: (id) => values[id - 1]! };
}

const spaces = [spaceOf('one', VALUES), spaceOf('two', VALUES.toReversed())];
/** Large enough that no array over it pays. */
const sparse: IdSpace = { key: 'sparse', size: 50_000_000, value: (id) => VALUES[id % VALUES.length]! };

interface Row {
  readonly t: number;
  readonly values: readonly (number | null)[];
  readonly x: number | null;
}

function partial(rows: readonly Row[], numDimensions: number, space: IdSpace): Table {
  const names = ['t', ...Array.from({ length: numDimensions }, (_, i) => `d${i}`), 'a0.count', 'a1.sum'];
  const dimensions = Array.from({ length: numDimensions }, (_, i): TableColumn => {
    const ids = Uint32Array.from(rows, ({ values }) => {
      const value = values[i] ?? null;
      if (value === null) return 0;
      if (space === sparse) return 7_000_000 * (value + 1) + value;
      return space.key === 'one' ? value + 1 : VALUES.length - value;
    });
    return { type: 'IDS', ids, space };
  });
  const columns: TableColumn[] = [
    { type: 'DOUBLE', values: Float64Array.from(rows, ({ t }) => t), nulls: null },
    ...dimensions,
    { type: 'LONG', values: BigInt64Array.from(rows, () => 1n), nulls: null },
    {
      type: 'LONG',
      values: BigInt64Array.from(rows, ({ x }) => BigInt(x ?? 0)),
      nulls: Uint8Array.from(rows, ({ x }) => (x === null ? 1 : 0)),
    },
  ];
  return { numRows: rows.length, names, columns };
}

const row = fc.record({
  t: fc.constantFrom(-10, 0, 10),
  values: fc.array(fc.option(fc.nat(VALUES.length - 1)), { minLength: 3, maxLength: 3 }),
  x: fc.option(fc.integer()),
});

const plans = fc.record({ numDimensions: fc.nat(3), isAll: fc.boolean() }).map(({ numDimensions, isAll }) =>
  groupedLeaf({
    granularity: isAll ? { type: 'all' } : { type: 'duration', durationMs: 10, originMs: 0 },
    dimensions: ['p', 'q', 'r'].slice(0, numDimensions).map((name) => dimension(name)),
    aggregators: [count, { type: 'sum', kind: 'long', name: 'x', fieldName: 'x' }],
  }),
);

function sortedRows(table: Table): string[] {
  return rowsOf(resolveIds(table))
    .map((cells) => cells.map(String).join('|'))
    .sort();
}

describe('merging partials of ids', () => {
  test('by integer equals merging by strings, and stays ids of the space', () => {
    fc.assert(
      fc.property(
        plans,
        fc.array(fc.array(row, { maxLength: 60 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (plan, parts, isSparse) => {
          const space = isSparse ? sparse : spaces[0]!;
          const partials = parts.map((rows) => partial(rows, plan.dimensions.length, space));
          const merged = mergePartials(plan, partials);
          expect(sortedRows(merged)).toEqual(sortedRows(mergePartials(plan, partials.map(resolveIds))));
          for (const column of merged.columns.slice(1, 1 + plan.dimensions.length))
            expect(column).toMatchObject({ type: 'IDS' });
        },
      ),
    );
  });

  test('of several spaces, and of strings, they meet by value', () => {
    fc.assert(
      fc.property(plans, fc.array(fc.array(row, { maxLength: 30 }), { minLength: 2, maxLength: 4 }), (plan, parts) => {
        const partials = parts.map((rows, i) => {
          const table = partial(rows, plan.dimensions.length, spaces[i % 2]!);
          return i === 3 ? resolveIds(table) : table;
        });
        expect(sortedRows(mergePartials(plan, partials))).toEqual(
          sortedRows(mergePartials(plan, partials.map(resolveIds))),
        );
      }),
    );
  });

  test('a space that has grown between partials is one space', () => {
    const plan = groupedLeaf({ dimensions: [dimension('p')], aggregators: [count] });
    const part = (size: number, id: number): Table => ({
      numRows: 1,
      names: ['t', 'd0', 'a0.count'],
      columns: [
        { type: 'DOUBLE', values: Float64Array.of(5), nulls: null },
        { type: 'IDS', ids: Uint32Array.of(id), space: { ...spaces[0]!, size } },
        { type: 'LONG', values: BigInt64Array.of(2n), nulls: null },
      ],
    });
    const merged = mergePartials(plan, [part(1, 1), part(7, 7), part(2, 1)]);
    expect(sortedRows(merged)).toEqual(['5|z|2', '5||4']);
    expect(merged.columns[1]).toMatchObject({ type: 'IDS', space: { size: 7 } });
  });
});
