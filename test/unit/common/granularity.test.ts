import { describe, expect, test } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { parseGranularity, toDruidGranularity } from '../../../src/common/granularity.js';
import { ETERNITY } from '../../../src/common/interval.js';
import { formatIso, parseInterval, parseIsoInstant } from '../../../src/common/iso-time.js';
import { timeZone } from '../../../src/common/time-zone.js';

/** Bucket starts that touch the interval, as Druid prints them. */
function starts(granularity: unknown, interval: string): string[] {
  const parsed = parseGranularity(granularity);
  return [...parsed.bucketStarts(parseInterval(interval))].map((ms) => formatIso(ms, timeZone(parsed.formatZone)));
}

function startOf(granularity: unknown, instant: string): string {
  const parsed = parseGranularity(granularity);
  return formatIso(parsed.bucketStart(parseIsoInstant(instant)!));
}

describe('simple names', () => {
  test('are read in any case and mean UTC periods', () => {
    expect(parseGranularity('FiFtEeN_mInUtE').json).toEqual({
      type: 'period',
      period: 'PT15M',
      timeZone: 'UTC',
      originMs: null,
    });
  });

  test.each([
    ['second', '2015-09-16T23:47:31.000Z'],
    ['minute', '2015-09-16T23:47:00.000Z'],
    ['five_minute', '2015-09-16T23:45:00.000Z'],
    ['thirty_minute', '2015-09-16T23:30:00.000Z'],
    ['hour', '2015-09-16T23:00:00.000Z'],
    ['six_hour', '2015-09-16T18:00:00.000Z'],
    ['eight_hour', '2015-09-16T16:00:00.000Z'],
    ['day', '2015-09-16T00:00:00.000Z'],
    ['week', '2015-09-14T00:00:00.000Z'],
    ['month', '2015-09-01T00:00:00.000Z'],
    ['quarter', '2015-07-01T00:00:00.000Z'],
    ['year', '2015-01-01T00:00:00.000Z'],
  ])('%s buckets a Wednesday evening at %s', (name, expected) => {
    expect(startOf(name, '2015-09-16T23:47:31.999Z')).toBe(expected);
  });

  test('bucket instants before 1970 downwards', () => {
    expect(startOf('six_hour', '1969-12-31T23:59:59.999Z')).toBe('1969-12-31T18:00:00.000Z');
    expect(startOf('week', '1969-12-28T12:00:00Z')).toBe('1969-12-22T00:00:00.000Z');
    expect(startOf('quarter', '1969-12-31T23:59:59.999Z')).toBe('1969-10-01T00:00:00.000Z');
  });

  test('an unknown one is refused in the words of Java', () => {
    expect(() => parseGranularity('fortnight')).toThrow(/No enum constant .*GranularityType.FORTNIGHT/);
    expect(() => parseGranularity('constructor')).toThrow(DruidError);
  });
});

describe('all and none', () => {
  test('all is one bucket from the start of the interval', () => {
    expect(parseGranularity('ALL').isAll).toBe(true);
    expect(starts({ type: 'all' }, '2015-09-12/2016-01-01')).toEqual(['2015-09-12T00:00:00.000Z']);
    expect(starts('all', '2015-09-12/2015-09-12')).toEqual([]);
  });

  test('none is a bucket per millisecond', () => {
    expect(parseGranularity('none').isNone).toBe(true);
    expect(starts('none', '2015-09-12T00:00:00.000Z/2015-09-12T00:00:00.003Z')).toHaveLength(3);
  });
});

