import type { Expression, LiteralNode, LiteralType } from './ast.js';
import { decodeUnicodeEscapes } from './tokenizer.js';
import type { TokenStream } from './token-stream.js';

const TIME_UNITS: ReadonlySet<string> = new Set([
  'YEAR',
  'QUARTER',
  'MONTH',
  'WEEK',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
]);

/** Numbers, strings (adjacent ones are one), `U&'…' UESCAPE 'c'`, `X'…'`, booleans, NULL. */
export function parseLiteral(tokens: TokenStream): LiteralNode {
  const start = tokens.advance();
  const literal = (type: LiteralType, text: string): LiteralNode => ({
    kind: 'literal',
    type,
    text,
    at: tokens.spanFrom(start),
  });
  switch (start.type) {
    case 'integer':
    case 'decimal':
    case 'approximate':
      return literal(start.type, start.value);
    case 'binary':
      return literal('binary', start.value);
    case 'string':
    case 'unicodeString': {
      let text = start.value;
      while (tokens.is('string')) text += tokens.advance().value;
      tokens.expect('<QUOTED_STRING>');
      if (start.type === 'string') return literal('string', text);
      let escape = '\\';
      if (tokens.word('UESCAPE') && tokens.is('string')) escape = tokens.advance().value;
      return literal('string', decodeUnicodeEscapes(text, escape));
    }
    default:
      return literal(start.value === 'NULL' ? 'null' : 'boolean', start.value);
  }
}

/** `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'`. */
export function parseDateTimeLiteral(tokens: TokenStream): LiteralNode {
  const start = tokens.advance();
  const text = tokens.advance().value;
  const type = start.value === 'DATE' ? 'date' : start.value === 'TIME' ? 'time' : 'timestamp';
  return { kind: 'literal', type, text, at: tokens.spanFrom(start) };
}

/** `INTERVAL '1' DAY`, `INTERVAL -'1:30' HOUR TO MINUTE`, `INTERVAL '1-2' YEAR(3) TO MONTH`. */
export function parseInterval(tokens: TokenStream): Expression {
  const start = tokens.advance();
  const negative = tokens.symbol('-');
  if (!negative) tokens.symbol('+');
  if (!tokens.is('string')) {
    tokens.expect('<QUOTED_STRING>');
    throw tokens.unexpected();
  }
  const text = tokens.advance().value;
  const from = unit(tokens);
  const to = tokens.word('TO') ? unit(tokens) : null;
  return { kind: 'interval', negative, text, from, to, at: tokens.spanFrom(start) };
}

function unit(tokens: TokenStream): string {
  const token = tokens.current;
  const singular = token.value.endsWith('S') ? token.value.slice(0, -1) : token.value;
  if (token.type !== 'word' || !TIME_UNITS.has(singular)) {
    for (const word of TIME_UNITS) tokens.expect(`"${word}"`);
    throw tokens.unexpected();
  }
  tokens.advance();
  if (tokens.symbol('(')) {
    while (tokens.is('integer') || tokens.isSymbol(',')) tokens.advance();
    tokens.needSymbol(')');
  }
  return singular;
}
