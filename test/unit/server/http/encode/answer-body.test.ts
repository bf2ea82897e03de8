import { describe, expect, test } from 'vitest';
import type { AggregateQuery, AnswerBody } from '../../../../../src/broker/answer.js';
import type { ScanQuery } from '../../../../../src/query/native-query.js';
import { parseNativeQuery } from '../../../../../src/query/parse-native-query.js';
import { answerText, encodeAnswer, wholeText } from '../../../../../src/server/http/encode/answer-body.js';
import type { Table, TableColumn } from '../../../../../src/vectors/table.js';

const DAY = Date.UTC(2024, 2, 10);
const BASE = { dataSource: 'd', intervals: ['2024-03-10/2024-03-12'] };

function longs(...values: readonly (bigint | null)[]): TableColumn {
  return {
    type: 'LONG',
    values: BigInt64Array.from(values, (value) => value ?? 0n),
    nulls: values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : null,
  };
}

function doubles(...values: readonly number[]): TableColumn {
  return { type: 'DOUBLE', values: Float64Array.from(values), nulls: null };
}

function floats(...values: readonly number[]): TableColumn {
  return { type: 'FLOAT', values: Float32Array.from(values), nulls: null };
}

function texts(...values: readonly (string | null)[]): TableColumn {
  const dictionary = [...new Set(values.filter((value) => value !== null))];
  return {
    type: 'STRING',
    ids: Int32Array.from(values, (value) => (value === null ? -1 : dictionary.indexOf(value))),
    dictionary,
  };
}

function table(columns: Readonly<Record<string, TableColumn>>, numRows: number): Table {
  return { numRows, names: Object.keys(columns), columns: Object.values(columns) };
}

function aggregate(
  query: object,
  columns: Readonly<Record<string, TableColumn>>,
  numRows: number,
  dataStartMs: number | null = null,
): string {
  const parsed = parseNativeQuery({ ...BASE, ...query }, () => 'id') as AggregateQuery;
  return answerText({ kind: 'aggregate', query: parsed, table: table(columns, numRows), dataStartMs });
}

const TIMESERIES = { queryType: 'timeseries', granularity: 'day', aggregations: [{ type: 'count', name: 'n' }] };
const AGGREGATIONS = [{ type: 'count', name: 'n' }];
const TOP_N = {
  queryType: 'topN',
  granularity: 'day',
  dimension: 'c',
  metric: 'n',
  threshold: 2,
  aggregations: AGGREGATIONS,
};
const GROUP_BY = { queryType: 'groupBy', granularity: 'day', dimensions: ['c'] };

describe('numbers', () => {
  const valuesOf = (column: TableColumn, numRows: number): string[] => {
    const time = longs(...Array.from({ length: numRows }, () => BigInt(DAY)));
    const text = aggregate(TIMESERIES, { timestamp: time, n: column }, numRows);
    return [...text.matchAll(/"n":([^}]*)}/g)].map(([, value]) => value!);
  };

  test('LONG keeps all 64 bits', () => {
    expect(valuesOf(longs(9223372036854775807n, -9223372036854775808n, null, 0n), 4)).toEqual([
      '9223372036854775807',
      '-9223372036854775808',
      'null',
      '0',
    ]);
  });

  test('DOUBLE is written as Java does', () => {
    const values = [1, 0.1, 1e20, 1e-5, 123456789.5, -0, Number.NaN, Infinity, -Infinity];
    expect(valuesOf(doubles(...values), values.length)).toEqual([
      '1.0',
      '0.1',
      '1.0E20',
      '1.0E-5',
      '1.234567895E8',
      '-0.0',
      '"NaN"',
      '"Infinity"',
      '"-Infinity"',
    ]);
  });

  test('FLOAT is the shortest text of its 32 bits', () => {
    expect(valuesOf(floats(-74.33, 1, 16777216, 3.4028235e38), 4)).toEqual([
      '-74.33',
      '1.0',
      '1.6777216E7',
      '3.4028235E38',
    ]);
  });
});

