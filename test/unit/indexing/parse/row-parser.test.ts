import { describe, expect, it } from 'vitest';
import type { RowParser } from '../../../../src/indexing/parse/row-handler.js';
import { textRecords } from '../../../../src/indexing/parse/record-source.js';
import { plainValue } from './parse-rows.js';
import { createRowParser } from '../../../../src/indexing/parse/row-parser.js';
import { parseBatchSpec } from '../../../../src/indexing/spec/batch-spec.js';
import { DimensionList } from '../../../../src/segments/incremental/dimension-list.js';

interface Parsed {
  readonly rows: {
    time: number;
    values: Record<string, unknown>;
    inputs: unknown[];
    failed: number;
    reason: string | undefined;
  }[];
  readonly unparseable: string[];
  filtered: number;
}

function setUp(dataSchema: object, inputFormat: object = { type: 'json' }) {
  const spec = parseBatchSpec({
    type: 'index',
    spec: {
      dataSchema: { dataSource: 'x', timestampSpec: { column: 't', format: 'auto' }, ...dataSchema },
      ioConfig: { type: 'index', inputSource: { type: 'inline', data: 'x' }, inputFormat },
    },
  });
  const dimensions = new DimensionList(spec.dataSchema.dimensionsSpec.dimensions);
  const records = textRecords(spec.inputFormat as Parameters<typeof textRecords>[0]);
  return { parser: createRowParser(spec.dataSchema, records, dimensions), dimensions };
}

function run(parser: RowParser, dimensions: DimensionList, records: readonly (string | Uint8Array)[]): Parsed {
  const parsed: Parsed = { rows: [], unparseable: [], filtered: 0 };
  for (const record of records) {
    parser.parse(typeof record === 'string' ? Buffer.from(record) : record, {
      onRow(row, failed, reason) {
        const values = Object.fromEntries(
          dimensions.schemas.map((schema, i) => [schema.name, plainValue(row.dimensions[i])]),
        );
        parsed.rows.push({ time: row.timestampMs, values, inputs: [...row.inputs], failed, reason });
      },
      onUnparseable: (reason) => parsed.unparseable.push(reason),
      onFiltered: () => parsed.filtered++,
    });
  }
  return parsed;
}

/** Values of one dimension for raw JSON texts of it. */
function dimensionValues(dimension: object | string, raws: readonly string[]): { values: unknown[]; failed: number } {
  const { parser, dimensions } = setUp({ dimensionsSpec: { dimensions: [dimension] } });
  const { rows } = run(
    parser,
    dimensions,
    raws.map((raw) => `{"t":1,"x":${raw}}`),
  );
  return { values: rows.map((row) => row.values['x']), failed: rows.filter((row) => row.failed > 0).length };
}

