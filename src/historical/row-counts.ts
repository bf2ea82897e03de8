import { TIME_COLUMN } from '../common/column-type.js';
import type { Interval } from '../common/interval.js';
import { timeVerdict, touchingIntervals } from '../engine/select/time-node.js';
import { countRows } from '../engine/time-range.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import { openSegment } from '../vectors/segment-view.js';
import type { BlockLoader, PinnedSlices, SegmentWant } from './block-loader.js';

/**
 * How many rows of each block to visit lie in the intervals, by segment: from metadata where a block lies in them as a whole, else from its time
 * column, which is brought into memory. There at once when that is in memory.
 * @param wants every block of them meets an interval @param intervals condensed and sorted
 */
export function rowCounts(
  loader: BlockLoader,
  arenas: ArenaPool,
  wants: readonly SegmentWant[],
  intervals: readonly Interval[],
): readonly Float64Array[] | Promise<readonly Float64Array[]> {
  const counts = wants.map((want) => wholeCounts(want, intervals));
  const edges: Edge[] = [];
  for (const [i, want] of wants.entries()) {
    const places = [...counts[i]!.keys()].filter((place) => counts[i]![place] === UNKNOWN);
    if (places.length === 0) continue;
    const blocks = Int32Array.from(places, (place) => want.blocks?.[place] ?? place);
    const columns = [{ name: TIME_COLUMN, blocks: null, index: false }];
    edges.push({ want: { ...want, blocks, columns }, places, counts: counts[i]! });
  }
  if (edges.length === 0) return counts;
  const pinning = loader.pin(edges.map(({ want }) => want));
  const count = (pinned: PinnedSlices): readonly Float64Array[] => {
    countEdges(edges, pinned, arenas, intervals);
    return counts;
  };
  return pinning instanceof Promise ? pinning.then(count) : count(pinning);
}

const UNKNOWN = -1;

/** Blocks of a segment that meet an interval in part. */
interface Edge {
  readonly want: SegmentWant;
  readonly places: readonly number[];
  readonly counts: Float64Array;
}

function wholeCounts({ descriptor, blocks }: SegmentWant, intervals: readonly Interval[]): Float64Array {
  const counts = new Float64Array(blocks?.length ?? descriptor.numBlocks);
  for (let i = 0; i < counts.length; i++) {
    const block = blocks?.[i] ?? i;
    const { minTimeMs, maxTimeMs } = descriptor.blockTimeRange(block);
    const verdict = timeVerdict(touchingIntervals(intervals, minTimeMs, maxTimeMs), minTimeMs, maxTimeMs);
    counts[i] = verdict === 'all' ? descriptor.blockRows(block) : UNKNOWN;
  }
  return counts;
}

function countEdges(
  edges: readonly Edge[],
  pinned: PinnedSlices,
  arenas: ArenaPool,
  intervals: readonly Interval[],
): void {
  try {
    for (const [i, { places, counts }] of edges.entries()) {
      const view = openSegment(pinned.slices[i]!, (arena) => arenas.buffer(arena));
      for (const [k, place] of places.entries()) counts[place] = countRows(view.block(k), intervals);
    }
  } finally {
    pinned.release();
  }
}
