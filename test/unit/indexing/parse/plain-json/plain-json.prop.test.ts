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
import { damaged, record } from './plain-records.js';

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
