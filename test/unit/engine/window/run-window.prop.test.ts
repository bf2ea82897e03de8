import fc from 'fast-check';
import { expect, test } from 'vitest';
import { typesOfTable } from '../../../../src/engine/heap/row-batch.js';
import { valueColumn } from '../../../../src/engine/heap/value-column.js';
import { runWindow } from '../../../../src/engine/window/run-window.js';
import { parseWindowOperator } from '../../../../src/query/parse-window-operator.js';
import type { WindowOperator } from '../../../../src/query/window-operator.js';
import type { Table } from '../../../../src/vectors/table.js';

interface Row {
  readonly part: string | null;
  readonly key: number;
  readonly value: number | null;
}
type Bound = number | null;

const row: fc.Arbitrary<Row> = fc.record({
  part: fc.constantFrom(null, 'a', 'b'),
  key: fc.integer({ min: 0, max: 6 }),
  value: fc.option(fc.integer({ min: -50, max: 50 }), { nil: null }),
});
const bound: fc.Arbitrary<Bound> = fc.option(fc.integer({ min: -4, max: 4 }), { nil: null });

const operator = (json: unknown): WindowOperator =>
  parseWindowOperator(json, {
    parseSubquery: () => {
      throw new Error('no subquery here');
    },
    numFilters: 0,
  });

function tableOf(rows: readonly Row[]): Table {
  const column = (values: readonly unknown[], type: 'STRING' | 'LONG') => valueColumn(values, type);
  return {
    numRows: rows.length,
    names: ['part', 'key', 'value'],
    columns: [
      column(
        rows.map(({ part }) => part),
        'STRING',
      ),
      column(
        rows.map(({ key }) => key),
        'LONG',
      ),
      column(
        rows.map(({ value }) => value),
        'LONG',
      ),
    ],
  };
}

async function run(rows: readonly Row[], operators: readonly unknown[], maxBytes = 1e9): Promise<Table> {
  const table = tableOf(rows);
  const batch = { table, types: typesOfTable(table), segmentId: 's', range: null };
  const work = { batch, operators: operators.map(operator), maxBytes };
  return (await runWindow(work, new AbortController().signal)).table;
}

function cells(table: Table, name: string): (number | string | null)[] {
  const column = table.columns[table.names.indexOf(name)]!;
  return Array.from({ length: table.numRows }, (_, i) => {
    if (column.type === 'LONG') return column.nulls?.[i] === 1 ? null : Number(column.values[i]);
    if (column.type === 'DOUBLE') return column.nulls?.[i] === 1 ? null : column.values[i]!;
    return column.type === 'STRING' && column.ids[i]! >= 0 ? column.dictionary[column.ids[i]!]! : null;
  });
}

const SORT = {
  type: 'naiveSort',
  columns: [
    { column: 'part', direction: 'ASC' },
    { column: 'key', direction: 'DESC' },
  ],
};
const PARTITION = { type: 'naivePartition', partitionColumns: ['part'] };

/** What the operators put the rows into: partitions of peers. */
function sorted(rows: readonly Row[]): Row[][] {
  const parts = [null, 'a', 'b'].map((part) => rows.filter((one) => one.part === part));
  return parts.map((own) => own.sort((a, b) => b.key - a.key)).filter((own) => own.length > 0);
}

/** The rows of the frame of row `i`, by definition. */
function frameOf(own: readonly Row[], i: number, type: string, lower: Bound, upper: Bound): Row[] {
  const peers = [...new Set(own.map(({ key }) => key))];
  const place = ({ key }: Row, at: number): number => (type === 'rows' ? at : peers.indexOf(key));
  const here = place(own[i]!, i);
  return own.filter((other, at) => {
    const distance = place(other, at) - here;
    return (lower === null || distance >= lower) && (upper === null || distance <= upper);
  });
}

test('aggregators over frames of rows and of groups are those of the rows in the frame', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 40 }),
      fc.constantFrom('rows', 'groups'),
      bound,
      bound,
      async (rows, type, lowerOffset, upperOffset) => {
        const frame = { type, lowerOffset, upperOffset, orderByColumns: ['key'] };
        const aggregations = [
          { type: 'longSum', name: 'sum', fieldName: 'value' },
          { type: 'count', name: 'count' },
          { type: 'longMax', name: 'max', fieldName: 'value' },
          { type: 'longMin', name: 'min', fieldName: 'value' },
        ];
        const found = await run(rows, [
          SORT,
          PARTITION,
          { type: 'window', processor: { type: 'framedAgg', frame, aggregations } },
        ]);
        const frames = sorted(rows).flatMap((own) =>
          own.map((_, i) => frameOf(own, i, type, lowerOffset, upperOffset)),
        );
        const values = frames.map((of) => of.flatMap(({ value }) => (value === null ? [] : [value])));
        const orNull = (of: number[], value: number): number | null => (of.length === 0 ? null : value);
        expect(cells(found, 'count')).toEqual(frames.map((of) => of.length));
        expect(cells(found, 'sum')).toEqual(
          values.map((of) =>
            orNull(
              of,
              of.reduce((a, b) => a + b, 0),
            ),
          ),
        );
        expect(cells(found, 'max')).toEqual(values.map((of) => orNull(of, Math.max(...of))));
        expect(cells(found, 'min')).toEqual(values.map((of) => orNull(of, Math.min(...of))));
      },
    ),
  ));

