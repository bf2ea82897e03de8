import { describe, expect, test } from 'vitest';
import { completeLines, tileLines } from '../../../src/console/dashboards/tile-lines.js';
import { eventsRead, nativeTable } from '../../../src/console/query/outcome.js';
import { planSteps } from '../../../src/console/query/plan.js';
import { formatBytes, formatShort, formatTime } from '../../../src/console/shared/format.js';

describe('native answers as a table', () => {
  test('timeseries, topN and groupBy have their time and their values in columns', () => {
    const expected = { columns: [{ name: 'timestamp' }, { name: 'n' }], rows: [['2026-01-01T00:00:00.000Z', 1]] };
    const timestamp = '2026-01-01T00:00:00.000Z';
    expect(nativeTable([{ timestamp, result: { n: 1 } }])).toMatchObject(expected);
    expect(nativeTable([{ timestamp, result: [{ n: 1 }] }])).toMatchObject(expected);
    expect(nativeTable([{ version: 'v1', timestamp, event: { n: 1 } }])).toMatchObject(expected);
  });

  test('scan has rows as lists or as objects', () => {
    const rows = [[1, null]];
    expect(nativeTable([{ segmentId: 's', columns: ['a', 'b'], events: [[1, null]] }]).rows).toEqual(rows);
    expect(nativeTable([{ segmentId: 's', columns: ['a', 'b'], events: [{ a: 1, b: null }] }]).rows).toEqual(rows);
  });

  test('a column that only some rows have is null in the others', () => {
    const { columns, rows } = nativeTable([{ a: 1 }, { b: 'x' }]);
    expect(columns).toEqual([
      { name: 'a', type: 'BIGINT' },
      { name: 'b', type: 'VARCHAR' },
    ]);
    expect(rows).toEqual([
      [1, null],
      [null, 'x'],
    ]);
  });

  test('the events read are those of all partitions of all streams', () => {
    const state = { offsets: { a: { partitions: { 0: 5, 1: 7 } }, b: { partitions: { 0: 1 } } } };
    expect(eventsRead(JSON.stringify(state))).toBe(13);
    expect(eventsRead('{"offsets":{}}')).toBeUndefined();
    expect(eventsRead(null)).toBeUndefined();
  });
});

describe('lines of an answer', () => {
  const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;

  test('a column of text makes a line per value, with gaps where it has no row', () => {
    const rows = [
      { t: at(1), who: 'a', n: 1 },
      { t: at(2), who: 'b', n: 5 },
      { t: at(2), who: null, n: 2 },
    ];
    const lines = tileLines(rows);
    expect(lines?.times).toEqual([1_767_225_601, 1_767_225_602]);
    expect(lines?.lines).toEqual([
      { label: 'b', values: [null, 5] },
      { label: 'null', values: [null, 2] },
      { label: 'a', values: [1, null] },
    ]);
  });

  test('a bucket that no row has is a gap of every line', () => {
    const lines = tileLines([1, 2, 5, 6].map((second) => ({ t: at(second), n: second })))!;
    expect(lines.lines[0]?.values).toEqual([1, 2, null, null, 5, 6]);
    expect(lines.times).toHaveLength(6);
  });

  test('without a time or a number there is no line', () => {
    expect(tileLines([{ who: 'a', n: 1 }])).toBeUndefined();
    expect(tileLines([{ t: at(1), who: 'a' }])).toBeUndefined();
  });

  test('the bucket that still grows and the one that the window cuts are left out', () => {
    const lines = tileLines([1, 2, 3, 4].map((second) => ({ t: at(second), n: second })))!;
    const shown = (evaluatedAt: string): unknown => completeLines(lines, Date.parse(evaluatedAt)).lines[0]?.values;
    expect(shown('2026-01-01T00:00:04.500Z')).toEqual([2, 3]);
    expect(shown('2026-01-01T00:00:05.200Z')).toEqual([2, 3]);
    expect(shown('2026-01-01T00:00:05.500Z')).toEqual([2, 3, 4]);
  });
});

describe('plan', () => {
  test('a join shows both of its inputs below the query that reads it', () => {
    const table = { type: 'table', name: 'w' };
    const query = {
      queryType: 'groupBy',
      dataSource: {
        type: 'join',
        joinType: 'INNER',
        condition: 'a == b',
        left: table,
        right: { type: 'query', query: { queryType: 'scan', dataSource: table, columns: ['a'] } },
      },
      dimensions: [{ type: 'default', dimension: 'channel', outputName: 'd0' }],
      aggregations: [{ type: 'count', name: 'a0' }],
    };
    const [step] = planSteps(JSON.stringify([{ query }]));
    expect(step?.details).toEqual([
      ['by', 'channel'],
      ['aggregates', 'count a0'],
    ]);
    const join = step?.inputs[0];
    expect(join?.title).toBe('join');
    expect(join?.inputs.map((input) => input.title)).toEqual(['table w', 'scan']);
    expect(join?.inputs[1]?.table).toBe('w');
  });
});

test('numbers in narrow places are short', () => {
  expect([950, 12_345, 1_234_567, 2e9].map(formatShort)).toEqual(['950', '12.3K', '1.23M', '2G']);
  expect([512, 2048, 5_000_000].map(formatBytes)).toEqual(['512 B', '2.00 KiB', '4.77 MiB']);
});

test('a time that a browser cannot count stays as it is written', () => {
  expect(formatTime('2026-01-01T00:00:00.000Z')).toBe('2026-01-01 00:00:00');
  expect(formatTime('-146136543-09-08T08:23:32.096Z')).toBe('-146136543-09-08T08:23:32.096Z');
});