describe('JSON values become dimensions', () => {
  it('strings of any scalar, objects dropped', () => {
    expect(
      dimensionValues('x', [
        '"a"',
        '""',
        '12',
        '1.5',
        '1e-5',
        '-0.5',
        'true',
        'null',
        '{"a":1}',
        '12345678901234567890',
      ]).values,
    ).toEqual(['a', '', '12', '1.5', '1.0E-5', '-0.5', 'true', null, null, '12345678901234567890']);
  });

  it('lists are multi-value, sorted unless told otherwise', () => {
    const raws = ['["b","a","b",null]', '["a"]', '[]', '[null]', '[2,10,true]'];
    expect(dimensionValues('x', raws).values).toEqual([[null, 'a', 'b', 'b'], 'a', [], null, ['10', '2', 'true']]);
    expect(dimensionValues({ type: 'string', name: 'x', multiValueHandling: 'ARRAY' }, raws).values).toEqual([
      ['b', 'a', 'b', null],
      'a',
      [],
      null,
      ['2', '10', 'true'],
    ]);
    expect(
      dimensionValues({ type: 'string', name: 'x', multiValueHandling: 'SORTED_SET' }, [...raws, '["q","q"]']).values,
    ).toEqual([[null, 'a', 'b'], 'a', [], null, ['10', '2', 'true'], 'q']);
  });

  it('longs are exact, decimals are cut, text must be a whole number', () => {
    const raws = [
      '12',
      '-3.9',
      '"12"',
      '"12.0"',
      '9223372036854775807',
      '-9223372036854775808',
      '"9223372036854775807"',
      'true',
      'null',
    ];
    expect(dimensionValues({ type: 'long', name: 'x' }, raws)).toEqual({
      values: [12, -3, 12, 12, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n - 1n, 1, null],
      failed: 0,
    });
    expect(dimensionValues({ type: 'long', name: 'x' }, ['"12.7"', '"abc"', '""', '[1,2]', '{}'])).toEqual({
      values: [null, null, null, null, null],
      failed: 5,
    });
  });

  it('a number that no double can hold is no value of a number, and a text as Java writes it', () => {
    for (const type of ['long', 'double', 'float', 'json', 'auto']) {
      const values = [null, null];
      expect(dimensionValues({ type, name: 'x' }, ['1e400', '-1e400'])).toEqual({ values, failed: 2 });
    }
    const { values } = dimensionValues({ type: 'string', name: 'x' }, ['1e400', '-1e400']);
    expect(values).toEqual(['Infinity', '-Infinity']);
  });

  it('doubles and floats', () => {
    for (const type of ['double', 'float']) {
      expect(dimensionValues({ type, name: 'x' }, ['1.5', '2', '"1e3"', '"NaN"', '"x"', 'null'])).toEqual({
        values: [1.5, 2, 1000, Number.NaN, null, null],
        failed: 1,
      });
    }
  });

  it('json keeps anything as text', () => {
    expect(dimensionValues({ type: 'json', name: 'x' }, ['{"b":[1,{"a":null}]}', '"s"', '1', 'null']).values).toEqual([
      '{"b":[1,{"a":null}]}',
      '"s"',
      '1',
      null,
    ]);
  });
});

