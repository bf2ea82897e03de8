import { invalidInput } from '../common/druid-error.js';

const MAX_SHORT = 32_767;
const MAX_BYTE = 127;
const f = Math.fround;

/** Bins of one histogram: ascending positions, how many values each stands for, and whether these are not all at the position. */
interface Bins {
  positions: number[];
  counts: number[];
  isApproximate: boolean[];
}

/** A histogram as clients see it: `counts[i]` values lie between `breaks[i]` and `breaks[i + 1]`. */
export interface VisualHistogram {
  readonly breaks: readonly number[];
  readonly counts: readonly number[];
}

/**
 * At most `size` bins of single-precision positions, the closest of which are merged to make room: Druid's `approxHistogram`. Follows
 * Druid's arithmetic in single precision step by step.
 * @source Druid `histogram/ApproximateHistogram.java` (Ben-Haim and Tom-Tov, A Streaming Parallel Decision Tree Algorithm)
 */
export class ApproximateHistogram {
  readonly size: number;
  readonly #lowerLimit: number;
  readonly #upperLimit: number;
  #bins: Bins = { positions: [], counts: [], isApproximate: [] };
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(size: number, lowerLimit = Number.NEGATIVE_INFINITY, upperLimit = Number.POSITIVE_INFINITY) {
    this.size = size;
    this.#lowerLimit = f(lowerLimit);
    this.#upperLimit = f(upperLimit);
  }

