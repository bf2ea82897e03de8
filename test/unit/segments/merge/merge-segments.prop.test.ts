import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BumpArena } from '../../../../src/memory/bump-arena.js';
import type { AggregatorSpec } from '../../../../src/query/native-query.js';
import { DimensionList } from '../../../../src/segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../../../src/segments/incremental/incremental-index.js';
import {
  autoDimension,
  type DimensionSchema,
  stringDimension,
} from '../../../../src/segments/incremental/row-schema.js';
import { inputFromBlocks, type MergeInput } from '../../../../src/segments/merge/merge-input.js';
import { type MergeOptions, mergeSegments } from '../../../../src/segments/merge/merge-segments.js';
import { inputFromSegmentDirectory } from '../../../../src/segments/merge/segment-input.js';
import { openBlock } from '../../../../src/vectors/block-view.js';
import { cell, type PlainRow } from '../incremental/read-view.js';

const DIMENSIONS: readonly DimensionSchema[] = [
  stringDimension('s'),
  { ...stringDimension('l'), type: 'LONG' },
  { ...stringDimension('d'), type: 'DOUBLE' },
  { ...stringDimension('f'), type: 'FLOAT' },
  { ...stringDimension('j'), type: 'JSON' },
  autoDimension('a'),
];
const METRICS: readonly AggregatorSpec[] = [
  { type: 'count', name: 'count' },
  { type: 'sum', kind: 'long', name: 'sum', fieldName: 'm' },
  { type: 'min', kind: 'double', name: 'min', fieldName: 'm' },
  { type: 'max', kind: 'float', name: 'max', fieldName: 'm' },
];
const noFilter = () => {
  throw new Error('no filter expected');
};

const text = fc.oneof(fc.constantFrom('a', 'b', '', 'é', '\ufb00', '😀', '\ue000'), fc.string({ unit: 'grapheme' }));
const inputRow = fc.record({
  t: fc.integer({ min: 0, max: 30 }),
  s: fc.oneof(fc.constant(null), text, fc.array(fc.option(text), { minLength: 2, maxLength: 3 })),
  l: fc.oneof(
    fc.constant(null),
    fc.integer({ min: -3, max: 3 }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
  d: fc.option(
    fc.oneof(
      fc.constantFrom(1.5, -2),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    ),
  ),
  f: fc.option(fc.constantFrom(0.5, 1)),
  j: fc.option(fc.constantFrom('{}', '{"a":1}')),
  a: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 0, max: 9 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 2 }),
  ),
  m: fc.option(fc.integer({ min: -9, max: 9 })),
});
type Row = typeof inputRow extends fc.Arbitrary<infer T> ? T : never;

const key = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner));

let root = '';
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-merge-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** An index of its own for these rows. */
function indexOf(rows: readonly Row[], rollup: boolean): MergeInput {
  const arena = BumpArena.create(64 << 20);
  const schema = {
    dimensions: DIMENSIONS,
    metrics: METRICS,
    queryGranularity: { type: 'duration', durationMs: 10, originMs: 0 } as const,
    rollup,
  };
  const identity = { segmentId: 'x', dataSource: 'x', intervalStartMs: 0, intervalEndMs: 1000 };
  const index = new IncrementalIndex(schema, new DimensionList(DIMENSIONS), arena, identity, noFilter);
  for (const row of rows) {
    // First input the long, then those of other types: `sum`, `min` and `max` read m as different types.
    index.add({
      timestampMs: row.t,
      dimensions: [row.s, row.l, row.d, row.f, row.j, row.a],
      inputs: [row.m, row.m, row.m],
    });
  }
  const view = index.view();
  return inputFromBlocks(
    view.columnTypes,
    view.blocks.map((ref) => openBlock(ref, () => arena.buffer)),
  );
}

function options(change: Partial<MergeOptions>): MergeOptions {
  return {
    interval: { startMs: 0, endMs: 1000 },
    dimensions: DIMENSIONS,
    metrics: METRICS,
    metricsSpec: [],
    queryGranularity: { type: 'duration', durationMs: 10, originMs: 0 },
    rollup: true,
    maxRowsPerSegment: 1_000_000,
    state: [],
    compileFilter: noFilter,
    ...change,
  };
}

async function merge(
  inputs: readonly MergeInput[],
  change: Partial<MergeOptions> = {},
): Promise<{ rows: PlainRow[]; directories: string[]; sizes: number[] }> {
  const base = join(root, String(made++));
  const segments = await mergeSegments(inputs, (n) => join(base, String(n)), options(change));
  const rows: PlainRow[] = [];
  for (const segment of segments) for (const row of await readSegment(segment.directory)) rows.push(row);
  return {
    rows,
    directories: segments.map((segment) => segment.directory),
    sizes: segments.map((segment) => segment.numRows),
  };
}

