import type { LeafPlan } from './leaf-plan.js';

interface Asked {
  readonly plan: LeafPlan;
  /** Monotonic. */
  readonly atMs: number;
}

/** A dashboard that is open asks again within this time. */
const RECENT_MS = 60_000;
/** Of one data source, repeats included. */
const MAX_ASKED = 128;
const MAX_DISTINCT = 24;
const MAX_DATA_SOURCES = 256;
/** A longer scan is a download, which no dashboard repeats. */
const MAX_SCANNED_ROWS = 10_000;

/** What was asked of each data source lately, to be asked of a segment before anyone waits for it. */
export class RecentPlans {
  readonly #nowMs: () => number;
  /** By data source, the one asked last at the end; oldest plans first. */
  readonly #asked = new Map<string, Asked[]>();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  add(dataSource: string, plan: LeafPlan): void {
    // Rows made of others may come with tables of their own.
    if (plan.over !== undefined) return;
    if (plan.kind === 'scan' && (plan.maxRows === null || plan.maxRows > MAX_SCANNED_ROWS)) return;
    const asked = this.#asked.get(dataSource) ?? [];
    this.#asked.delete(dataSource);
    this.#asked.set(dataSource, asked);
    if (asked.length >= MAX_ASKED) asked.shift();
    asked.push({ plan, atMs: this.#nowMs() });
    if (this.#asked.size > MAX_DATA_SOURCES) this.#asked.delete(this.#asked.keys().next().value!);
  }

  /** The plans that reach rows of these times (both inclusive), each once, the one asked last first. */
  reaching(dataSource: string, minTimeMs: number, maxTimeMs: number): LeafPlan[] {
    const since = this.#nowMs() - RECENT_MS;
    const found = new Map<string, LeafPlan>();
    for (const { plan, atMs } of (this.#asked.get(dataSource) ?? []).toReversed()) {
      if (atMs < since || found.size >= MAX_DISTINCT) break;
      if (!plan.intervals.some(({ startMs, endMs }) => startMs <= maxTimeMs && minTimeMs < endMs)) continue;
      // Intervals of dashboards move with the time.
      const key = JSON.stringify({ ...plan, intervals: null }, asText);
      if (!found.has(key)) found.set(key, plan);
    }
    return [...found.values()];
  }
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
