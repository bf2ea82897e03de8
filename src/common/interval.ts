/**
 * Half-open time interval [startMs, endMs) in UTC epoch milliseconds.
 * Eternity is [ETERNITY.startMs, ETERNITY.endMs), Druid's own limits.
 */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** Druid's eternity, `-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z`; its end is 1 ms more, the nearest double. */
export const ETERNITY: Interval = { startMs: -4611686018427387904, endMs: 4611686018427387904 };

export function overlaps(a: Interval, b: Interval): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}

export function contains(outer: Interval, inner: Interval): boolean {
  return outer.startMs <= inner.startMs && inner.endMs <= outer.endMs;
}

/** The common part, or undefined when there is none. */
export function intersect(a: Interval, b: Interval): Interval | undefined {
  const startMs = Math.max(a.startMs, b.startMs);
  const endMs = Math.min(a.endMs, b.endMs);
  return startMs < endMs ? { startMs, endMs } : undefined;
}

/** Sorted, overlapping or touching intervals merged (Druid's `condenseIntervals`). */
export function condense(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  const merged: { startMs: number; endMs: number }[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last && next.startMs <= last.endMs) last.endMs = Math.max(last.endMs, next.endMs);
    else merged.push({ startMs: next.startMs, endMs: next.endMs });
  }
  return merged;
}
