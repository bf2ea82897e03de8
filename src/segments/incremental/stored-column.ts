import type { GroupedAggregator } from '../../aggregators/grouped-aggregator.js';
import { storedType } from '../../aggregators/stored-metric.js';
import { assert } from '../../common/assert.js';
import type { AggregatorSpec } from '../../query/native-query.js';
import type { TableColumn } from '../../vectors/table.js';

/** The values that are stored for the groups of an aggregator: results of simple ones, mergeable images of sketches. */
export function storedColumn(metric: AggregatorSpec, aggregator: GroupedAggregator): TableColumn {
  if (!storedType(metric).startsWith('COMPLEX')) return aggregator.finish();
  const [image, ...others] = aggregator.exportState();
  assert(image !== undefined && others.length === 0, `Metric [${metric.name}] has more than one state column`);
  return image;
}
