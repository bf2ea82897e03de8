import type { Expr } from '../../expressions/expr.js';

/** An expression of `+`, `-`, `*`, constants and columns that kernels can compute. */
export type Arithmetic =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'column'; readonly name: string }
  | {
      readonly kind: 'binary';
      readonly operator: '+' | '-' | '*';
      readonly left: Arithmetic;
      readonly right: Arithmetic;
      /** Equal for equal expressions. */
      readonly key: string;
    };

/** undefined for an expression with other parts. */
export function arithmeticOf(expr: Expr): Arithmetic | undefined {
  switch (expr.kind) {
    case 'literal':
      return typeof expr.value === 'bigint' || typeof expr.value === 'number'
        ? { kind: 'constant', value: Number(expr.value) }
        : undefined;
    case 'identifier':
      return { kind: 'column', name: expr.name };
    case 'binary': {
      const { operator } = expr;
      if (operator !== '+' && operator !== '-' && operator !== '*') return undefined;
      const left = arithmeticOf(expr.left);
      const right = arithmeticOf(expr.right);
      if (left === undefined || right === undefined) return undefined;
      const key = `(${keyOf(left)} ${operator} ${keyOf(right)})`;
      return { kind: 'binary', operator, left, right, key };
    }
    default:
      return undefined;
  }
}

function keyOf(node: Arithmetic): string {
  switch (node.kind) {
    case 'constant':
      return String(node.value);
    case 'column':
      return JSON.stringify(node.name);
    case 'binary':
      return node.key;
  }
}
