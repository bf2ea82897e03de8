import type { Expression, Query } from './ast.js';
import type { TokenStream } from './token-stream.js';

/** The token stream with the parsers that call each other. */
export interface ParseContext {
  readonly tokens: TokenStream;
  /** An expression of operators that bind stronger than `power` (0: all). */
  expression(power?: number): Expression;
  /** SELECT, VALUES, WITH, set operations, with ORDER BY and LIMIT. */
  query(): Query;
}

/** Does a query begin at the current token (maybe behind parentheses)? */
export function isQueryStart(tokens: TokenStream): boolean {
  let ahead = 0;
  while (tokens.isSymbol('(', ahead)) ahead++;
  return (
    tokens.isWord('SELECT', ahead) ||
    tokens.isWord('WITH', ahead) ||
    tokens.isWord('VALUES', ahead) ||
    (tokens.isWord('TABLE', ahead) && tokens.isName(ahead + 1))
  );
}

const QUERY_CONTINUES = new Set(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH']);

/**
 * Whether what begins behind `(` at the current token is a query: with several parentheses it may also be an expression over subqueries, as in `((SELECT 1) + 1)`.
 */
export function isParenthesizedQuery(tokens: TokenStream): boolean {
  if (!tokens.isSymbol('(')) return false;
  if (!tokens.isSymbol('(', 1)) {
    return (
      tokens.isWord('SELECT', 1) || tokens.isWord('WITH', 1) || tokens.isWord('VALUES', 1) || tokens.isWord('TABLE', 1)
    );
  }
  const mark = tokens.mark();
  try {
    tokens.advance();
    if (!isQueryStart(tokens)) return false;
    skipParentheses(tokens);
    const next = tokens.current;
    return tokens.isSymbol(')') || (next.type === 'word' && QUERY_CONTINUES.has(next.value));
  } finally {
    tokens.reset(mark);
  }
}

function skipParentheses(tokens: TokenStream): void {
  let depth = 0;
  do {
    if (tokens.isSymbol('(')) depth++;
    else if (tokens.isSymbol(')')) depth--;
    tokens.advance();
  } while (depth > 0 && !tokens.is('end'));
}
