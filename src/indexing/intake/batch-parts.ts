import type { Interval } from '../../common/interval.js';
import { MAX_STAGED_ROWS } from '../../segments/incremental/row-store.js';
import type { IntervalOf } from '../publish/segment-intervals.js';

/** The rows of a batch that are of one segment interval: the first `n` numbers of `rows`. */
export interface BatchPart {
  interval: Interval;
  readonly rows: Uint32Array;
  n: number;
}

/** Which rows of a batch go to which segment interval; its parts are reused from batch to batch. */
export class BatchParts {
  readonly #intervalOf: IntervalOf;
  readonly #pool: BatchPart[] = [];
  readonly #found = new Map<number, BatchPart>();

  constructor(intervalOf: IntervalOf) {
    this.#intervalOf = intervalOf;
  }

  /**
   * Parts in order of their first rows. Rows before `earliestMs`, after `latestMs` or in no interval are in none.
   * @param times epoch ms by row, at most `MAX_STAGED_ROWS`
   */
  split(times: Float64Array, earliestMs: number, latestMs: number): readonly BatchPart[] {
    this.#found.clear();
    let last: BatchPart | undefined;
    for (let row = 0; row < times.length; row++) {
      const timeMs = times[row]!;
      if (timeMs < earliestMs || timeMs > latestMs) continue;
      if (last === undefined || timeMs < last.interval.startMs || timeMs >= last.interval.endMs) {
        const interval = this.#intervalOf(timeMs);
        if (interval === undefined) continue;
        last = this.#partOf(interval);
      }
      last.rows[last.n++] = row;
    }
    return [...this.#found.values()];
  }

  #partOf(interval: Interval): BatchPart {
    const known = this.#found.get(interval.startMs);
    if (known !== undefined) return known;
    const number = this.#found.size;
    const part = (this.#pool[number] ??= { interval, rows: new Uint32Array(MAX_STAGED_ROWS), n: 0 });
    part.interval = interval;
    part.n = 0;
    this.#found.set(interval.startMs, part);
    return part;
  }
}

export function rowsIn(parts: readonly BatchPart[]): number {
  return parts.reduce((sum, part) => sum + part.n, 0);
}
