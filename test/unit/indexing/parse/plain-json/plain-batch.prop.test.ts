import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../../../src/engine/filter/compile-filter.js';
import { textRecords } from '../../../../../src/indexing/parse/record-source.js';
import { createRowParser } from '../../../../../src/indexing/parse/row-parser.js';
import { RowIntake } from '../../../../../src/indexing/stream/row-intake.js';
import { RowMeters } from '../../../../../src/indexing/intake/row-meters.js';
import { Sequence } from '../../../../../src/indexing/stream/sequence.js';
import { rowSchemaOf } from '../../../../../src/indexing/spec/data-schema.js';
import { parseSupervisorSpec, type SupervisorSpec } from '../../../../../src/indexing/spec/supervisor-spec.js';
import { BumpArena } from '../../../../../src/memory/bump-arena.js';
import { DimensionList } from '../../../../../src/segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../../../../src/segments/incremental/incremental-index.js';
import type { StreamRecord } from '../../../../../src/streams/stream-source.js';
import { readView } from '../../../segments/incremental/read-view.js';
import { damaged, record, whole } from './plain-records.js';

const JSON_FORMAT = { type: 'json', flatten: { fields: [], useFieldDiscovery: true } } as const;
const SUMS = [
  { type: 'count', name: 'n' },
  { type: 'longSum', name: 'sum', fieldName: 'm' },
  { type: 'doubleMax', name: 'max', fieldName: 'm' },
];
const SKETCHED = [...SUMS, { type: 'stringFirst', name: 'first', fieldName: 'x' }];

function specOf(rollup: boolean, metricsSpec: readonly object[], timeFormat = 'auto'): SupervisorSpec {
  return parseSupervisorSpec({
    type: 'local',
    spec: {
      dataSchema: {
        dataSource: 'x',
        timestampSpec: { column: 't', format: timeFormat },
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
        metricsSpec,
        granularitySpec: { segmentGranularity: 'DAY', queryGranularity: rollup ? 'HOUR' : 'NONE', rollup },
      },
      ioConfig: { stream: 's', inputFormat: { type: 'json' } },
      tuningConfig: { type: 'local' },
    },
  });
}

/** What the intake makes of records: rows by segment, counters and bad records. */
function taken(
  spec: SupervisorSpec,
  records: readonly StreamRecord[],
  together: boolean,
  arenaBytes = 256 << 20,
  format: Parameters<typeof textRecords>[0] = JSON_FORMAT,
) {
  const schema = rowSchemaOf(spec.dataSchema);
  const dimensions = new DimensionList(schema.dimensions);
  const meters = new RowMeters(0);
  const parser = createRowParser(spec.dataSchema, textRecords(format), dimensions);
  const rows = new RowIntake(
    spec,
    parser,
    meters,
    () => 0,
    () => undefined,
  );
  const arena = BumpArena.create(arenaBytes);
  const sequence = new Sequence({
    number: 0,
    from: {},
    startedAtMs: 0,
    arena,
    dataSource: 'x',
    viewsSeal: true,
    makeIndex: (of, identity) => new IncrementalIndex(schema, dimensions, of, identity, compileFilter),
  });
  rows.startSequence(sequence, 0);
  let at = 0;
  let inBatches = 0;
  while (at < records.length) {
    const many = together ? rows.takeMany(records, at, records.length) : 0;
    inBatches += many;
    if (many === 0 && rows.take(records[at]!) !== 'taken') break;
    at += Math.max(1, many);
  }
  const { blocks } = sequence.view(null, {}, 1_000_000);
  const segments = blocks
    .toSorted((a, b) => a.intervalStartMs - b.intervalStartMs)
    .map((view) => ({ start: view.intervalStartMs, rows: readView(view, arena) }));
  return { at, inBatches, segments, totals: meters.totals, letters: rows.bad.takeLetters() };
}

/** Records in one buffer, with what may lie between them, as those of a fetch are. */
function inOneBuffer(values: readonly Uint8Array[], between: Uint8Array): StreamRecord[] {
  const buffer = Buffer.concat(values.flatMap((value) => [value, between]));
  let from = 0;
  return values.map((value, offset) => {
    const bytes = buffer.subarray(from, from + value.length);
    from += value.length + between.length;
    return { partition: '0', offset, timestampMs: 0, key: null, value: bytes };
  });
}

const streams = fc.tuple(
  fc.array(
    fc.oneof({ arbitrary: whole, weight: 8 }, { arbitrary: record, weight: 1 }, { arbitrary: damaged, weight: 1 }),
    { maxLength: 40 },
  ),
  fc.constantFrom('', '\n', '}', '"', ' ', '0', '\0'.repeat(300)).map((text) => Buffer.from(text)),
);