describe('texts', () => {
  test('are escaped as Jackson does, astral characters as two units', () => {
    const values = ['a"b\\c\n\u0001', '😀', 'é東', null, ''];
    const time = longs(...values.map(() => BigInt(DAY)));
    const text = aggregate(GROUP_BY, { timestamp: time, c: texts(...values) }, values.length);
    expect([...text.matchAll(/"c":(null|"(?:[^"\\]|\\.)*")/g)].map(([, value]) => value)).toEqual([
      '"a\\"b\\\\c\\n\\u0001"',
      '"\\uD83D\\uDE00"',
      '"é東"',
      'null',
      '""',
    ]);
    expect((JSON.parse(text) as { event: { c: unknown } }[]).map(({ event }) => event.c)).toEqual(values);
  });
});

describe('shapes', () => {
  const time = longs(BigInt(DAY), BigInt(DAY), BigInt(DAY + 86_400_000));

  test('timeseries', () => {
    expect(aggregate(TIMESERIES, { timestamp: longs(BigInt(DAY)), n: longs(3n) }, 1)).toBe(
      '[{"timestamp":"2024-03-10T00:00:00.000Z","result":{"n":3}}]',
    );
    expect(aggregate(TIMESERIES, { timestamp: longs(), n: longs() }, 0)).toBe('[]');
  });

  test('topN: one element a bucket', () => {
    expect(aggregate(TOP_N, { timestamp: time, c: texts('a', null, 'b'), n: longs(3n, 2n, 1n) }, 3)).toBe(
      '[{"timestamp":"2024-03-10T00:00:00.000Z","result":[{"c":"a","n":3},{"c":null,"n":2}]},' +
        '{"timestamp":"2024-03-11T00:00:00.000Z","result":[{"c":"b","n":1}]}]',
    );
  });

  test('topN without rows: of all time it names its one bucket when there is data, else it has none', () => {
    const none = { timestamp: longs(), c: texts(), n: longs() };
    const all = { ...TOP_N, granularity: 'all' };
    expect(aggregate(all, none, 0, DAY)).toBe('[{"timestamp":"2024-03-10T00:00:00.000Z","result":[]}]');
    expect(aggregate(all, none, 0)).toBe('[]');
    expect(aggregate(TOP_N, none, 0, DAY)).toBe('[]');
  });

  test('groupBy: an event a row, or an array', () => {
    const columns = { timestamp: longs(BigInt(DAY)), c: texts('a'), n: doubles(2) };
    expect(aggregate(GROUP_BY, columns, 1)).toBe(
      '[{"version":"v1","timestamp":"2024-03-10T00:00:00.000Z","event":{"c":"a","n":2.0}}]',
    );
    expect(aggregate({ ...GROUP_BY, context: { resultAsArray: true } }, columns, 1)).toBe(`[[${DAY},"a",2.0]]`);
    expect(aggregate({ ...GROUP_BY, granularity: 'all', context: { resultAsArray: true } }, columns, 1)).toBe(
      '[["a",2.0]]',
    );
  });

  test('times in the zone of the granularity', () => {
    const granularity = { type: 'period', period: 'P1D', timeZone: 'America/Los_Angeles' };
    const columns = { timestamp: longs(BigInt(DAY + 8 * 3_600_000)), n: longs(1n) };
    expect(aggregate({ ...TIMESERIES, granularity }, columns, 1)).toContain('"2024-03-10T00:00:00.000-08:00"');
  });

  test('more rows than one chunk holds are the same JSON', async () => {
    const numRows = 2500;
    const columns = {
      timestamp: longs(...Array.from({ length: numRows }, () => BigInt(DAY))),
      c: texts(...Array.from({ length: numRows }, (_, i) => `${i}`)),
    };
    const query = parseNativeQuery({ ...BASE, ...GROUP_BY }, () => 'id') as AggregateQuery;
    const body: AnswerBody = { kind: 'aggregate', query, table: table(columns, numRows), dataStartMs: null };
    const chunks: string[] = [];
    for await (const chunk of encodeAnswer(body)) chunks.push(String(chunk));
    expect(chunks.length).toBeGreaterThan(1);
    const rows = JSON.parse(chunks.join('')) as { event: { c: string } }[];
    expect(rows.map(({ event }) => event.c)).toEqual(Array.from({ length: numRows }, (_, i) => `${i}`));
  });
});

