import type { Interval } from '../common/interval.js';
import type { HeldPublishes } from '../metadata/held-publishes.js';
import type { MetadataView, VisibleSegment } from '../metadata/metadata-view.js';
import type { OffsetVector } from '../metadata/offset-vector.js';
import type { StreamState } from '../metadata/stream-state.js';
import type { AnswerState } from '../protocol/leaf.js';
import type { SegmentDescriptor } from '../query/native-query.js';

/** Everything that one query is fixed to: read from the view in one synchronous step, so all of it is of the same S. */
export interface FixedState {
  readonly s: number;
  /** Visible segments per data source, in time order, pruned by the query's intervals and each segment's range of time. */
  readonly segments: ReadonlyMap<string, readonly VisibleSegment[]>;
  readonly streams: ReadonlyMap<string, readonly StreamState[]>;
}

/**
 * @param named only these stored segments, and nothing of the streams; null = whatever the intervals cover
 * @param held publishes whose rows are to come from indexers still
 */
export function fixState(
  view: MetadataView,
  dataSources: readonly string[],
  intervals: readonly Interval[],
  named: readonly SegmentDescriptor[] | null = null,
  held: HeldPublishes | null = null,
): FixedState {
  const segments = new Map<string, readonly VisibleSegment[]>();
  const streams = new Map<string, readonly StreamState[]>();
  for (const dataSource of new Set(dataSources)) {
    const byId = new Map<string, VisibleSegment>();
    for (const interval of intervals) {
      for (const segment of view.visible(dataSource, interval)) {
        if (segment.row.maxTimeMs < interval.startMs || segment.row.minTimeMs >= interval.endMs) continue;
        if (named !== null ? !named.some((descriptor) => isNamed(segment, descriptor)) : held?.hides(segment.row.id))
          continue;
        byId.set(`${segment.row.id}|${segment.clip?.startMs ?? ''}`, segment);
      }
    }
    segments.set(dataSource, [...byId.values()]);
    streams.set(dataSource, named === null ? view.streams(dataSource, held) : []);
  }
  return { s: view.s, segments, streams };
}

function isNamed({ row }: VisibleSegment, { interval, version, partitionNumber }: SegmentDescriptor): boolean {
  if (row.version !== version || row.partitionNum !== partitionNumber) return false;
  return row.intervalStartMs < interval.endMs && row.intervalEndMs > interval.startMs;
}

/** The state of an answer: the committed vectors, overridden where real-time rows went further. */
export function answerState(
  fixed: FixedState,
  reached: ReadonlyMap<string, OffsetVector>,
  evaluatedAt: string,
): AnswerState {
  const offsets: Record<string, { stream: string; incarnation: string; partitions: OffsetVector }> = {};
  for (const streams of fixed.streams.values()) {
    for (const stream of streams) {
      offsets[stream.supervisorId] = {
        stream: stream.offsets?.stream ?? '',
        incarnation: stream.offsets?.incarnation ?? '',
        partitions: { ...stream.offsets?.partitions, ...reached.get(stream.supervisorId) },
      };
    }
  }
  return { s: fixed.s, offsets, evaluatedAt };
}