  /**
   * Reads the dense, sparse or compact form.
   * @throws DruidError INVALID_INPUT for bytes that are no histogram
   */
  static fromBytes(bytes: Uint8Array): ApproximateHistogram {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      if (view.getInt16(0) < 0) return ApproximateHistogram.#fromCompact(view);
      const binCount = Math.abs(view.getInt32(4));
      const histogram = new ApproximateHistogram(view.getInt32(0));
      const slots = view.getInt32(4) < 0 ? binCount : histogram.size;
      for (let i = 0; i < binCount; i++) {
        const word = view.getBigInt64(8 + 4 * slots + 8 * i);
        histogram.#append(view.getFloat32(8 + 4 * i), Number(BigInt.asUintN(63, word)), word < 0n);
      }
      histogram.#min = view.getFloat32(8 + 12 * slots);
      histogram.#max = view.getFloat32(12 + 12 * slots);
      return histogram;
    } catch (error) {
      if (error instanceof RangeError)
        throw invalidInput(`An approximate histogram of ${bytes.length} bytes is cut short`);
      throw error;
    }
  }

  static #fromCompact(view: DataView): ApproximateHistogram {
    const histogram = new ApproximateHistogram(-view.getInt16(0));
    const first = view.getInt8(2);
    if (first >= 0) {
      for (let i = 0; i < first; i++) histogram.add(view.getFloat32(3 + 4 * i));
      return histogram;
    }
    const found = new Map<number, { count: number; isApproximate: boolean }>();
    const read = (at: number, count: number, isApproximate: boolean): void => {
      for (let i = 0; i < count; i++) {
        const value = view.getFloat32(at + 4 * i);
        const known = found.get(value);
        if (known === undefined) found.set(value, { count: 1, isApproximate });
        else known.count++;
      }
    };
    const end = 3 - 4 * first;
    read(end + 9, view.getInt8(end + 8), false);
    read(3, -first, true);
    for (const [value, { count, isApproximate }] of [...found].sort(([a], [b]) => a - b)) {
      histogram.#append(value, count, isApproximate);
    }
    histogram.#min = view.getFloat32(end);
    histogram.#max = view.getFloat32(end + 4);
    return histogram;
  }

  get count(): number {
    return this.#count;
  }

  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  /** Adds a value, rounded to single precision. */
  add(double: number): void {
    const value = f(double);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#count++;
    const { positions, counts } = this.#bins;
    const at = firstAtLeast(positions, value);
    if (positions[at] === value) counts[at] = counts[at]! + 1;
    else if (positions.length < this.size) this.#insert(at, value, 1);
    else this.#makeRoom(at, value);
  }

  /** Adds the bins of another; close ones are merged into as many as fit. */
  merge(other: ApproximateHistogram): void {
    if (other.#bins.positions.length === 0) return;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#count += other.#count;
    const fits = this.#bins.positions.length + other.#bins.positions.length <= this.size;
    this.#bins = fits ? combined(this.#bins, other.#bins) : this.#combinedByRule(this.#bins, other.#bins);
  }

  /** About how many values are at most `limit`. */
  sum(limit: number): number {
    const { positions, counts, isApproximate } = this.#bins;
    if (limit < this.#min) return 0;
    if (limit >= this.#max) return this.#count;
    const index = firstAtLeast(positions, limit) - (positions[firstAtLeast(positions, limit)] === limit ? 0 : 1);
    const isLast = index >= positions.length - 1;
    const from = index < 0 ? this.#min : positions[index]!;
    const to = isLast ? this.#max : positions[index + 1]!;
    const share = to === from ? 0 : (limit - from) / (to - from);
    const left = index < 0 ? 0 : counts[index]!;
    const isLeftExact = index >= 0 && !isApproximate[index]!;
    const spreadLeft = isLeftExact ? 0 : left;
    const spreadRight = isLast || !isApproximate[index + 1]! ? 0 : counts[index + 1]!;
    let sum = 0.5 * (spreadLeft + (spreadLeft + (spreadRight - spreadLeft) * share)) * share;
    for (let i = 0; i < index; i++) sum += counts[i]!;
    return isLeftExact ? sum + left : sum + 0.5 * left;
  }

  /** Values at the probabilities, in single precision; NaN when empty. @throws DruidError INVALID_INPUT unless between 0 and 1 */
  quantiles(probabilities: readonly number[]): number[] {
    const { positions, counts } = this.#bins;
    return probabilities.map((probability) => {
      if (!(probability > 0 && probability < 1)) {
        throw invalidInput('quantile probabilities must be strictly between 0 and 1');
      }
      if (this.#count === 0) return Number.NaN;
      const wanted = f(probability) * this.#count;
      let before = 0;
      const index = counts.findIndex((count) => {
        if (before + count > wanted) return true;
        before += count;
        return false;
      });
      if (index <= 0) return this.#min;
      const a = counts[index]! - counts[index - 1]!;
      const b = 2 * counts[index - 1]!;
      const c = -2 * (wanted - before);
      const z = a === 0 ? -c / b : (-b + Math.sqrt(b * b - 4 * a * c)) / (2 * a);
      const value = f(positions[index - 1]! + f(positions[index]! - positions[index - 1]!) * z);
      return value < this.#max ? value : this.#max;
    });
  }

  histogram(breaks: readonly number[]): VisualHistogram {
    const sums = breaks.map((limit) => this.sum(limit));
    return { breaks, counts: sums.slice(1).map((sum, i) => f(sum - sums[i]!)) };
  }

  /** @throws DruidError INVALID_INPUT for fewer than two buckets */
  equalBuckets(numBuckets: number): VisualHistogram {
    if (numBuckets <= 1) throw invalidInput('histogram size must be greater than 1');
    const width = f(f(this.#max - this.#min) / (numBuckets - 1));
    const breaks = [f(this.#min - width)];
    while (breaks.length < numBuckets) breaks.push(f(breaks.at(-1)! + width));
    return this.histogram([...breaks, this.#max]);
  }

  /** Buckets of a width with a break at `offset`; runs of empty ones are left out. */
  bucketsOf(width: number, offset: number): VisualHistogram {
    const floor = (value: number): number => f(f(f(Math.floor((value - offset) / width)) * width) + offset);
    const ceiling = (value: number): number => f(f(f(Math.ceil((value - offset) / width)) * width) + offset);
    const first = Math.max(floor(this.#min), floor(this.#lowerLimit));
    const highest = ceiling(this.#max);
    const last = Math.min(highest, ceiling(this.#upperLimit));
    const isFilled = (from: number, to: number): boolean => this.sum(to) - this.sum(from) > FILLED;
    const breaks: number[] = [];
    const bottom = f(floor(this.#min) - width);
    if (bottom !== first && isFilled(bottom, first)) breaks.push(bottom);
    let isLeftSet = false;
    for (let left = first; f(left + width) <= last + width / 10; left = f(left + width)) {
      const right = f(left + width);
      const hasValues = isFilled(left, right);
      if (hasValues) breaks.push(...(isLeftSet ? [right] : [left, right]));
      isLeftSet = hasValues;
      if (right === left) break;
    }
    const top = breaks.at(-1);
    if (top !== undefined && top !== highest && isFilled(top, highest)) breaks.push(highest);
    return this.histogram(breaks);
  }

  /** The compact form where it is the shorter one, else the sparse. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { positions, counts, isApproximate } = this.#bins;
    const exact = counts.reduce((sum, count, i) => (isApproximate[i] ? sum : sum + count), 0);
    const spread = this.#count - exact;
    const sparseSize = 16 + 12 * positions.length;
    const compactSize = 3 + 4 * exact + (spread === 0 ? 0 : 9 + 4 * spread);
    const isCompact = this.size <= MAX_SHORT && exact <= MAX_BYTE && spread <= MAX_BYTE && compactSize < sparseSize;
    return isCompact ? this.#toCompact(exact, spread, compactSize) : this.#toSparse(sparseSize);
  }

  #toSparse(size: number): Uint8Array<ArrayBuffer> {
    const { positions, counts, isApproximate } = this.#bins;
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    const n = positions.length;
    view.setInt32(0, this.size);
    view.setInt32(4, -n);
    positions.forEach((position, i) => {
      view.setFloat32(8 + 4 * i, position);
      view.setBigUint64(8 + 4 * n + 8 * i, BigInt(counts[i]!) | (isApproximate[i] ? 1n << 63n : 0n));
    });
    view.setFloat32(8 + 12 * n, this.#min);
    view.setFloat32(12 + 12 * n, this.#max);
    return bytes;
  }

  #toCompact(exact: number, spread: number, size: number): Uint8Array<ArrayBuffer> {
    const { positions, counts, isApproximate } = this.#bins;
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    view.setInt16(0, -this.size);
    let at = 2;
    const put = (kind: boolean): void => {
      positions.forEach((position, i) => {
        if (isApproximate[i] !== kind) return;
        for (let k = 0; k < counts[i]!; k++, at += 4) view.setFloat32(at, position);
      });
    };
    if (spread > 0) {
      view.setInt8(at++, -spread);
      put(true);
      view.setFloat32(at, this.#min);
      view.setFloat32(at + 4, this.#max);
      at += 8;
    }
    view.setInt8(at++, exact);
    put(false);
    return bytes;
  }

  #append(position: number, count: number, isApproximate: boolean): void {
    this.#bins.positions.push(position);
    this.#bins.counts.push(count);
    this.#bins.isApproximate.push(isApproximate);
    this.#count += count;
  }

  #insert(at: number, position: number, count: number): void {
    this.#bins.positions.splice(at, 0, position);
    this.#bins.counts.splice(at, 0, count);
    this.#bins.isApproximate.splice(at, 0, false);
  }

  /** All bins are used: the value goes into one next to it, or the two closest bins become one. */
  #makeRoom(at: number, value: number): void {
    const { positions, counts, isApproximate } = this.#bins;
    let closest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < positions.length; i++) {
      const distance = f(positions[i + 1]! - positions[i]!);
      if (distance < least) [closest, least] = [i, distance];
    }
    const right = at < positions.length ? f(positions[at]! - value) : Number.POSITIVE_INFINITY;
    const left = at > 0 ? f(value - positions[at - 1]!) : Number.POSITIVE_INFINITY;
    const into = left < Math.min(least, right) ? at - 1 : right < least ? at : -1;
    if (into >= 0) {
      const count = counts[into]!;
      positions[into] = f(f(f(positions[into]! * f(count)) + value) / f(count + 1));
      counts[into] = count + 1;
      isApproximate[into] = true;
      return;
    }
    const [a, b] = [counts[closest]!, counts[closest + 1]!];
    positions[closest] = f((positions[closest]! * a + positions[closest + 1]! * b) / (a + b));
    counts[closest] = a + b;
    isApproximate[closest] = true;
    for (const array of [positions, counts, isApproximate]) array.splice(closest + 1, 1);
    this.#insert(at > closest + 1 ? at - 1 : at, value, 1);
  }

  /** Bins closer than a cut-off become one; those outside of the limits one at each end. */
  #combinedByRule(left: Bins, right: Bins): Bins {
    const cutoff = this.#cutoff();
    const below: Bins = { positions: [], counts: [], isApproximate: [] };
    const merged: Bins = { positions: [], counts: [], isApproximate: [] };
    const above: Bins = { positions: [], counts: [], isApproximate: [] };
    for (const bins of [left, right]) {
      bins.positions.forEach((position, i) => {
        if (position < this.#lowerLimit) addToLast(below, position, bins.counts[i]!);
      });
    }
    eachInOrder(left, right, (position, count, isApproximate) => {
      if (position < this.#lowerLimit) return;
      const last = merged.positions.at(-1);
      if (last !== undefined && position > this.#upperLimit) addToLast(above, position, count);
      else if (last !== undefined && f(position - last) <= cutoff) addToLast(merged, position, count);
      else appendBin(merged, position, count, last === undefined && isApproximate);
    });
    return {
      positions: [...below.positions, ...merged.positions, ...above.positions],
      counts: [...below.counts, ...merged.counts, ...above.counts],
      isApproximate: [...below.isApproximate, ...merged.isApproximate, ...above.isApproximate],
    };
  }

  #cutoff(): number {
    const hasLower = this.#lowerLimit !== Number.NEGATIVE_INFINITY;
    const hasUpper = this.#upperLimit !== Number.POSITIVE_INFINITY;
    const from = hasLower ? this.#lowerLimit : this.#min;
    const to = hasUpper ? this.#upperLimit : this.#max;
    return f(f(to - from) / (this.size - 1 - Number(hasLower) - Number(hasUpper)));
  }
}

/** Buckets with less are taken to be empty. */
const FILLED = f(0.1);

function firstAtLeast(ascending: readonly number[], value: number): number {
  let start = 0;
  let end = ascending.length;
  while (start < end) {
    const middle = (start + end) >>> 1;
    if (ascending[middle]! < value) start = middle + 1;
    else end = middle;
  }
  return start;
}

function appendBin(bins: Bins, position: number, count: number, isApproximate: boolean): void {
  bins.positions.push(position);
  bins.counts.push(count);
  bins.isApproximate.push(isApproximate);
}

/** Moves the last bin toward a position that `count` more values have. */
function addToLast(bins: Bins, position: number, count: number): void {
  const last = bins.positions.length - 1;
  if (last < 0) return appendBin(bins, position, count, true);
  const former = bins.counts[last]!;
  const weight = f(f(former) / f(former + count));
  bins.positions[last] = f(f(-f(position - bins.positions[last]!) * weight) + position);
  bins.counts[last] = former + count;
  bins.isApproximate[last] = true;
}

function eachInOrder(
  left: Bins,
  right: Bins,
  visit: (position: number, count: number, isApproximate: boolean) => void,
): void {
  let i = 0;
  let j = 0;
  while (i < left.positions.length || j < right.positions.length) {
    const isLeft =
      i < left.positions.length && (j === right.positions.length || left.positions[i]! < right.positions[j]!);
    const bins = isLeft ? left : right;
    const at = isLeft ? i++ : j++;
    visit(bins.positions[at]!, bins.counts[at]!, bins.isApproximate[at]!);
  }
}

/** Both in order; bins at one position become one (Druid adds their signs, so that two marks of being approximate cancel out). */
function combined(left: Bins, right: Bins): Bins {
  const out: Bins = { positions: [], counts: [], isApproximate: [] };
  eachInOrder(left, right, (position, count, isApproximate) => {
    const last = out.positions.length - 1;
    if (out.positions[last] === position) {
      out.counts[last] = out.counts[last]! + count;
      out.isApproximate[last] = out.isApproximate[last] !== isApproximate;
    } else appendBin(out, position, count, isApproximate);
  });
  return out;
}
