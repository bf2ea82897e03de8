import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finishScan } from '../../../src/engine/finish.js';
import { inBlockOrder } from '../../../src/engine/scan/block-order.js';
import { createLeafRun } from '../../../src/engine/leaf-run.js';
import type { ScanLeaf } from '../../../src/plan/leaf-plan.js';
import type { ScanQuery } from '../../../src/query/native-query.js';
import { plainQuery } from '../../support/queries.js';
import { buildSegment, type TestSegment } from '../../support/blocks.js';
import { recordsOf, rowsOf } from '../../support/cells.js';
import { placeSegment, TestArena, testContext } from '../../support/run-context.js';
import { EVER, runLeaf } from '../../support/run-leaf.js';

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

  test('an unordered scan is done once it has its rows', () => {
    const segment = buildSegment({
      types: { __time: 'LONG' },
      rows: Array.from({ length: 10 }, (_, i) => ({ __time: i })),
      blockRows: 4,
    });
    const plan = leaf({ columns: ['__time'], maxRows: 6 });
    const run = createLeafRun(plan, contextOf([segment]));
    run.add(0, 0);
    expect(run.done).toBe(false);
    run.add(0, 1);
    expect(run.done).toBe(true);
    const rows = rowsOf(finishScan(query({ offset: 1, limit: 3 }), inBlockOrder(plan, [run.leave()!])));
    expect(rows.map(([time]) => time)).toEqual([1n, 2n, 3n]);
  });
});
