import { invalidInput } from '../common/druid-error.js';

export type OutlierHandling = 'ignore' | 'overflow' | 'clip';

export interface FixedBucketsSpec {
  readonly lowerLimit: number;
  readonly upperLimit: number;
  readonly numBuckets: number;
  readonly outlierHandlingMode: OutlierHandling;
}

const MODES: readonly OutlierHandling[] = ['ignore', 'overflow', 'clip'];
const VERSION = 1;
const FULL = 1;
const SPARSE = 2;
const COUNTS_START = 71;

/**
 * Counts of values in buckets of equal width between two limits: Druid's `fixedBucketsHistogram`.
 * @source Druid `histogram/FixedBucketsHistogram.java`
 */
export class FixedBucketsHistogram {
  readonly spec: FixedBucketsSpec;
  readonly bucketSize: number;
  readonly counts: Float64Array<ArrayBuffer>;
  count = 0;
  lowerOutliers = 0;
  upperOutliers = 0;
  missing = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  constructor(spec: FixedBucketsSpec) {
    this.spec = spec;
    this.bucketSize = (spec.upperLimit - spec.lowerLimit) / spec.numBuckets;
    this.counts = new Float64Array(spec.numBuckets);
  }

  /** @throws DruidError INVALID_INPUT for bytes that are no histogram */
  static fromBytes(bytes: Uint8Array): FixedBucketsHistogram {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const mode = bytes[1];
    const outlierHandlingMode = MODES[bytes[22] ?? -1];
    const isHistogram = bytes.length >= COUNTS_START && bytes[0] === VERSION && (mode === FULL || mode === SPARSE);
    if (!isHistogram || outlierHandlingMode === undefined) throw invalidInput('Not a fixed buckets histogram');
    const numBuckets = view.getInt32(18);
    const sizeNeeded = COUNTS_START + (mode === FULL ? 8 * numBuckets : 4 + 12 * readSparseCount(view));
    if (numBuckets < 1 || bytes.length < sizeNeeded) throw invalidInput('A fixed buckets histogram is cut short');
    const histogram = new FixedBucketsHistogram({
      lowerLimit: view.getFloat64(2),
      upperLimit: view.getFloat64(10),
      numBuckets,
      outlierHandlingMode,
    });
    histogram.count = Number(view.getBigInt64(23));
    histogram.lowerOutliers = Number(view.getBigInt64(31));
    histogram.upperOutliers = Number(view.getBigInt64(39));
    histogram.missing = Number(view.getBigInt64(47));
    histogram.max = view.getFloat64(55);
    histogram.min = view.getFloat64(63);
    if (mode === FULL) {
      for (let i = 0; i < numBuckets; i++) histogram.counts[i] = Number(view.getBigInt64(COUNTS_START + 8 * i));
    } else {
      for (let at = COUNTS_START + 4; at < sizeNeeded; at += 12) {
        histogram.counts[view.getInt32(at)] = Number(view.getBigInt64(at + 4));
      }
    }
    return histogram;
  }

  add(value: number): void {
    const { lowerLimit, upperLimit, numBuckets } = this.spec;
    if (value < lowerLimit) this.#addOutliers(1, 0);
    else if (value >= upperLimit) this.#addOutliers(0, 1);
    else {
      this.#widen(value, value);
      this.#addTo(Math.min(Math.trunc((value - lowerLimit) / this.bucketSize), numBuckets - 1), 1);
    }
  }

  addMissing(rows: number): void {
    this.missing += rows;
  }

  /** Adds another's counts; where its buckets are others, their values are taken to lie evenly in them. */
  merge(other: FixedBucketsHistogram): void {
    this.missing += other.missing;
    const { lowerLimit, upperLimit, numBuckets } = this.spec;
    const isSame =
      other.spec.lowerLimit === lowerLimit &&
      other.spec.upperLimit === upperLimit &&
      other.spec.numBuckets === numBuckets;
    let below = 0;
    let above = 0;
    for (let i = 0; i < other.counts.length; i++) {
      const count = other.counts[i]!;
      if (count === 0) continue;
      if (isSame) this.#addTo(i, count);
      else {
        const from = other.spec.lowerLimit + i * other.bucketSize;
        const outside = this.#spread(count, from, from + other.bucketSize);
        below += outside[0];
        above += outside[1];
      }
    }
    if (other.count > below + above) {
      this.#widen(Math.max(other.min, lowerLimit), Math.min(other.max, upperLimit));
    }
    this.#addOutliers(other.lowerOutliers + Math.round(below), other.upperOutliers + Math.round(above));
  }

