/** Filters that no column can tell alone: as a computed column of 1, 0 and null, null where the filter is unknown. */
import type { Filter } from '../native-query.js';
import type { ParseScope } from '../parse-scope.js';
import { identifier } from './expression-text.js';

/** Rows for which an expression is true; of a row with several results, any. */
export function expressionFilter(expression: string, scope: ParseScope): Filter {
  // Twice negated, whatever the expression gives becomes 1, 0 or null by the rules of truth of expressions.
  return isOne(`!(!(${expression}))`, scope);
}

/** Rows whose array, or several values, contain an element. `literal` is text of an expression. */
export function containsFilter(column: string, literal: string, scope: ParseScope): Filter {
  return isOne(`array_contains(${identifier(column)}, ${literal})`, scope);
}

/** Rows whose columns are all equal: two nulls are, several values are when they overlap. Never unknown. */
export function equalColumnsFilter(columns: readonly string[], scope: ParseScope): Filter {
  const names = columns.map(identifier);
  const pairs = names.slice(1).map((name, i) => {
    const other = names[i]!;
    return `nvl(array_overlap(${other}, ${name}), isnull(${other}) && isnull(${name}))`;
  });
  return { type: 'istrue', field: isOne(pairs.join(' && '), scope) };
}

/** `column operator literal` for arrays, which compare element by element. */
export function arrayComparison(column: string, operator: string, literal: string, scope: ParseScope): Filter {
  return isOne(`${identifier(column)} ${operator} ${literal}`, scope);
}

function isOne(expression: string, scope: ParseScope): Filter {
  const dimension = scope.derive({ type: 'expression', expression, outputType: null });
  return { type: 'selector', dimension, value: '1' };
}
