/** The names that the parts of a query give out. @source Druid `Queries.java` */
import type { AggregatorSpec, PostAggregatorSpec } from './native-query.js';
import type { ParseScope } from './parse-scope.js';
import { refused } from './query-errors.js';

/**
 * Checks that no two outputs share a name and that post-aggregators read only what exists before them.
 * @throws DruidError INVALID_INPUT
 */
export function assertOutputNames(
  others: readonly string[],
  aggregations: readonly AggregatorSpec[],
  postAggregations: readonly PostAggregatorSpec[],
  queryClass: string,
  scope: ParseScope,
): void {
  const names = new Set(others);
  const define = (name: string): void => {
    if (names.has(name)) throw refused(queryClass, `[${name}] already defined`);
    names.add(name);
  };
  for (const aggregator of aggregations) define(aggregator.name);
  for (const postAggregator of postAggregations) {
    const missing = [...new Set(inputs(postAggregator, queryClass, scope))].filter((input) => !names.has(input));
    if (missing.length > 0) {
      throw refused(queryClass, `Missing fields [[${missing.join(', ')}]] for postAggregator [${postAggregator.name}]`);
    }
    define(postAggregator.name);
  }
}

function inputs(spec: PostAggregatorSpec, queryClass: string, scope: ParseScope): readonly string[] {
  if (spec.type === 'expression') return scope.inputsOf(spec.expression, queryClass);
  if ('fields' in spec) return spec.fields.flatMap((field) => inputs(field, queryClass, scope));
  if ('field' in spec) return inputs(spec.field, queryClass, scope);
  return 'fieldName' in spec ? [spec.fieldName] : [];
}
