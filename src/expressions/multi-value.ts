import type { CompiledExpression } from './compile.js';
import { asArray } from './coercion.js';
import { ExprArray, type ExprValue, typeOf } from './expr.js';
import { cartesianProduct } from './functions/apply.js';

/**
 * Runs an expression on a row whose columns may have several values: a function of arrays takes them whole; else the expression is mapped over the
 * values of one such column, and over all combinations of more. A row without any value counts as null.
 * @param isMultiValue by input: its column is a multi-value STRING, and `values[i]` an array of two or more, a single text, or null
 * @source Druid `Parser.java#applyUnapplied`
 */
export function evaluateRow(
  compiled: CompiledExpression,
  values: readonly ExprValue[],
  isMultiValue: readonly boolean[],
): ExprValue {
  const mapped: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (isMultiValue[i] === true && values[i] instanceof ExprArray && !compiled.arrayInputs.has(compiled.inputs[i]!)) {
      mapped.push(i);
    }
  }
  if (mapped.length === 0) return compiled.evaluate(values);
  const row = [...values];
  const results = cartesianProduct(mapped.map((i) => asArray(values[i]!)))!.map((combination) => {
    mapped.forEach((i, k) => {
      row[i] = combination[k]!;
    });
    return compiled.evaluate(row);
  });
  const first = results.find((result) => result !== null);
  return new ExprArray(typeOf(first ?? null) ?? 'STRING', results);
}
