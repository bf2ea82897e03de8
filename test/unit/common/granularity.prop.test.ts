import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { parseGranularity } from '../../../src/common/granularity.js';

const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  '+05:30',
];
const PERIODS = [
  'PT1S',
  'PT7M',
  'PT1H',
  'PT5H',
  'P1D',
  'P3D',
  'P1W',
  'P2W',
  'P1M',
  'P5M',
  'P1Y',
  'P4Y',
  'PT1H30M',
  'P1DT6H',
  'P1M2D',
];

const instant = fc.integer({ min: Date.UTC(1930, 0), max: Date.UTC(2080, 0) });
/** Minutes around changes of the clock of 2024 in the zones above. */
const nearChange = fc
  .tuple(
    fc.constantFrom(
      '2024-03-10T07:00Z',
      '2024-11-03T06:00Z',
      '2024-03-31T01:00Z',
      '2024-10-27T01:00Z',
      '2024-04-06T15:00Z',
      '2018-11-04T03:00Z',
    ),
    fc.integer({ min: -172_800_000, max: 172_800_000 }),
  )
  .map(([change, distance]) => Date.parse(change) + distance);
const period = fc.record({
  period: fc.constantFrom(...PERIODS),
  timeZone: fc.constantFrom(...ZONES),
  origin: fc.option(fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2030, 0) }), { nil: undefined }),
});

describe('every period granularity', () => {
  test('puts an instant into a bucket that holds it, and the next bucket starts at its end', () => {
    fc.assert(
      fc.property(period, fc.oneof(instant, nearChange), (json, ms) => {
        const granularity = parseGranularity({ type: 'period', ...json });
        const start = granularity.bucketStart(ms);
        const end = granularity.bucketEnd(start);
        expect(start).toBeLessThanOrEqual(ms);
        expect(end).toBeGreaterThan(ms);
        expect(granularity.bucketStart(start)).toBe(start);
        expect(granularity.bucketStart(end - 1)).toBe(start);
        expect(granularity.bucketStart(end)).toBe(end);
      }),
      {
        numRuns: 2000,
        examples: [[{ period: 'PT1H', timeZone: 'Australia/Lord_Howe', origin: undefined }, 1_712_415_600_000]],
      },
    );
  });

  test('lists exactly the buckets that touch an interval', () => {
    fc.assert(
      fc.property(period, nearChange, fc.integer({ min: 1, max: 200_000 }), (json, startMs, lengthS) => {
        const granularity = parseGranularity({ type: 'period', ...json });
        const endMs = startMs + lengthS * (json.period === 'PT1S' ? 1 : 1000);
        const starts = granularity.bucketStarts({ startMs, endMs });
        expect(starts[0]).toBe(granularity.bucketStart(startMs));
        expect(starts.at(-1)).toBe(granularity.bucketStart(endMs - 1));
        for (let i = 1; i < starts.length; i++) expect(starts[i]).toBe(granularity.bucketEnd(starts[i - 1]!));
      }),
    );
  });
});

test('days, weeks, months and years start where luxon says', () => {
  const units = { P1D: 'day', P1W: 'week', P1M: 'month', P1Y: 'year' } as const;
  // Zones whose clocks never change at midnight: there luxon and Joda differ.
  const zones = fc.constantFrom('Europe/Paris', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe');
  fc.assert(
    fc.property(fc.constantFrom('P1D', 'P1W', 'P1M', 'P1Y'), zones, fc.oneof(instant, nearChange), (text, zone, ms) => {
      const expected = DateTime.fromMillis(ms, { zone })
        .startOf(units[text as keyof typeof units])
        .toMillis();
      expect(parseGranularity({ type: 'period', period: text, timeZone: zone }).bucketStart(ms)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});
