import type { GroupedAggregator } from '../../aggregators/grouped-aggregator.js';
import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import type { AggregatorSpec } from '../../query/native-query.js';
import type { TableColumn } from '../../vectors/table.js';

/** The type of the column that a metric of an ingestion becomes. */
export function storedType(metric: AggregatorSpec): ColumnType {
  switch (metric.type) {
    case 'count':
      return 'LONG';
    case 'sum':
    case 'min':
    case 'max':
      return metric.kind === 'long' ? 'LONG' : metric.kind === 'double' ? 'DOUBLE' : 'FLOAT';
    case 'filtered':
      return storedType(metric.aggregator);
    default:
      return `COMPLEX<${metric.type}>`;
  }
}

/** The values that are stored for the groups of an aggregator: results of simple ones, mergeable images of sketches. */
export function storedColumn(metric: AggregatorSpec, aggregator: GroupedAggregator): TableColumn {
  if (!storedType(metric).startsWith('COMPLEX')) return aggregator.finish();
  const [image, ...others] = aggregator.exportState();
  assert(image !== undefined && others.length === 0, `Metric [${metric.name}] has more than one state column`);
  return image;
}
