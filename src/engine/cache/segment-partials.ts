import type { Interval } from '../../common/interval.js';
import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import { tableBytes } from '../../vectors/table-size.js';
import type { Table } from '../../vectors/table.js';
import { keptTable, usesSpace } from './kept-table.js';
import { timePieces } from './time-pieces.js';

/** Partials of a plan whose merged result is larger than this are not worth keeping by segment. */
const MAX_MERGED_BYTES = 2 ** 20;
/** Most segments of one query that are run for themselves, so that their partials can be kept. */
const MAX_SEPARATE = 256;
/** Plans of which is known how large their results are. */
const MAX_PLANS = 2048;
/** Of what holds a partial's values, which is more than the values of a few groups: key and objects, and by column an object with its buffer. */
const BYTES_PER_ENTRY = 500;
const BYTES_PER_COLUMN = 350;

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
  readonly found: readonly FoundPartial[];
  /** To be run one by one, each partial given to `put`. */
  readonly separate: readonly number[];
  /** Whose time an interval cuts: to be run piece by piece, for the pieces that are not known, and what is beside them. */
  readonly cut: readonly CutSegment[];
  /** To be run in one go, as without a cache. */
  readonly together: readonly number[];
  /** Whether results of this plan may be cut to what the query shows: nothing is to be learned or kept of them. */
  readonly mayCut: boolean;
  /** Keeps the partial of a segment that was run separately, or of a piece of it. The table is not changed any more. */
  put(place: number, partial: Table, piece?: Interval): void;
  /** The partial of the first rows of a segment that grows at its end; undefined when there is none, or the segment has fewer rows. */
  prefixOf(segment: GrowingSegment): Prefix | undefined;
  /** Whether `putPrefix` may keep one. */
  mayKeepPrefix(segment: GrowingSegment): boolean;
  /** Keeps the partial of the first rows of a segment in place of a shorter one; `put` of the whole segment replaces it. */
  putPrefix(segment: GrowingSegment, prefix: Prefix): void;
  /** Notes how large the result of all segments is, which decides whether partials of this plan are kept from now on. */
  noteMerged(merged: Table): void;
}

/** A segment that has more rows from time to time, behind those that it has. */
export interface GrowingSegment extends CacheSegment {
  readonly numRows: number;
}

/** The partial of the first rows of a segment. */
export interface Prefix {
  readonly numRows: number;
  readonly table: Table;
}

/** A partial that is known, of a segment or a piece of it. */
export interface FoundPartial {
  readonly place: number;
  readonly table: Table;
}

/** A segment that lies partly in the interval of a plan. Partials of its known pieces are in `CacheSplit.found`. */
export interface CutSegment {
  readonly place: number;
  readonly unknown: readonly Interval[];
  readonly rest: readonly Interval[];
}

interface PlanEntry {
  /** By segment id, and the start of the piece where it is one, least recently used first. */
  readonly partials: Map<string, Kept>;
  /** Size of the last merged result; null before the first one. */
  mergedBytes: number | null;
  /** Whether pieces of segments may be kept: results so short that no segment's is cut (`segmentCut`). */
  mayPiece: boolean;
}

interface Kept {
  readonly table: Table;
  readonly bytes: number;
  /** Of a prefix: rows that it is of. */
  readonly numRows?: number;
}

