import { ExpressionError } from './expr.js';

export type Token =
  | { readonly kind: 'identifier'; readonly text: string; readonly at: number; readonly quoted: boolean }
  | { readonly kind: 'string' | 'long' | 'double'; readonly text: string; readonly at: number }
  | { readonly kind: 'symbol'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number };

const SPACE = /[ \t\r\n\f]+/y;
const IDENTIFIER = /[_$a-zA-Z][_$a-zA-Z0-9]*/y;
const DOUBLE = /(?:[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/y;
const LONG = /[0-9]+/y;
/** Longer ones first. */
const SYMBOLS = ['->', '<=', '>=', '==', '!=', '&&', '||', ...Array.from('()[]<>,!-+*/%^')];
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** @throws ExpressionError for text that is no token */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = nextToken(text, at, match);
    tokens.push(token.token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function nextToken(
  text: string,
  at: number,
  match: (pattern: RegExp) => string | undefined,
): { readonly token: Token; readonly end: number } {
  const first = text[at]!;
  if (first === "'" || first === '"') {
    const { value, end } = quoted(text, at, first);
    const token: Token =
      first === "'" ? { kind: 'string', text: value, at } : { kind: 'identifier', text: value, at, quoted: true };
    return { token, end };
  }
  const word = match(IDENTIFIER);
  if (word !== undefined) {
    const isDouble = word === 'NaN' || word === 'Infinity';
    const token: Token = isDouble
      ? { kind: 'double', text: word, at }
      : { kind: 'identifier', text: word, at, quoted: false };
    return { token, end: at + word.length };
  }
  const double = match(DOUBLE);
  if (double !== undefined) return { token: { kind: 'double', text: double, at }, end: at + double.length };
  const long = match(LONG);
  if (long !== undefined) return { token: { kind: 'long', text: long, at }, end: at + long.length };
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
  if (symbol !== undefined) return { token: { kind: 'symbol', text: symbol, at }, end: at + symbol.length };
  throw new ExpressionError(`Unable to parse expression [${text}]: token recognition error at [${at}]`);
}

/** A string or a quoted identifier with Java's escapes. */
function quoted(text: string, start: number, quote: string): { readonly value: string; readonly end: number } {
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === quote) return { value, end: at + 1 };
    if (char !== '\\') {
      value += char;
      continue;
    }
    at++;
    const escaped = text[at];
    if (escaped === 'u') {
      const hex = text.slice(at + 1, at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) break;
      value += String.fromCharCode(Number.parseInt(hex, 16));
      at += 4;
    } else if (escaped !== undefined && '\'"\\/'.includes(escaped)) value += escaped;
    else if (escaped !== undefined && escaped in ESCAPES) value += ESCAPES[escaped];
    else break;
  }
  throw new ExpressionError(`Unable to parse expression [${text}]: token recognition error at [${start}]`);
}
