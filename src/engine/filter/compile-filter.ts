import type { Filter } from '../../query/native-query.js';
import { NO_ROWS, type RowFilter, type Selection } from '../../vectors/selection.js';
import { type FilterTree, filterTree } from './filter-tree.js';
import { AndFilter, NotFilter, OrFilter } from './logic.js';
import { ValueFilter } from './value-filter.js';

/** Makes a filter executable on blocks of any kind, row lists in and out; it caches what it finds out about dictionaries. */
export function compileFilter(filter: Filter): RowFilter {
  return compile(filterTree(filter));
}

function compile(tree: FilterTree): RowFilter {
  switch (tree.kind) {
    case 'true':
      return EVERY;
    case 'false':
      return NONE;
    case 'and':
      return new AndFilter(tree.fields.map(compile));
    case 'or':
      return new OrFilter(tree.fields.map(compile));
    case 'not':
      return new NotFilter(compile(tree.field));
    case 'compare':
      return new ValueFilter(tree.comparison);
  }
}

const EVERY: RowFilter = { narrow: (_block, selection: Selection) => selection };
const NONE: RowFilter = { narrow: () => NO_ROWS };
