/** What Druid's topN gives over several segments, worked out one entry after another: slow, plain, and apart from the engine. */
import type { Row } from './bench-query.js';

/** Groups that a node keeps: Druid's `minTopNThreshold`. */
const KEPT = 1000;

interface Entry {
  readonly key: string;
  readonly sum: number;
}

/**
 * Each segment gives its best groups; as one segment after another is added, the best of those that there are go on.
 * @param rows segment, key and sum, in the order of segments and in them of keys; no segment without those among its best
 * @returns key and sum of the groups that are left, best first
 */
export function topNByRule(rows: readonly Row[]): Row[] {
  let best: readonly Entry[] = [];
  for (const segment of bySegment(rows)) {
    const met = new Map(best.map(({ key, sum }) => [key, sum]));
    for (const { key, sum } of queued(segment)) met.set(key, (met.get(key) ?? 0) + sum);
    best = queued(Array.from(met, ([key, sum]) => ({ key, sum })));
  }
  return best.map(({ key, sum }) => [key, sum]);
}

function bySegment(rows: readonly Row[]): Entry[][] {
  const segments = new Map<string, Entry[]>();
  for (const [segment, key, sum] of rows) {
    const entries = segments.get(String(segment)) ?? [];
    entries.push({ key: String(key), sum: Number(sum) });
    segments.set(String(segment), entries);
  }
  return [...segments.values()];
}

/** A full queue lets an entry in for the least that it has only if that is less; of equal ones the least key goes first. */
function queued(entries: readonly Entry[]): Entry[] {
  const queue: Entry[] = [];
  for (const entry of entries) {
    if (queue.length === KEPT) {
      if (queue[KEPT - 1]!.sum >= entry.sum) continue;
      queue.pop();
    }
    queue.splice(placeOf(entry, queue), 0, entry);
  }
  return queue.toSorted((a, b) => b.sum - a.sum || byKey(a, b));
}

/** By binary search: greatest sum first, of equal ones the greatest key. */
function placeOf(entry: Entry, queue: readonly Entry[]): number {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = queue[middle]!;
    if (other.sum > entry.sum || (other.sum === entry.sum && byKey(other, entry) > 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byKey(a: Entry, b: Entry): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
