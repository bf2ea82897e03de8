/** Offsets of time zones, cached so that a row costs a comparison and not a call into the tz database. */
import { createRequire } from 'node:module';
import { DAY_MS } from './calendar.js';

export interface TimeZone {
  /** Druid's spelling: `UTC`, an IANA name, or `+05:30`. */
  readonly name: string;
  /** True when the offset never changes. */
  readonly isFixed: boolean;
  /** Local time minus UTC at an instant, ms. */
  offsetMs(utcMs: number): number;
}

class FixedZone implements TimeZone {
  readonly name: string;
  readonly isFixed = true;
  readonly #offset: number;

  constructor(name: string, offset: number) {
    this.name = name;
    this.#offset = offset;
  }

  offsetMs(): number {
    return this.#offset;
  }
}

/** No zone is known to change twice within this span. */
const SPAN_MS = 7 * DAY_MS;

/** Offsets within one span: `before` until `changeMs`, `after` from then on. */
interface Span {
  readonly changeMs: number;
  readonly before: number;
  readonly after: number;
}

class IanaZone implements TimeZone {
  readonly name: string;
  readonly isFixed = false;
  readonly #lookup: (utcMs: number) => number;
  readonly #spans = new Map<number, Span>();
  #lastIndex = Number.NaN;
  #last: Span = { changeMs: 0, before: 0, after: 0 };

  constructor(name: string, lookup: (utcMs: number) => number) {
    this.name = name;
    this.#lookup = lookup;
  }

  offsetMs(utcMs: number): number {
    const index = Math.floor(utcMs / SPAN_MS);
    if (index !== this.#lastIndex) {
      this.#last = this.#span(index);
      this.#lastIndex = index;
    }
    return utcMs < this.#last.changeMs ? this.#last.before : this.#last.after;
  }

  #span(index: number): Span {
    const known = this.#spans.get(index);
    if (known) return known;
    const span = this.#findChange(index * SPAN_MS);
    // 5,000 spans are a century of weeks: more means scattered bad timestamps, not a working set.
    if (this.#spans.size > 5000) this.#spans.clear();
    this.#spans.set(index, span);
    return span;
  }

  #findChange(startMs: number): Span {
    const before = this.#lookup(startMs);
    const after = this.#lookup(startMs + SPAN_MS);
    if (before === after) return { changeMs: startMs, before, after };
    let low = startMs;
    let high = startMs + SPAN_MS;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#lookup(middle) === before) low = middle;
      else high = middle;
    }
    return { changeMs: high, before, after };
  }
}

export const UTC: TimeZone = new FixedZone('UTC', 0);

/** What `Date`, and so the tz database, can be asked about. */
const MAX_DATE_MS = 8.64e15 - SPAN_MS;

const zones = new Map<string, TimeZone>([
  ['UTC', UTC],
  ['Z', UTC],
  ['Etc/UTC', UTC],
]);

/** The zone with this name, or undefined when there is none. */
export function findTimeZone(name: string): TimeZone | undefined {
  const known = zones.get(name);
  if (known) return known;
  const zone = fixedZone(name) ?? ianaZone(name);
  if (zone && zones.size < 2000) zones.set(name, zone);
  return zone;
}

/** The zone with this name; an unknown name silently means UTC, as in Druid. */
export function timeZone(name: string): TimeZone {
  return findTimeZone(name) ?? UTC;
}

/** The first instant that a wall clock in `zone` shows `localMs`; a time skipped by a change moves forward by the gap. */
export function localToUtc(zone: TimeZone, localMs: number): number {
  if (zone.isFixed) return localMs - zone.offsetMs(localMs);
  const dayBefore = zone.offsetMs(localMs - DAY_MS);
  const dayAfter = zone.offsetMs(localMs + DAY_MS);
  const first = localMs - dayBefore;
  if (dayBefore === dayAfter || zone.offsetMs(first) === dayBefore) return first;
  const second = localMs - dayAfter;
  return zone.offsetMs(second) === dayAfter ? second : first;
}

function fixedZone(name: string): TimeZone | undefined {
  const match = /^([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?$/.exec(name);
  if (!match) return undefined;
  const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
  return new FixedZone(name, (match[1] === '-' ? -1000 : 1000) * seconds);
}

function ianaZone(name: string): TimeZone | undefined {
  // Luxon takes 5 ms to load and most processes only ever see UTC.
  const { IANAZone } = createRequire(import.meta.url)('luxon') as typeof import('luxon');
  if (!IANAZone.isValidZone(name)) return undefined;
  const zone = IANAZone.create(name);
  return new IanaZone(name, (utcMs) => {
    const clamped = Math.max(-MAX_DATE_MS, Math.min(MAX_DATE_MS, utcMs));
    return Math.round(zone.offset(clamped) * 60_000);
  });
}
