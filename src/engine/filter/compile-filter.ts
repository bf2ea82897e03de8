import type { Filter } from '../../query/native-query.js';
import { NO_ROWS, type RowFilter, type Selection } from '../../vectors/selection.js';
import { type FilterTree, filterTree } from './filter-tree.js';
import { filterVerdict, zonesOf } from './filter-verdict.js';
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
      return byZones(tree, new AndFilter(tree.fields.map(compile)));
    case 'or':
      return byZones(tree, new OrFilter(tree.fields.map(compile)));
    case 'not':
      return new NotFilter(compile(tree.field));
    case 'compare':
      return new ValueFilter(tree.comparison);
  }
}

/** Leaves the columns of fields alone where zones decide them together: they need not have been loaded. */
function byZones(tree: FilterTree, filter: RowFilter): RowFilter {
  return {
    narrow(block, selection) {
      const verdict = filterVerdict(tree, zonesOf(block));
      if (verdict === 'some') return filter.narrow(block, selection);
      return verdict === 'all' ? selection : NO_ROWS;
    },
  };
}

const EVERY: RowFilter = { narrow: (_block, selection: Selection) => selection };
const NONE: RowFilter = { narrow: () => NO_ROWS };
