/** Proleptic Gregorian calendar arithmetic on epoch days; exact for every interval that Druid knows, unlike `Date`. */

export const DAY_MS = 86_400_000;

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** Days since 1970-01-01 of a date; `month` may be outside 1..12 and carries into the year. */
export function epochDay(year: number, month: number, day: number): number {
  const carried = year + Math.floor((month - 1) / 12);
  const month0 = (((month - 1) % 12) + 12) % 12;
  // Years start in March, so that the leap day is the last of its year.
  const y = month0 < 2 ? carried - 1 : carried;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month0 + 10) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Inverse of `epochDay`. */
export function civilDate(epochDays: number): CivilDate {
  const z = epochDays + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

export function daysInMonth(year: number, month: number): number {
  return epochDay(year, month + 1, 1) - epochDay(year, month, 1);
}

/** Adds calendar months to a local time; a day that the target month lacks becomes its last day (Joda's rule). */
export function addMonths(localMs: number, months: number): number {
  const days = Math.floor(localMs / DAY_MS);
  const { year, month, day } = civilDate(days);
  const target = year * 12 + (month - 1) + months;
  const targetYear = Math.floor(target / 12);
  const targetMonth = target - targetYear * 12 + 1;
  const targetDay = Math.min(day, daysInMonth(targetYear, targetMonth));
  return epochDay(targetYear, targetMonth, targetDay) * DAY_MS + (localMs - days * DAY_MS);
}