async function readSegment(directory: string): Promise<PlainRow[]> {
  const input = await inputFromSegmentDirectory(directory);
  const names = Object.keys(input.columnTypes);
  const rows: Record<string, unknown>[] = Array.from({ length: input.numRows }, () => ({}));
  for (const name of names) {
    const vectors = await input.column(name);
    let at = 0;
    input.blockRows.forEach((numRows, block) => {
      for (let row = 0; row < numRows; row++) rows[at++]![name] = cell(vectors[block], row);
    });
  }
  await input.close();
  return rows;
}

/** What a merge of the rows must hold, in any order. */
function oracle(rows: readonly Row[], rollup: boolean): string[] {
  const isArray = rows.some((row) => Array.isArray(row.a));
  const groups = new Map<
    string,
    { dims: unknown; count: bigint; sum: bigint | null; min: number | null; max: number | null }
  >();
  rows.forEach((row, i) => {
    const a =
      row.a === null ? null : isArray ? (Array.isArray(row.a) ? row.a : [row.a]).map(BigInt) : BigInt(row.a as number);
    const dims = [Math.floor(row.t / 10) * 10, row.s, row.l === null ? null : BigInt(row.l), row.d, row.f, row.j, a];
    const id = rollup ? key(dims) : String(i);
    const group = groups.get(id) ?? { dims, count: 0n, sum: null, min: null, max: null };
    group.count++;
    if (row.m !== null) {
      group.sum = (group.sum ?? 0n) + BigInt(row.m);
      group.min = Math.min(group.min ?? row.m, row.m);
      group.max = Math.max(group.max ?? row.m, row.m);
    }
    groups.set(id, group);
  });
  return [...groups.values()].map(({ dims, count, sum, min, max }) => key([dims, count, sum, min, max])).sort();
}

function asOracle(rows: readonly PlainRow[]): string[] {
  return rows
    .map((row) =>
      key([
        [Number(row['__time']), row['s'], row['l'], row['d'], row['f'], row['j'], row['a'] ?? null],
        row['count'],
        row['sum'],
        row['min'],
        row['max'],
      ]),
    )
    .sort();
}

