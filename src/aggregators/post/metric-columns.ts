import { takeColumn } from '../../vectors/take-rows.js';
import type { TableColumn } from '../../vectors/table.js';
import { type GroupedAggregator, unfinishedColumn } from '../grouped-aggregator.js';

/** The values of an aggregator, dimension or earlier post-aggregator as others see them. */
export interface MetricColumns {
  readonly finished: TableColumn;
  /** Not finalised: BINARY images of sketches. */
  readonly raw: TableColumn;
}

/** Of a column that has no other form. */
export function plainMetric(column: TableColumn): MetricColumns {
  return { finished: column, raw: column };
}

/** Of an accumulator that takes no more rows; each form is made when it is first asked for. */
export function aggregatorMetric(aggregator: GroupedAggregator): MetricColumns {
  return lazyMetric(
    () => aggregator.finish(),
    () => unfinishedColumn(aggregator),
  );
}

/** The rows at `rows`. */
export function takeMetric(metric: MetricColumns, rows: Uint32Array): MetricColumns {
  return lazyMetric(
    () => takeColumn(metric.finished, rows),
    () => takeColumn(metric.raw, rows),
  );
}

function lazyMetric(finish: () => TableColumn, unfinish: () => TableColumn): MetricColumns {
  let finished: TableColumn | undefined;
  let raw: TableColumn | undefined;
  return {
    get finished() {
      finished ??= finish();
      return finished;
    },
    get raw() {
      raw ??= unfinish();
      return raw;
    },
  };
}