describe('periods', () => {
  test('days follow the wall clock across both changes of a year', () => {
    const days = { type: 'period', period: 'P1D', timeZone: 'America/Los_Angeles' };
    expect(starts(days, '2024-03-09T08:00Z/2024-03-11T08:00Z')).toEqual([
      '2024-03-09T00:00:00.000-08:00',
      '2024-03-10T00:00:00.000-08:00',
      '2024-03-11T00:00:00.000-07:00',
    ]);
    expect(startOf(days, '2024-11-04T07:59:59Z')).toBe('2024-11-03T07:00:00.000Z');
  });

  test('several hours count elapsed time from 1970 in their zone', () => {
    expect(
      starts(
        { type: 'period', period: 'PT6H', timeZone: 'America/Los_Angeles' },
        '2024-03-10T08:00Z/2024-03-11T01:00Z',
      ),
    ).toEqual(['2024-03-10T00:00:00.000-08:00', '2024-03-10T07:00:00.000-07:00', '2024-03-10T13:00:00.000-07:00']);
  });

  test('single hours follow a wall clock with half an hour in its offset', () => {
    expect(startOf({ type: 'period', period: 'PT1H', timeZone: 'Asia/Kolkata' }, '2024-01-01T10:45:00Z')).toBe(
      '2024-01-01T10:30:00.000Z',
    );
  });

  test('a day that begins at 01:00 because midnight is skipped starts with its first instant', () => {
    expect(startOf({ type: 'period', period: 'P1D', timeZone: 'America/Sao_Paulo' }, '2018-11-04T12:00:00Z')).toBe(
      '2018-11-04T03:00:00.000Z',
    );
  });

  test('an origin moves months', () => {
    const fromThe15th = { type: 'period', period: 'P1M', origin: '2015-01-15T00:00:00Z' };
    expect(startOf(fromThe15th, '2015-09-12T10:00Z')).toBe('2015-08-15T00:00:00.000Z');
    expect(startOf(fromThe15th, '2014-12-31T10:00Z')).toBe('2014-12-15T00:00:00.000Z');
  });

  test('several weeks count from 1970, a Thursday, as in Druid', () => {
    expect(startOf({ type: 'period', period: 'P2W' }, '2015-09-12T10:00Z')).toBe('2015-09-10T00:00:00.000Z');
  });

  test('mixed periods chain from the origin in both directions', () => {
    const mixed = { type: 'period', period: 'P1M2D', origin: '2020-01-01' };
    expect(starts(mixed, '2019-11-01/2020-03-10')).toEqual([
      '2019-10-27T00:00:00.000Z',
      '2019-11-29T00:00:00.000Z',
      '2020-01-01T00:00:00.000Z',
      '2020-02-03T00:00:00.000Z',
      '2020-03-05T00:00:00.000Z',
    ]);
  });

  test('an unknown zone silently means UTC', () => {
    expect(parseGranularity({ type: 'period', period: 'P1D', timeZone: 'Mars/Base' }).formatZone).toBe('UTC');
  });

  test.each([
    { type: 'period', period: 'garbage' },
    { type: 'period' },
    { type: 'period', period: 'PT0S' },
    {},
    null,
    7,
  ])('%j is refused', (json) => {
    expect(() => parseGranularity(json)).toThrow(DruidError);
  });
});

describe('durations', () => {
  test('count from their origin', () => {
    expect(startOf({ type: 'duration', duration: 18000000, origin: '2015-09-12T01:30:00Z' }, '2015-09-12T00:00Z')).toBe(
      '2015-09-11T20:30:00.000Z',
    );
  });

  test('that are not positive are refused', () => {
    expect(() => parseGranularity({ type: 'duration', duration: 0 })).toThrow('duration should be greater than 0');
  });
});

test('more than 20 million buckets are refused instead of built', () => {
  for (const granularity of [
    'second',
    'day',
    { type: 'period', period: 'P1D', timeZone: 'Europe/Paris' },
    { type: 'period', period: 'P1M2D' },
  ]) {
    expect(() => parseGranularity(granularity).bucketStarts(ETERNITY)).toThrow(/more than/);
  }
});

test('Druid prints simple periods by name and others as objects', () => {
  const printed = (json: unknown): unknown => toDruidGranularity(parseGranularity(json).json);
  expect(printed('hour')).toBe('HOUR');
  expect(printed({ type: 'period', period: 'PT1H' })).toBe('HOUR');
  expect(printed('all')).toEqual({ type: 'all' });
  expect(printed({ type: 'period', period: 'P1D', timeZone: 'Asia/Tokyo' })).toEqual({
    type: 'period',
    period: 'P1D',
    timeZone: 'Asia/Tokyo',
    origin: null,
  });
});
