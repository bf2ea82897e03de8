import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BumpArena } from '../../../../src/memory/bump-arena.js';
import type { AggregatorSpec } from '../../../../src/query/native-query.js';
import { DimensionList } from '../../../../src/segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../../../src/segments/incremental/incremental-index.js';
import { autoDimension, type RowSchema, stringDimension } from '../../../../src/segments/incremental/row-schema.js';
import { type PlainRow, readView } from './read-view.js';

const METRICS: readonly AggregatorSpec[] = [
  { type: 'count', name: 'count' },
  { type: 'sum', kind: 'long', name: 'sum', fieldName: 'm' },
  { type: 'max', kind: 'double', name: 'max', fieldName: 'm' },
];
const DIMENSIONS = [
  stringDimension('s'),
  { ...stringDimension('l'), type: 'LONG' as const },
  { ...stringDimension('d'), type: 'DOUBLE' as const },
  { ...stringDimension('f'), type: 'FLOAT' as const },
  { ...stringDimension('j'), type: 'JSON' as const },
];
const IDENTITY = { segmentId: 'x', dataSource: 'x', intervalStartMs: 0, intervalEndMs: 1_000_000 };

function schema(rollup: boolean): RowSchema {
  const hour = { type: 'duration', durationMs: 100, originMs: 0 } as const;
  return { dimensions: DIMENSIONS, metrics: METRICS, queryGranularity: hour, rollup };
}

function makeIndex(rollup: boolean, arena = BumpArena.create(256 << 20)) {
  const index = new IncrementalIndex(schema(rollup), new DimensionList(DIMENSIONS), arena, IDENTITY, () => {
    throw new Error('no filter expected');
  });
  return { index, arena };
}

