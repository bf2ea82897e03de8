import { type DruidError, invalidInput } from '../../common/druid-error.js';
import type { Name, Span } from './ast.js';
import { reservedWords } from './keywords.js';
import { type Token, type TokenType, tokenize } from './tokenizer.js';

/** Nested constructs (parentheses, subqueries, chains of operators) that a statement may have. */
const MAX_DEPTH = 500;

/**
 * Reads tokens one after another, and remembers what would have been accepted where, for error texts. Recording is switched on only when a statement is read again after
 * a syntax error.
 */
export class TokenStream {
  readonly #tokens: readonly Token[];
  readonly #recording: boolean;
  #index = 0;
  #expected: string[] = [];
  #depth = 0;
  /** Number of `?` so far. */
  parameters = 0;

  constructor(sql: string, recording: boolean) {
    this.#tokens = tokenize(sql);
    this.#recording = recording;
  }

  get current(): Token {
    return this.#tokens[this.#index]!;
  }

  get previous(): Token {
    return this.#tokens[Math.max(0, this.#index - 1)]!;
  }

  peek(ahead = 1): Token {
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)]!;
  }

  advance(): Token {
    const token = this.current;
    if (token.type !== 'end') this.#index++;
    if (this.#recording) this.#expected = [];
    return token;
  }

  mark(): number {
    return this.#index;
  }

  /** Back to a mark, to read in another way. */
  reset(mark: number): void {
    this.#index = mark;
  }

  isWord(word: string, ahead = 0): boolean {
    const token = ahead === 0 ? this.current : this.peek(ahead);
    return token.type === 'word' && token.value === word;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = ahead === 0 ? this.current : this.peek(ahead);
    return token.type === 'symbol' && token.value === symbol;
  }

  /** Takes the keyword if it comes next. */
  word(word: string): boolean {
    if (this.isWord(word)) {
      this.advance();
      return true;
    }
    this.expect(`"${word}"`);
    return false;
  }

  /** Takes the keywords if all of them come next. */
  words(...words: readonly string[]): boolean {
    if (words.every((word, i) => this.isWord(word, i))) {
      for (let i = 0; i < words.length; i++) this.advance();
      return true;
    }
    this.expect(`"${words[0]}"`);
    return false;
  }

  symbol(symbol: string): boolean {
    if (this.isSymbol(symbol)) {
      this.advance();
      return true;
    }
    this.expect(`"${symbol}"`);
    return false;
  }

  needWord(word: string): void {
    if (!this.word(word)) throw this.unexpected();
  }

  needSymbol(symbol: string): void {
    if (!this.symbol(symbol)) throw this.unexpected();
  }

  is(type: TokenType): boolean {
    return this.current.type === type;
  }

  /** A name comes next: quoted, or a word that is not reserved. */
  isName(ahead = 0): boolean {
    const token = ahead === 0 ? this.current : this.peek(ahead);
    return token.type === 'quoted' || (token.type === 'word' && !reservedWords.has(token.value));
  }

  optionalName(): Name | null {
    if (!this.isName()) {
      for (const name of ['<IDENTIFIER>', '<QUOTED_IDENTIFIER>']) this.expect(name);
      return null;
    }
    return nameOf(this.advance());
  }

  /** The name of an argument, `=>` behind it: there reserved words are names as well, such as `filter`. */
  argumentName(): Name | null {
    const isWord = this.is('word') || this.is('quoted');
    return isWord && this.isSymbol('=>', 1) ? nameOf(this.advance()) : null;
  }

  name(): Name {
    const name = this.optionalName();
    if (name === null) throw this.unexpected();
    return name;
  }

  /** `( name, … )` */
  nameList(): Name[] {
    this.needSymbol('(');
    const names = this.list(() => this.name());
    this.needSymbol(')');
    return names;
  }

  list<T>(one: () => T): T[] {
    const all = [one()];
    while (this.symbol(',')) all.push(one());
    return all;
  }

  expect(what: string): void {
    if (this.#recording && !this.#expected.includes(what)) this.#expected.push(what);
  }

  /** From a token's start to the end of what was read last. */
  spanFrom(start: { readonly line: number; readonly column: number }): Span {
    const { endLine, endColumn } = this.previous;
    return { line: start.line, column: start.column, endLine, endColumn };
  }

  /** Runs one level deeper. @throws DruidError INVALID_INPUT beyond the limit */
  nested<T>(parse: () => T): T {
    this.deepen();
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }

  /** Chains of operators count too: what reads the tree recurses over them. */
  deepen(): void {
    if (++this.#depth > MAX_DEPTH) {
      throw invalidInput(`Statement is nested deeper than [${MAX_DEPTH}] levels`, { sourceType: 'sql' });
    }
  }

  shallower(levels: number): void {
    this.#depth -= levels;
  }

  /** The error for the current token. @source Calcite `SqlParserImpl.normalizeException`, Druid `DruidPlanner.parseException` */
  unexpected(token: Token = this.current): DruidError {
    const options = this.#expected;
    if (token.type === 'word' && reservedWords.has(token.value)) {
      const lines = options.map((option) => `\n    ${option} ...`).join('');
      return syntaxError(
        `Incorrect syntax near the keyword '${token.text.toUpperCase()}' at line ${token.line}, column ${token.column}.\nWas expecting one of:${lines}`,
        { sourceType: 'sql' },
      );
    }
    const text = token.type === 'end' ? '<EOF>' : token.text === "'" ? `\\' ${this.peek().text}` : token.text;
    const expected = `[${options.join(', ')}]`;
    return syntaxError(
      `Received an unexpected token [${text}] (line [${token.line}], column [${token.column}]), acceptable options: ${expected}`,
      { ...positionContext(spanOf(token)), token: text, expected },
    );
  }
}

export function spanOf(token: Token): Span {
  return { line: token.line, column: token.column, endLine: token.endLine, endColumn: token.endColumn };
}

/** Members of an error's context that say where it is. */
export function positionContext(at: Span): Record<string, string> {
  return {
    sourceType: 'sql',
    line: String(at.line),
    column: String(at.column),
    endLine: String(at.endLine),
    endColumn: String(at.endColumn),
  };
}

/** A mistake that validation found, with its place as Druid writes it. */
export function errorAt(message: string, at: Span): DruidError {
  return invalidInput(`${message} (line [${at.line}], column [${at.column}])`, positionContext(at));
}

const syntaxErrors = new WeakSet<object>();

function syntaxError(message: string, context: Record<string, string>): DruidError {
  const error = invalidInput(message, context);
  syntaxErrors.add(error);
  return error;
}

/** An error of `unexpected`, whose options are known only when the statement was read with recording. */
export function isSyntaxError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && syntaxErrors.has(error);
}

/** @throws DruidError INVALID_INPUT when it is too long */
function nameOf(token: Token): Name {
  const text = token.type === 'quoted' ? token.value : token.text;
  if (text.length > 128) {
    throw invalidInput(`Length of identifier '${text}' must be less than or equal to 128 characters`, {
      sourceType: 'sql',
    });
  }
  return { text, at: spanOf(token) };
}
