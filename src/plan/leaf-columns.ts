import { TIME_COLUMN } from '../common/column-type.js';
import { aggregatorColumns } from '../query/aggregator-columns.js';
import { filterColumns } from '../query/filter-columns.js';
import type { LeafColumns, LeafPlan } from './leaf-plan.js';
import { tableScan } from './table-scan.js';
import { storedColumns } from './virtual-inputs.js';

/** The stored columns that a leaf reads, each once, `__time` first; virtual columns count as what they are made of. */
export function leafColumns(plan: LeafPlan): LeafColumns {
  if (plan.over !== undefined) return leafColumns(tableScan(plan.intervals, plan.over));
  if (plan.kind === 'scan' && plan.columns.length === 0) return null;
  const names = new Set<string>([TIME_COLUMN]);
  if (plan.kind === 'scan') {
    for (const name of plan.columns) names.add(name);
  } else {
    for (const { dimension } of plan.dimensions) names.add(dimension);
    for (const aggregator of plan.aggregators) {
      for (const name of aggregatorColumns(aggregator)) names.add(name);
    }
  }
  if (plan.filter !== null) for (const name of filterColumns(plan.filter)) names.add(name);
  return [...storedColumns(names, plan.virtualColumns)];
}
