import type { TypeName } from './ast.js';
import type { TokenStream } from './token-stream.js';

/** Other spellings of types. */
const SYNONYMS: Readonly<Record<string, string>> = {
  INT: 'INTEGER',
  DEC: 'DECIMAL',
  NUMERIC: 'DECIMAL',
  CHARACTER: 'CHAR',
  NCHAR: 'CHAR',
  STRING: 'VARCHAR',
};

/** A type of CAST, RETURNING or EXTEND: `VARCHAR(10)`, `DOUBLE PRECISION`, `BIGINT ARRAY`, `TYPE('COMPLEX<json>')`. */
export function parseTypeName(tokens: TokenStream): TypeName {
  const start = tokens.current;
  let type = baseType(tokens);
  while (tokens.word('ARRAY')) {
    type = { name: 'ARRAY', precision: null, scale: null, element: type, at: tokens.spanFrom(start) };
  }
  return type;
}

function baseType(tokens: TokenStream): TypeName {
  const start = tokens.current;
  if (start.type !== 'word' && start.type !== 'quoted') throw tokens.unexpected();
  tokens.advance();
  const word = start.type === 'word' ? start.value : start.value;
  let name = SYNONYMS[word] ?? word;
  if (name === 'DOUBLE') tokens.word('PRECISION');
  if (name === 'CHAR' && tokens.word('VARYING')) name = 'VARCHAR';
  let precision: number | null = null;
  let scale: number | null = null;
  if (tokens.symbol('(')) {
    if (name === 'TYPE' && tokens.is('string')) {
      name = tokens.advance().value;
    } else {
      precision = integer(tokens);
      if (tokens.symbol(',')) scale = integer(tokens);
    }
    tokens.needSymbol(')');
  }
  if (name === 'TIMESTAMP' || name === 'TIME') {
    if (!tokens.words('WITHOUT', 'TIME', 'ZONE')) tokens.words('WITH', 'LOCAL', 'TIME', 'ZONE');
  }
  return { name, precision, scale, element: null, at: tokens.spanFrom(start) };
}

function integer(tokens: TokenStream): number {
  tokens.symbol('-');
  if (!tokens.is('integer')) {
    tokens.expect('<UNSIGNED_INTEGER_LITERAL>');
    throw tokens.unexpected();
  }
  return Number(tokens.advance().value);
}
