import { type Expr, type ExprType, type ExprValue, ExpressionError } from '../expr.js';

/** CONTRACT. A function of the expression language. */
export interface ExprFunction {
  /** In lower case; the first is the one in messages. */
  readonly names: readonly string[];
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number];
  /** The type of the result for the types of the arguments (null = unknown); null = unknown. */
  outputType(types: readonly (ExprType | null)[], args: readonly Expr[]): ExprType | null;
  /**
   * Made once per use: patterns, periods and other constant arguments are read here.
   * @throws ExpressionError for a bad constant, or an argument that must be one
   */
  bind(args: readonly Expr[], context: FunctionContext): (values: readonly ExprValue[]) => ExprValue;
  /** True for an argument that is taken as a whole array; a multi-value column elsewhere is mapped value by value. */
  isArrayArgument?(index: number): boolean;
  /** Instead of `bind` where arguments must not all be evaluated (`if`, `case`, `nvl`): each call of an argument evaluates it. */
  readonly lazy?: (args: readonly (() => ExprValue)[]) => ExprValue;
}

/** What functions may use beyond their arguments. */
export interface FunctionContext {
  /** The mapping of a registered lookup; undefined when there is none of this name. */
  lookup(name: string): ((key: string | null) => string | null | undefined) | undefined;
}

/** A function whose result is null when any argument is. */
export function strict(
  apply: (values: readonly ExprValue[]) => ExprValue,
): (values: readonly ExprValue[]) => ExprValue {
  return (values) => (values.includes(null) ? null : apply(values));
}

/** The value of an argument that must be a constant. @throws ExpressionError */
export function constant(args: readonly Expr[], index: number, fn: string): ExprValue {
  const arg = args[index];
  if (arg === undefined) return null;
  if (arg.kind !== 'literal') throw new ExpressionError(`Function[${fn}] argument must be a literal`);
  return arg.value;
}

/** Any number of arguments. */
export const ANY = Number.POSITIVE_INFINITY;