describe('records taken together', () => {
  for (const [name, rollup, metrics] of [
    ['rows that are appended', false, SUMS],
    ['rows with sketches', false, SKETCHED],
    ['groups', true, SKETCHED],
  ] as const) {
    test(`give the same ${name}, counters and bad records as one by one`, () => {
      const spec = specOf(rollup, metrics);
      fc.assert(
        fc.property(streams, ([values, between]) => {
          const records = inOneBuffer(values, between);
          const { inBatches: _, ...together } = taken(spec, records, true);
          const { inBatches, ...single } = taken(spec, records, false);
          expect(together).toEqual(single);
          expect(inBatches).toBe(0);
        }),
        { numRuns: 40 },
      );
    });
  }

  test('are nearly all of a plain stream, over blocks and new values', () => {
    const spec = specOf(false, SUMS);
    const values = Array.from({ length: 90_000 }, (_, i) =>
      Buffer.from(
        i === 70_000
          ? `{"t":1,"s":"\\u0061","m":1}`
          : JSON.stringify({
              t: i,
              s: `v${i % 41_000}`,
              höhe: 'é',
              l: i > 80_000 ? i * 1e9 : i,
              d: i % 9 === 0 ? null : i,
              m: 1,
            }),
      ),
    );
    const records = inOneBuffer(values, Buffer.from('\n'));
    const together = taken(spec, records, true);
    const single = taken(spec, records, false);
    expect(together.inBatches).toBeGreaterThan(89_000);
    expect(together.segments).toEqual(single.segments);
    expect(together.totals).toEqual(single.totals);
  });

  test('are taken as far as there is room, as one by one', () => {
    const spec = specOf(false, SUMS);
    const values = Array.from({ length: 60_000 }, (_, i) => Buffer.from(`{"t":${i * 4000},"s":"value ${i}","l":${i}}`));
    const records = inOneBuffer(values, Buffer.from('\n'));
    const { at, segments } = taken(spec, records, true, 4 << 20);
    expect(at).toBeLessThan(60_000);
    expect(at).toBeGreaterThan(1000);
    const numbers = segments.flatMap(({ rows }) => rows.map((row) => Number(row['l'])));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: at }, (_, i) => i));
  });
});

const fieldText = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'é',
    '😀',
    '-',
    '0',
    '01',
    '1.50',
    '-7',
    '+3',
    '1e3',
    ' 5',
    '1,000',
    '"',
    '"q"',
    'a"b',
    '\u0001',
    'x\u0001y',
  ),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string({ maxLength: 20 }),
);
const lineTime = {
  auto: fc.constantFrom('1000', '2024-01-01T00:00:00', '2024-02-29T12:00:00.500Z', '2024-01-01', 'x', ''),
  'yyyy-MM-dd': fc.constantFrom(
    '2024-01-01',
    '2024-02-29',
    '2023-02-29',
    '1969-12-31',
    '2024-1-1',
    '2024-01-01T00:00:00',
    '',
  ),
  millis: fc.constantFrom('0', '1000', '-5', '1e3', '99999999999999999', ''),
} as const;

describe('delimited lines taken together', () => {
  for (const type of ['csv', 'tsv'] as const) {
    for (const timeFormat of ['auto', 'yyyy-MM-dd', 'millis'] as const) {
      test(`give the same rows, counters and bad records as one by one: ${type}, times as ${timeFormat}`, () => {
        const delimiter = type === 'csv' ? ',' : '|';
        const spec = specOf(false, SUMS, timeFormat);
        const plainLine = fc
          .tuple(lineTime[timeFormat], fc.constantFrom('a', 'ü'), fc.integer(), fc.integer({ min: 0, max: 99 }))
          .map(([time, s, l, m]) => [time, s, 'h', 'other', String(l), '1.5', '2', String(m)].join(delimiter));
        const wildLine = fc
          .tuple(lineTime[timeFormat], fc.array(fieldText, { maxLength: 9 }))
          .map(([time, fields]) => [time, ...fields].join(delimiter));
        const badLine = fc.constant('2024-01-01,\xff');
        const lines = fc.array(
          fc.oneof(
            { arbitrary: plainLine, weight: 6 },
            { arbitrary: wildLine, weight: 3 },
            { arbitrary: badLine, weight: 1 },
          ),
          { maxLength: 40 },
        );
        const format = {
          type,
          columns: ['t', 's', 'höhe', 'toString', 'l', 'd', 'f', 'm'],
          findColumnsFromHeader: false,
          skipHeaderRows: 1,
          delimiter,
          listDelimiter: '\u0001',
          tryParseNumbers: false,
        } as const;
        fc.assert(
          fc.property(lines, ([...texts]) => {
            const values = ['header', ...texts].map((line) =>
              Buffer.from(line, line.includes('\xff') ? 'latin1' : 'utf8'),
            );
            const records = inOneBuffer(values, Buffer.from('\n'));
            const { inBatches: _, ...together } = taken(spec, records, true, undefined, format);
            const { inBatches, ...single } = taken(spec, records, false, undefined, format);
            expect(together).toEqual(single);
            expect(inBatches).toBe(0);
          }),
          { numRuns: 40 },
        );
      });
    }
  }

  test('are nearly all of a plain file', () => {
    const spec = specOf(true, SUMS, 'yyyy-MM-dd');
    const values = Array.from({ length: 5000 }, (_, i) =>
      Buffer.from(`2024-01-0${1 + (i % 9)}|v${i % 7}||x|${i}|0.5|1|${i}`),
    );
    const format = {
      type: 'tsv',
      columns: ['t', 's', 'höhe', 'toString', 'l', 'd', 'f', 'm'],
      findColumnsFromHeader: false,
      skipHeaderRows: 0,
      delimiter: '|',
      listDelimiter: null,
      tryParseNumbers: false,
    } as const;
    const records = inOneBuffer(values, Buffer.from('\n'));
    expect(taken(spec, records, true, undefined, format).inBatches).toBeGreaterThan(4900);
  });
});
