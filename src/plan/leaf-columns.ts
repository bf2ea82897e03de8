import { TIME_COLUMN } from '../common/column-type.js';
import { aggregatorColumns } from '../query/aggregator-columns.js';
import type { Filter } from '../query/native-query.js';
import type { LeafColumns, LeafPlan } from './leaf-plan.js';
import { storedColumns } from './virtual-inputs.js';

/** The stored columns that a leaf reads, each once, `__time` first; virtual columns count as what they are made of. */
export function leafColumns(plan: LeafPlan): LeafColumns {
  if (plan.kind === 'scan' && plan.columns.length === 0) return null;
  const names = new Set<string>([TIME_COLUMN]);
  if (plan.kind === 'scan') {
    for (const name of plan.columns) names.add(name);
  } else {
    for (const { dimension } of plan.dimensions) names.add(dimension);
    for (const aggregator of plan.aggregators) {
      for (const name of aggregatorColumns(aggregator, filterColumns)) names.add(name);
    }
  }
  if (plan.filter !== null) addFilterColumns(plan.filter, names);
  return [...storedColumns(names, plan.virtualColumns)];
}

function filterColumns(filter: Filter): ReadonlySet<string> {
  const names = new Set<string>();
  addFilterColumns(filter, names);
  return names;
}

function addFilterColumns(filter: Filter, names: Set<string>): void {
  switch (filter.type) {
    case 'true':
    case 'false':
      return;
    case 'and':
    case 'or':
      for (const field of filter.fields) addFilterColumns(field, names);
      return;
    case 'not':
    case 'istrue':
    case 'isfalse':
      addFilterColumns(filter.field, names);
      return;
    case 'null':
    case 'equals':
    case 'inType':
    case 'range':
      names.add(filter.column);
      return;
    default:
      names.add(filter.dimension);
  }
}
