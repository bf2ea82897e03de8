import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finishScan } from '../../../src/engine/finish.js';
import { mergePartials } from '../../../src/engine/merge.js';
import { inBlockOrder } from '../../../src/engine/scan/block-order.js';
import { createLeafRun } from '../../../src/engine/leaf-run.js';
import type { ScanLeaf } from '../../../src/plan/leaf-plan.js';
import { cellText } from '../../../src/vectors/column-text.js';
import type { Table } from '../../../src/vectors/table.js';
import type { ScanQuery } from '../../../src/query/native-query.js';
import { plainQuery } from '../../support/queries.js';
import { buildSegment, type TestSegment } from '../../support/blocks.js';
import { recordsOf, rowsOf } from '../../support/cells.js';
import { placeSegment, TestArena, testContext } from '../../support/run-context.js';
import { EVER, runLeaf, runThreads } from '../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../support/threads.js';

const leaf = (parts: Partial<ScanLeaf>): ScanLeaf => ({
  kind: 'scan',
  virtualColumns: [],
  intervals: EVER,
  filter: null,
  columns: [],
  maxRows: null,
  order: 'none',
  ...parts,
});

const arena = new TestArena(1);
const tracked = new TrackedArena(2);

function contextOf(segments: readonly TestSegment[]) {
  return testContext(
    [arena],
    segments.map((segment) => placeSegment(segment, [arena])),
  );
}

describe('cells', () => {
  const segment = buildSegment({
    segmentId: 'one',
    types: {
      __time: 'LONG',
      s: 'STRING',
      m: 'STRING',
      l: 'LONG',
      f: 'FLOAT',
      j: 'COMPLEX<json>',
      h: 'COMPLEX<hyperUnique>',
    },
    rows: [
      { __time: 1, s: 'a', m: ['x', null], l: 2n ** 62n, f: -74.33, j: '{"k":[1]}', h: Uint8Array.of(1, 2, 255) },
      { __time: 2, s: null, m: [], l: null, f: null, j: null, h: null },
    ],
  });

  test('every type comes as it is stored; JSON as text, sketches as base64', () => {
    expect(rowsOf(runLeaf(leaf({}), [segment]))).toEqual([
      [1n, 'a', ['x', null], 2n ** 62n, Math.fround(-74.33), '{"k":[1]}', 'AQL/', 'one'],
      [2n, null, [], null, null, null, null, 'one'],
    ]);
  });

  test('a column that no segment has is null, and the segment id stays last', () => {
    const other = buildSegment({
      segmentId: 'two',
      types: { __time: 'LONG', l: 'STRING', z: 'DOUBLE' },
      rows: [{ __time: 3, l: 'word', z: 0.5 }],
    });
    const merged = runLeaf(leaf({ columns: ['__time', 'nope'] }), [segment, other]);
    expect(rowsOf(merged)).toEqual([
      [1n, null, 'one'],
      [2n, null, 'one'],
      [3n, null, 'two'],
    ]);
    const all = runLeaf(leaf({}), [segment, other]);
    expect(all.names.at(-1)).toBe('$segment');
    expect(recordsOf(all).map(({ l, z }) => [l, z])).toEqual([
      [String(2n ** 62n), null],
      [null, null],
      ['"word"', 0.5],
    ]);
  });

  test('no matching row gives the asked columns without rows', () => {
    const empty = runLeaf(leaf({ columns: ['s'], filter: { type: 'false' } }), [segment]);
    expect([empty.numRows, empty.names]).toEqual([0, ['s', '$segment']]);
  });
});

