import { formatInterval } from '../../common/iso-time.js';
import type { Interval } from '../../common/interval.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { NativeQuery } from '../../query/native-query.js';

type View = Pick<MetadataView, 'visible' | 'streams'>;

/** As Druid by default: proxies refuse longer headers. */
const MAX_CHARS = 7 * 1024;

/**
 * The `X-Druid-Response-Context` header: gaps that no segment covers when the query asks for them, cut to what a header may hold.
 * @source Druid `query/context/ResponseContext.java`
 */
export function responseContext(query: NativeQuery, view: View): string {
  const limit = query.context.uncoveredIntervalsLimit;
  if (!(limit > 0)) return '{}';
  const gaps = query.dataSources.flatMap((dataSource) => gapsOf(dataSource, query.intervals, view));
  if (gaps.length === 0) return '{}';
  const texts = gaps.slice(0, limit).map(formatInterval);
  const overflowed = gaps.length > limit;
  const whole = JSON.stringify({ uncoveredIntervals: texts, uncoveredIntervalsOverflowed: overflowed });
  if (whole.length <= MAX_CHARS) return whole;
  const rest = JSON.stringify({ uncoveredIntervals: [], uncoveredIntervalsOverflowed: overflowed, truncated: true });
  let room = MAX_CHARS - rest.length;
  const kept: string[] = [];
  for (const text of texts) {
    room -= text.length + 3;
    if (room < 0) break;
    kept.push(text);
  }
  return JSON.stringify({ uncoveredIntervals: kept, uncoveredIntervalsOverflowed: overflowed, truncated: true });
}

/** Behind the last segment of a data source that streams feed, rows are with the indexers: that is no gap. */
function gapsOf(dataSource: string, intervals: readonly Interval[], view: View): Interval[] {
  const isFed = view.streams(dataSource).length > 0;
  const gaps: Interval[] = [];
  for (const interval of intervals) {
    let coveredToMs = interval.startMs;
    for (const { row, clip } of view.visible(dataSource, interval)) {
      const startMs = clip?.startMs ?? row.intervalStartMs;
      const endMs = clip?.endMs ?? row.intervalEndMs;
      if (startMs > coveredToMs) gaps.push({ startMs: coveredToMs, endMs: startMs });
      coveredToMs = Math.max(coveredToMs, endMs);
    }
    if (coveredToMs < interval.endMs && !isFed) gaps.push({ startMs: coveredToMs, endMs: interval.endMs });
  }
  return gaps;
}
