import type { PostAggregatorSpec } from '../../query/native-query.js';
import type { AggregateQuery, FinishedGroups } from './finished-groups.js';
import { flagKey } from './number-keys.js';
import type { SortKey } from './sort-words.js';
import { naturalKey } from './text-keys.js';

/** The ascending order of an aggregator's or post-aggregator's values, null first. @throws what `unknown` makes */
export function metricOrder(
  query: AggregateQuery,
  name: string,
  groups: FinishedGroups,
  unknown: (name: string) => Error,
): readonly SortKey[] {
  const column = groups.metric(name);
  if (column === undefined) throw unknown(name);
  const natural = naturalKey(column);
  const spec = query.postAggregations.findLast((candidate) => candidate.name === name);
  if (!isNumericFirst(spec) || column.type !== 'DOUBLE') return [natural];
  // Finite numbers come after infinities and NaN. @source Druid `ArithmeticPostAggregator.Ordering`
  const { values } = column;
  return [flagKey((row) => Number.isFinite(values[row])), natural];
}

function isNumericFirst(spec: PostAggregatorSpec | undefined): boolean {
  return spec?.type === 'arithmetic' && spec.ordering === 'numericFirst';
}
