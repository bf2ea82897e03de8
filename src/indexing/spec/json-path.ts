/**
 * JSONPath as Jayway reads it: names, indexes, unions, slices, wildcards, deep scans, filters and the common functions at the end.
 * @source https://github.com/json-path/JsonPath#operators
 */
import { invalidInput } from '../../common/druid-error.js';
import { linearRegex } from '../../common/linear-regex.js';

/** A member by name or an element by index (from the end when negative). */
export type PathStep = string | number | ManySteps | PathFunction;

/** Steps that may give any number of values. */
export type ManySteps =
  | { readonly kind: 'union'; readonly members: readonly (string | number)[] }
  | { readonly kind: 'slice'; readonly from: number | null; readonly to: number | null; readonly by: number }
  | { readonly kind: 'wildcard' }
  /** The value itself and everything below it. */
  | { readonly kind: 'deep' }
  | { readonly kind: 'filter'; readonly test: PathTest };

export interface PathFunction {
  readonly kind: 'function';
  readonly name: PathFunctionName;
}

export const PATH_FUNCTIONS = [
  'length',
  'size',
  'min',
  'max',
  'avg',
  'sum',
  'stddev',
  'first',
  'last',
  'keys',
] as const;
export type PathFunctionName = (typeof PATH_FUNCTIONS)[number];

export type PathTest =
  | { readonly kind: 'and' | 'or'; readonly left: PathTest; readonly right: PathTest }
  | { readonly kind: 'not'; readonly test: PathTest }
  | { readonly kind: 'exists'; readonly path: FilterPath }
  | {
      readonly kind: 'compare';
      readonly operator: PathOperator;
      readonly left: PathOperand;
      readonly right: PathOperand;
    };

const OPERATORS = ['==', '!=', '<=', '>=', '=~', '<', '>', 'in', 'nin', 'contains'] as const;
export type PathOperator = (typeof OPERATORS)[number];

export interface FilterPath {
  readonly kind: 'path';
  readonly fromRoot: boolean;
  readonly steps: readonly PathStep[];
}
export type PathOperand = FilterPath | { readonly kind: 'value'; readonly value: unknown };

/** Names one place: what is found there, not a list of what is found. */
export function isDefinite(steps: readonly PathStep[]): steps is readonly (string | number)[] {
  return steps.every((step) => typeof step !== 'object');
}

/** @throws DruidError INVALID_INPUT for what is no path */
export function parseJsonPath(text: string): readonly PathStep[] {
  const reader = new PathReader(text);
  reader.expect('$');
  const steps = reader.steps();
  if (!reader.atEnd) throw reader.bad();
  return steps;
}

