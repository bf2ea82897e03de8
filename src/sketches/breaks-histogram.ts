import { invalidInput } from '../common/druid-error.js';

/**
 * Counts of values between given breaks, in single precision: Druid's `histogram`.
 * @source Druid `query/aggregation/Histogram.java`
 */
export class BreaksHistogram {
  readonly breaks: Float32Array<ArrayBuffer>;
  /** Values below the first break, at or below each next one, and above the last. */
  readonly #bins: Float64Array<ArrayBuffer>;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  /** @param breaks ascending */
  constructor(breaks: ArrayLike<number>) {
    this.breaks = Float32Array.from(breaks);
    this.#bins = new Float64Array(breaks.length + 1);
  }

  /** @throws DruidError INVALID_INPUT for bytes that are no histogram */
  static fromBytes(bytes: Uint8Array): BreaksHistogram {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const n = bytes.length < 4 ? -1 : view.getInt32(0);
    if (n < 0 || bytes.length !== 20 + 12 * n) throw invalidInput(`Not a histogram: ${bytes.length} bytes`);
    const histogram = new BreaksHistogram(Array.from({ length: n }, (_, i) => view.getFloat32(4 + 4 * i)));
    const start = 4 + 4 * n;
    for (let i = 0; i <= n; i++) histogram.#bins[i] = Number(view.getBigInt64(start + 8 * i));
    histogram.min = view.getFloat32(start + 8 * n + 8);
    histogram.max = view.getFloat32(start + 8 * n + 12);
    return histogram;
  }

  /** Numbers of values between the breaks. */
  get counts(): Float64Array {
    return this.#bins.slice(1, -1);
  }

  add(double: number): void {
    const value = Math.fround(double);
    if (value > this.max) this.max = value;
    if (value < this.min) this.min = value;
    let bin = 0;
    while (bin < this.breaks.length && this.breaks[bin]! < value) bin++;
    this.#bins[bin] = this.#bins[bin]! + 1;
  }

  /** @throws DruidError INVALID_INPUT for other breaks */
  merge(other: BreaksHistogram): void {
    if (other.breaks.join() !== this.breaks.join()) throw invalidInput('Cannot fold histograms of different breaks');
    for (let i = 0; i < this.#bins.length; i++) this.#bins[i] = this.#bins[i]! + other.#bins[i]!;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  /** Big-endian, as Java writes it. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const n = this.breaks.length;
    const bytes = new Uint8Array(20 + 12 * n);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, n);
    this.breaks.forEach((value, i) => view.setFloat32(4 + 4 * i, value));
    const start = 4 + 4 * n;
    this.#bins.forEach((count, i) => view.setBigInt64(start + 8 * i, BigInt(count)));
    view.setFloat32(start + 8 * n + 8, this.min);
    view.setFloat32(start + 8 * n + 12, this.max);
    return bytes;
  }
}
