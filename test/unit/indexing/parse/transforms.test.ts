import { describe, expect, it } from 'vitest';
import { parseRows } from './parse-rows.js';

const json = { type: 'json' };
const transform = (name: string, expression: string) => ({ type: 'expression', name, expression });
const valuesOf = async (dataSchema: object, records: readonly string[]) =>
  (await parseRows(dataSchema, json, records)).rows.map((row) => row.values);

describe('transforms', () => {
  it('compute columns from the record as it was read, also under a name that it has', async () => {
    const transforms = [
      transform('a', "concat('x', a)"),
      transform('again', "concat(a, '-', b)"),
      transform('sum', 'n + 1'),
      transform('half', 'n / 2.0'),
      transform('list', "string_to_array(a, ',')"),
      transform('hour', "timestamp_format(__time, 'HH')"),
    ];
    const dimensions = ['a', 'again', { type: 'long', name: 'sum' }, { type: 'double', name: 'half' }, 'list', 'hour'];
    const schema = { dimensionsSpec: { dimensions }, transformSpec: { transforms } };
    expect(await valuesOf(schema, ['{"t":"2024-01-01T05:00:00Z","a":"p,q","b":"r","n":3}'])).toEqual([
      { a: 'xp,q', again: 'p,q-r', sum: 4, half: 1.5, list: ['p', 'q'], hour: '05' },
    ]);
  });

  it('feed metrics, and metrics have expressions of their own over the transformed row', async () => {
    const schema = {
      dimensionsSpec: { dimensions: ['a'] },
      transformSpec: { transforms: [transform('n', 'n * 10')] },
      metricsSpec: [
        { type: 'longSum', name: 's', fieldName: 'n' },
        { type: 'doubleMax', name: 'm', expression: 'n + 0.5' },
      ],
    };
    const { rows } = await parseRows(schema, json, ['{"t":1,"a":"x","n":2}']);
    expect(rows.map((row) => row.inputs)).toEqual([[20, 20.5]]);
  });

  it('a transform of __time sets the time of the row', async () => {
    const schema = { transformSpec: { transforms: [transform('__time', '__time + 1000')] } };
    expect((await parseRows(schema, json, ['{"t":5}'])).rows.map((row) => row.time)).toEqual([1005]);
  });

  it('a record whose values do not suit an expression is bad, the others are rows', async () => {
    const schema = {
      dimensionsSpec: { dimensions: ['q'] },
      transformSpec: { transforms: [transform('q', '10 / n')] },
    };
    const { rows, unparseable } = await parseRows(schema, json, ['{"t":1,"n":2}', '{"t":1,"n":0}']);
    expect(rows.map((row) => row.values)).toEqual([{ q: '5' }]);
    expect(unparseable).toHaveLength(1);
  });
});

describe('the filter of a transformSpec', () => {
  const kept = async (filter: object, records: readonly object[], transforms: readonly object[] = []) => {
    const schema = { dimensionsSpec: { dimensions: ['id'] }, transformSpec: { filter, transforms } };
    const texts = records.map((record, i) => JSON.stringify({ t: 1, id: i, ...record }));
    const parsed = await parseRows(schema, json, texts);
    expect(parsed.rows.length + parsed.filtered).toBe(records.length);
    return parsed.rows.map((row) => Number(row.values['id']));
  };

  it('sees strings, numbers and lists of the record', async () => {
    const records = [{ a: 'x' }, { a: 'y' }, {}, { a: ['x', 'z'] }, { a: 5 }];
    expect(await kept({ type: 'selector', dimension: 'a', value: 'x' }, records)).toEqual([0, 3]);
    expect(await kept({ type: 'in', dimension: 'a', values: ['y', '5'] }, records)).toEqual([1, 4]);
    expect(await kept({ type: 'null', column: 'a' }, records)).toEqual([2]);
    const not = { type: 'not', field: { type: 'selector', dimension: 'a', value: 'x' } };
    expect(await kept(not, [{ a: 'x' }, { a: 'y' }])).toEqual([1]);
  });

  it('compares numbers as numbers', async () => {
    const records = [{ n: 9 }, { n: 10 }, { n: 100 }, { n: '50' }];
    const bound = { type: 'bound', dimension: 'n', lower: '10', lowerStrict: true, ordering: 'numeric' };
    expect(await kept(bound, records)).toEqual([2, 3]);
    const range = { type: 'range', column: 'n', matchValueType: 'LONG', lower: 10, lowerOpen: true };
    expect(await kept(range, records)).toEqual([2, 3]);
    expect(await kept({ type: 'equals', column: 'n', matchValueType: 'LONG', matchValue: 10 }, records)).toEqual([1]);
  });

  it('sees transformed columns, and may be an expression', async () => {
    const transforms = [transform('b', "concat(a, '!')")];
    const records = [
      { a: 'x', n: 1 },
      { a: 'y', n: 2 },
    ];
    expect(await kept({ type: 'selector', dimension: 'b', value: 'y!' }, records, transforms)).toEqual([1]);
    expect(await kept({ type: 'expression', expression: "b == 'x!' && n < 2" }, records, transforms)).toEqual([0]);
  });

  it('sees the time', async () => {
    const schema = {
      transformSpec: { filter: { type: 'interval', dimension: '__time', intervals: ['1970-01-01/1970-01-02'] } },
    };
    const { rows, filtered } = await parseRows(schema, json, ['{"t":1}', '{"t":"2024-01-01"}']);
    expect([rows.length, filtered]).toEqual([1, 1]);
  });
});
