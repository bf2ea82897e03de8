import { leafColumns } from '../plan/leaf-columns.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { Filter } from '../query/native-query.js';
import type { WantedColumns } from './block-loader.js';

/** The columns that a leaf reads, and those whose bitmap index its filter could use. */
export function wantedColumns(plan: LeafPlan): WantedColumns {
  const indexed = new Set<string>();
  if (plan.filter !== null) addFilterColumns(plan.filter, indexed);
  return { columns: leafColumns(plan), indexed };
}

function addFilterColumns(filter: Filter, columns: Set<string>): void {
  switch (filter.type) {
    case 'and':
    case 'or':
      for (const field of filter.fields) addFilterColumns(field, columns);
      return;
    case 'not':
      addFilterColumns(filter.field, columns);
      return;
    case 'true':
    case 'false':
      return;
    case 'selector':
    case 'in':
    case 'bound':
    case 'like':
    case 'interval':
      columns.add(filter.dimension);
      return;
    default:
      columns.add(filter.column);
  }
}
