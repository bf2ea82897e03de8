import type { Granularity } from '../../common/granularity.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import { grown } from '../../aggregators/grouped-aggregator.js';
import type { Block } from '../../vectors/block.js';
import { NumericInput } from '../../aggregators/numeric-input.js';
import type { Selection } from '../../vectors/selection.js';
import { type KeyPart, powerAbove } from './key-part.js';

/** Above this many possible buckets in a block, each distinct time is looked up instead of laying all boundaries out. */
const MAX_BOUNDARIES = 65_536;

/** The time bucket as a part of the group key: bucket starts, numbered densely over the run. */
export class TimePart implements KeyPart {
  codes = new Uint32Array(0);
  readonly space = 'time';
  readonly #granularity: Granularity;
  readonly #times = new NumericInput(TIME_COLUMN, { kind: 'long', unparsable: 0n });
  readonly #numbers = new Map<number, number>();
  readonly #starts: number[] = [];

  constructor(granularity: Granularity) {
    this.#granularity = granularity;
  }

  get range(): number {
    return powerAbove(this.#starts.length);
  }

  /** Bucket starts by number. */
  get starts(): readonly number[] {
    return this.#starts;
  }

  numberOf(code: number): number {
    return code;
  }

  /** The number of the bucket that starts here. */
  numberOfStart(startMs: number): number {
    const known = this.#numbers.get(startMs);
    if (known !== undefined) return known;
    this.#starts.push(startMs);
    this.#numbers.set(startMs, this.#starts.length - 1);
    return this.#starts.length - 1;
  }

  read(block: Block, selection: Selection): void {
    const n = selection.count;
    this.codes = grown(this.codes, n);
    const single = this.#singleBucket(block);
    if (single !== undefined) {
      this.codes.fill(single, 0, n);
      return;
    }
    this.#times.readDoubles(block, selection, null);
    const times = this.#times.values;
    if (this.#expectedBuckets(block) > MAX_BOUNDARIES) {
      this.#lookUpEach(times, n);
      return;
    }
    const starts = this.#granularity.bucketStarts({ startMs: block.minTimeMs, endMs: block.maxTimeMs + 1 });
    const numbers = new Uint32Array(starts.length);
    for (let i = 0; i < starts.length; i++) numbers[i] = this.numberOfStart(starts[i]!);
    bucketCodes(times, n, starts, numbers, this.codes);
  }

  #singleBucket(block: Block): number | undefined {
    if (this.#granularity.isAll) return this.numberOfStart(0);
    const start = this.#granularity.bucketStart(block.minTimeMs);
    return block.maxTimeMs < this.#granularity.bucketEnd(start) ? this.numberOfStart(start) : undefined;
  }

  #expectedBuckets(block: Block): number {
    if (this.#granularity.isNone) return Number.POSITIVE_INFINITY;
    const start = this.#granularity.bucketStart(block.minTimeMs);
    return (block.maxTimeMs - start) / (this.#granularity.bucketEnd(start) - start);
  }

  /** Rows of equal or close times come together, so that few rows ask for their bucket. */
  #lookUpEach(times: Float64Array, n: number): void {
    let start = Number.NaN;
    let end = Number.NaN;
    let number = 0;
    for (let i = 0; i < n; i++) {
      const time = times[i]!;
      if (!(time >= start && time < end)) {
        start = this.#granularity.bucketStart(time);
        end = this.#granularity.bucketEnd(start);
        number = this.numberOfStart(start);
      }
      this.codes[i] = number;
    }
  }
}

/** codes[i] = numbers[b] for the last b with starts[b] <= times[i]; steps from the bucket of the row before. */
function bucketCodes(
  times: Float64Array,
  n: number,
  starts: Float64Array,
  numbers: Uint32Array,
  codes: Uint32Array,
): void {
  const last = starts.length - 1;
  let bucket = 0;
  for (let i = 0; i < n; i++) {
    const time = times[i]!;
    if (time < starts[bucket]! || (bucket < last && time >= starts[bucket + 1]!)) {
      let low = 0;
      let high = last;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (starts[middle]! <= time) low = middle;
        else high = middle - 1;
      }
      bucket = low;
    }
    codes[i] = numbers[bucket]!;
  }
}