  /** Values at ascending percentages, in single precision. */
  percentiles(percentages: readonly number[]): number[] {
    const { lowerLimit, numBuckets } = this.spec;
    return percentages.map((percentage) => {
      let before = 0;
      for (let i = 0; i < numBuckets; i++) {
        const next = before + this.counts[i]!;
        const fromPercent = (100 * before) / this.count;
        const toPercent = (100 * next) / this.count;
        if (toPercent >= percentage) {
          const from = i * this.bucketSize + lowerLimit;
          const to = (i + 1) * this.bucketSize + lowerLimit;
          const share = (percentage - (i === 0 ? 0 : fromPercent)) / (toPercent - (i === 0 ? 0 : fromPercent));
          return Math.fround(share * (to - from) + from);
        }
        before = next;
      }
      return 0;
    });
  }

  /** Sparse when less than half of the buckets are used, else full. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { lowerLimit, upperLimit, numBuckets, outlierHandlingMode } = this.spec;
    const used = Array.from(this.counts.keys()).filter((i) => this.counts[i] !== 0);
    const isSparse = used.length < Math.trunc(numBuckets / 2);
    const bytes = new Uint8Array(COUNTS_START + (isSparse ? 4 + 12 * used.length : 8 * numBuckets));
    const view = new DataView(bytes.buffer);
    bytes[0] = VERSION;
    bytes[1] = isSparse ? SPARSE : FULL;
    view.setFloat64(2, lowerLimit);
    view.setFloat64(10, upperLimit);
    view.setInt32(18, numBuckets);
    bytes[22] = MODES.indexOf(outlierHandlingMode);
    [this.count, this.lowerOutliers, this.upperOutliers, this.missing].forEach((count, i) => {
      view.setBigInt64(23 + 8 * i, BigInt(count));
    });
    view.setFloat64(55, this.max);
    view.setFloat64(63, this.min);
    if (isSparse) view.setInt32(COUNTS_START, used.length);
    (isSparse ? used : Array.from(this.counts.keys())).forEach((bucket, i) => {
      const at = isSparse ? COUNTS_START + 4 + 12 * i : COUNTS_START + 8 * i;
      if (isSparse) view.setInt32(at, bucket);
      view.setBigInt64(isSparse ? at + 4 : at, BigInt(this.counts[bucket]!));
    });
    return bytes;
  }

  #addTo(bucket: number, count: number): void {
    this.counts[bucket] = this.counts[bucket]! + count;
    this.count += count;
  }

  #widen(min: number, max: number): void {
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
  }

  #addOutliers(lower: number, upper: number): void {
    const { outlierHandlingMode, numBuckets, lowerLimit, upperLimit } = this.spec;
    if (outlierHandlingMode === 'overflow') {
      this.lowerOutliers += lower;
      this.upperOutliers += upper;
    } else if (outlierHandlingMode === 'clip') {
      this.#addTo(0, lower);
      this.#addTo(numBuckets - 1, upper);
      if (lower > 0) this.#widen(lowerLimit, lowerLimit);
      if (upper > 0) this.#widen(upperLimit, upperLimit);
    }
  }

  /** Spreads values over the buckets that [from, to) meets; returns how many lie below and above. */
  #spread(count: number, from: number, to: number): readonly [below: number, above: number] {
    const { lowerLimit, upperLimit } = this.spec;
    const width = to - from;
    const inside = (start: number, end: number): number =>
      Math.max(0, Math.min(to, end) - Math.max(from, start)) / width;
    this.counts.forEach((_, bucket) => {
      const start = lowerLimit + bucket * this.bucketSize;
      const share = Math.round(count * inside(start, start + this.bucketSize));
      if (share > 0) this.#addTo(bucket, share);
    });
    return [count * inside(Number.NEGATIVE_INFINITY, lowerLimit), count * inside(upperLimit, Number.POSITIVE_INFINITY)];
  }
}

function readSparseCount(view: DataView): number {
  return view.byteLength < COUNTS_START + 4 ? 0 : Math.max(0, view.getInt32(COUNTS_START));
}
