import type { Expr } from '../../expressions/expr.js';
import { aggregatorColumns } from '../../query/aggregator-columns.js';
import { filterColumns } from '../../query/filter-columns.js';
import type { AggregatorSpec } from '../../query/native-query.js';
import type { LeafPlan } from '../../plan/leaf-plan.js';
import type { StoredVector } from '../../vectors/block.js';
import { BlockArithmetic, type BlockInputs } from './block-arithmetic.js';

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

/**
 * Columns of which a plan asks nothing but sums of doubles: where their inputs are decimals, such sums may be made of exact scaled integers,
 * which differ from products of doubles in the last digits at most, and are the same in whatever order rows are added.
 */
export function onlySummed(plan: LeafPlan): ReadonlySet<string> {
  if (plan.kind !== 'grouped') return new Set();
  const summed = new Set<string>();
  const others = new Set<string>(plan.dimensions.map(({ dimension }) => dimension));
  if (plan.filter !== null) for (const name of filterColumns(plan.filter)) others.add(name);
  const note = (spec: AggregatorSpec): void => {
    if (spec.type === 'filtered') {
      for (const name of filterColumns(spec.filter)) others.add(name);
      note(spec.aggregator);
    } else if (spec.type === 'sum' && spec.kind === 'double')
      for (const name of aggregatorColumns(spec)) summed.add(name);
    else for (const name of aggregatorColumns(spec)) others.add(name);
  };
  plan.aggregators.forEach(note);
  for (const name of others) summed.delete(name);
  return summed;
}

/** The values of a block by kernels, for sums; undefined for inputs in other forms. */
export function sumsByKernels(name: string, root: Arithmetic, block: BlockInputs): StoredVector | undefined {
  if (root.kind !== 'binary') return undefined;
  return new BlockArithmetic(name, block, true).compute(root) ?? new BlockArithmetic(name, block, false).compute(root);
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
