import type { Interval } from '../../common/interval.js';
import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import { tableBytes } from '../../vectors/table-size.js';
import type { Table } from '../../vectors/table.js';
import { keptTable, usesSpace } from './kept-table.js';

/** Partials of a plan whose merged result is larger than this are not worth keeping by segment. */
const MAX_MERGED_BYTES = 2 ** 20;
/** Most segments of one query that are run for themselves, so that their partials can be kept. */
const MAX_SEPARATE = 256;
/** Plans of which is known how large their results are. */
const MAX_PLANS = 2048;
const BYTES_PER_ENTRY = 200;

/** A stored segment as the cache sees it. */
export interface CacheSegment {
  readonly id: string;
  /** Range of its __time, inclusive. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
}

export interface CacheUse {
  readonly use: boolean;
  readonly populate: boolean;
}

/** How a query over segments is to be run, and where its partials go; segments by their place in the list that was asked about. */
export interface CacheSplit {
  /** Partials that are known: nothing of their segments needs to be opened. */
  readonly found: readonly Table[];
  /** To be run one by one, each partial given to `put`. */
  readonly separate: readonly number[];
  /** To be run in one go, as without a cache. */
  readonly together: readonly number[];
  /** Whether results of this plan may be cut to what the query shows: nothing is to be learned or kept of them. */
  readonly mayCut: boolean;
  /** Keeps the partial of a segment that was run separately. The table is not changed any more. */
  put(place: number, partial: Table): void;
  /** Notes how large the result of all segments is, which decides whether partials of this plan are kept from now on. */
  noteMerged(merged: Table): void;
}

interface PlanEntry {
  /** By segment id, least recently used first. */
  readonly partials: Map<string, Kept>;
  /** Size of the last merged result; null before the first one. */
  mergedBytes: number | null;
}

interface Kept {
  readonly table: Table;
  readonly bytes: number;
}

/**
 * Partials of single stored segments, by plan without its intervals: what a dashboard over a sliding time asks again, though the set of
 * segments changes. A segment is used only when it lies wholly in one of the plan's intervals, so that its partial does not depend on
 * them. Segments are run apart only from the second time on that a plan is seen, when its result is known to be small.
 */
export class SegmentPartials {
  readonly #budgetBytes: number;
  /** By plan, least recently used first. */
  readonly #plans = new Map<string, PlanEntry>();
  #bytes = 0;
  hits = 0;
  misses = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is known of a plan over segments, and how to run the rest. */
  split(plan: GroupedLeaf, segments: readonly CacheSegment[], { use, populate }: CacheUse): CacheSplit {
    if (this.#budgetBytes === 0 || (!use && !populate)) return uncached(segments);
    const key = planKey(plan);
    const entry = this.#entry(key);
    const isLarge = entry.mergedBytes !== null && entry.mergedBytes > MAX_MERGED_BYTES;
    const isSmall = entry.mergedBytes !== null && entry.mergedBytes <= MAX_MERGED_BYTES;
    const found: Table[] = [];
    const separate: number[] = [];
    const together: number[] = [];
    // Newest first: they are asked for longest.
    for (let i = segments.length - 1; i >= 0; i--) {
      const segment = segments[i]!;
      const isWhole = isSmall && liesWithin(segment, plan.intervals);
      const kept = isWhole && use ? entry.partials.get(segment.id) : undefined;
      if (kept !== undefined) {
        entry.partials.delete(segment.id);
        entry.partials.set(segment.id, kept);
        found.push(kept.table);
      } else if (isWhole && populate && separate.length < MAX_SEPARATE) separate.push(i);
      else together.push(i);
    }
    this.hits += found.length;
    this.misses += separate.length + together.length;
    return {
      found,
      separate,
      together,
      mayCut: isLarge,
      put: (place, partial) => this.#put(key, entry, segments[place]!.id, partial),
      noteMerged: (merged) => {
        entry.mergedBytes = tableBytes(merged);
        if (entry.mergedBytes > MAX_MERGED_BYTES) this.#clear(entry);
      },
    };
  }

  #put(key: string, entry: PlanEntry, segmentId: string, partial: Table): void {
    // The plan may have been let go meanwhile.
    if (this.#plans.get(key) !== entry || entry.partials.has(segmentId)) return;
    const table = keptTable(partial, MAX_MERGED_BYTES);
    if (table === undefined) return;
    const bytes = tableBytes(table) + BYTES_PER_ENTRY;
    entry.partials.set(segmentId, { table, bytes });
    this.#bytes += bytes;
    this.#shrink();
  }

  /** Lets partials with ids of a dropped space go. */
  forgetSpace(key: string): void {
    for (const { partials } of this.#plans.values()) {
      for (const [id, kept] of partials) if (usesSpace(kept.table, key)) this.#remove(partials, id, kept);
    }
  }

  #entry(key: string): PlanEntry {
    const entry = this.#plans.get(key) ?? { partials: new Map<string, Kept>(), mergedBytes: null };
    this.#plans.delete(key);
    this.#plans.set(key, entry);
    for (const [oldest, { partials }] of this.#plans) {
      if (this.#plans.size <= MAX_PLANS) break;
      this.#plans.delete(oldest);
      for (const [id, kept] of partials) this.#remove(partials, id, kept);
    }
    return entry;
  }

  #shrink(): void {
    for (const { partials } of this.#plans.values()) {
      for (const [id, kept] of partials) {
        if (this.#bytes <= this.#budgetBytes) return;
        this.#remove(partials, id, kept);
      }
    }
  }

  #clear({ partials }: PlanEntry): void {
    for (const [id, kept] of partials) this.#remove(partials, id, kept);
  }

  #remove(partials: Map<string, Kept>, id: string, { bytes }: Kept): void {
    if (partials.delete(id)) this.#bytes -= bytes;
  }
}

function uncached(segments: readonly CacheSegment[]): CacheSplit {
  const together = segments.map((_, place) => place);
  return { found: [], separate: [], together, mayCut: true, put: () => {}, noteMerged: () => {} };
}

/** Equal for plans that differ in their intervals only. */
function planKey(plan: GroupedLeaf): string {
  return JSON.stringify({ ...plan, intervals: null });
}

function liesWithin({ minTimeMs, maxTimeMs }: CacheSegment, intervals: readonly Interval[]): boolean {
  return intervals.some(({ startMs, endMs }) => startMs <= minTimeMs && maxTimeMs < endMs);
}
