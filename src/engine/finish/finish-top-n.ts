import { invalidInput } from '../../common/druid-error.js';
import { stringComparator } from '../../common/string-compare.js';
import type { TopNMetric, TopNQuery } from '../../query/native-query.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { FinishedGroups, timestampColumn } from './finished-groups.js';
import { everyRow, firstRows, sortRows } from './first-rows.js';
import { isNullAt, textAt } from './group-cells.js';
import { metricOrder } from './metric-order.js';
import { flagKey, reversed, timeKey } from './number-keys.js';
import type { SortKey } from './sort-words.js';
import { naturalKey, textKey } from './text-keys.js';

/** The first `threshold` rows of each bucket. @source Druid `TopNNumericResultBuilder.java`, `TopNLexicographicResultBuilder.java` */
export function finishTopN(query: TopNQuery, merged: Table): Table {
  const groups = new FinishedGroups(query, merged, [query.dimension]);
  const dimension = groups.dimensions.get(query.dimension.outputName)!;
  const metric = rankMetric(query, query.metric, groups, dimension);
  // Equal metrics are shown in ascending order of the dimension.
  const order = [...metric.order, naturalKey(dimension)];
  const chosen = buckets(groups.times).map((bucket) => {
    const candidates = metric.isCandidate === null ? bucket : bucket.filter(metric.isCandidate);
    return firstRows(candidates, order, query.threshold);
  });
  const rows = joined(chosen);
  return groups.answer(timestampColumn(Float64Array.from(rows, (row) => groups.times[row]!)), rows);
}

interface RankMetric {
  /** Best row first. */
  readonly order: readonly SortKey[];
  /** Rows that may be shown at all; null = every one. */
  readonly isCandidate: ((row: number) => boolean) | null;
}

function rankMetric(query: TopNQuery, metric: TopNMetric, groups: FinishedGroups, dimension: TableColumn): RankMetric {
  if (metric.type === 'dimension') return rankDimension(metric, dimension, false);
  if (metric.type === 'numeric') {
    return { order: metricOrder(query, metric.metric, groups, unknownMetric).map(reversed), isCandidate: null };
  }
  const inner = metric.metric;
  if (inner.type === 'dimension') return rankDimension(inner, dimension, true);
  if (inner.type === 'inverted') return rankMetric(query, inner.metric, groups, dimension);
  const order = metricOrder(query, inner.metric, groups, unknownMetric);
  const column = groups.metric(inner.metric)!;
  // Nulls rank last, inverted or not.
  return { order: [flagKey((row) => isNullAt(column, row)), ...order], isCandidate: null };
}

function rankDimension(
  metric: TopNMetric & { type: 'dimension' },
  dimension: TableColumn,
  isInverted: boolean,
): RankMetric {
  const ascending = textKey(dimension, metric.ordering);
  // Inverting leaves null first. @source Druid `InvertedTopNMetricSpec#getComparator`
  const order = isInverted ? [flagKey((row) => !isNullAt(dimension, row)), reversed(ascending)] : [ascending];
  const stop = metric.previousStop;
  if (stop === null) return { order, isCandidate: null };
  const compare = stringComparator(metric.ordering);
  // Null comes before every stop, inverted or not.
  const isAfter = (text: string | null): boolean => text !== null && compare(text, stop) * (isInverted ? -1 : 1) > 0;
  return { order, isCandidate: (row) => isAfter(textAt(dimension, row)) };
}

/** Row numbers of each bucket, buckets in order of time. */
function buckets(times: Float64Array): Uint32Array[] {
  if (times.every((ms) => ms === times[0])) return [everyRow(times.length)];
  const rows = sortRows(everyRow(times.length), [timeKey(times)]);
  const found: Uint32Array[] = [];
  let from = 0;
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && times[rows[i]!] === times[rows[from]!]) continue;
    found.push(rows.subarray(from, i));
    from = i;
  }
  return found;
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function unknownMetric(name: string): Error {
  return invalidInput(`Metric [${name}] is neither an aggregator nor a post-aggregator of the query`);
}