test('ranks, row numbers, tiles and neighbours follow the order within the partition', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 40 }),
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      async (rows, offset, numBuckets) => {
        const processors = [
          { type: 'rowNumber', outputColumn: 'number' },
          { type: 'rank', group: ['key'], outputColumn: 'rank' },
          { type: 'rank', group: ['key'], outputColumn: 'percent', asPercent: true },
          { type: 'denseRank', group: ['key'], outputColumn: 'dense' },
          { type: 'cumeDist', group: ['key'], outputColumn: 'share' },
          { type: 'percentile', outputColumn: 'tile', numBuckets },
          { type: 'offset', inputColumn: 'value', outputColumn: 'other', offset },
          { type: 'first', inputColumn: 'key', outputColumn: 'first' },
          {
            type: 'last',
            inputColumn: 'part',
            outputColumn: 'last',
            frame: { type: 'rows', lowerOffset: 0, upperOffset: 1 },
          },
        ];
        const found = await run(rows, [
          SORT,
          PARTITION,
          { type: 'window', processor: { type: 'composing', processors } },
        ]);
        const parts = sorted(rows);
        const each = (of: (own: Row[], i: number) => unknown): unknown[] =>
          parts.flatMap((own) => own.map((_, i) => of(own, i)));
        const before = (own: Row[], i: number): number => own.filter(({ key }) => key > own[i]!.key).length;
        expect(cells(found, 'number')).toEqual(each((_, i) => i + 1));
        expect(cells(found, 'rank')).toEqual(each((own, i) => before(own, i) + 1));
        expect(cells(found, 'percent')).toEqual(
          each((own, i) => (own.length === 1 ? 0 : before(own, i) / (own.length - 1))),
        );
        expect(cells(found, 'dense')).toEqual(
          each((own, i) => new Set(own.filter(({ key }) => key >= own[i]!.key).map(({ key }) => key)).size),
        );
        expect(cells(found, 'share')).toEqual(
          each((own, i) => own.filter(({ key }) => key >= own[i]!.key).length / own.length),
        );
        expect(cells(found, 'other')).toEqual(each((own, i) => own[i + offset]?.value ?? null));
        expect(cells(found, 'first')).toEqual(each((own) => own[0]!.key));
        expect(cells(found, 'last')).toEqual(each((own) => own[0]!.part));
        const sizes = parts.flatMap((own) => {
          const size = Math.floor(own.length / numBuckets);
          const more = own.length % numBuckets;
          return Array.from({ length: numBuckets }, (_, b) =>
            Array<number>(size + (b < more ? 1 : 0)).fill(b + 1),
          ).flat();
        });
        expect(cells(found, 'tile')).toEqual(sizes);
      },
    ),
  ));

const ROWS: readonly Row[] = Array.from({ length: 1000 }, (_, i) => ({ part: 'a', key: i % 7, value: i }));

test('a scan operator filters, computes columns, orders, cuts and projects, in this order', async () => {
  const found = await run(ROWS, [
    {
      type: 'scan',
      filter: { type: 'equals', column: 'key', matchValueType: 'LONG', matchValue: 3 },
      virtualColumns: [{ type: 'expression', name: 'twice', expression: 'value * 2', outputType: 'LONG' }],
      ordering: [{ column: 'value', direction: 'DESC' }],
      offsetLimit: { offset: 1, limit: 2 },
      projectedColumns: ['twice'],
    },
  ]);
  expect(found.names).toEqual(['twice']);
  expect(cells(found, 'twice')).toEqual([2 * 990, 2 * 983]);
});

test('rows beyond the budget are a resource limit, not a full memory', async () => {
  await expect(run(ROWS, [PARTITION], 1000)).rejects.toMatchObject({
    category: 'INVALID_INPUT',
    legacy: { error: 'Resource limit exceeded' },
  });
});
