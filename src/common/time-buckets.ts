/** Arithmetic of time buckets, one class for each way in which their boundaries lie. */
import { addMonths, civilDate, DAY_MS } from './calendar.js';
import { DruidError } from './druid-error.js';
import { ETERNITY, type Interval } from './interval.js';
import { formatInterval } from './iso-time.js';
import { addPeriod, type Period } from './period.js';
import { localToUtc, type TimeZone } from './time-zone.js';

export interface TimeBuckets {
  /** Start of the bucket that holds `utcMs`. */
  bucketStart(utcMs: number): number;
  /** Start of the next bucket. */
  bucketEnd(bucketStartMs: number): number;
  /** Starts of all buckets that touch the interval, ascending. @throws DruidError CAPACITY_EXCEEDED beyond 20 million */
  bucketStarts(interval: Interval): Float64Array;
}

const MAX_BUCKETS = 20_000_000;
/** Chained boundaries are all kept. */
const MAX_CHAIN = 1_000_000;

export class AllBuckets implements TimeBuckets {
  bucketStart(): number {
    return ETERNITY.startMs;
  }

  bucketEnd(): number {
    return ETERNITY.endMs;
  }

  bucketStarts(interval: Interval): Float64Array {
    return interval.startMs < interval.endMs ? Float64Array.of(interval.startMs) : new Float64Array(0);
  }
}

/** Buckets of one length, counted from an origin. */
export class FixedBuckets implements TimeBuckets {
  readonly #lengthMs: number;
  /** In [0, length). */
  readonly #phaseMs: number;

  constructor(lengthMs: number, originMs: number) {
    this.#lengthMs = lengthMs;
    this.#phaseMs = ((originMs % lengthMs) + lengthMs) % lengthMs;
  }

