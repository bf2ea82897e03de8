import { invalidInput } from '../../common/druid-error.js';

export type TokenType =
  | 'word'
  | 'quoted'
  | 'string'
  | 'unicodeString'
  | 'binary'
  | 'integer'
  | 'decimal'
  | 'approximate'
  | 'symbol'
  | 'end';

export interface Token {
  readonly type: TokenType;
  /** As written. */
  readonly text: string;
  /** Words: upper case. Names and strings: what is meant. Symbols and numbers: the text. */
  readonly value: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Longest statement that is read, in UTF-16 units. */
const MAX_STATEMENT_LENGTH = 10_000_000;

const WORD = /[\p{L}_$][\p{L}\p{N}\p{M}_$]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const BLANK = /(?:\s|--[^\n\r]*|\/\/[^\n\r]*|\/\*(?!\+)[^]*?\*\/)+/y;
const STRING = /'(?:[^']|'')*'/y;
const QUOTED = /"(?:[^"]|"")+"/y;
const SYMBOLS = ['<=>', '/*+', '=>', '<>', '!=', '<=', '>=', '||', '..'].concat('=<>+-*/%().,;?[]{}:|^&~'.split(''));
const SYMBOL_CHARS = new Set(SYMBOLS.map((s) => s[0]));

/**
 * Tokens of a statement, the last one of type `end`.
 * @throws DruidError INVALID_INPUT `Lexical error at line …` as Calcite's lexer has it
 */
export function tokenize(sql: string): Token[] {
  if (sql.length > MAX_STATEMENT_LENGTH) {
    throw invalidInput(`Statement has [${sql.length}] characters, at most [${MAX_STATEMENT_LENGTH}] are read`, {
      sourceType: 'sql',
    });
  }
  return new Tokenizer(sql).run();
}

class Tokenizer {
  readonly #sql: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  run(): Token[] {
    const sql = this.#sql;
    for (;;) {
      this.#skipBlank();
      if (this.#at >= sql.length) break;
      this.#next();
    }
    this.#push('end', '', '');
    return this.#tokens;
  }

  #next(): void {
    const sql = this.#sql;
    const c = sql[this.#at]!;
    if (c === "'") return this.#string('string', 0);
    if ((c === 'u' || c === 'U') && sql[this.#at + 1] === '&') {
      if (sql[this.#at + 2] === "'") return this.#string('unicodeString', 2);
      if (sql[this.#at + 2] === '"') return this.#quoted(2);
    }
    if ((c === 'x' || c === 'X') && sql[this.#at + 1] === "'") return this.#string('binary', 1);
    if (c === '"') return this.#quoted(0);
    if (this.#match(WORD, 'word')) return;
    if ((c >= '0' && c <= '9') || (c === '.' && /\d/.test(sql[this.#at + 1] ?? ''))) return this.#number();
    if (SYMBOL_CHARS.has(c)) {
      const symbol = SYMBOLS.find((s) => sql.startsWith(s, this.#at));
      if (symbol !== undefined) return this.#push('symbol', symbol, symbol);
    }
    throw this.#lexicalError(c);
  }

  #string(type: 'string' | 'unicodeString' | 'binary', prefix: number): void {
    STRING.lastIndex = this.#at + prefix;
    const found = STRING.exec(this.#sql);
    if (found === null) return this.#push('symbol', "'", "'");
    const text = this.#sql.slice(this.#at, this.#at + prefix) + found[0];
    this.#push(type, text, found[0].slice(1, -1).replaceAll("''", "'"));
  }

  #quoted(prefix: number): void {
    QUOTED.lastIndex = this.#at + prefix;
    const found = QUOTED.exec(this.#sql);
    if (found === null) throw this.#lexicalError(this.#sql[this.#at]!);
    const value = found[0].slice(1, -1).replaceAll('""', '"');
    this.#push(
      'quoted',
      this.#sql.slice(this.#at, this.#at + prefix) + found[0],
      prefix === 0 ? value : decodeUnicodeEscapes(value, '\\'),
    );
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#sql)![0];
    const type = /[eE]/.test(text) ? 'approximate' : text.includes('.') ? 'decimal' : 'integer';
    this.#push(type, text, text);
  }

  #match(pattern: RegExp, type: TokenType): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#sql);
    if (found === null) return false;
    this.#push(type, found[0], found[0].toUpperCase());
    return true;
  }

  #push(type: TokenType, text: string, value: string): void {
    const { line, column } = this.#position();
    this.#advance(text.length);
    const newlineFree = this.#line === line;
    const endColumn = newlineFree ? column + Math.max(text.length - 1, 0) : this.#at - this.#lineStart;
    this.#tokens.push({ type, text, value, line, column, endLine: this.#line, endColumn });
  }

  #position(): { line: number; column: number } {
    if (this.#at >= this.#sql.length) {
      // The end stands where the last token ends, as JavaCC's EOF does.
      const last = this.#tokens.at(-1);
      if (last !== undefined) return { line: last.endLine, column: last.endColumn };
    }
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #skipBlank(): void {
    BLANK.lastIndex = this.#at;
    const found = BLANK.exec(this.#sql);
    if (found !== null) this.#advance(found[0].length);
  }

  #advance(length: number): void {
    const end = this.#at + length;
    for (
      let newline = this.#sql.indexOf('\n', this.#at);
      newline >= 0 && newline < end;
      newline = this.#sql.indexOf('\n', newline + 1)
    ) {
      this.#line++;
      this.#lineStart = newline + 1;
    }
    this.#at = end;
  }

  #lexicalError(character: string): Error {
    const escaped = character === '"' ? '\\"' : character;
    return invalidInput(
      `Lexical error at line ${this.#line}, column ${this.#at - this.#lineStart + 1}.  Encountered: "${escaped}" (${character.codePointAt(0)}), after : ""`,
      { sourceType: 'sql' },
    );
  }
}

/** `\00e9` and `\+01F600` of `U&'…'`; a doubled escape stands for itself. */
export function decodeUnicodeEscapes(text: string, escape: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== escape) {
      out += text[i];
      continue;
    }
    const wide = text[i + 1] === '+';
    const hex = wide ? text.slice(i + 2, i + 8) : text.slice(i + 1, i + 5);
    if (text[i + 1] === escape) {
      out += escape;
      i++;
    } else if (new RegExp(`^[0-9a-fA-F]{${wide ? 6 : 4}}$`).test(hex) && Number.parseInt(hex, 16) <= 0x10ffff) {
      out += String.fromCodePoint(Number.parseInt(hex, 16));
      i += wide ? 7 : 4;
    } else {
      throw invalidInput(`Unicode escape sequence starting at character '${i}' is not exactly four hex digits`, {
        sourceType: 'sql',
      });
    }
  }
  return out;
}
