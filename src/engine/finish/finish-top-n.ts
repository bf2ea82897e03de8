import { invalidInput } from '../../common/druid-error.js';
import { stringComparator } from '../../common/string-compare.js';
import type { TopNMetric, TopNQuery } from '../../query/native-query.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { answerTable, type FinishedGroups, finishGroups, timestampColumn } from './finished-groups.js';
import { everyRow, firstRows } from './first-rows.js';
import { chained, isNullAt, naturalOrder, reversed, type RowOrder, textAt, textOrder } from './row-order.js';
import { metricOrder } from './metric-order.js';

/** The first `threshold` rows of each bucket. @source Druid `TopNNumericResultBuilder.java`, `TopNLexicographicResultBuilder.java` */
export function finishTopN(query: TopNQuery, merged: Table): Table {
  const groups = finishGroups(query, merged, [query.dimension]);
  const dimension = groups.dimensions.get(query.dimension.outputName)!;
  const metric = rankMetric(query, query.metric, groups, dimension);
  // Equal metrics are shown in ascending order of the dimension.
  const order = chained([metric.order, naturalOrder(dimension)]);
  const chosen: number[] = [];
  for (const bucket of buckets(groups.times)) {
    const candidates = metric.isCandidate === null ? bucket : bucket.filter(metric.isCandidate);
    chosen.push(...firstRows(candidates, order, query.threshold));
  }
  const rows = Uint32Array.from(chosen);
  return answerTable(groups, timestampColumn(Float64Array.from(rows, (row) => groups.times[row]!)), rows);
}

interface RankMetric {
  /** Best row first. */
  readonly order: RowOrder;
  /** Rows that may be shown at all; null = every one. */
  readonly isCandidate: ((row: number) => boolean) | null;
}

function rankMetric(query: TopNQuery, metric: TopNMetric, groups: FinishedGroups, dimension: TableColumn): RankMetric {
  if (metric.type === 'dimension') return rankDimension(metric, dimension, false);
  if (metric.type === 'numeric') {
    return { order: reversed(metricOrder(query, metric.metric, groups, unknownMetric)), isCandidate: null };
  }
  const inner = metric.metric;
  if (inner.type === 'dimension') return rankDimension(inner, dimension, true);
  if (inner.type === 'inverted') return rankMetric(query, inner.metric, groups, dimension);
  const column = groups.postAggregators.get(inner.metric) ?? groups.aggregators.get(inner.metric);
  const order = metricOrder(query, inner.metric, groups, unknownMetric);
  return {
    // Nulls rank last, inverted or not.
    order: (a, b) => Number(isNullAt(column!, a)) - Number(isNullAt(column!, b)) || order(a, b),
    isCandidate: null,
  };
}

function rankDimension(
  metric: TopNMetric & { type: 'dimension' },
  dimension: TableColumn,
  isInverted: boolean,
): RankMetric {
  const ascending = textOrder(dimension, metric.ordering);
  // Inverting leaves null first. @source Druid `InvertedTopNMetricSpec#getComparator`
  const order: RowOrder = isInverted
    ? (a, b) => Number(isNullAt(dimension, b)) - Number(isNullAt(dimension, a)) || ascending(b, a)
    : ascending;
  const stop = metric.previousStop;
  if (stop === null) return { order, isCandidate: null };
  const compare = stringComparator(metric.ordering);
  // Null comes before every stop, inverted or not.
  const isAfter = (text: string | null): boolean => text !== null && compare(text, stop) * (isInverted ? -1 : 1) > 0;
  return { order, isCandidate: (row) => isAfter(textAt(dimension, row)) };
}

/** Row numbers of each bucket, buckets in order of time. */
function buckets(times: Float64Array): Uint32Array[] {
  const rows = everyRow(times.length).sort((a, b) => times[a]! - times[b]! || a - b);
  const found: Uint32Array[] = [];
  let from = 0;
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && times[rows[i]!] === times[rows[from]!]) continue;
    found.push(rows.slice(from, i));
    from = i;
  }
  return found;
}

function unknownMetric(name: string): Error {
  return invalidInput(`Metric [${name}] is neither an aggregator nor a post-aggregator of the query`);
}
