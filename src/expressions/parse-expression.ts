import {
  type BinaryOperator,
  type Expr,
  ExprArray,
  type ExprType,
  type ExprValue,
  ExpressionError,
  literal,
} from './expr.js';
import { type Token, tokenize } from './tokens.js';

/** Parentheses, calls and the like within each other: each takes several calls of the parser. */
const MAX_DEPTH = 256;
/** Height of the tree, which a chain as `a + b + c …` has too: what walks it goes down once a level. */
const MAX_HEIGHT = 2000;
const MAX_LENGTH = 1_000_000;
const MAX_LONG = 2n ** 63n - 1n;
/** `&&` and `||` share a level, as in Druid's grammar. */
const LEVELS: readonly (readonly string[])[] = [
  ['&&', '||'],
  ['<', '<=', '>', '>=', '==', '!='],
  ['+', '-'],
  ['*', '/', '%'],
];

/**
 * Text to a syntax tree; names of functions are not looked up yet.
 * @throws ExpressionError
 * @source Druid `Expr.g4`
 */
export function parseExpression(text: string): Expr {
  if (text.length > MAX_LENGTH) throw new ExpressionError(`Expression of [${text.length}] characters is too long`);
  const parser = new Parser(text);
  const expr = parser.binary(0);
  parser.expectEnd();
  assertHeight(expr);
  return expr;
}

