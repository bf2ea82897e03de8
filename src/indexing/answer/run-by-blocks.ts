import {
  type CacheSegment,
  type CacheSplit,
  type CacheUse,
  type GrowingSegment,
  inInterval,
  type Prefix,
  type SegmentPartials,
} from '../../engine/cache/segment-partials.js';
import { mergeSegments } from '../../engine/cut/merge-segments.js';
import { mergePartials } from '../../engine/merge.js';
import type { BlockRef, SegmentBlocks } from '../../memory/block-ref.js';
import { blockRows, PART_ROWS } from '../../memory/block-rows.js';
import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import { forPart } from '../../plan/whole-cut.js';
import type { Table } from '../../vectors/table.js';

/** New rows of a block that takes rows from which on the partial of its first rows is made anew: fewer are run each time, which costs less. */
const ADVANCE_ROWS = 16 * PART_ROWS;

interface CachedBlock extends CacheSegment {
  readonly segment: SegmentBlocks;
  readonly block: BlockRef;
}

interface GrowingBlock extends CachedBlock, GrowingSegment {}

type Run = (plan: GroupedLeaf, segments: readonly SegmentBlocks[]) => Promise<Table>;

/** How a block that takes rows is run: the partial of its first rows is there or made, the others are run each time. */
interface GrowingPlan {
  readonly of: GrowingBlock;
  readonly known: Prefix | undefined;
  /** Rows that the partial is to have after this run; those of `known` when it is not made anew. */
  readonly upTo: number;
}

/**
 * Runs a plan over real-time rows, which stay as they are once they are there: what is asked again and again, such as a live query, costs
 * what came since, and what the ends of its time cut.
 */
export async function runByBlocks(
  plan: GroupedLeaf,
  segments: readonly SegmentBlocks[],
  cache: SegmentPartials,
  use: CacheUse,
  run: Run,
): Promise<Table> {
  const blocks = segments.flatMap(cachedBlocks);
  const fixed = blocks.filter(({ block }) => block.mayGrow !== true);
  const split = cache.split(plan, fixed, use, true);
  const growing = blocks.flatMap((of) => (of.block.mayGrow === true ? growingPlan(split, of) : []));
  if (split.found.length + split.separate.length + growing.length === 0) {
    const asked = split.mayCut ? plan : forPart(plan);
    const table = await run(asked, segments);
    if (asked.wholeCut === undefined) split.noteMerged(table);
    return table;
  }
  const part = forPart(plan);
  const together = [...split.together, ...split.cut.map(({ place }) => place)];
  const apart = new Set(fixed.map(({ block }) => block));
  for (const place of together) apart.delete(fixed[place]!.block);
  const others = withoutParts(segments, apart, growing);
  const first = { id: '', minTimeMs: Math.min(...segments.map(({ minTimeMs }) => minTimeMs)), maxTimeMs: 0 };
  // Nothing but empty buckets, which the partials have unless there is time between them.
  const isNothing =
    others.every((segment) => segment.blocks.length === 0) &&
    (!plan.fillEmptyBuckets || plan.granularity.type === 'all');
  const partials = await Promise.all([
    ...(isNothing ? [] : [run(part, others)]),
    ...split.separate.map(async (place) => {
      const of = fixed[place]!;
      const known = split.prefixOf({ ...of, numRows: of.block.numRows });
      const partial = await runUpTo(part, { of, known, upTo: of.block.numRows }, run);
      split.put(place, partial);
      return inInterval(plan, first, partial);
    }),
    ...growing.map(async (one) => {
      const partial = await runUpTo(part, one, run);
      if (one.upTo !== one.known?.numRows) split.putPrefix(one.of, { numRows: one.upTo, table: partial });
      return inInterval(plan, first, partial);
    }),
  ]);
  const merged = mergeSegments(plan, [...partials, ...split.found.map(({ table }) => inInterval(plan, first, table))]);
  split.noteMerged(merged);
  return merged;
}

function cachedBlocks(segment: SegmentBlocks): CachedBlock[] {
  // A column may widen while rows come: then partials of former blocks have another type.
  const types = Object.values(segment.columnTypes).join();
  return segment.blocks.flatMap((block) => {
    const { key, minTimeMs, maxTimeMs } = block;
    return key === undefined ? [] : [{ id: `${key}|${types}`, minTimeMs, maxTimeMs, segment, block }];
  });
}

/** None when all rows of the block are to be run with those of others. */
function growingPlan(split: CacheSplit, block: CachedBlock): GrowingPlan[] {
  const { numRows } = block.block;
  const of = { ...block, numRows };
  const known = split.prefixOf(of);
  const before = known?.numRows ?? 0;
  if (numRows - before >= ADVANCE_ROWS && split.mayKeepPrefix(of)) {
    return [{ of, known, upTo: numRows - (numRows % PART_ROWS) }];
  }
  return known === undefined ? [] : [{ of, known, upTo: before }];
}

/** What is to be run at once: blocks that are not run apart, and rows that came after those of a partial. */
function withoutParts(
  segments: readonly SegmentBlocks[],
  apart: ReadonlySet<BlockRef>,
  growing: readonly GrowingPlan[],
): readonly SegmentBlocks[] {
  const starts = new Map(growing.map(({ of, upTo }) => [of.block, upTo]));
  return segments.map((segment) => ({
    ...segment,
    blocks: segment.blocks.flatMap((block) => {
      const start = starts.get(block) ?? 0;
      if (apart.has(block) || start === block.numRows) return [];
      return start === 0 ? block : blockRows(block, start, block.numRows);
    }),
  }));
}

/** The partial of a block's first `upTo` rows, of which only those are run that no partial is known of. */
async function runUpTo(
  part: GroupedLeaf,
  { of, known, upTo }: Pick<GrowingPlan, 'known' | 'upTo'> & { readonly of: CachedBlock },
  run: Run,
): Promise<Table> {
  if (known?.numRows === upTo) return known.table;
  const { block, segment } = of;
  const { minTimeMs, maxTimeMs } = block;
  const start = known?.numRows ?? 0;
  const rows = start === 0 && upTo === block.numRows ? block : blockRows(block, start, upTo);
  // Empty buckets are those of the block: an interval that begins later has fewer of them.
  const partial = await run(part, [{ ...segment, minTimeMs, maxTimeMs, blocks: [rows] }]);
  return known === undefined ? partial : mergePartials(part, [known.table, partial]);
}
