import { AssertionFailure } from '../common/assert.js';
import type { RunContext, RunSegment } from '../engine/run.js';
import type { SegmentBlocks } from '../memory/block-ref.js';
import type { SegmentSlice } from '../memory/segment-table.js';

/** What a run over segments without any block uses: nothing but what is known of the segments. */
export function inlineContext(segments: readonly (SegmentBlocks | SegmentSlice)[]): RunContext {
  return {
    segments: segments.map(emptySegment),
    home: -1,
    kernels: unused,
    scratch: unused,
    buffer: unused,
    exchange: { take: () => undefined, offer: () => true },
    isComplete: () => true,
  };
}

function emptySegment(segment: SegmentBlocks | SegmentSlice): RunSegment {
  const { segmentId, dataSource, intervalStartMs, intervalEndMs, minTimeMs, maxTimeMs, columnTypes } =
    'definition' in segment ? segment.definition : segment;
  return {
    segmentId,
    dataSource,
    intervalStartMs,
    intervalEndMs,
    minTimeMs,
    maxTimeMs,
    columnTypes,
    numBlocks: 0,
    block: unused,
  };
}

function unused(): never {
  throw new AssertionFailure('A run without blocks reads nothing');
}
