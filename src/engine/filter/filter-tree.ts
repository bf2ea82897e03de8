import { AssertionFailure } from '../../common/assert.js';
import { linearRegex } from '../../common/linear-regex.js';
import type { Filter } from '../../query/native-query.js';
import { Comparison } from './comparison.js';
import {
  boundPredicate,
  inPredicate,
  jsonPredicate,
  likePredicate,
  nullPredicate,
  rangePredicate,
  textPredicate,
  typedInPredicate,
} from './predicates.js';
import { isFound } from './search-text.js';
import { spatialTest } from './spatial.js';
import type { ValuePredicate } from './value-predicate.js';

/** A filter with its direction worked out: every node says yes or no of a row, there is no third value. */
export type FilterTree =
  | { readonly kind: 'true' | 'false' }
  | { readonly kind: 'and' | 'or'; readonly fields: readonly FilterTree[] }
  | { readonly kind: 'not'; readonly field: FilterTree }
  | { readonly kind: 'compare'; readonly comparison: Comparison };

/**
 * Three-valued logic by direction: with `includeUnknown` a node keeps the rows that are true or unknown, else only true ones. `not`
 * asks its field the other way round, so that not(unknown) stays unknown.
 * @source Druid `ValueMatcher#matches(includeUnknown)`
 */
export function filterTree(filter: Filter, includeUnknown = false): FilterTree {
  switch (filter.type) {
    case 'true':
    case 'false':
      return { kind: filter.type };
    case 'and':
    case 'or':
      return { kind: filter.type, fields: filter.fields.map((field) => filterTree(field, includeUnknown)) };
    case 'not':
      return { kind: 'not', field: filterTree(filter.field, !includeUnknown) };
    // Neither of these is ever unknown.
    case 'istrue':
      return filterTree(filter.field, false);
    case 'isfalse':
      return { kind: 'not', field: filterTree(filter.field, true) };
    case 'in':
      // Druid rewrites an empty list to `false`, which no null makes unknown.
      return filter.values.length === 0
        ? { kind: 'false' }
        : compare(keyed(inPredicate(filter.dimension, filter.values), filter), includeUnknown);
    case 'interval':
      return {
        kind: 'or',
        fields: filter.intervals.map(({ startMs, endMs }) =>
          compare(intervalPredicate(filter.dimension, startMs, endMs), includeUnknown),
        ),
      };
    default:
      return compare(keyed(predicateOf(filter), filter), includeUnknown);
  }
}

/** Fewer values are looked up faster than they are remembered. */
const MIN_KEYED_VALUES = 8;

/** A predicate with a key, where finding its matches may cost something. */
function keyed(predicate: ValuePredicate, filter: Filter): ValuePredicate {
  const { hint } = predicate;
  if (hint?.kind === 'range' || (hint?.kind === 'values' && hint.values.length < MIN_KEYED_VALUES)) return predicate;
  const key = hint?.kind === 'values' ? hint.values : { ...filter, dimension: null, column: null };
  return { ...predicate, key: JSON.stringify(key) };
}

function compare(predicate: ValuePredicate, includeUnknown: boolean): FilterTree {
  return { kind: 'compare', comparison: new Comparison(predicate, includeUnknown) };
}

function predicateOf(filter: Filter): ValuePredicate {
  switch (filter.type) {
    case 'null':
      return nullPredicate(filter.column);
    case 'selector':
      return filter.value === null ? nullPredicate(filter.dimension) : inPredicate(filter.dimension, [filter.value]);
    case 'equals':
      if (filter.matchValueType === 'COMPLEX<json>') return jsonPredicate(filter.column, String(filter.matchValue));
      return typedInPredicate(filter.column, filter.matchValueType, [filter.matchValue]);
    case 'inType':
      return typedInPredicate(filter.column, filter.matchValueType, filter.values);
    case 'range':
      return rangePredicate(filter);
    case 'bound':
      return boundPredicate(filter);
    case 'like':
      return likePredicate(filter);
    case 'regex': {
      const pattern = linearRegex(filter.pattern);
      return textPredicate(filter.dimension, (text) => pattern.test(text));
    }
    case 'search':
      return textPredicate(filter.dimension, (text) => isFound(filter.query, text));
    case 'spatial':
      return textPredicate(filter.dimension, spatialTest(filter.bound));
    default:
      throw new AssertionFailure(`Filter of type [${filter.type}] compares no value`);
  }
}

function intervalPredicate(dimension: string, startMs: number, endMs: number): ValuePredicate {
  return boundPredicate({
    type: 'bound',
    dimension,
    lower: String(BigInt(startMs)),
    upper: String(BigInt(endMs)),
    lowerStrict: false,
    upperStrict: true,
    ordering: 'numeric',
  });
}