const NAME = /[^.[\]()'"\s,*?@=!<>&|~]+/y;
const INTEGER = /-?\d+/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const REGEX = /\/((?:[^/\\]|\\.)*)\/(i?)/y;
/** Deeper filters are nobody's. */
const MAX_DEPTH = 50;

class PathReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text.trim();
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  bad(): Error {
    return invalidInput(`JSON path [${this.#text}] cannot be read at character [${this.#at}]`);
  }

  expect(token: string): void {
    if (!this.#take(token)) throw this.bad();
  }

  steps(): PathStep[] {
    const steps: PathStep[] = [];
    for (;;) {
      if (this.#take('..')) {
        steps.push({ kind: 'deep' });
        if (this.#peek() !== '[') steps.push(this.#member());
      } else if (this.#take('.')) steps.push(this.#memberOrFunction());
      else if (this.#take('[')) steps.push(this.#bracket());
      else return steps;
    }
  }

  #memberOrFunction(): PathStep {
    const step = this.#member();
    if (typeof step !== 'string' || !this.#take('(')) return step;
    this.expect(')');
    const name = PATH_FUNCTIONS.find((known) => known === step);
    if (name === undefined) throw invalidInput(`JSON path [${this.#text}] has unknown function [${step}]`);
    return { kind: 'function', name };
  }

  #member(): PathStep {
    if (this.#take('*')) return { kind: 'wildcard' };
    return this.#match(NAME)?.[0] ?? this.#fail();
  }

  #bracket(): PathStep {
    this.#blanks();
    const step = this.#inBrackets();
    this.#blanks();
    this.expect(']');
    return step;
  }

  #inBrackets(): PathStep {
    if (this.#take('*')) return { kind: 'wildcard' };
    if (this.#take('?')) {
      this.expect('(');
      const test = this.#anyOf();
      this.expect(')');
      return { kind: 'filter', test };
    }
    if (this.#peek() === "'" || this.#peek() === '"') return this.#list(() => this.#quoted());
    const from = this.#integer();
    if (this.#take(':')) {
      const to = this.#integer();
      const by = this.#take(':') ? (this.#integer() ?? 1) : 1;
      if (by <= 0) throw this.bad();
      return { kind: 'slice', from, to, by };
    }
    if (from === null) throw this.bad();
    return this.#list(() => this.#integer() ?? this.#fail(), from);
  }

  #list<T extends string | number>(next: () => T, first?: T): PathStep {
    const members: T[] = [first ?? next()];
    for (this.#blanks(); this.#take(','); this.#blanks()) {
      this.#blanks();
      members.push(next());
    }
    return members.length === 1 ? members[0]! : { kind: 'union', members };
  }

  #anyOf(): PathTest {
    if (++this.#depth > MAX_DEPTH) throw this.bad();
    let test = this.#allOf();
    while (this.#token('||')) test = { kind: 'or', left: test, right: this.#allOf() };
    this.#depth--;
    return test;
  }

  #allOf(): PathTest {
    let test = this.#one();
    while (this.#token('&&')) test = { kind: 'and', left: test, right: this.#one() };
    return test;
  }

  #one(): PathTest {
    if (this.#token('!')) return { kind: 'not', test: this.#one() };
    if (this.#token('(')) {
      const test = this.#anyOf();
      this.#blanks();
      this.expect(')');
      return test;
    }
    const left = this.#operand();
    const operator = OPERATORS.find((known) => this.#token(known));
    if (operator !== undefined) {
      const right = this.#operand();
      this.#blanks();
      return { kind: 'compare', operator, left, right };
    }
    this.#blanks();
    return left.kind === 'path' ? { kind: 'exists', path: left } : this.#fail();
  }

  #operand(): PathOperand {
    this.#blanks();
    const next = this.#peek();
    if (next === '@' || next === '$') {
      this.#at++;
      return { kind: 'path', fromRoot: next === '$', steps: this.steps() };
    }
    return { kind: 'value', value: this.#value() };
  }

  #value(): unknown {
    this.#blanks();
    const next = this.#peek();
    if (next === "'" || next === '"') return this.#quoted();
    if (this.#take('[')) {
      const values: unknown[] = [];
      for (this.#blanks(); !this.#take(']'); this.#blanks()) {
        if (values.length > 0) this.expect(',');
        values.push(this.#value());
      }
      return values;
    }
    const regex = this.#match(REGEX);
    if (regex) return this.#pattern(regex[1]!, regex[2]!);
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.#take(word)) return value;
    const number = this.#match(NUMBER);
    return number ? Number(number[0]) : this.#fail();
  }

  /** Kept as text: the spec is plain data. */
  #pattern(source: string, flags: string): unknown {
    const pattern = flags === 'i' ? `(?i)${source}` : source;
    try {
      linearRegex(pattern);
    } catch (error) {
      throw invalidInput(`JSON path [${this.#text}] has a bad regular expression: ${(error as Error).message}`);
    }
    return { pattern };
  }

  #quoted(): string {
    const quote = this.#peek();
    let text = '';
    for (this.#at++; ; this.#at++) {
      if (this.atEnd) throw this.bad();
      if (this.#peek() === quote) break;
      if (this.#peek() === '\\') this.#at++;
      text += this.#text[this.#at] ?? '';
    }
    this.#at++;
    return text;
  }

  #integer(): number | null {
    const match = this.#match(INTEGER);
    return match ? Number(match[0]) : null;
  }

  #token(token: string): boolean {
    this.#blanks();
    // A word is taken whole: `in` is not the start of a name.
    if (/\w$/.test(token) && /^\w/.test(this.#text[this.#at + token.length] ?? '')) return false;
    return this.#take(token);
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #blanks(): void {
    while (this.#peek() === ' ') this.#at++;
  }

  #fail(): never {
    throw this.bad();
  }
}
