/** Metric specs of topN. @source Druid `*TopNMetricSpec.java` */
import { isObject, optionalText, requiredText, scalarText, shown } from './json-fields.js';
import type { AggregatorSpec, PostAggregatorSpec, TopNMetric } from './native-query.js';
import { parseStringOrdering } from './parse-dimension.js';
import { refused } from './query-errors.js';

/** A name means `numeric`. @throws DruidError INVALID_INPUT */
export function parseTopNMetric(json: unknown, queryClass: string): TopNMetric {
  if (json === undefined || json === null) throw refused(queryClass, 'must specify a metric');
  if (!isObject(json)) return { type: 'numeric', metric: scalarText(json) ?? '' };
  const type = optionalText(json, 'type');
  const previousStop = optionalText(json, 'previousStop');
  switch (type) {
    case 'numeric':
      return { type, metric: requiredText(json, 'metric', 'query.topn.NumericTopNMetricSpec', "metric can't be null") };
    case 'inverted':
      return { type, metric: parseTopNMetric(json['metric'], queryClass) };
    case 'dimension':
      return { type, ordering: parseStringOrdering(json['ordering'], 'lexicographic'), previousStop };
    case 'lexicographic':
      return { type: 'dimension', ordering: 'lexicographic', previousStop };
    case 'alphaNumeric':
      return { type: 'dimension', ordering: 'alphanumeric', previousStop };
    default:
      throw refused('query.topn.LegacyTopNMetricSpec', `Unknown type[${type}] for metric[${shown(json)}]`);
  }
}

/** @throws DruidError INVALID_INPUT for a metric that the query does not compute */
export function assertTopNMetric(
  metric: TopNMetric,
  aggregations: readonly AggregatorSpec[],
  postAggregations: readonly PostAggregatorSpec[],
  queryClass: string,
): void {
  if (metric.type === 'inverted') {
    assertTopNMetric(metric.metric, aggregations, postAggregations, queryClass);
    return;
  }
  if (metric.type !== 'numeric') return;
  if ([...aggregations, ...postAggregations].some(({ name }) => name === metric.metric)) return;
  const names = (specs: readonly { readonly name: string }[]): string => specs.map(({ name }) => name).join(', ');
  const gave = `gave[[${names(aggregations)}]] and [[${names(postAggregations)}]]`;
  throw refused(queryClass, `Must have an AggregatorFactory or PostAggregator for metric[${metric.metric}], ${gave}`);
}
