import { DateTime } from 'luxon';

/** Buckets of time: as Druid writes them, and worked out by Luxon for the other engine, which has no calendar here. */
export interface TestGranularity {
  readonly json: unknown;
  /** Start of the bucket; null = one bucket over all time. */
  readonly floor: ((timeMs: number) => number) | null;
}

function period(iso: string, unit: 'hour' | 'day' | 'week' | 'month', timeZone: string): TestGranularity {
  const floor = (timeMs: number): number => DateTime.fromMillis(timeMs, { zone: timeZone }).startOf(unit).toMillis();
  return { json: { type: 'period', period: iso, timeZone }, floor };
}

const SIX_HOURS_MS = 6 * 3_600_000;

export const GRANULARITIES: readonly TestGranularity[] = [
  { json: 'all', floor: null },
  { json: 'hour', floor: (timeMs) => timeMs - (timeMs % 3_600_000) },
  { json: 'day', floor: (timeMs) => timeMs - (timeMs % 86_400_000) },
  { json: 'six_hour', floor: (timeMs) => timeMs - (timeMs % SIX_HOURS_MS) },
  { json: { type: 'duration', duration: 5_400_000 }, floor: (timeMs) => timeMs - (timeMs % 5_400_000) },
  period('PT1H', 'hour', 'Asia/Kolkata'),
  period('P1D', 'day', 'America/New_York'),
  period('P1D', 'day', 'Pacific/Auckland'),
  period('P1W', 'week', 'Europe/Paris'),
  period('P1M', 'month', 'America/New_York'),
];