describe('mergeSegments', () => {
  it('holds every row once, however rows are split over inputs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(inputRow, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(60), { maxLength: 4 }),
        fc.boolean(),
        async (rows, cuts, rollup) => {
          const bounds = [0, ...cuts.map((cut) => Math.min(cut, rows.length)).sort((a, b) => a - b), rows.length];
          const inputs = bounds.slice(1).map((end, i) => indexOf(rows.slice(bounds[i], end), rollup));
          const { rows: merged } = await merge(inputs, { rollup });
          expect(asOracle(merged)).toEqual(oracle(rows, rollup));
        },
      ),
      { numRuns: 80 },
    );
  });

  it('a merge of merged segments is the merge of the whole, row for row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(inputRow, { minLength: 2, maxLength: 40 }), async (rows) => {
        const whole = await merge([indexOf(rows, true)]);
        const half = Math.floor(rows.length / 2);
        const parts = [
          await merge([indexOf(rows.slice(0, half), true)]),
          await merge([indexOf(rows.slice(half), true)]),
        ];
        const inputs = await Promise.all(
          parts.flatMap((part) => part.directories).map((directory) => inputFromSegmentDirectory(directory)),
        );
        const again = await merge(inputs);
        for (const input of inputs) await input.close();
        expect(again.rows.map(key)).toEqual(whole.rows.map(key));
      }),
      { numRuns: 40 },
    );
  });

  it('rows are in order of time, then of dimensions by Java string order, nulls first', async () => {
    const row: Row = { t: 1, s: null, l: null, d: null, f: null, j: null, a: null, m: 1 };
    const values = ['\ufb00', '😀', 'b', null, '', 'a', '\ue000'];
    const rows: Row[] = values.flatMap((s, i) => [
      { ...row, s, l: 5 - i },
      { ...row, s, l: null },
      { ...row, s, t: 25 },
    ]);
    const { rows: merged } = await merge([indexOf(rows.slice(0, 4), false), indexOf(rows.slice(4), false)], {
      rollup: false,
    });
    const order = [null, '', 'a', 'b', '😀', '\ue000', '\ufb00'];
    expect(merged.slice(0, 14).map((read) => read['s'])).toEqual(order.flatMap((s) => [s, s]));
    expect(merged.slice(0, 14).map((read) => read['l'] === null)).toEqual(order.flatMap(() => [true, false]));
    expect(merged.slice(14).map((read) => [read['__time'], read['s']])).toEqual(order.map((s) => [20n, s]));
  });

  it('splits at maxRowsPerSegment, and each segment has only the values that it uses', async () => {
    const row: Row = { t: 1, s: null, l: null, d: null, f: null, j: null, a: null, m: 1 };
    const rows = Array.from({ length: 25 }, (_, i) => ({ ...row, s: `v${String(i).padStart(2, '0')}`, l: i * 1000 }));
    const { directories, sizes } = await merge([indexOf(rows, false)], { rollup: false, maxRowsPerSegment: 10 });
    expect(sizes).toEqual([10, 10, 5]);
    const input = await inputFromSegmentDirectory(directories[2]!);
    const [vector] = await input.column('s');
    expect(vector?.kind === 'string' && vector.dictionary.size).toBe(5);
    expect((await readSegment(directories[2]!)).map((read) => read['s'])).toEqual(['v20', 'v21', 'v22', 'v23', 'v24']);
    await input.close();
  });

  it('leaves out rows outside of the interval, and writes nothing when none is in it', async () => {
    const row: Row = { t: 1, s: 'x', l: 1, d: 1, f: 1, j: null, a: null, m: 1 };
    const inputs = () => [
      indexOf(
        [
          { ...row, t: 5 },
          { ...row, t: 15 },
          { ...row, t: 25 },
        ],
        false,
      ),
    ];
    expect(
      (await merge(inputs(), { interval: { startMs: 10, endMs: 20 } })).rows.map((read) => read['__time']),
    ).toEqual([10n]);
    expect((await merge(inputs(), { interval: { startMs: 100, endMs: 200 } })).sizes).toEqual([]);
  });

  it('columns of other inputs are null, and types that differ are widened', async () => {
    const blocks = (values: readonly unknown[], name: string) => {
      const arena = BumpArena.create(64 << 20);
      const dimensions = [autoDimension(name)];
      const identity = { segmentId: 'x', dataSource: 'x', intervalStartMs: 0, intervalEndMs: 1000 };
      const index = new IncrementalIndex(
        { dimensions, metrics: [], queryGranularity: { type: 'none' }, rollup: false },
        new DimensionList(dimensions),
        arena,
        identity,
        noFilter,
      );
      values.forEach((value, i) => index.add({ timestampMs: i, dimensions: [value], inputs: [] }));
      const view = index.view();
      return inputFromBlocks(
        view.columnTypes,
        view.blocks.map((ref) => openBlock(ref, () => arena.buffer)),
      );
    };
    const settings = { dimensions: [], metrics: [], rollup: false, queryGranularity: { type: 'none' } as const };
    const read = async (...inputs: MergeInput[]) =>
      (await merge(inputs, settings)).rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([name]) => name !== '__time')),
      );
    expect(await read(blocks([1], 'x'), blocks(['a'], 'y'))).toEqual(
      [
        { x: 1n, y: null },
        { x: null, y: 'a' },
      ].sort((a, b) => (a.x === null ? -1 : b.x === null ? 1 : 0)),
    );
    expect(await read(blocks([1, 2], 'x'), blocks([null, null, 2.5], 'x'))).toEqual([
      { x: null },
      { x: 1 },
      { x: null },
      { x: 2 },
      { x: 2.5 },
    ]);
    expect(await read(blocks([null], 'x'), blocks([null, [7]], 'x'))).toEqual([{ x: null }, { x: null }, { x: [7n] }]);
    expect(await read(blocks([1], 'x'), blocks([null, ['q']], 'x'))).toEqual([{ x: null }, { x: ['1'] }, { x: ['q'] }]);
    expect(await read(blocks([1], 'x'), blocks([null, { k: 'q' }], 'x'))).toEqual([
      { x: null },
      { x: '1' },
      { x: '{"k":"q"}' },
    ]);
  });

  it('many rows over many blocks come out sorted and whole', async () => {
    const rows: Row[] = Array.from({ length: 150_000 }, (_, i) => ({
      t: (i * 7919) % 31,
      s: `v${(i * 104_729) % 9973}`,
      l: i % 11,
      d: null,
      f: null,
      j: null,
      a: null,
      m: 1,
    }));
    const { rows: merged, sizes } = await merge(
      [indexOf(rows.slice(0, 90_000), false), indexOf(rows.slice(90_000), false)],
      { rollup: false },
    );
    expect(sizes).toEqual([150_000]);
    expect(merged.reduce((sum, row) => sum + (row['count'] as bigint), 0n)).toBe(150_000n);
    for (let i = 1; i < merged.length; i++) {
      const [a, b] = [merged[i - 1]!, merged[i]!];
      const sorted =
        a['__time'] !== b['__time']
          ? (a['__time'] as bigint) < (b['__time'] as bigint)
          : (a['s'] as string) <= (b['s'] as string);
      if (!sorted) throw new Error(`Row [${i}] is out of order`);
    }
    const rolled = await merge([indexOf(rows.slice(0, 90_000), true), indexOf(rows.slice(90_000), true)]);
    expect(rolled.rows.reduce((sum, row) => sum + (row['count'] as bigint), 0n)).toBe(150_000n);
    expect(new Set(rolled.rows.map((row) => key([row['__time'], row['s'], row['l']]))).size).toBe(rolled.rows.length);
  });
});
