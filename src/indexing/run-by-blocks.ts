import {
  type CacheSegment,
  type CacheUse,
  inInterval,
  type SegmentPartials,
} from '../engine/cache/segment-partials.js';
import { mergeSegments } from '../engine/cut/merge-segments.js';
import type { BlockRef, SegmentBlocks } from '../memory/block-ref.js';
import type { GroupedLeaf } from '../plan/leaf-plan.js';
import { forPart } from '../plan/whole-cut.js';
import type { Table } from '../vectors/table.js';

interface FixedBlock extends CacheSegment {
  readonly segment: SegmentBlocks;
  readonly block: BlockRef;
}

/**
 * Runs a plan over real-time rows, most of whose blocks never change: what is asked again and again, such as a live query, costs what came
 * since, and what the ends of its time cut.
 */
export async function runByBlocks(
  plan: GroupedLeaf,
  segments: readonly SegmentBlocks[],
  cache: SegmentPartials,
  use: CacheUse,
  run: (plan: GroupedLeaf, segments: readonly SegmentBlocks[]) => Promise<Table>,
): Promise<Table> {
  const fixed = segments.flatMap(fixedBlocks);
  const split = cache.split(plan, fixed, use, true);
  if (split.found.length + split.separate.length === 0) {
    const asked = split.mayCut ? plan : forPart(plan);
    const table = await run(asked, segments);
    if (asked.wholeCut === undefined) split.noteMerged(table);
    return table;
  }
  const part = forPart(plan);
  const rest = new Set([...split.together, ...split.cut.map(({ place }) => place)].map((place) => fixed[place]!.block));
  const others = segments.map((segment) => ({
    ...segment,
    blocks: segment.blocks.filter((block) => block.key === undefined || rest.has(block)),
  }));
  const first = { id: '', minTimeMs: Math.min(...segments.map(({ minTimeMs }) => minTimeMs)), maxTimeMs: 0 };
  // Nothing but empty buckets, which the partials have unless there is time between them.
  const isNothing =
    others.every(({ blocks }) => blocks.length === 0) && (!plan.fillEmptyBuckets || plan.granularity.type === 'all');
  const partials = await Promise.all([
    ...(isNothing ? [] : [run(part, others)]),
    ...split.separate.map(async (place) => {
      const { segment, block } = fixed[place]!;
      const { minTimeMs, maxTimeMs } = block;
      // Empty buckets are those of the block: an interval that begins later has fewer of them.
      const partial = await run(part, [{ ...segment, minTimeMs, maxTimeMs, blocks: [block] }]);
      split.put(place, partial);
      return inInterval(plan, first, partial);
    }),
  ]);
  const merged = mergeSegments(plan, [...partials, ...split.found.map(({ table }) => inInterval(plan, first, table))]);
  split.noteMerged(merged);
  return merged;
}

function fixedBlocks(segment: SegmentBlocks): FixedBlock[] {
  // A column may widen while rows come: then partials of former blocks have another type.
  const types = Object.values(segment.columnTypes).join();
  return segment.blocks.flatMap((block) => {
    const { key, minTimeMs, maxTimeMs } = block;
    return key === undefined ? [] : [{ id: `${key}|${types}`, minTimeMs, maxTimeMs, segment, block }];
  });
}