  bucketStart(utcMs: number): number {
    return Math.floor((utcMs - this.#phaseMs) / this.#lengthMs) * this.#lengthMs + this.#phaseMs;
  }

  bucketEnd(bucketStartMs: number): number {
    return bucketStartMs + this.#lengthMs;
  }

  bucketStarts(interval: Interval): Float64Array {
    if (interval.startMs >= interval.endMs) return new Float64Array(0);
    const first = this.bucketStart(interval.startMs);
    const count = Math.ceil((interval.endMs - first) / this.#lengthMs);
    if (count > MAX_BUCKETS) throw tooManyBuckets(interval);
    const starts = new Float64Array(count);
    for (let i = 0; i < count; i++) starts[i] = first + i * this.#lengthMs;
    return starts;
  }
}

/**
 * Single hours, minutes or seconds of a zone's wall clock. Where a clock changes within an hour (Lord Howe), a bucket starts at
 * the change: Druid's hours overlap there, so that an instant would be in two buckets.
 */
export class WallClockBuckets implements TimeBuckets {
  readonly #lengthMs: number;
  readonly #zone: TimeZone;

  constructor(lengthMs: number, zone: TimeZone) {
    this.#lengthMs = lengthMs;
    this.#zone = zone;
  }

  bucketStart(utcMs: number): number {
    const offset = this.#zone.offsetMs(utcMs);
    const start = Math.floor((utcMs + offset) / this.#lengthMs) * this.#lengthMs - offset;
    return this.#zone.offsetMs(start) === offset ? start : this.#offsetChange(start, utcMs);
  }

  bucketEnd(bucketStartMs: number): number {
    const offset = this.#zone.offsetMs(bucketStartMs);
    const local = bucketStartMs + offset;
    const end = bucketStartMs + this.#lengthMs - (((local % this.#lengthMs) + this.#lengthMs) % this.#lengthMs);
    return this.#zone.offsetMs(end - 1) === offset ? end : this.#offsetChange(bucketStartMs, end - 1);
  }

  bucketStarts(interval: Interval): Float64Array {
    return collectStarts(this, interval, this.#lengthMs / 2);
  }

  /** First instant with the offset of `lastMs`, which differs from that of `firstMs`. */
  #offsetChange(firstMs: number, lastMs: number): number {
    const offset = this.#zone.offsetMs(lastMs);
    let before = firstMs;
    let after = lastMs;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.#zone.offsetMs(middle) === offset) after = middle;
      else before = middle;
    }
    return after;
  }
}

/** Multiples of days or months by the wall clock, counted from an origin. */
export class CalendarBuckets implements TimeBuckets {
  readonly #unit: 'days' | 'months';
  readonly #count: number;
  readonly #originLocalMs: number;
  readonly #zone: TimeZone;
  /** The bucket found last: rows of a block mostly share it. */
  #start = 0;
  #end = 0;

  constructor(unit: 'days' | 'months', count: number, originLocalMs: number, zone: TimeZone) {
    this.#unit = unit;
    this.#count = count;
    this.#originLocalMs = originLocalMs;
    this.#zone = zone;
  }

  bucketStart(utcMs: number): number {
    if (utcMs < this.#start || utcMs >= this.#end) this.#find(utcMs);
    return this.#start;
  }

  bucketEnd(bucketStartMs: number): number {
    if (bucketStartMs < this.#start || bucketStartMs >= this.#end) this.#find(bucketStartMs);
    return this.#end;
  }

  bucketStarts(interval: Interval): Float64Array {
    return collectStarts(this, interval, this.#count * (this.#unit === 'days' ? DAY_MS : 28 * DAY_MS));
  }

  #find(utcMs: number): void {
    let index = this.#estimate(utcMs + this.#zone.offsetMs(utcMs));
    while (this.#boundary(index) > utcMs) index--;
    while (this.#boundary(index + 1) <= utcMs) index++;
    this.#start = this.#boundary(index);
    this.#end = this.#boundary(index + 1);
  }

  #estimate(localMs: number): number {
    if (this.#unit === 'days') return Math.floor((localMs - this.#originLocalMs) / (this.#count * DAY_MS));
    const origin = civilDate(Math.floor(this.#originLocalMs / DAY_MS));
    const date = civilDate(Math.floor(localMs / DAY_MS));
    return Math.floor(((date.year - origin.year) * 12 + date.month - origin.month) / this.#count);
  }

  #boundary(index: number): number {
    const steps = index * this.#count;
    const local = this.#unit === 'days' ? this.#originLocalMs + steps * DAY_MS : addMonths(this.#originLocalMs, steps);
    return localToUtc(this.#zone, local);
  }
}

/** Mixed periods such as `P1M2D`: each bucket starts where the one before ended, beginning at the origin, as in Druid. */
export class ChainedBuckets implements TimeBuckets {
  readonly #period: Period;
  readonly #zone: TimeZone;
  /** Boundaries found so far, ascending; the origin is among them. */
  readonly #after: number[];
  readonly #before: number[];

  constructor(period: Period, zone: TimeZone, originMs: number) {
    this.#period = period;
    this.#zone = zone;
    this.#after = [originMs];
    this.#before = [originMs];
  }

  bucketStart(utcMs: number): number {
    return utcMs >= this.#after[0]! ? this.#forward(utcMs)[0] : this.#backward(utcMs)[0];
  }

  bucketEnd(bucketStartMs: number): number {
    return bucketStartMs >= this.#after[0]! ? this.#forward(bucketStartMs)[1] : this.#backward(bucketStartMs)[1];
  }

  bucketStarts(interval: Interval): Float64Array {
    return collectStarts(this, interval, DAY_MS);
  }

  #forward(utcMs: number): readonly [start: number, end: number] {
    const known = this.#after;
    this.#extend(known, 1, (last) => last <= utcMs);
    let low = 0;
    let high = known.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (known[middle]! <= utcMs) low = middle;
      else high = middle;
    }
    return [known[low]!, known[high]!];
  }

  #backward(utcMs: number): readonly [start: number, end: number] {
    const known = this.#before;
    this.#extend(known, -1, (last) => last > utcMs);
    let low = 0;
    let high = known.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (known[middle]! > utcMs) low = middle;
      else high = middle;
    }
    return [known[high]!, known[low]!];
  }

  #extend(known: number[], direction: 1 | -1, until: (last: number) => boolean): void {
    for (let last = known[known.length - 1]!; until(last); ) {
      if (known.length > MAX_CHAIN)
        throw tooManyBuckets({ startMs: Math.min(known[0]!, last), endMs: Math.max(known[0]!, last) });
      last = addPeriod(last, this.#period, direction, this.#zone);
      known.push(last);
    }
  }
}

/** Walks buckets by `bucketEnd`; `minLengthMs` is the length of the shortest possible bucket. */
function collectStarts(buckets: TimeBuckets, interval: Interval, minLengthMs: number): Float64Array {
  if (interval.startMs >= interval.endMs) return new Float64Array(0);
  if ((interval.endMs - interval.startMs) / minLengthMs > MAX_BUCKETS) throw tooManyBuckets(interval);
  let starts = new Float64Array(64);
  let n = 0;
  for (let start = buckets.bucketStart(interval.startMs); start < interval.endMs; start = buckets.bucketEnd(start)) {
    if (n === starts.length) {
      const grown = new Float64Array(n * 2);
      grown.set(starts);
      starts = grown;
    }
    starts[n++] = start;
  }
  return starts.slice(0, n);
}

function tooManyBuckets(interval: Interval): DruidError {
  return new DruidError(
    `Interval [${formatInterval(interval)}] has more than [${MAX_BUCKETS}] time buckets: ask for a coarser granularity`,
    {
      category: 'CAPACITY_EXCEEDED',
    },
  );
}
