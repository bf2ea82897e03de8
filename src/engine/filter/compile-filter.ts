import { AssertionFailure } from '../../common/assert.js';
import type { Filter } from '../../query/native-query.js';
import { NO_ROWS, type RowFilter, type Selection } from '../../vectors/selection.js';
import { AndFilter, NotFilter, OrFilter } from './logic.js';
import {
  boundPredicate,
  inPredicate,
  likePredicate,
  nullPredicate,
  rangePredicate,
  typedInPredicate,
} from './predicates.js';
import type { ValuePredicate } from './value-predicate.js';
import { ValueFilter } from './value-filter.js';

/** Makes a filter executable on blocks; it caches what it finds out about dictionaries. */
export function compileFilter(filter: Filter): RowFilter {
  return compile(filter, false);
}

/**
 * Three-valued logic by direction: with `includeUnknown` a node keeps the rows that are true or unknown, else only true ones. `not`
 * asks its field the other way round, so that not(unknown) stays unknown.
 * @source Druid `ValueMatcher#matches(includeUnknown)`
 */
function compile(filter: Filter, includeUnknown: boolean): RowFilter {
  switch (filter.type) {
    case 'true':
      return EVERY;
    case 'false':
      return NONE;
    case 'and':
      return new AndFilter(filter.fields.map((field) => compile(field, includeUnknown)));
    case 'or':
      return new OrFilter(filter.fields.map((field) => compile(field, includeUnknown)));
    case 'not':
      return new NotFilter(compile(filter.field, !includeUnknown));
    case 'in':
      // Druid rewrites an empty list to `false`, which no null makes unknown.
      return filter.values.length === 0
        ? NONE
        : new ValueFilter(inPredicate(filter.dimension, filter.values), includeUnknown);
    case 'interval':
      return new OrFilter(
        filter.intervals.map(({ startMs, endMs }) =>
          compile(intervalBound(filter.dimension, startMs, endMs), includeUnknown),
        ),
      );
    default:
      return new ValueFilter(predicateOf(filter), includeUnknown);
  }
}

function predicateOf(filter: Filter): ValuePredicate {
  switch (filter.type) {
    case 'null':
      return nullPredicate(filter.column);
    case 'selector':
      return filter.value === null ? nullPredicate(filter.dimension) : inPredicate(filter.dimension, [filter.value]);
    case 'equals':
      return typedInPredicate(filter.column, filter.matchValueType, [filter.matchValue]);
    case 'inType':
      return typedInPredicate(filter.column, filter.matchValueType, filter.values);
    case 'range':
      return rangePredicate(filter);
    case 'bound':
      return boundPredicate(filter);
    case 'like':
      return likePredicate(filter);
    default:
      throw new AssertionFailure(`Filter of type [${filter.type}] compares no value`);
  }
}

function intervalBound(dimension: string, startMs: number, endMs: number): Filter {
  return {
    type: 'bound',
    dimension,
    lower: String(BigInt(startMs)),
    upper: String(BigInt(endMs)),
    lowerStrict: false,
    upperStrict: true,
    ordering: 'numeric',
  };
}

const EVERY: RowFilter = { narrow: (_block, selection: Selection) => selection };
const NONE: RowFilter = { narrow: () => NO_ROWS };
