import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SourceRowParser } from '../../../../../src/indexing/parse/record-parser.js';
import { textRecords } from '../../../../../src/indexing/parse/record-source.js';
import type { RowHandler, RowParser } from '../../../../../src/indexing/parse/row-handler.js';
import { createRowParser } from '../../../../../src/indexing/parse/row-parser.js';
import { PlainJsonParser } from '../../../../../src/indexing/parse/plain-json/plain-json-parser.js';
import { parseDataSchema } from '../../../../../src/indexing/spec/data-schema.js';
import { DimensionList } from '../../../../../src/segments/incremental/dimension-list.js';
import { InternedText } from '../../../../../src/segments/incremental/interned-text.js';

const FIELDS = ['t', 's', 'höhe', 'l', 'd', 'f', 'm', 'x', 'other', '__proto__', 'toString'];

function schemaWith(format: string): ReturnType<typeof parseDataSchema> {
  return parseDataSchema({
    dataSource: 'x',
    timestampSpec: { column: 't', format },
    dimensionsSpec: {
      dimensions: [
        's',
        'höhe',
        'toString',
        { type: 'long', name: 'l' },
        { type: 'double', name: 'd' },
        { type: 'float', name: 'f' },
      ],
    },
    metricsSpec: [
      { type: 'longSum', name: 'sum', fieldName: 'm' },
      { type: 'doubleMax', name: 'max', fieldName: 'm' },
      { type: 'stringFirst', name: 'first', fieldName: 'x' },
    ],
    granularitySpec: { segmentGranularity: 'DAY', queryGranularity: 'NONE', rollup: false },
  });
}

interface Parsers {
  readonly plain: RowParser;
  readonly general: RowParser;
}

function parsersOf(format: string): Parsers {
  const schema = schemaWith(format);
  const json = { type: 'json', flatten: { fields: [], useFieldDiscovery: true } } as const;
  const dimensions = new DimensionList(schema.dimensionsSpec.dimensions);
  const plain = createRowParser(schema, textRecords(json), dimensions);
  expect(plain).toBeInstanceOf(PlainJsonParser);
  return { plain, general: new SourceRowParser(schema, textRecords(json), dimensions) };
}

/** Everything that a parser says of a record; texts with numbers as their texts. */
function saysOf(parser: RowParser, bytes: Uint8Array): unknown[] {
  const said: unknown[] = [];
  const plainValue = (value: unknown): unknown => (value instanceof InternedText ? value.text : value);
  const handler: RowHandler = {
    onRow: ({ timestampMs, dimensions, inputs }, failed, reason) =>
      said.push({
        timestampMs,
        dimensions: dimensions.map(plainValue),
        inputs: inputs.map(plainValue),
        failed,
        reason,
      }),
    onUnparseable: (reason) => said.push(reason),
    onFiltered: () => said.push('filtered'),
  };
  parser.parse(bytes, handler);
  return said;
}

const blank = fc.constantFrom('', '', '', ' ', '\n', '\t \r');
const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '1.0',
    '1e3',
    '1E+2',
    '12e-1',
    '1e400',
    '01',
    '.5',
    '1.',
    '1e',
    '-',
    '9007199254740993',
    '0.1e-30',
    '123456789012345678',
  ),
  fc.tuple(fc.integer(), fc.integer({ min: -30, max: 30 })).map(([a, b]) => `${a}e${b}`),
  fc.tuple(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: 9999 })).map(([a, b]) => `${a}.${b}`),
);
const valueText = fc.oneof(
  fc
    .constantFrom('a', 'b', 'value', 'long value of more than sixteen bytes', 'ü', '日本', '😀', '')
    .map((text) => JSON.stringify(text)),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.string().map((text) => `"${text}"`),
  numberText,
  fc.constantFrom('null', 'true', 'false', '[]', '["a","b"]', '{}', '{"a":1}', 'nul', '"\\u00e9"', '"\\x"', "'a'"),
);
const timeText = fc.oneof(
  fc
    .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => JSON.stringify(date)),
  fc.integer({ min: -1e13, max: 1e13 }).map(String),
  fc.constantFrom(
    '"2024-02-30T00:00:00Z"',
    '"2024-02-29T23:59:59"',
    '"2024-02-29T24:00:00Z"',
    '"2023-02-29T00:00:00.000Z"',
    '"2024-01-01T00:00:60Z"',
    '"2024-01-01"',
    '"2024-01-01T00:00:00.1234Z"',
    '"2024-01-01 00:00:00"',
    '"1e3"',
    '5e15',
    '1e300',
    '"1442016000000"',
    'null',
    '1.5',
  ),
);
const member = fc.oneof(
  fc.tuple(fc.constant('t'), timeText),
  fc.tuple(fc.constantFrom(...FIELDS), valueText),
  fc.tuple(fc.constantFrom('l', 'd', 'f', 'm'), numberText),
);
const record = fc
  .tuple(timeText, fc.array(member, { maxLength: 10 }), blank, fc.constantFrom('', '', '', '{}', 'x', '\n'))
  .map(([time, members, space, tail]) => {
    const all = [['t', time] as const, ...members].slice(members.length > 8 ? 1 : 0);
    const body = all.map(([key, value]) => `${space}"${key}"${space}:${space}${value}${space}`).join(',');
    return Buffer.from(`${space}{${body}}${tail}`, 'utf8');
  });
/** Some bytes of a record are others, or it ends early. */
const damaged = fc
  .tuple(record, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 2 }), fc.option(fc.nat()))
  .map(([bytes, changes, end]) => {
    const copy = Buffer.from(bytes);
    for (const [at, byte] of changes) copy[at % copy.length] = byte;
    return end === null ? copy : copy.subarray(0, end % (copy.length + 1));
  });

describe('plain JSON', () => {
  for (const format of ['auto', 'iso', 'millis', 'posix']) {
    test(`reads every record as the general parser does, times as ${format}`, () => {
      const parsers = parsersOf(format);
      fc.assert(
        fc.property(fc.oneof(record, damaged), (bytes) => {
          expect(saysOf(parsers.plain, bytes)).toEqual(saysOf(parsers.general, bytes));
        }),
        { numRuns: 1000 },
      );
    });
  }

  test('keeps values apart when a dictionary grows, and when it begins anew', () => {
    const { plain, general } = parsersOf('millis');
    for (let i = 0; i < 600_000; i += i < 3000 ? 1 : 7) {
      const bytes = Buffer.from(JSON.stringify({ t: i, s: `value ${i}`, höhe: `${i % 100}` }));
      const [row] = saysOf(plain, bytes) as [{ readonly dimensions: readonly unknown[] }];
      if (row.dimensions[0] !== `value ${i}` || row.dimensions[1] !== `${i % 100}`) expect(row).toBe(i);
    }
    const long = Buffer.from(JSON.stringify({ t: 1, s: 'x'.repeat(50_000) }));
    expect(saysOf(plain, long)).toEqual(saysOf(general, long));
  });
});
