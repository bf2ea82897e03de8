import { arithmeticType, asBoolean, elementTypeOf, fromBoolean, isArrayType } from './coercion.js';
import { type Expr, type ExprType, type ExprValue, ExpressionError, freeIdentifiers, literal } from './expr.js';
import { applyFunctionNamed, type ApplyFunction } from './functions/apply.js';
import type { ExprFunction, FunctionContext } from './functions/expr-function.js';
import { functionNamed } from './functions/registry.js';
import { applyOperator, negate, not } from './operators.js';
import { parseExpression } from './parse-expression.js';

/** Type of an identifier; null = unknown or missing. */
export type TypeOf = (name: string) => ExprType | null;

/** An expression that is ready to run. */
export interface CompiledExpression {
  /** Constant parts are folded. */
  readonly expr: Expr;
  /** Identifiers that are read, in the order in which `evaluate` takes their values. */
  readonly inputs: readonly string[];
  /** Those among them that functions of arrays read whole; the others are mapped over a multi-value row's values. */
  readonly arrayInputs: ReadonlySet<string>;
  outputType(typeOf: TypeOf): ExprType | null;
  /** @throws ExpressionError for what only values show (division of longs by zero) */
  evaluate(values: readonly ExprValue[]): ExprValue;
}

/** Input values, then parameters of the lambdas around. */
type Frame = ExprValue[];
type Evaluator = (frame: Frame) => ExprValue;

/**
 * Parses, checks and folds. One compiled expression serves any column types.
 * @throws ExpressionError for bad syntax, unknown functions, wrong numbers of arguments, and constants that fail (`1/0`)
 */
export function compileExpression(text: string, context: FunctionContext): CompiledExpression {
  return compileTree(parseExpression(text), context);
}

export function compileTree(tree: Expr, context: FunctionContext): CompiledExpression {
  const expr = fold(tree, context);
  const inputs = freeIdentifiers(expr);
  const slots = new Map(inputs.map((name, i) => [name, i]));
  const run = build(expr, slots, inputs.length, context);
  const frame: Frame = [];
  return {
    expr,
    inputs,
    arrayInputs: arrayInputsOf(expr),
    outputType: (typeOf) => inferType(expr, typeOf),
    evaluate: (values) => {
      for (let i = 0; i < inputs.length; i++) frame[i] = values[i]!;
      return run(frame);
    },
  };
}

/** Replaces every part without identifiers by its value. */
function fold(expr: Expr, context: FunctionContext): Expr {
  const folded = foldParts(expr, context);
  if (folded.kind === 'literal' || folded.kind === 'lambda' || folded.kind === 'identifier') return folded;
  if (folded.kind === 'call') checkCall(folded);
  if (freeIdentifiers(folded).length > 0) return folded;
  const value = build(folded, new Map(), 0, context)([]);
  return literal(value, value === null ? null : inferType(folded, () => null));
}

function foldParts(expr: Expr, context: FunctionContext): Expr {
  switch (expr.kind) {
    case 'literal':
    case 'identifier':
      return expr;
    case 'unary':
      return { ...expr, operand: fold(expr.operand, context) };
    case 'binary':
      return { ...expr, left: fold(expr.left, context), right: fold(expr.right, context) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => fold(arg, context)) };
    case 'lambda':
      return { ...expr, body: fold(expr.body, context) };
  }
}

function checkCall(expr: Expr & { kind: 'call' }): void {
  const fn: ExprFunction | ApplyFunction | undefined = applyFunctionNamed(expr.name) ?? functionNamed(expr.name);
  if (fn === undefined) throw new ExpressionError(`function '${expr.name}' is not defined.`);
  const [fewest, most] = fn.arity;
  const count = expr.args.length;
  if (count >= fewest && count <= most) return;
  const name = fn.names[0];
  if (fewest === most) throw new ExpressionError(`Function[${name}] requires ${plural(fewest)}`);
  if (most === Number.POSITIVE_INFINITY)
    throw new ExpressionError(`Function[${name}] requires at least ${plural(fewest)}`);
  throw new ExpressionError(`Function[${name}] requires ${fewest} to ${most} arguments`);
}

