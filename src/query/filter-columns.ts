import type { Filter } from './native-query.js';

/** The columns that a filter reads, in order of appearance; some may come twice. */
export function filterColumns(filter: Filter): readonly string[] {
  switch (filter.type) {
    case 'true':
    case 'false':
      return [];
    case 'and':
    case 'or':
      return filter.fields.flatMap(filterColumns);
    case 'not':
    case 'istrue':
    case 'isfalse':
      return filterColumns(filter.field);
    default:
      return ['column' in filter ? filter.column : filter.dimension];
  }
}
