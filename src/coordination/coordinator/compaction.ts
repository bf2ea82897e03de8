import type { SegmentRow } from '../../metadata/metadata-store.js';

export interface CompactionOptions {
  readonly nowMs: number;
  /** Rows of a full-size segment; a job never reads more. */
  readonly targetRows: number;
  /** A segment below this share of `targetRows` is small. */
  readonly smallShare: number;
  /** Small segments of about one size that make a job worth its reading and writing. */
  readonly minSegments: number;
  /** A chunk that got no segment for so long is not being written any more: then two small segments are enough. */
  readonly quietMs: number;
  /** Segments that running jobs read. */
  readonly busy: ReadonlySet<string>;
}

/** Segments of one interval and version to be merged into one. */
export interface CompactionJob {
  readonly dataSource: string;
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
  readonly version: string;
  readonly inputs: readonly SegmentRow[];
}

/** Sizes within this factor are about one size. */
const TIER_FACTOR = 8;

/**
 * Finds small segments worth merging. While a chunk is written only segments of about one size are merged with each other,
 * so that each row is rewritten once per tier (a logarithm of the target), not once per job.
 *
 * @param segments visible segments, of any data sources
 * @returns at most one job a chunk, those that remove most segments first
 */
export function planCompaction(segments: readonly SegmentRow[], options: CompactionOptions): CompactionJob[] {
  const jobs: CompactionJob[] = [];
  for (const chunk of chunksOf(segments).values()) {
    const inputs = inputsOf(chunk, options);
    if (inputs === undefined) continue;
    const { dataSource, intervalStartMs, intervalEndMs, version } = chunk[0]!;
    jobs.push({ dataSource, intervalStartMs, intervalEndMs, version, inputs });
  }
  return jobs.sort((a, b) => b.inputs.length - a.inputs.length || b.intervalStartMs - a.intervalStartMs);
}

function chunksOf(segments: readonly SegmentRow[]): Map<string, SegmentRow[]> {
  const chunks = new Map<string, SegmentRow[]>();
  for (const segment of segments) {
    const { dataSource, intervalStartMs, intervalEndMs, version } = segment;
    const key = JSON.stringify([dataSource, intervalStartMs, intervalEndMs, version]);
    const chunk = chunks.get(key);
    if (chunk === undefined) chunks.set(key, [segment]);
    else chunk.push(segment);
  }
  return chunks;
}

function inputsOf(chunk: readonly SegmentRow[], options: CompactionOptions): SegmentRow[] | undefined {
  const small = chunk
    // What was partitioned by its values stays so.
    .filter((segment) => segment.shardSpec === undefined)
    .filter((segment) => segment.numRows < options.targetRows * options.smallShare && !options.busy.has(segment.id))
    .sort((a, b) => a.numRows - b.numRows || a.partitionNum - b.partitionNum);
  // What a running job reads will come back larger: until then the chunk has no final shape.
  const busy = chunk.some((segment) => options.busy.has(segment.id));
  const newestMs = Math.max(...chunk.map((segment) => segment.createdAtMs));
  if (!busy && options.nowMs - newestMs >= options.quietMs) {
    const all = upToTarget(small, options.targetRows);
    return all.length >= 2 ? all : undefined;
  }
  for (const tier of tiersOf(small)) {
    const inputs = upToTarget(tier, options.targetRows);
    if (inputs.length >= options.minSegments) return inputs;
  }
  return undefined;
}

/** Runs of about one size, smallest first. */
function tiersOf(ascending: readonly SegmentRow[]): SegmentRow[][] {
  const tiers: SegmentRow[][] = [];
  for (const segment of ascending) {
    const tier = tiers.at(-1);
    if (tier !== undefined && segment.numRows <= Math.max(1, tier[0]!.numRows) * TIER_FACTOR) tier.push(segment);
    else tiers.push([segment]);
  }
  return tiers;
}

function upToTarget(ascending: readonly SegmentRow[], targetRows: number): SegmentRow[] {
  const taken: SegmentRow[] = [];
  let rows = 0;
  for (const segment of ascending) {
    rows += segment.numRows;
    if (rows > targetRows) break;
    taken.push(segment);
  }
  return taken;
}
