/** The syntax tree of Druid's native expression language. @source Druid `Expr.g4`, `math/expr/Expr.java` */

/** FLOAT columns are read as DOUBLE. */
export type ExprType = 'LONG' | 'DOUBLE' | 'STRING' | `ARRAY<${string}>` | `COMPLEX<${string}>`;

/** LONG is bigint (64 bits, wrapping), DOUBLE is number, so that a value tells its type. */
export type ExprValue = null | bigint | number | string | ExprArray | ExprComplex;

export class ExprArray {
  readonly elementType: ExprType;
  readonly values: readonly ExprValue[];

  constructor(elementType: ExprType, values: readonly ExprValue[]) {
    this.elementType = elementType;
    this.values = values;
  }
}

/** `COMPLEX<json>`: parsed JSON, whole numbers beyond 2^53 as bigint. Other complex types: their bytes. */
export class ExprComplex {
  readonly typeName: string;
  readonly value: unknown;

  constructor(typeName: string, value: unknown) {
    this.typeName = typeName;
    this.value = value;
  }
}

export type UnaryOperator = '-' | '!';
export type BinaryOperator = '^' | '*' | '/' | '%' | '+' | '-' | '<' | '<=' | '>' | '>=' | '==' | '!=' | '&&' | '||';

export type Expr =
  | { readonly kind: 'literal'; readonly value: ExprValue; readonly type: ExprType | null }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expr }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Expr; readonly right: Expr }
  /** `name` is in lower case. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }
  /** First argument of the apply functions only. */
  | { readonly kind: 'lambda'; readonly parameters: readonly string[]; readonly body: Expr };

/** Something wrong in an expression, found when it is parsed or run. The caller says in which part of a request. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

export function literal(value: ExprValue, type: ExprType | null = typeOf(value)): Expr {
  return { kind: 'literal', value, type };
}

/** null for null, whose type is not known. */
export function typeOf(value: ExprValue): ExprType | null {
  if (value === null) return null;
  switch (typeof value) {
    case 'bigint':
      return 'LONG';
    case 'number':
      return 'DOUBLE';
    case 'string':
      return 'STRING';
    default:
      return value instanceof ExprArray ? `ARRAY<${value.elementType}>` : `COMPLEX<${value.typeName}>`;
  }
}

/** Names that are read and not bound by a lambda, each once, in order of appearance. */
export function freeIdentifiers(expr: Expr): string[] {
  const names = new Set<string>();
  collect(expr, new Set(), names);
  return [...names];
}

function collect(expr: Expr, bound: ReadonlySet<string>, names: Set<string>): void {
  switch (expr.kind) {
    case 'literal':
      return;
    case 'identifier':
      if (!bound.has(expr.name)) names.add(expr.name);
      return;
    case 'unary':
      return collect(expr.operand, bound, names);
    case 'binary':
      collect(expr.left, bound, names);
      return collect(expr.right, bound, names);
    case 'call':
      for (const arg of expr.args) collect(arg, bound, names);
      return;
    case 'lambda':
      return collect(expr.body, new Set([...bound, ...expr.parameters]), names);
  }
}
