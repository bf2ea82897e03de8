import type { PostAggregatorSpec } from '../../query/native-query.js';
import type { TableColumn } from '../../vectors/table.js';
import type { AggregateQuery, FinishedGroups } from './finished-groups.js';
import { naturalOrder, type RowOrder } from './row-order.js';

/** The ascending order of an aggregator's or post-aggregator's values, null first. @throws what `unknown` makes */
export function metricOrder(
  query: AggregateQuery,
  name: string,
  groups: FinishedGroups,
  unknown: (name: string) => Error,
): RowOrder {
  const postAggregator = groups.postAggregators.get(name);
  if (postAggregator !== undefined) {
    const spec = query.postAggregations.findLast((candidate) => candidate.name === name);
    return isNumericFirst(spec) ? numericFirst(postAggregator) : naturalOrder(postAggregator);
  }
  const aggregator = groups.aggregators.get(name);
  if (aggregator === undefined) throw unknown(name);
  return naturalOrder(aggregator);
}

function isNumericFirst(spec: PostAggregatorSpec | undefined): boolean {
  return spec?.type === 'arithmetic' && spec.ordering === 'numericFirst';
}

/** Finite numbers come after infinities and NaN. @source Druid `ArithmeticPostAggregator.Ordering` */
function numericFirst(column: TableColumn): RowOrder {
  const natural = naturalOrder(column);
  if (column.type !== 'DOUBLE') return natural;
  const { values } = column;
  return (a, b) => Number(Number.isFinite(values[a])) - Number(Number.isFinite(values[b])) || natural(a, b);
}
