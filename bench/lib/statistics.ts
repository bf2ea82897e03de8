/** Summaries of measured times. */

/** @throws Error for no values */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that a share of all values does not exceed; the lower of two middle ones for the median of an even count. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('No value to summarize');
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) throw new Error('No value to summarize');
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** One timed run. `waitMs`: how long its threads stood in the run queue, undefined where the machine does not say. */
export interface Rep {
  readonly ms: number;
  readonly waitMs: number | undefined;
}

/** Other work on the machine did not disturb the run: its threads waited at most 5% of the time, or 0.15 ms. */
export function isClean({ ms, waitMs }: Rep): boolean {
  return waitMs !== undefined && waitMs <= Math.max(0.05 * ms, 0.15);
}

export interface Summary {
  /** Of the clean runs, or of all where none was clean. */
  readonly medianMs: number;
  readonly minMs: number;
  readonly clean: number;
  readonly taken: number;
}

export function summarize(reps: readonly Rep[]): Summary {
  const clean = reps.filter(isClean);
  return {
    medianMs: median((clean.length > 0 ? clean : reps).map((rep) => rep.ms)),
    minMs: Math.min(...reps.map((rep) => rep.ms)),
    clean: clean.length,
    taken: reps.length,
  };
}