/**
 * Partials of single stored segments, by plan without its intervals: what a dashboard over a sliding time asks again, though the set of
 * segments changes. A segment is used only when it lies wholly in one of the plan's intervals, so that its partial does not depend on
 * them; of one that an interval cuts, pieces of its time are (`time-pieces.ts`). Segments are run apart only from the second time on that a plan is seen, when its result is known to be small.
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

  /**
   * What is known of a plan over segments, and how to run the rest.
   * @param areParts these are parts of segments: kept only where no segment's result is cut
   */
  split(
    plan: GroupedLeaf,
    segments: readonly CacheSegment[],
    { use, populate }: CacheUse,
    areParts = false,
  ): CacheSplit {
    if (this.#budgetBytes === 0 || (!use && !populate)) return uncached(segments);
    const key = planKey(plan);
    const entry = this.#entry(key);
    const isLarge = entry.mergedBytes !== null && entry.mergedBytes > MAX_MERGED_BYTES;
    const isKnown = entry.mergedBytes !== null && entry.mergedBytes <= MAX_MERGED_BYTES;
    const isSmall = isKnown && (entry.mayPiece || !areParts);
    const found: FoundPartial[] = [];
    const separate: number[] = [];
    const together: number[] = [];
    const cut: CutSegment[] = [];
    let pieces = 0;
    // Newest first: they are asked for longest.
    for (let i = segments.length - 1; i >= 0; i--) {
      const segment = segments[i]!;
      const isWhole = isSmall && liesWithin(segment, plan.intervals);
      const kept = isWhole && use ? entry.partials.get(segment.id) : undefined;
      if (kept !== undefined) {
        entry.partials.delete(segment.id);
        entry.partials.set(segment.id, kept);
        found.push({ place: i, table: kept.table });
      } else if (isWhole && populate && separate.length < MAX_SEPARATE) separate.push(i);
      else if (!isWhole && isSmall && entry.mayPiece && use && populate && pieces < MAX_SEPARATE) {
        const piecewise = cutUp(entry, plan, segment, i, found);
        if (piecewise === undefined) together.push(i);
        else cut.push(piecewise);
        pieces += piecewise?.unknown.length ?? 0;
      } else together.push(i);
    }
    this.hits += found.length;
    this.misses += separate.length + together.length;
    return {
      found,
      separate,
      cut,
      together,
      mayCut: isLarge,
      put: (place, partial, piece) => {
        const segment = segments[place]!;
        this.#put(key, entry, entryKey(segment, piece), partial);
        this.#drop(entry, prefixKey(segment));
      },
      prefixOf: (segment) => {
        const kept =
          use && isSmall && liesWithin(segment, plan.intervals) ? entry.partials.get(prefixKey(segment)) : undefined;
        if (kept?.numRows === undefined || kept.numRows > segment.numRows) return undefined;
        return { numRows: kept.numRows, table: kept.table };
      },
      mayKeepPrefix: (segment) => populate && isSmall && liesWithin(segment, plan.intervals),
      putPrefix: (segment, { numRows, table }) => {
        const id = prefixKey(segment);
        if ((entry.partials.get(id)?.numRows ?? 0) >= numRows) return;
        this.#drop(entry, id);
        this.#put(key, entry, id, table, numRows);
      },
      noteMerged: (merged) => {
        entry.mergedBytes = tableBytes(merged);
        entry.mayPiece = plan.intervals.length === 1 && merged.numRows < (plan.segmentCut?.limit ?? Infinity);
        if (entry.mergedBytes > MAX_MERGED_BYTES) this.#clear(entry);
      },
    };
  }

  #put(key: string, entry: PlanEntry, id: string, partial: Table, numRows?: number): void {
    // The plan may have been let go meanwhile.
    if (this.#plans.get(key) !== entry || entry.partials.has(id)) return;
    const table = keptTable(partial, MAX_MERGED_BYTES);
    if (table === undefined) return;
    const bytes = tableBytes(table) + BYTES_PER_ENTRY + BYTES_PER_COLUMN * table.columns.length;
    entry.partials.set(id, { table, bytes, ...(numRows !== undefined && { numRows }) });
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
    const entry = this.#plans.get(key) ?? {
      partials: new Map<string, Kept>(),
      mergedBytes: null,
      mayPiece: false,
    };
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

  #drop({ partials }: PlanEntry, id: string): void {
    const kept = partials.get(id);
    if (kept !== undefined) this.#remove(partials, id, kept);
  }

  #remove(partials: Map<string, Kept>, id: string, { bytes }: Kept): void {
    if (partials.delete(id)) this.#bytes -= bytes;
  }
}

function uncached(segments: readonly CacheSegment[]): CacheSplit {
  const together = segments.map((_, place) => place);
  return {
    found: [],
    separate: [],
    cut: [],
    together,
    mayCut: true,
    put: () => {},
    prefixOf: () => undefined,
    mayKeepPrefix: () => false,
    putPrefix: () => {},
    noteMerged: () => {},
  };
}

/** Looks for what is known of a segment that the plan's only interval cuts, and puts it to `found`; undefined when no piece is in it. */
function cutUp(
  entry: PlanEntry,
  plan: GroupedLeaf,
  segment: CacheSegment,
  place: number,
  found: FoundPartial[],
): CutSegment | undefined {
  const { pieces, rest } = timePieces(segment, plan.intervals[0]!);
  if (pieces.length === 0) return undefined;
  const unknown: Interval[] = [];
  for (const piece of pieces) {
    const id = entryKey(segment, piece);
    const kept = entry.partials.get(id);
    if (kept === undefined) {
      unknown.push(piece);
      continue;
    }
    entry.partials.delete(id);
    entry.partials.set(id, kept);
    found.push({ place, table: inInterval(plan, segment, kept.table) });
  }
  return { place, unknown, rest };
}

/**
 * A piece's partial as that of the plan: under granularity `all` it tells the earliest data time of the plan's interval, not of the piece.
 */
export function inInterval({ granularity, intervals }: GroupedLeaf, segment: CacheSegment, partial: Table): Table {
  if (granularity.type !== 'all') return partial;
  const startMs = Math.max(intervals[0]!.startMs, segment.minTimeMs);
  const values = new Float64Array(partial.numRows).fill(startMs);
  return { ...partial, columns: [{ type: 'DOUBLE', values, nulls: null }, ...partial.columns.slice(1)] };
}

function entryKey({ id }: CacheSegment, piece?: Interval): string {
  return piece === undefined ? id : `${id}|${piece.startMs}/${piece.endMs}`;
}

function prefixKey({ id }: CacheSegment): string {
  return `${id}|first`;
}

/** Equal for plans that differ in their intervals only. */
function planKey(plan: GroupedLeaf): string {
  return JSON.stringify({ ...plan, intervals: null });
}

function liesWithin({ minTimeMs, maxTimeMs }: CacheSegment, intervals: readonly Interval[]): boolean {
  return intervals.some(({ startMs, endMs }) => startMs <= minTimeMs && maxTimeMs < endMs);
}
