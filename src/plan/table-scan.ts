import type { Interval } from '../common/interval.js';
import type { ScanLeaf } from './leaf-plan.js';
import type { RowSteps } from './row-steps.js';

/** The scan that the rows come from, of the plan's intervals. */
export function tableScan(intervals: readonly Interval[], { columns, filter, virtualColumns }: RowSteps): ScanLeaf {
  return {
    kind: 'scan',
    intervals,
    filter,
    virtualColumns,
    columns: columns ?? [],
    maxRows: null,
    order: 'none',
  };
}
