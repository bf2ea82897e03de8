import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ETERNITY } from '../../../src/common/interval.js';
import { formatInterval, formatIso, parseInterval, parseIsoInstant } from '../../../src/common/iso-time.js';
import { parsePeriodMs } from '../../../src/common/period.js';
import { timeZone } from '../../../src/common/time-zone.js';

const iso = (text: string): string | undefined => {
  const ms = parseIsoInstant(text);
  return ms === undefined ? undefined : formatIso(ms);
};

describe('instants', () => {
  test.each([
    ['2015', '2015-01-01T00:00:00.000Z'],
    ['2015-09', '2015-09-01T00:00:00.000Z'],
    ['2015-9-1', '2015-09-01T00:00:00.000Z'],
    ['2015-09-12', '2015-09-12T00:00:00.000Z'],
    ['2015-255', '2015-09-12T00:00:00.000Z'],
    ['2024-W05-1', '2024-01-29T00:00:00.000Z'],
    ['2020-W53-7T12:00', '2021-01-03T12:00:00.000Z'],
    ['2021-W01', '2021-01-04T00:00:00.000Z'],
    ['2015-09-12T', '2015-09-12T00:00:00.000Z'],
    ['2015-09-12T00Z', '2015-09-12T00:00:00.000Z'],
    ['2015-09-12T13', '2015-09-12T13:00:00.000Z'],
    ['2015-09-12T13:05', '2015-09-12T13:05:00.000Z'],
    ['2015-09-12T13:05:07', '2015-09-12T13:05:07.000Z'],
    ['2015-09-12T13:05:07.1', '2015-09-12T13:05:07.100Z'],
    ['2015-09-12T13:05:07,123456', '2015-09-12T13:05:07.123Z'],
    ['2015-09-12T13:05:07.123+02:00', '2015-09-12T11:05:07.123Z'],
    ['2015-09-12T13:05-0530', '2015-09-12T18:35:00.000Z'],
    ['2015-09-12T00:46:58.771Z', '2015-09-12T00:46:58.771Z'],
    ['12015-09-12T00:00:00.000Z', '12015-09-12T00:00:00.000Z'],
    ['-0044-03-15', '-0044-03-15T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  test.each([
    '',
    'x',
    '2015-13-01',
    '2015-02-29',
    '2015-09-12T24:00',
    '2015-09-12T10:60',
    '2015-09-12 10:00',
    '2015-09-1TT',
    '2015-366',
    '2015-09-31T00:00:00.000Z',
  ])('%j is none', (text) => {
    expect(parseIsoInstant(text)).toBeUndefined();
  });

  test('without an offset are of the zone asked for', () => {
    expect(formatIso(parseIsoInstant('2024-07-01T12:00', timeZone('Europe/Paris'))!)).toBe('2024-07-01T10:00:00.000Z');
    expect(parseIsoInstant('2024-07-01T12:00:00.000Z', timeZone('Europe/Paris'))).toBe(Date.UTC(2024, 6, 1, 12));
  });

  test('print with the offset of a zone', () => {
    expect(formatIso(Date.UTC(2024, 6, 1), timeZone('America/St_Johns'))).toBe('2024-06-30T21:30:00.000-02:30');
  });

  test('read and print as Date does, where Date can', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(0, 0), max: Date.UTC(9999, 11, 31) }), (ms) => {
        const text = new Date(ms).toISOString();
        expect(formatIso(ms)).toBe(text);
        expect(parseIsoInstant(text)).toBe(ms);
      }),
    );
  });
});

describe('intervals', () => {
  test('are start and end, start and period, or period and end', () => {
    expect(formatInterval(parseInterval('2015-09-12/P1M'))).toBe('2015-09-12T00:00:00.000Z/2015-10-12T00:00:00.000Z');
    expect(formatInterval(parseInterval('P1D/2015-09-12'))).toBe('2015-09-11T00:00:00.000Z/2015-09-12T00:00:00.000Z');
    expect(formatInterval(parseInterval('0000/3000'))).toBe('0000-01-01T00:00:00.000Z/3000-01-01T00:00:00.000Z');
  });

  test('eternity prints and reads as Druid writes it', () => {
    const text = '-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z';
    expect(formatInterval(ETERNITY)).toBe(text);
    expect(parseInterval(text)).toEqual(ETERNITY);
  });

  test.each([
    ['garbage', "Format requires a '/' separator: garbage"],
    ['2015/', 'Format invalid'],
    ['2015/x', 'Invalid format: "x"'],
    ['2016/2015', 'The end instant must be greater'],
    ['P1D/P1D', 'two durations'],
  ])('%s is refused: %s', (text, problem) => {
    expect(() => parseInterval(text)).toThrow(problem);
  });
});

test('periods without months have a length', () => {
  expect(parsePeriodMs('PT30M')).toBe(1_800_000);
  expect(parsePeriodMs('P1DT1.5S')).toBe(86_401_500);
  expect(parsePeriodMs('P1W')).toBe(604_800_000);
  expect(parsePeriodMs('P1M')).toBeUndefined();
  for (const text of ['P', 'PT', 'P1DT', '1D', 'P1H', '']) expect(parsePeriodMs(text)).toBeUndefined();
});