describe('order and limit', () => {
  const query = (parts: Partial<ScanQuery>): ScanQuery => ({
    queryType: 'scan',
    ...plainQuery,
    columns: ['__time'],
    resultFormat: 'list',
    batchSize: 20_480,
    limit: null,
    offset: 0,
    order: 'none',
    ...parts,
  });

  test('an ordered scan with a limit gives the first rows of all, whatever the blocks and threads', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('ascending' as const, 'descending' as const),
        fc.nat(5),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 3 }),
        (segments, order, offset, limit, threads) => {
          const built = segments.map((times) =>
            buildSegment({ types: { __time: 'LONG' }, rows: times.map((__time) => ({ __time })), blockRows: 7 }),
          );
          const plan = leaf({ columns: ['__time'], order, maxRows: offset + limit });
          const partials = Array.from({ length: threads }, (_, thread) => part(plan, built, thread, threads));
          const found = rowsOf(finishScan(query({ order, offset, limit }), partials)).map(([time]) => Number(time));
          const sign = order === 'ascending' ? 1 : -1;
          expect(found).toEqual(
            segments
              .flat()
              .sort((a, b) => (a - b) * sign)
              .slice(offset, offset + limit),
          );
          expect(partials.every((table) => table.numRows <= offset + limit)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  function part(plan: ScanLeaf, segments: readonly TestSegment[], thread: number, threads: number) {
    const run = createLeafRun(plan, contextOf(segments));
    let next = 0;
    segments.forEach(({ blocks }, s) => {
      for (let b = 0; b < blocks.length; b++) if (next++ % threads === thread) run.add(s, b);
    });
    return inBlockOrder(plan, [run.leave()!])[0]!;
  }

  test('rows without an order come in the order of segments and blocks, whichever threads had them', () => {
    const segments = [0, 100].map((from) =>
      buildSegment({
        types: { __time: 'LONG' },
        rows: Array.from({ length: 20 }, (_, i) => ({ __time: from + i })),
        blockRows: 4,
      }),
    );
    const times = rowsOf(runLeaf(leaf({ columns: ['__time'] }), segments, 3)).map(([time]) => Number(time));
    expect(times).toEqual([0, 100].flatMap((from) => Array.from({ length: 20 }, (_, i) => from + i)));
  });

  test('an unordered scan with a limit is done once it has its rows', () => {
    const segment = buildSegment({
      types: { __time: 'LONG' },
      rows: Array.from({ length: 10 }, (_, i) => ({ __time: i })),
      blockRows: 4,
    });
    const run = createLeafRun(leaf({ columns: ['__time'], maxRows: 6 }), contextOf([segment]));
    run.add(0, 0);
    expect(run.done).toBe(false);
    run.add(0, 1);
    expect(run.done).toBe(true);
  });
});

describe('pages', () => {
  const rows = fc.array(fc.record({ __time: fc.nat(9), s: fc.constantFrom('a', 'b', null) }), { maxLength: 60 });

  test('a page is the rows from its offset to its limit of all that match, in the order of the blocks', () => {
    fc.assert(
      fc.property(
        fc.array(rows, { minLength: 1, maxLength: 3 }),
        fc.nat(40),
        fc.nat(40),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(null, { type: 'selector', dimension: 's', value: 'a' } as const),
        (made, skipRows, limit, threads, filter) => {
          const segments = made.map((part) =>
            buildSegment({ types: { __time: 'LONG', s: 'STRING' }, rows: part, blockRows: 7 }),
          );
          const parts = { columns: ['__time', 's'], filter, intervals: [{ startMs: 2, endMs: 8 }] };
          const all = rowsOf(runLeaf(leaf(parts), segments, threads));
          const page = runLeaf(leaf({ ...parts, skipRows, maxRows: skipRows + limit }), segments, threads);
          expect(rowsOf(page)).toEqual(all.slice(skipRows, skipRows + limit));
        },
      ),
    );
  });

  test('a run says how many rows it left out', () => {
    const segment = buildSegment({
      types: { __time: 'LONG' },
      rows: Array.from({ length: 10 }, (_, i) => ({ __time: i })),
      blockRows: 4,
    });
    const skipped = (skipRows: number): number | undefined => {
      const [context] = threadContexts([tracked], [placeSegment(segment, [tracked])], 1);
      const run = createLeafRun(leaf({ columns: ['__time'], skipRows, maxRows: skipRows + 2 }), context!);
      for (let block = 0; block < 3; block++) run.add(0, block);
      run.leave();
      run.finish();
      return run.skipped;
    };
    expect([0, 5, 10, 20].map(skipped)).toEqual([0, 5, 10, 10]);
  });
});

describe('rows as text', () => {
  const types = {
    __time: 'LONG',
    s: 'STRING',
    m: 'STRING',
    l: 'LONG',
    d: 'DOUBLE',
    f: 'FLOAT',
    j: 'COMPLEX<json>',
  } as const;
  const columns = [...Object.keys(types), 'none', 'v'];
  const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });
  const row = fc.record({
    __time: fc.integer({ min: -1e12, max: 4e12 }),
    s: nullable(fc.string({ unit: 'binary' })),
    m: fc.array(fc.constantFrom('x', '"', null), { maxLength: 3 }),
    l: nullable(fc.oneof(fc.integer(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))),
    d: nullable(
      fc.oneof(
        fc.double(),
        fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents / 100),
      ),
    ),
    f: nullable(fc.float()),
    j: nullable(fc.constantFrom('{"k":[1]}', '[]')),
  });

  test('the text of a row is that of its columns, whatever their types and values', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('list', 'compactedList'),
        fc.boolean(),
        (made, rowText, narrow) => {
          const segment = buildSegment({ types, rows: made, blockRows: 8 });
          const virtual = { type: 'expression', name: 'v', expression: 'concat(s, l)', outputType: 'STRING' } as const;
          const plan = leaf({ columns, virtualColumns: [virtual] });
          const ask = (asked: ScanLeaf): Table => {
            const placed = placeSegment(segment, [tracked], { narrow });
            return mergePartials(asked, runThreads(asked, threadContexts([tracked], [placed], 2), createLeafRun));
          };
          const found = ask({ ...plan, rowText });
          const [texts] = found.columns;
          if (texts?.type !== 'BINARY') throw new Error('Rows are no text');
          const plain = ask(plan);
          const cells = columns.map((_, i) => cellText(plain.columns[i]!));
          const expected = Array.from({ length: plain.numRows }, (_, at) => {
            if (rowText === 'compactedList') return `,[${cells.map((cell) => cell(at)).join(',')}]`;
            return `,{${cells.map((cell, i) => `"${columns[i]}":${cell(at)}`).join(',')}}`;
          });
          expect(Buffer.from(texts.bytes).toString()).toBe(expected.join(''));
          expect(found.numRows).toBe(made.length);
        },
      ),
    );
  });

  test('it comes with the types of the columns', () => {
    const segment = buildSegment({ types, rows: [{ __time: 1, m: ['x', 'y'] }] });
    const found = runLeaf(leaf({ columns: columns.slice(0, -1), rowText: 'list' }), [segment]);
    expect(rowsOf(found).map((cells) => cells[1])).toEqual([
      'LONG,STRING,STRING,LONG,DOUBLE,FLOAT,COMPLEX<json>,STRING',
    ]);
  });
});