describe('scan', () => {
  const multi: TableColumn = {
    type: 'STRINGS',
    offsets: Uint32Array.of(0, 0, 1, 3),
    ids: Int32Array.of(0, 1, -1),
    dictionary: ['x', 'y'],
  };

  async function scan(options: object, tables: readonly Table[]): Promise<string> {
    const query = parseNativeQuery({ ...BASE, queryType: 'scan', ...options }, () => 'id') as ScanQuery;
    async function* batches(): AsyncGenerator<Table> {
      yield* tables;
    }
    let text = '';
    for await (const chunk of encodeAnswer({ kind: 'scan', query, batches: batches() })) text += String(chunk);
    return text;
  }

  test('one element a segment; a multi-value cell is null, its value or a list', async () => {
    const rows = table({ __time: longs(1n, 2n, 3n), tags: multi, $segment: texts('s1', 's1', 's2') }, 3);
    expect(await scan({ resultFormat: 'compactedList' }, [rows])).toBe(
      '[{"segmentId":"s1","columns":["__time","tags"],"events":[[1,null],[2,"x"]],' +
        '"rowSignature":[{"name":"__time","type":"LONG"},{"name":"tags","type":"STRING"}]},' +
        '{"segmentId":"s2","columns":["__time","tags"],"events":[[3,["y",null]]],' +
        '"rowSignature":[{"name":"__time","type":"LONG"},{"name":"tags","type":"STRING"}]}]',
    );
  });

  test('at most batchSize rows an element, over several tables', async () => {
    const rows = table({ __time: longs(1n, 2n, 3n), $segment: texts('s', 's', 's') }, 3);
    const answer = JSON.parse(await scan({ batchSize: 2 }, [rows, rows])) as { events: object[] }[];
    expect(answer.map(({ events }) => events.map((event) => Object.values(event)[0]))).toEqual([
      [1, 2],
      [3],
      [1, 2],
      [3],
    ]);
  });

  test('without rows is an empty list', async () => {
    expect(await scan({}, [])).toBe('[]');
  });
});

test('rows whose text was made beside the data are whole, also where all of the answer is gathered', async () => {
  const query = parseNativeQuery({ ...BASE, queryType: 'scan', columns: ['n'] }, () => 'id') as ScanQuery;
  const batch = (...rows: readonly number[]): Table => {
    const bytes = Uint8Array.from(Buffer.from(rows.map((n) => `,{"n":${n}}`).join('')));
    const offsets = Uint32Array.from({ length: rows.length + 1 }, (_, i) => i * 8);
    const columns = {
      $rows: { type: 'BINARY', offsets, bytes, nulls: null },
      $types: texts('LONG', 'LONG'),
      $segment: texts('s', 's'),
    } as const;
    return table(columns, rows.length);
  };
  async function* batches(): AsyncGenerator<Table> {
    yield batch(1, 2);
    yield batch(3, 4);
  }
  const events = (text: string): unknown[] =>
    (JSON.parse(text) as { events: unknown[] }[]).flatMap((result) => result.events);
  const expected = [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }];
  expect(events(await wholeText({ kind: 'scan', query, batches: batches() }))).toEqual(expected);
  let streamed = '';
  for await (const part of encodeAnswer({ kind: 'scan', query, batches: batches() })) {
    streamed += typeof part === 'string' ? part : Buffer.from(part).toString();
  }
  expect(events(streamed)).toEqual(expected);
});