describe('JSON records', () => {
  const plain = () => setUp({ dimensionsSpec: { dimensions: ['a', '__proto__', 'constructor'] } });

  it('names of Object.prototype are fields like others, and absent when absent', () => {
    const { parser, dimensions } = plain();
    const { rows } = run(parser, dimensions, [
      '{"t":1,"a":"x"}',
      '{"t":2,"__proto__":"p","constructor":"c"}',
      '{"t":3,"__proto__":{"a":"polluted"}}',
    ]);
    const seen = rows.map(({ values }) => [
      values['a'],
      Object.getOwnPropertyDescriptor(values, '__proto__')?.value,
      values['constructor'],
    ]);
    expect(seen).toEqual([
      ['x', null, null],
      [null, 'p', 'c'],
      [null, null, null],
    ]);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('several objects in one record are several rows; one bad among them spoils all', () => {
    const { parser, dimensions } = plain();
    const { rows, unparseable } = run(parser, dimensions, [
      '{"t":1,"a":"}{"} {"t":2,"a":"\\""}\n{"t":3}',
      '{"t":4}{"t":5',
      '  ',
      '',
    ]);
    expect(rows.map((row) => [row.time, row.values['a']])).toEqual([
      [1, '}{'],
      [2, '"'],
      [3, null],
    ]);
    expect(unparseable.length).toBe(1);
  });

  it('what is no object, or no UTF-8, or has no time is unparseable', () => {
    const { parser, dimensions } = plain();
    const records = [
      'bad',
      '[{"t":1}]',
      '1',
      '"x"',
      'null',
      '{"a":1}',
      '{"t":null}',
      '{"t":"not a time"}',
      Buffer.from('{"t":1,"a":"\xff"}', 'latin1'),
    ];
    const { rows, unparseable } = run(parser, dimensions, records);
    expect(rows).toEqual([]);
    expect(unparseable.length).toBe(records.length);
    expect(unparseable[0]).toBe('Unable to parse row [bad] into JSON');
    expect(unparseable[7]).toBe('Timestamp[not a time] is unparseable!');
  });

  it('a record that nests deeper than 1000 levels is unparseable, whatever its columns', () => {
    const nested = (depth: number): string =>
      `{"t":1,"x":${'['.repeat(depth)}${']'.repeat(depth)},"y":12345678901234567890}`;
    for (const type of ['string', 'json', 'auto', 'long']) {
      const { parser, dimensions } = setUp({ dimensionsSpec: { dimensions: [{ type, name: 'x' }] } });
      const { rows, unparseable } = run(parser, dimensions, [nested(999), nested(1000), nested(50_000)]);
      expect(rows.map(({ values }) => values['x'])).toEqual([null]);
      expect(unparseable.length).toBe(2);
      expect(unparseable[0]).toContain('it nests deeper than [1000] levels');
    }
  });

  it('a missing timestamp takes missingValue', () => {
    const { parser, dimensions } = setUp({
      timestampSpec: { column: 't', format: 'auto', missingValue: '2020-01-01T00:00:00Z' },
      dimensionsSpec: { dimensions: ['a'] },
    });
    const { rows, unparseable } = run(parser, dimensions, ['{"a":1}', '{"t":"bad"}']);
    expect(rows.map((row) => row.time)).toEqual([Date.UTC(2020, 0, 1)]);
    expect(unparseable.length).toBe(1);
  });

  it('flattenSpec reaches into records', () => {
    const fields = [
      { type: 'path', name: 'p', expr: '$.n.list[1]' },
      { type: 'root', name: 'r', expr: 'n.dotted' },
      { type: 'path', name: 'none', expr: '$.n.x.y' },
    ];
    const { parser, dimensions } = setUp(
      { dimensionsSpec: { dimensions: ['p', 'r', 'none'] } },
      { type: 'json', flattenSpec: { fields } },
    );
    const { rows } = run(parser, dimensions, ['{"t":1,"n":{"list":["a","b"]},"n.dotted":"d"}']);
    expect(rows[0]!.values).toEqual({ p: 'b', r: 'd', none: null });
  });

  it('metrics forgive blanks, signs and thousands, and count what is no number', () => {
    const metricsSpec = [
      { type: 'longSum', name: 'l', fieldName: 'm' },
      { type: 'doubleSum', name: 'd', fieldName: 'm' },
    ];
    const { parser, dimensions } = setUp({ dimensionsSpec: { dimensions: ['a'] }, metricsSpec });
    const { rows } = run(parser, dimensions, [
      '{"t":1,"m":" +1,234 "}',
      '{"t":1,"m":2.9}',
      '{"t":1,"m":"x"}',
      '{"t":1}',
    ]);
    expect(rows.map((row) => [...row.inputs, row.failed])).toEqual([
      [1234, 1234, 0],
      [2, 2.9, 0],
      [null, null, 2],
      [null, null, 0],
    ]);
    expect(rows[2]!.reason).toBe('Unable to parse value[x] for field[m]');
  });
});

describe('schema discovery', () => {
  const records = ['{"t":1,"a":"x","b":1,"n":{"k":1},"z":null}', '{"t":2,"c":[1,2],"m":5,"skip":1}'];
  const spec = { metricsSpec: [{ type: 'longSum', name: 'sum', fieldName: 'm' }] };

  it('without dimensions takes flat fields as strings', () => {
    const { parser, dimensions } = setUp({ ...spec, dimensionsSpec: { dimensionExclusions: ['skip'] } });
    const { rows } = run(parser, dimensions, records);
    expect(dimensions.schemas.map((schema) => [schema.name, schema.type])).toEqual([
      ['a', 'STRING'],
      ['b', 'STRING'],
      ['c', 'STRING'],
    ]);
    expect(rows[1]!.values).toEqual({ a: null, b: null, c: ['1', '2'] });
  });

  it('with useSchemaDiscovery keeps types and objects', () => {
    const { parser, dimensions } = setUp({ ...spec, dimensionsSpec: { useSchemaDiscovery: true, dimensions: ['b'] } });
    const { rows } = run(parser, dimensions, records);
    expect(dimensions.schemas.map((schema) => [schema.name, schema.type])).toEqual([
      ['b', 'STRING'],
      ['a', 'AUTO'],
      ['n', 'AUTO'],
      ['c', 'AUTO'],
      ['skip', 'AUTO'],
    ]);
    expect(rows[0]!.values).toMatchObject({ b: '1', a: 'x', n: { k: 1 } });
  });

  it('listed dimensions are all unless includeAllDimensions', () => {
    const listed = setUp({ ...spec, dimensionsSpec: { dimensions: ['b'] } });
    run(listed.parser, listed.dimensions, records);
    expect(listed.dimensions.size).toBe(1);
    const all = setUp({ ...spec, dimensionsSpec: { dimensions: ['b'], includeAllDimensions: true } });
    run(all.parser, all.dimensions, records);
    expect(all.dimensions.schemas.map((schema) => schema.name)).toEqual(['b', 'a', 'c', 'skip']);
  });
});

describe('delimited records', () => {
  it('csv knows quotes, a header and lists', () => {
    const format = { type: 'csv', findColumnsFromHeader: true, skipHeaderRows: 1, listDelimiter: '|' };
    const { parser, dimensions } = setUp({ dimensionsSpec: { dimensions: ['a', 'b', 'missing'] } }, format);
    const lines = ['# comment', 't,b,a', '1,"x,""y"" ",p|q', '2,,', '2,"",""', '3,only b', '4,"open'];
    const { rows, unparseable } = run(parser, dimensions, lines);
    expect(rows.map((row) => row.values)).toEqual([
      { a: ['p', 'q'], b: 'x,"y" ', missing: null },
      { a: null, b: null, missing: null },
      { a: '', b: '', missing: null },
      { a: null, b: 'only b', missing: null },
    ]);
    expect(unparseable.length).toBe(1);
    parser.startFile();
    expect(run(parser, dimensions, ['skipped', 'a,t', 'v,9']).rows[0]!.values).toEqual({
      a: 'v',
      b: null,
      missing: null,
    });
  });

  it('tsv has any delimiter, columns of the spec, and ignores more fields than columns', () => {
    const { parser, dimensions } = setUp(
      {
        timestampSpec: { column: 'd', format: 'yyyy-MM-dd' },
        dimensionsSpec: { dimensions: ['a', { type: 'long', name: 'n' }] },
      },
      { type: 'tsv', delimiter: '|', columns: ['n', 'd', 'a'] },
    );
    const { rows } = run(parser, dimensions, ['5|1998-12-01|"quoted"|', 'x|1998-12-02|b']);
    expect(rows.map((row) => [row.time, row.values['n'], row.values['a'], row.failed])).toEqual([
      [Date.UTC(1998, 11, 1), 5, '"quoted"', 0],
      [Date.UTC(1998, 11, 2), null, 'b', 1],
    ]);
  });

  it('tryParseNumbers makes numbers of what looks like one', () => {
    const { parser, dimensions } = setUp(
      { dimensionsSpec: { useSchemaDiscovery: true } },
      { type: 'csv', columns: ['t', 'a'], tryParseNumbers: true },
    );
    const texts = [
      '12',
      '1.5',
      'x',
      '008',
      '007',
      '-0.5',
      '01e5',
      '00.5',
      '1e5',
      'NaN',
      '0x10',
      '+5',
      '.5',
      '.',
      '1f',
      '',
    ];
    const { rows } = run(
      parser,
      dimensions,
      texts.map((text) => `1,${text}`),
    );
    expect(rows.map((row) => row.values['a'])).toEqual([
      12n,
      1.5,
      'x',
      '008',
      7n,
      -0.5,
      '01e5',
      0.5,
      1e5,
      'NaN',
      '0x10',
      5,
      0.5,
      '.',
      1,
      null,
    ]);
  });

  it('a header may begin with a byte order mark, and names no column twice', () => {
    const format = { type: 'csv', findColumnsFromHeader: true };
    const { parser, dimensions } = setUp({ dimensionsSpec: { dimensions: ['a'] } }, format);
    expect(run(parser, dimensions, ['\ufefft,a', '1,x']).rows.map((row) => row.values)).toEqual([{ a: 'x' }]);
    parser.startFile();
    const { rows, unparseable } = run(parser, dimensions, ['t,a,b,a', '1,x,y,z']);
    expect(rows).toEqual([]);
    expect(unparseable).toEqual(Array(2).fill(expect.stringContaining('Duplicate column entries found : [a]')));
    parser.startFile();
    expect(run(parser, dimensions, ['a,t', 'x,1']).rows.length).toBe(1);
  });

  it('tsv has delimiters of several characters', () => {
    const format = { type: 'tsv', delimiter: '||', listDelimiter: '::', columns: ['t', 'a', 'b'] };
    const { parser, dimensions } = setUp({ dimensionsSpec: { dimensions: ['a', 'b'] } }, format);
    const { rows } = run(parser, dimensions, ['1||x|y||p::q', '2||||', '3||:']);
    expect(rows.map((row) => row.values)).toEqual([
      { a: 'x|y', b: ['p', 'q'] },
      { a: null, b: null },
      { a: ':', b: null },
    ]);
  });
});
