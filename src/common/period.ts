/** ISO-8601 periods (`P1M`, `PT15M`) with Joda's calendar arithmetic. */
import { addMonths, DAY_MS } from './calendar.js';
import { localToUtc, type TimeZone } from './time-zone.js';

export interface Period {
  readonly years: number;
  readonly months: number;
  readonly weeks: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly millis: number;
}

const PERIOD =
  /^P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)(?:[.,](\d{1,9}))?S)?)?$/i;

/** undefined when the text is not a period. */
export function parsePeriod(text: string): Period | undefined {
  const match = PERIOD.exec(text);
  if (!match || text.length < 3 || /T$/i.test(text)) return undefined;
  const field = (i: number): number => Number(match[i] ?? 0);
  const sign = match[7]?.startsWith('-') ? -1 : 1;
  return {
    years: field(1),
    months: field(2),
    weeks: field(3),
    days: field(4),
    hours: field(5),
    minutes: field(6),
    seconds: field(7),
    millis: sign * Number((match[8] ?? '').slice(0, 3).padEnd(3, '0')),
  };
}

/** Length in ms of a period without months and years (a day is 24 h); undefined otherwise. */
export function fixedPeriodMs(period: Period): number | undefined {
  if (period.years !== 0 || period.months !== 0) return undefined;
  return (period.weeks * 7 + period.days) * DAY_MS + timePartMs(period);
}

/** Length in ms of a period text such as `PT30M`; undefined when it is not a period or has months or years. */
export function parsePeriodMs(text: string): number | undefined {
  const period = parsePeriod(text);
  return period && fixedPeriodMs(period);
}

/** Adds a period `times` times: months and days by the wall clock of `zone`, hours and less by elapsed time. */
export function addPeriod(utcMs: number, period: Period, times: number, zone: TimeZone): number {
  const months = (period.years * 12 + period.months) * times;
  const days = (period.weeks * 7 + period.days) * times;
  let result = utcMs;
  if (months !== 0 || days !== 0) {
    let local = result + zone.offsetMs(result);
    if (months !== 0) local = addMonths(local, months);
    result = localToUtc(zone, local + days * DAY_MS);
  }
  return result + timePartMs(period) * times;
}

function timePartMs(period: Period): number {
  return ((period.hours * 60 + period.minutes) * 60 + period.seconds) * 1000 + period.millis;
}