const text = fc.oneof(fc.constantFrom('a', 'b', '', 'é', '😀', 'long text that is no short one'), fc.string());
const inputRow = fc.record({
  t: fc.integer({ min: 0, max: 2000 }),
  s: fc.oneof(fc.constant(null), text, fc.array(fc.option(text), { minLength: 2, maxLength: 4 })),
  l: fc.oneof(
    fc.constant(null),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
  d: fc.option(fc.double({ noNaN: true })),
  f: fc.option(fc.float({ noNaN: true })),
  j: fc.option(fc.json()),
  m: fc.option(fc.integer({ min: -1000, max: 1000 })),
});
type Row = typeof inputRow extends fc.Arbitrary<infer T> ? T : never;

function toInput(row: Row) {
  return { timestampMs: row.t, dimensions: [row.s, row.l, row.d, row.f, row.j], inputs: [row.m, row.m] };
}

function expected(row: Row): PlainRow {
  return {
    __time: BigInt(Math.floor(row.t / 100) * 100),
    s: row.s,
    l: row.l === null ? null : BigInt(row.l),
    d: row.d,
    f: row.f,
    j: row.j,
    count: 1n,
    sum: row.m === null ? null : BigInt(row.m),
    max: row.m,
  };
}

const normal = (rows: readonly PlainRow[]) =>
  rows.map((row) => ({
    ...row,
    f: row['f'] === null ? null : Number(row['f']) + 0,
    d: row['d'] === null ? null : Number(row['d']) + 0,
  }));

describe('incremental index without rollup', () => {
  it('a view holds exactly the rows added before it, and never changes', () => {
    fc.assert(
      fc.property(fc.array(inputRow, { maxLength: 60 }), (rows) => {
        const { index, arena } = makeIndex(false);
        const views = [];
        for (const row of rows) {
          expect(index.add(toInput(row))).toBe(true);
          views.push(index.view());
        }
        views.forEach((view, i) =>
          expect(normal(readView(view, arena))).toEqual(normal(rows.slice(0, i + 1).map(expected))),
        );
        expect(index.numRows).toBe(rows.length);
      }),
      { numRuns: 60 },
    );
  });

  it('views stay as they are while columns grow over several blocks', () => {
    const { index, arena } = makeIndex(false);
    const views: { n: number; view: ReturnType<typeof index.view> }[] = [];
    const value = (i: number) => ({
      t: i % 20 === 0 ? i % 700 : 1000 + i,
      s: i % 97 === 0 ? ['a', `b${i % 13}`] : `v${i % 5000}`,
      l: i % 30_011 === 0 ? 2n ** 62n : i,
      d: i / 4,
      f: i % 7,
      j: null,
      m: i % 5,
    });
    for (let i = 0; i < 140_000; i++) {
      index.add(toInput(value(i)));
      if (i % 17_003 === 0) views.push({ n: i + 1, view: index.view(['s', 'l', 'd', '__time']) });
    }
    for (const { n, view } of views) {
      // Late rows have blocks of their own.
      const rows = readView(view, arena).sort((a, b) => Number(a['d']) - Number(b['d']));
      expect(rows.length).toBe(n);
      for (let i = 0; i < n; i += 611) {
        expect([rows[i]!['s'], rows[i]!['l'], rows[i]!['__time']]).toEqual([
          value(i).s,
          BigInt(value(i).l),
          BigInt(Math.floor(value(i).t / 100) * 100),
        ]);
      }
    }
  });

  it('a row that does not fit is refused whole, and the rows before it stay readable', () => {
    const { index, arena } = makeIndex(false, BumpArena.create(1 << 20));
    const rows: Row[] = [];
    for (let i = 0; i < 100_000; i++) {
      const row: Row = { t: i % 500, s: `value ${i}`, l: i, d: i, f: 0, j: null, m: 1 };
      if (!index.add(toInput(row))) break;
      rows.push(row);
    }
    expect(rows.length).toBeGreaterThan(1000);
    expect(rows.length).toBeLessThan(100_000);
    expect(index.add(toInput(rows[0]!))).toBe(false);
    expect(normal(readView(index.view(), arena))).toEqual(normal(rows.map(expected)));
  });
});

describe('incremental index with rollup', () => {
  it('sums of every group are those of its rows, however often it was sealed', () => {
    fc.assert(
      fc.property(fc.array(inputRow, { maxLength: 80 }), fc.array(fc.nat(80)), (rows, seals) => {
        const { index, arena } = makeIndex(true);
        rows.forEach((row, i) => {
          index.add(toInput(row));
          if (seals.includes(i)) index.view();
        });
        expect(grouped(normal(readView(index.view(), arena)))).toEqual(grouped(normal(rows.map(expected))));
      }),
      { numRuns: 100 },
    );
  });

  it('equal rows between two views are one row', () => {
    const { index, arena } = makeIndex(true);
    const row: Row = { t: 150, s: 'a', l: 1, d: null, f: null, j: null, m: 3 };
    for (let i = 0; i < 10_000; i++) index.add(toInput({ ...row, t: 100 + (i % 100) }));
    expect(readView(index.view(), arena)).toEqual([{ ...expected(row), count: 10_000n, sum: 30_000n }]);
    index.add(toInput(row));
    expect(index.view().blocks.map((block) => block.numRows)).toEqual([1, 1]);
  });

  it('more groups than a block holds go on in the next', () => {
    const { index, arena } = makeIndex(true);
    const row: Row = { t: 150, s: null, l: 1, d: null, f: null, j: null, m: 1 };
    for (let i = 0; i < 140_000; i++) index.add(toInput({ ...row, l: i % 70_000 }));
    const view = index.view(['l', 'count']);
    expect(view.blocks[0]!.numRows).toBe(65_536);
    const counts = new Map<unknown, bigint>();
    for (const read of readView(view, arena))
      counts.set(read['l'], (counts.get(read['l']) ?? 0n) + (read['count'] as bigint));
    expect(counts.size).toBe(70_000);
    expect([...counts.values()].every((count) => count === 2n)).toBe(true);
  });

  it('many views leave few blocks', () => {
    const { index, arena } = makeIndex(true);
    const row: Row = { t: 150, s: 'a', l: 1, d: 1.5, f: null, j: '{}', m: 3 };
    for (let i = 0; i < 500; i++) {
      index.add(toInput({ ...row, s: `v${i % 7}` }));
      const view = index.view();
      expect(view.blocks.length).toBeLessThanOrEqual(33);
      expect(view.blocks.reduce((sum, block) => sum + block.numRows, 0)).toBe(i + 1);
    }
    expect(grouped(readView(index.view(), arena)).length).toBe(7);
  });
});

describe.each([false, true])('late rows (rollup: %s)', (rollup) => {
  it('widen the time of few blocks, once there is more than a block', () => {
    const { index } = makeIndex(rollup);
    const n = 600_000;
    const keys = new Set<string | undefined>();
    for (let i = 0; i < n; i++) {
      const t = i % 20 === 19 ? Math.floor((i * ((i * 7919) % 1000)) / 1000) : i;
      index.add(toInput({ t, s: `v${i % 50}`, l: i, d: null, f: null, j: null, m: 1 }));
      if (i % 20_000 === 0) for (const { key } of index.view(['l']).blocks) keys.add(key);
    }
    const { blocks } = index.view(['l']);
    expect(blocks.reduce((sum, block) => sum + block.numRows, 0)).toBe(n);
    const wide = blocks.filter(({ minTimeMs, maxTimeMs }) => maxTimeMs - minTimeMs > 200_000);
    const rowsOfWide = wide.reduce((sum, block) => sum + block.numRows, 0);
    expect(rowsOfWide).toBeGreaterThan(0);
    expect(rowsOfWide).toBeLessThan(n / 15);
    expect(keys.size).toBeGreaterThan(3);
  });
});

/** Adds up equal rows. */
function grouped(rows: readonly PlainRow[]): unknown[] {
  const groups = new Map<string, { count: bigint; sum: bigint | null; max: number | null }>();
  for (const { count, sum, max, ...key } of rows) {
    const id = JSON.stringify(key, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    const group = groups.get(id) ?? { count: 0n, sum: null, max: null };
    group.count += count as bigint;
    if (sum !== null) group.sum = (group.sum ?? 0n) + (sum as bigint);
    if (max !== null) group.max = Math.max(group.max ?? Number.NEGATIVE_INFINITY, max as number);
    groups.set(id, group);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('auto dimensions', () => {
  const cases: [string, unknown[], string, unknown[]][] = [
    ['integers', [1, null, true], 'LONG', [1n, null, 1n]],
    ['numbers', [1, 2.5], 'DOUBLE', [1, 2.5]],
    ['integers and text', [1, 'x', 2.5], 'STRING', ['1', 'x', '2.5']],
    ['text', ['x', null], 'STRING', ['x', null]],
    ['lists of integers', [[1, null], [], null, 3], 'ARRAY<LONG>', [[1n, null], [], null, [3n]]],
    ['lists of text', [[1], ['a', null]], 'ARRAY<STRING>', [['1'], ['a', null]]],
    ['objects', [{ a: [1, 'é'] }, 2, null], 'COMPLEX<json>', ['{"a":[1,"é"]}', '2', null]],
    ['beyond 2^53', [2n ** 60n, 5], 'LONG', [2n ** 60n, 5n]],
  ];
  it.each(cases)('%s', (_name, values, type, stored) => {
    const dimensions = new DimensionList([autoDimension('a')]);
    const arena = BumpArena.create(64 << 20);
    for (const rollup of [false, true]) {
      const row = {
        dimensions: [autoDimension('a')],
        metrics: [],
        queryGranularity: { type: 'none' } as const,
        rollup,
      };
      const index = new IncrementalIndex(row, dimensions, arena, IDENTITY, () => {
        throw new Error('no filter expected');
      });
      const views = values.map((value, i) => {
        index.add({ timestampMs: i, dimensions: [value], inputs: [] });
        return index.view();
      });
      expect(index.columnTypes['a']).toBe(type);
      expect(readView(index.view(), arena).map((read) => read['a'])).toEqual(stored);
      views.forEach((view, i) => expect(readView(view, arena).length).toBe(i + 1));
    }
  });

  it('a dimension found late is null before', () => {
    const dimensions = new DimensionList([]);
    const arena = BumpArena.create(64 << 20);
    const index = new IncrementalIndex(
      { dimensions: [], metrics: [], queryGranularity: { type: 'none' }, rollup: false },
      dimensions,
      arena,
      IDENTITY,
      () => {
        throw new Error('no filter expected');
      },
    );
    index.add({ timestampMs: 1, dimensions: [], inputs: [] });
    const early = index.view();
    dimensions.add(stringDimension('late'));
    index.add({ timestampMs: 2, dimensions: ['x'], inputs: [] });
    index.add({ timestampMs: 3, dimensions: [], inputs: [] });
    expect(readView(index.view(), arena).map((row) => row['late'])).toEqual([null, 'x', null]);
    expect(readView(early, arena).length).toBe(1);
  });

  it.each([true, false])(
    'a dimension found after thousands of open groups is null in all of them, rollup %s',
    (rollup) => {
      const dimensions = new DimensionList([stringDimension('s')]);
      const arena = BumpArena.create(64 << 20);
      const metrics: readonly AggregatorSpec[] = [{ type: 'doubleMean', name: 'mean', fieldName: 'm' }];
      const index = new IncrementalIndex(
        { dimensions: dimensions.schemas, metrics, queryGranularity: { type: 'none' }, rollup },
        dimensions,
        arena,
        IDENTITY,
        () => {
          throw new Error('no filter expected');
        },
      );
      const values = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? [`s${i}`, 'x'] : `s${i}`));
      for (const value of values) index.add({ timestampMs: 1, dimensions: [value], inputs: [1] });
      dimensions.add(stringDimension('late'));
      index.add({ timestampMs: 1, dimensions: ['s1', 'x'], inputs: [1] });
      index.add({ timestampMs: 1, dimensions: [['s0', 'x']], inputs: [1] });
      const read = readView(index.view(), arena);
      expect(read.slice(0, values.length).map((row) => row['s'])).toEqual(values);
      expect(read.slice(0, values.length).every((row) => row['late'] === null)).toBe(true);
      expect(read.slice(values.length).map((row) => [row['s'], row['late']])).toEqual(
        rollup
          ? [['s1', 'x']]
          : [
              ['s1', 'x'],
              [['s0', 'x'], null],
            ],
      );
    },
  );
});
