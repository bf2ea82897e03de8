import { findTimeZone, localToUtc, UTC } from '../../common/time-zone.js';

/** The instant at which a clock in the zone shows what a clock in UTC shows at `wall`. */
export function wallClockToUtc(wall: bigint, timeZone: string): bigint {
  const zone = findTimeZone(timeZone) ?? UTC;
  return zone === UTC ? wall : BigInt(localToUtc(zone, Number(wall)));
}

/** What a clock in UTC shows when one in the zone shows the instant. */
export function utcToWallClock(utc: bigint, timeZone: string): bigint {
  const zone = findTimeZone(timeZone) ?? UTC;
  return zone === UTC ? utc : utc + BigInt(zone.offsetMs(Number(utc)));
}
