import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Timeline, type TimelineEntry } from '../../../src/timeline/timeline.js';

const SPAN = 24;

const entries = fc
  .record({
    startMs: fc.integer({ min: 0, max: SPAN - 1 }),
    lengthMs: fc.integer({ min: 1, max: 10 }),
    version: fc.constantFrom('v1', 'v2', 'v3', 'v4'),
    partitionNum: fc.integer({ min: 0, max: 3 }),
    corePartitions: fc.constantFrom(0, 0, 1, 2),
  })
  .map(({ startMs, lengthMs, ...rest }): TimelineEntry => {
    const intervalEndMs = Math.min(SPAN, startMs + lengthMs);
    const id = `${startMs}_${intervalEndMs}_${rest.version}_${rest.partitionNum}`;
    return { ...rest, id, intervalStartMs: startMs, intervalEndMs };
  });

const changes = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: entries }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.nat() }) },
  ),
  { maxLength: 60 },
);

/** The ids visible at one instant, by looking at every chunk. */
function visibleAt(all: readonly TimelineEntry[], ms: number): string[] {
  const chunks = new Map<string, TimelineEntry[]>();
  for (const entry of all) {
    if (entry.intervalStartMs > ms || ms >= entry.intervalEndMs) continue;
    const key = JSON.stringify([entry.version, entry.intervalStartMs, SPAN - entry.intervalEndMs]);
    chunks.set(key, [...(chunks.get(key) ?? []), entry]);
  }
  const complete = [...chunks.values()].filter((chunk) => {
    const core = Math.max(...chunk.map((entry) => entry.corePartitions));
    return Array.from({ length: core }, (_, i) => i).every((i) => chunk.some((entry) => entry.partitionNum === i));
  });
  const top = complete.sort(([a], [b]) => {
    if (a!.version !== b!.version) return a!.version > b!.version ? -1 : 1;
    return b!.intervalStartMs - a!.intervalStartMs || a!.intervalEndMs - b!.intervalEndMs;
  })[0];
  return (top ?? []).map((entry) => entry.id).sort();
}

test('after any changes each instant shows the newest complete version that covers it', () => {
  fc.assert(
    fc.property(changes, fc.nat(SPAN - 1), fc.nat(SPAN), (steps, from, length) => {
      const timeline = new Timeline<TimelineEntry>();
      const present = new Map<string, TimelineEntry>();
      for (const step of steps) {
        if ('add' in step) {
          timeline.add(step.add);
          present.set(step.add.id, step.add);
        } else {
          const id = [...present.keys()][step.remove % (present.size + 1)] ?? 'unknown';
          expect(timeline.remove(id)).toBe(present.delete(id));
        }
      }
      const all = [...present.values()];
      const interval = { startMs: from, endMs: Math.min(SPAN, from + length) };
      const holders = timeline.lookup(interval);
      for (let ms = interval.startMs; ms < interval.endMs; ms++) {
        const at = holders.filter((holder) => holder.interval.startMs <= ms && ms < holder.interval.endMs);
        expect(at.length).toBeLessThanOrEqual(1);
        expect(at.flatMap((holder) => holder.segments.map((entry) => entry.id)).sort()).toEqual(visibleAt(all, ms));
      }
      for (const [i, holder] of holders.entries()) {
        expect(holder.interval.startMs).toBeGreaterThanOrEqual(holders[i - 1]?.interval.endMs ?? interval.startMs);
        expect(holder.interval.endMs).toBeLessThanOrEqual(interval.endMs);
        // Neighbours differ: a stretch of one version is never cut in two.
        const next = holders[i + 1];
        if (next?.interval.startMs === holder.interval.endMs) expect(next.segments).not.toBe(holder.segments);
      }
    }),
    { numRuns: 400 },
  );
});

test('a timeline that starts with its segments is as one that they were added to, also after further changes', () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 40 }), changes, (first, steps) => {
      const start = new Map(first.map((entry) => [entry.id, entry]));
      const filled = new Timeline<TimelineEntry>([...start.values()]);
      const grown = new Timeline<TimelineEntry>();
      for (const entry of start.values()) grown.add(entry);
      const ids = [...start.keys()];
      const all = { startMs: 0, endMs: SPAN };
      expect(filled.lookup(all)).toEqual(grown.lookup(all));
      for (const step of steps) {
        for (const timeline of [filled, grown]) {
          if ('add' in step) timeline.add(step.add);
          else timeline.remove(ids[step.remove % (ids.length + 1)] ?? 'unknown');
        }
        expect(filled.lookup(all)).toEqual(grown.lookup(all));
      }
      expect(filled.size).toBe(grown.size);
    }),
    { numRuns: 200 },
  );
});
