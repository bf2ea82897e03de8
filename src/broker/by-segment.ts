/** Context `bySegment`: what each segment alone answers. @source Druid `query/BySegmentQueryRunner.java` */
import { formatIso } from '../common/iso-time.js';
import type { NativeQuery } from '../query/native-query.js';
import type { AnswerBody, WholeBody } from './answer.js';
import type { FixedState } from './fixed-state.js';

/** A query as a segment runs it: what is done to merged rows of a groupBy only is left out. @source Druid `GroupByQueryQueryToolChest#mergeResults` */
export function ofOneSegment<Q extends NativeQuery>(query: Q): Q {
  if (query.queryType !== 'groupBy') return query;
  return { ...query, having: null, limitSpec: null, subtotals: null, postAggregations: [] };
}

/** A result for each segment, and one for the rows of a data source's streams that are in no segment yet, where there are any. */
export async function answerBySegment(
  query: NativeQuery,
  fixed: FixedState,
  answer: (only: FixedState) => Promise<{ readonly isEmpty: boolean; readonly body: WholeBody }>,
): Promise<AnswerBody> {
  const results = [];
  for (const [dataSource, segments] of fixed.segments) {
    for (const segment of segments) {
      const only = { s: fixed.s, segments: new Map([[dataSource, [segment]]]), streams: new Map() };
      const { id: segmentId, intervalStartMs: startMs, intervalEndMs: endMs } = segment.row;
      results.push({ segmentId, interval: { startMs, endMs }, body: (await answer(only)).body });
    }
  }
  for (const [dataSource, streams] of fixed.streams) {
    const [interval] = query.intervals;
    if (streams.length === 0 || interval === undefined) continue;
    const segments = new Map([[dataSource, []]]);
    const { isEmpty, body } = await answer({ s: fixed.s, segments, streams: new Map([[dataSource, streams]]) });
    if (isEmpty) continue;
    const segmentId = `${dataSource}_${formatIso(interval.startMs)}_${formatIso(interval.endMs)}_realtime`;
    results.push({ segmentId, interval, body });
  }
  return { kind: 'bySegment', results };
}