function plural(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`;
}

function build(expr: Expr, slots: ReadonlyMap<string, number>, depth: number, context: FunctionContext): Evaluator {
  switch (expr.kind) {
    case 'literal': {
      const { value } = expr;
      return () => value;
    }
    case 'identifier': {
      const slot = slots.get(expr.name);
      if (slot === undefined) return () => null;
      return (frame) => frame[slot]!;
    }
    case 'unary': {
      const operand = build(expr.operand, slots, depth, context);
      return expr.operator === '-' ? (frame) => negate(operand(frame)) : (frame) => not(operand(frame));
    }
    case 'binary':
      return buildBinary(expr, slots, depth, context);
    case 'call':
      return buildCall(expr, slots, depth, context);
    case 'lambda':
      throw new ExpressionError('A lambda is an argument of an apply function only');
  }
}

function buildBinary(
  expr: Expr & { kind: 'binary' },
  slots: ReadonlyMap<string, number>,
  depth: number,
  context: FunctionContext,
): Evaluator {
  const left = build(expr.left, slots, depth, context);
  const right = build(expr.right, slots, depth, context);
  const { operator } = expr;
  if (operator === '&&' || operator === '||') {
    const decisive = operator === '||';
    return (frame) => {
      const a = asBoolean(left(frame));
      if (a === decisive) return fromBoolean(decisive);
      const b = asBoolean(right(frame));
      if (b === decisive) return fromBoolean(decisive);
      return fromBoolean(a === null || b === null ? null : !decisive);
    };
  }
  return (frame) => applyOperator(operator, left(frame), right(frame));
}

function buildCall(
  expr: Expr & { kind: 'call' },
  slots: ReadonlyMap<string, number>,
  depth: number,
  context: FunctionContext,
): Evaluator {
  const apply = applyFunctionNamed(expr.name);
  if (apply !== undefined) return buildApply(apply, expr, slots, depth, context);
  const fn = functionNamed(expr.name);
  if (fn === undefined) throw new ExpressionError(`function '${expr.name}' is not defined.`);
  const args = expr.args.map((arg) => build(arg, slots, depth, context));
  const { lazy } = fn;
  if (lazy !== undefined) {
    return (frame) => lazy(args.map((arg) => () => arg(frame)));
  }
  const run = fn.bind(expr.args, context);
  return (frame) => run(args.map((arg) => arg(frame)));
}

/** Parameters of the lambda get the slots after those of the inputs and of the lambdas around. */
function buildApply(
  fn: ApplyFunction,
  expr: Expr & { kind: 'call' },
  slots: ReadonlyMap<string, number>,
  depth: number,
  context: FunctionContext,
): Evaluator {
  const [lambda, ...rest] = expr.args;
  if (lambda?.kind !== 'lambda')
    throw new ExpressionError(`Function[${fn.names[0]}] needs a lambda as its first argument`);
  const inner = new Map(slots);
  lambda.parameters.forEach((name, i) => inner.set(name, depth + i));
  const body = build(lambda.body, inner, depth + lambda.parameters.length, context);
  const args = rest.map((arg) => build(arg, slots, depth, context));
  return (frame) =>
    fn.apply(
      (...values) => {
        for (let i = 0; i < lambda.parameters.length; i++) frame[depth + i] = values[i] ?? null;
        return body(frame);
      },
      lambda.parameters.length,
      args.map((arg) => arg(frame)),
    );
}

/** The type of an expression for given column types. */
export function inferType(expr: Expr, typeOf: TypeOf): ExprType | null {
  switch (expr.kind) {
    case 'literal':
      return expr.type;
    case 'identifier':
      return typeOf(expr.name);
    case 'unary': {
      if (expr.operator === '!') return 'LONG';
      const type = inferType(expr.operand, typeOf);
      return type === 'STRING' ? 'DOUBLE' : type;
    }
    case 'binary':
      return inferBinary(expr, typeOf);
    case 'lambda':
      return null;
    case 'call':
      return inferCall(expr, typeOf);
  }
}

function inferBinary({ operator, left, right }: Expr & { kind: 'binary' }, typeOf: TypeOf): ExprType | null {
  switch (operator) {
    case '^':
    case '*':
    case '/':
    case '%':
    case '+':
    case '-':
      return arithmeticType(inferType(left, typeOf), inferType(right, typeOf));
    default:
      return 'LONG';
  }
}

function inferCall(expr: Expr & { kind: 'call' }, typeOf: TypeOf): ExprType | null {
  const apply = applyFunctionNamed(expr.name);
  if (apply === undefined) {
    const types = expr.args.map((arg) => inferType(arg, typeOf));
    return functionNamed(expr.name)?.outputType(types, expr.args) ?? null;
  }
  const [lambda, ...rest] = expr.args;
  if (lambda?.kind !== 'lambda') return null;
  const types = rest.map((arg) => inferType(arg, typeOf));
  const parameters = apply.parameterTypes(types, (type) => (isArrayType(type) ? elementTypeOf(type) : type));
  const inner: TypeOf = (name) => {
    const at = lambda.parameters.indexOf(name);
    return at < 0 ? typeOf(name) : (parameters[at] ?? null);
  };
  return apply.outputType(inferType(lambda.body, inner), types);
}

/** Identifiers that a function takes as a whole array. */
function arrayInputsOf(expr: Expr, found = new Set<string>()): ReadonlySet<string> {
  switch (expr.kind) {
    case 'literal':
    case 'identifier':
      break;
    case 'unary':
      arrayInputsOf(expr.operand, found);
      break;
    case 'binary':
      arrayInputsOf(expr.left, found);
      arrayInputsOf(expr.right, found);
      break;
    case 'lambda':
      arrayInputsOf(expr.body, found);
      break;
    case 'call': {
      const takesArray = applyFunctionNamed(expr.name) ?? functionNamed(expr.name);
      expr.args.forEach((arg, i) => {
        if (arg.kind === 'identifier' && takesArray?.isArrayArgument?.(i) === true) found.add(arg.name);
        else arrayInputsOf(arg, found);
      });
    }
  }
  return found;
}