/** Level by level, since going down is what a tree too high does not allow. */
function assertHeight(expr: Expr): void {
  let level: readonly Expr[] = [expr];
  for (let height = 1; level.length > 0; height++) {
    if (height > MAX_HEIGHT) throw new ExpressionError(`Expression is nested deeper than [${MAX_HEIGHT}] levels`);
    level = level.flatMap(partsOf);
  }
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'unary':
      return [expr.operand];
    case 'binary':
      return [expr.left, expr.right];
    case 'call':
      return expr.args;
    case 'lambda':
      return [expr.body];
    default:
      return [];
  }
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  expectEnd(): void {
    if (this.#token.kind !== 'end') throw this.#unexpected();
  }

  binary(level: number): Expr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#power();
    let left = this.binary(level + 1);
    while (this.#token.kind === 'symbol' && operators.includes(this.#token.text)) {
      const operator = this.#next().text as BinaryOperator;
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) };
    }
    return left;
  }

  /** Right-associative, and weaker than unary minus: `-2^2` is 4. */
  #power(): Expr {
    const base = this.#unary();
    if (!this.#takes('^')) return base;
    return { kind: 'binary', operator: '^', left: base, right: this.#nested(() => this.#power()) };
  }

  #unary(): Expr {
    if (this.#takes('-')) return negated(this.#nested(() => this.#unary()));
    if (this.#takes('!')) return { kind: 'unary', operator: '!', operand: this.#nested(() => this.#unary()) };
    return this.#primary();
  }

  #primary(): Expr {
    const token = this.#token;
    switch (token.kind) {
      case 'long':
        this.#at++;
        return literal(this.#long(token.text));
      case 'double':
        this.#at++;
        return literal(Number(token.text));
      case 'string':
        this.#at++;
        return literal(token.text);
      case 'identifier':
        return this.#identifier(token);
      case 'symbol':
        if (token.text === '[' || token.text === '<') return this.#array();
        if (this.#takes('(')) return this.#parenthesised();
        throw this.#unexpected();
      case 'end':
        throw this.#unexpected();
    }
  }

  #identifier(token: Token & { kind: 'identifier' }): Expr {
    this.#at++;
    if (!token.quoted && this.#is('(')) return this.#call(token.text);
    if (!token.quoted && token.text === 'null') return literal(null);
    if (!token.quoted && token.text === 'ARRAY' && this.#is('<')) {
      this.#at--;
      return this.#array();
    }
    if (this.#takes('->')) return this.#lambda([token.text]);
    return { kind: 'identifier', name: token.text };
  }

  /** `(a, b) -> …`, `() -> …`, or an expression in parentheses. */
  #parenthesised(): Expr {
    const start = this.#at;
    const parameters = this.#lambdaParameters();
    if (parameters !== undefined) return this.#lambda(parameters);
    this.#at = start;
    const inner = this.#nested(() => this.binary(0));
    this.#expect(')');
    return inner;
  }

  #lambdaParameters(): string[] | undefined {
    const names: string[] = [];
    while (this.#token.kind === 'identifier') {
      names.push(this.#next().text);
      if (!this.#takes(',')) break;
    }
    return this.#takes(')') && this.#takes('->') ? names : undefined;
  }

  #lambda(parameters: readonly string[]): Expr {
    return { kind: 'lambda', parameters, body: this.#nested(() => this.binary(0)) };
  }

  #call(name: string): Expr {
    this.#expect('(');
    const args: Expr[] = [];
    if (!this.#takes(')')) {
      do args.push(this.#nested(() => this.binary(0)));
      while (this.#takes(','));
      this.#expect(')');
    }
    return { kind: 'call', name: name.toLowerCase(), args };
  }

  /** `[1, 2]`, `<LONG>[]`, `ARRAY<STRING>['a']`. */
  #array(): Expr {
    const declared = this.#elementType();
    this.#expect('[');
    const elements: (ExprValue | undefined)[] = [];
    if (!this.#takes(']')) {
      do elements.push(this.#element());
      while (this.#takes(','));
      this.#expect(']');
    }
    const values = elements.map((value) => value ?? null);
    const type = declared ?? elementTypeOf(values);
    return literal(
      new ExprArray(
        type,
        values.map((value) => toElement(value, type)),
      ),
      `ARRAY<${type}>`,
    );
  }

  #elementType(): ExprType | undefined {
    if (this.#token.kind === 'identifier') this.#at++;
    if (!this.#takes('<')) return undefined;
    const type = this.#typeName();
    this.#expect('>');
    return type;
  }

  #typeName(): ExprType {
    const token = this.#next();
    const name = token.text.toUpperCase();
    if (name === 'ARRAY' || name === 'COMPLEX') {
      this.#expect('<');
      const inner = name === 'ARRAY' ? this.#typeName() : this.#next().text;
      this.#expect('>');
      return `${name}<${inner}>`;
    }
    if (name === 'FLOAT') return 'DOUBLE';
    if (name === 'LONG' || name === 'DOUBLE' || name === 'STRING') return name;
    throw new ExpressionError(`Invalid type [${token.text}] in expression [${this.#text}]`);
  }

  #element(): ExprValue {
    const expr = this.#unary();
    if (expr.kind !== 'literal') throw new ExpressionError(`Elements of an array must be constants: [${this.#text}]`);
    return expr.value;
  }

  #long(digits: string): ExprValue {
    const value = BigInt(digits);
    // 2^63 occurs only as the operand of a minus.
    if (value > MAX_LONG + 1n) throw new ExpressionError(`Number [${digits}] exceeds 64 bits`);
    return BigInt.asIntN(64, value);
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError(`Expression is nested deeper than [${MAX_DEPTH}] levels`);
    const result = parse();
    this.#depth--;
    return result;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    const token = this.#token;
    if (token.kind === 'end') throw this.#unexpected();
    this.#at++;
    return token;
  }

  #is(symbol: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.text === symbol;
  }

  #takes(symbol: string): boolean {
    if (!this.#is(symbol)) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#takes(symbol)) throw this.#unexpected();
  }

  #unexpected(): ExpressionError {
    const { text, at } = this.#token;
    return new ExpressionError(`Unable to parse expression [${this.#text}]: unexpected [${text || 'end'}] at [${at}]`);
  }
}

function negated(operand: Expr): Expr {
  if (operand.kind === 'literal' && typeof operand.value === 'bigint')
    return literal(BigInt.asIntN(64, -operand.value));
  if (operand.kind === 'literal' && typeof operand.value === 'number') return literal(-operand.value);
  return { kind: 'unary', operator: '-', operand };
}

/** STRING when any element is, else DOUBLE when any is, else LONG; an empty array is of strings. */
function elementTypeOf(values: readonly ExprValue[]): ExprType {
  if (values.some((value) => typeof value === 'string')) return 'STRING';
  if (values.some((value) => typeof value === 'number')) return 'DOUBLE';
  return values.some((value) => typeof value === 'bigint') ? 'LONG' : 'STRING';
}

function toElement(value: ExprValue, type: ExprType): ExprValue {
  if (type === 'DOUBLE' && typeof value === 'bigint') return Number(value);
  if (type === 'LONG' && typeof value === 'number') return BigInt(Math.trunc(value));
  return value;
}
