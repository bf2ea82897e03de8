import { invalidInput } from '../common/druid-error.js';
import { addPeriod, parsePeriod } from '../common/period.js';
import { UTC } from '../common/time-zone.js';
import { canonicalQueryKey } from '../plan/canonical-query-key.js';
import type { Clock } from '../platform/clock.js';
import type { AnswerState } from '../protocol/leaf.js';
import type { NativeQuery } from '../query/native-query.js';
import type { LiveSource } from './live-source.js';
import { nativeRows } from './native-rows.js';
import type { Watermarks } from './watermarks.js';

export interface NativeSourceOptions {
  /** The JSON text of a query's answer, and the state that it is exact at. */
  readonly answer: (
    query: NativeQuery,
    signal: AbortSignal,
  ) => Promise<{ readonly text: string; readonly state: AnswerState }>;
  readonly watermarks: Watermarks;
  readonly clock: Clock;
}

/**
 * A native query to watch.
 * @param window ISO period: the query's interval is the last `window` before each evaluation, instead of its own; null = its own
 * @throws DruidError INVALID_INPUT
 */
export function nativeSource(query: NativeQuery, window: string | null, options: NativeSourceOptions): LiveSource {
  if (query.queryType === 'scan') throw invalidInput('Query type [scan] cannot be live: subscribe to an aggregate');
  const at = windowed(query, window, options.clock);
  return {
    key: `${window ?? ''}|${canonicalQueryKey(query)}`,
    evaluate: async (signal) => {
      const watermarkMs = await options.watermarks.of(query.dataSources);
      const { text, state } = await options.answer(at(), signal);
      return { rows: nativeRows(query, text), state, watermarkMs };
    },
  };
}

function windowed(query: NativeQuery, window: string | null, clock: Clock): () => NativeQuery {
  if (window === null) return () => query;
  const period = parsePeriod(window);
  if (period === undefined || addPeriod(0, period, 1, UTC) <= 0) {
    throw invalidInput(`Window [${window}] is not an ISO period of some length`);
  }
  return () => {
    const nowMs = clock.nowMs();
    return { ...query, intervals: [{ startMs: addPeriod(nowMs, period, -1, UTC), endMs: nowMs + 1 }] };
  };
}
