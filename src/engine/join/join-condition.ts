import { failedToRun } from '../../query/query-errors.js';
import { type CompiledExpression, compileTree } from '../../expressions/compile.js';
import { type Expr, freeIdentifiers } from '../../expressions/expr.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import { parseExpression } from '../../expressions/parse-expression.js';

/** A column of the right side that must equal a value of the left row. */
export interface JoinKey {
  /** Without the prefix. */
  readonly rightColumn: string;
  readonly left: CompiledExpression;
  /** Nulls meet each other (`notdistinctfrom`); otherwise a null never matches. */
  readonly matchesNull: boolean;
}

/**
 * The equalities of a join condition. No equality at all is a condition that is always true, or `never`.
 * @throws DruidError RUNTIME_FAILURE for a condition that is no conjunction of equalities
 * @source Druid `JoinConditionAnalysis.java`
 */
export function joinKeys(
  condition: string,
  rightPrefix: string,
  context: FunctionContext,
): { readonly keys: readonly JoinKey[]; readonly never: boolean } {
  const keys: JoinKey[] = [];
  let never = false;
  for (const part of conjuncts(parseExpression(condition))) {
    const compiled = compileTree(part, context);
    if (compiled.expr.kind === 'literal') {
      never ||= compiled.expr.value === null || Number(compiled.expr.value) === 0;
      continue;
    }
    const key = equality(part, rightPrefix, context);
    if (key === undefined) {
      throw failedToRun(
        `Cannot build hash-join matcher on non-equi-join condition: ${condition}`,
        'org.apache.druid.java.util.common.IAE',
      );
    }
    keys.push(key);
  }
  return { keys, never };
}

function conjuncts(expr: Expr): Expr[] {
  if (expr.kind !== 'binary' || expr.operator !== '&&') return [expr];
  return [...conjuncts(expr.left), ...conjuncts(expr.right)];
}

function equality(expr: Expr, prefix: string, context: FunctionContext): JoinKey | undefined {
  const sides = sidesOf(expr);
  if (sides === undefined) return undefined;
  const [a, b] = sides.operands;
  for (const [left, right] of [
    [a, b],
    [b, a],
  ] as const) {
    if (right.kind !== 'identifier' || !isOfRight(right.name, prefix)) continue;
    if (freeIdentifiers(left).some((name) => isOfRight(name, prefix))) continue;
    return {
      rightColumn: right.name.slice(prefix.length),
      left: compileTree(left, context),
      matchesNull: sides.matchesNull,
    };
  }
  return undefined;
}

function sidesOf(expr: Expr): { readonly operands: readonly [Expr, Expr]; readonly matchesNull: boolean } | undefined {
  if (expr.kind === 'binary' && expr.operator === '==')
    return { operands: [expr.left, expr.right], matchesNull: false };
  if (expr.kind !== 'call' || expr.name !== 'notdistinctfrom') return undefined;
  const [left, right] = expr.args;
  return left === undefined || right === undefined ? undefined : { operands: [left, right], matchesNull: true };
}

/** A column of the right side is longer than its prefix. */
export function isOfRight(name: string, prefix: string): boolean {
  return name.length > prefix.length && name.startsWith(prefix);
}
