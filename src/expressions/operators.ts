/** Operators on single values. @source Druid `BinaryEvalOpExprBase.java`, `BinaryMathOperatorExpr.java`, `BinaryLogicalOperatorExpr.java` */
import { asBoolean, asDouble, castTo, fromBoolean, leastRestrictive } from './coercion.js';
import { type BinaryOperator, ExprArray, ExprComplex, type ExprValue, ExpressionError, typeOf } from './expr.js';

type Arithmetic = '^' | '*' | '/' | '%' | '+' | '-';
type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** Every operator but `&&` and `||`, which may leave their right side alone. Null gives null. */
export function applyOperator(
  operator: Exclude<BinaryOperator, '&&' | '||'>,
  left: ExprValue,
  right: ExprValue,
): ExprValue {
  if (left === null || right === null) return null;
  switch (operator) {
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return fromBoolean(compares(operator, left, right));
    default:
      return arithmetic(operator, left, right);
  }
}

function arithmetic(operator: Arithmetic, left: ExprValue, right: ExprValue): ExprValue {
  if (typeof left === 'string' && typeof right === 'string') {
    if (operator === '+') return left + right;
    throw new ExpressionError(`operator '${operator}' is not supported on type 'STRING'.`);
  }
  if (typeof left === 'bigint' && typeof right === 'bigint') return longArithmetic(operator, left, right);
  if (left instanceof ExprArray || right instanceof ExprArray) {
    const type = left instanceof ExprArray ? typeOf(left) : typeOf(right);
    throw new ExpressionError(`operator '${operator}' is not supported on type '${type}'.`);
  }
  const a = asDouble(left);
  const b = asDouble(right);
  return a === null || b === null ? null : doubleArithmetic(operator, a, b);
}

export function longArithmetic(operator: Arithmetic, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, left + right);
    case '-':
      return BigInt.asIntN(64, left - right);
    case '*':
      return BigInt.asIntN(64, left * right);
    case '/':
      if (right === 0n) throw new ExpressionError('/ by zero');
      return BigInt.asIntN(64, left / right);
    case '%':
      if (right === 0n) throw new ExpressionError('/ by zero');
      return left % right;
    case '^':
      return longPower(left, right);
  }
}

export function doubleArithmetic(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
  }
}

/** Guava's `LongMath.pow`: wraps; the exponent must be an int that is not negative. */
function longPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) throw new ExpressionError(`exponent (${exponent}) must be >= 0`);
  if (exponent > 2_147_483_647n) throw new ExpressionError('integer overflow');
  let result = 1n;
  let factor = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = BigInt.asIntN(64, result * factor);
    factor = BigInt.asIntN(64, factor * factor);
  }
  return result;
}

function compares(operator: Comparison, left: ExprValue, right: ExprValue): boolean | null {
  const order = compareValues(left, right);
  if (order === null) return null;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
  }
}

/** Order of two values that are not null: texts by UTF-16, numbers by value; null when one is no number. */
export function compareValues(left: ExprValue, right: ExprValue): number | null {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'bigint' && typeof right === 'bigint') return left < right ? -1 : left > right ? 1 : 0;
  if (left instanceof ExprComplex || right instanceof ExprComplex) return null;
  if (left instanceof ExprArray || right instanceof ExprArray) return compareArrays(left, right);
  const a = asDouble(left);
  const b = asDouble(right);
  return a === null || b === null ? null : compareDoubles(a, b);
}

/** Java's `Double.compare`: -0 before 0, NaN last and equal to itself. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (Object.is(a, b)) return 0;
  if (a === b) return Object.is(a, -0) ? -1 : 1;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return -1;
}

/** Element by element after a cast to the common type; null elements first, the shorter first. */
function compareArrays(left: ExprValue, right: ExprValue): number {
  const type = leastRestrictive(typeOf(left), typeOf(right))!;
  const a = (castTo(left, type) as ExprArray).values;
  const b = (castTo(right, type) as ExprArray).values;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === null || y === null) {
      if (x !== y) return x === null ? -1 : 1;
      continue;
    }
    const order = compareValues(x, y);
    if (order !== null && order !== 0) return order;
  }
  return a.length - b.length;
}

/** Equality in which null equals null. */
export function isSame(left: ExprValue, right: ExprValue): boolean {
  if (left === null || right === null) return left === right;
  return compareValues(left, right) === 0;
}

export function negate(value: ExprValue): ExprValue {
  if (value === null) return null;
  if (typeof value === 'bigint') return BigInt.asIntN(64, -value);
  if (typeof value === 'number') return -value;
  if (typeof value === 'string') return negateText(value);
  throw new ExpressionError(`Unsupported unary minus on type [${typeOf(value)}]`);
}

function negateText(text: string): ExprValue {
  const value = asDouble(text);
  return value === null ? null : -value;
}

/** Kleene's not. */
export function not(value: ExprValue): ExprValue {
  const truth = asBoolean(value);
  return fromBoolean(truth === null ? null : !truth);
}
