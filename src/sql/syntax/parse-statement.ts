import { invalidInput } from '../../common/druid-error.js';
import type { Expression, IngestNode, OrderItem, Statement } from './ast.js';
import { reservedWords } from './keywords.js';
import { isQueryStart, type ParseContext } from './parse-context.js';
import { parseExpression } from './parse-expression.js';
import { parseQuery } from './parse-query.js';
import { parseOrderItems } from './parse-window.js';
import { isSyntaxError, TokenStream } from './token-stream.js';

/** Statements that are only recognized, by first word. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  DELETE: 'DELETE',
  UPDATE: 'UPDATE',
  UPSERT: 'INSERT',
  DESCRIBE: 'DESCRIBE_TABLE',
  SET: 'SET_OPTION',
  RESET: 'SET_OPTION',
  ALTER: 'SET_OPTION',
  CALL: 'PROCEDURE_CALL',
};

/**
 * Reads one statement.
 * @throws DruidError INVALID_INPUT in the words of Druid's parser, with the place and what would have been accepted there
 */
export function parseStatement(sql: string): { readonly statement: Statement; readonly parameterCount: number } {
  try {
    return parse(sql, false);
  } catch (error) {
    if (isSyntaxError(error)) return parse(sql, true);
    throw error;
  }
}

function parse(sql: string, recording: boolean): ReturnType<typeof parseStatement> {
  const tokens = new TokenStream(sql, recording);
  const context: ParseContext = {
    tokens,
    expression: (power) => parseExpression(context, power),
    query: () => parseQuery(context),
  };
  const statement = parseAny(context);
  if (!tokens.is('end')) {
    tokens.expect('<EOF>');
    throw tokens.unexpected();
  }
  return { statement, parameterCount: tokens.parameters };
}

function parseAny(context: ParseContext): Statement {
  const { tokens } = context;
  if (isQueryStart(tokens)) return { kind: 'query', query: context.query() };
  if (tokens.isWord('EXPLAIN')) return parseExplain(context);
  if (tokens.isWord('INSERT') || (tokens.isWord('REPLACE') && tokens.isWord('INTO', 1))) return parseIngest(context);
  if (tokens.isWord('MERGE')) return parseMerge(context);
  const first = tokens.current;
  const known = first.type === 'word' ? UNSUPPORTED[first.value] : undefined;
  if (first.value === 'SET' && first.type === 'word') return parseSet(context);
  if (known !== undefined) {
    const name = first.value === 'DESCRIBE' && tokens.isWord('SCHEMA', 1) ? 'DESCRIBE_SCHEMA' : known;
    while (!tokens.is('end')) tokens.advance();
    return { kind: 'unsupported', name };
  }
  if (first.type === 'end' || (first.type === 'word' && reservedWords.has(first.value)) || tokens.isSymbol("'")) {
    expectStatement(tokens);
    throw tokens.unexpected();
  }
  // Anything else begins an expression, which is no query.
  context.expression();
  throw invalidInput('Non-query expression encountered in illegal context', { sourceType: 'sql' });
}

function expectStatement(tokens: TokenStream): void {
  for (const word of ['INSERT', 'UPSERT', 'EXPLAIN', 'SET', 'RESET', 'ALTER', 'WITH', 'SELECT', 'VALUES', 'TABLE']) {
    tokens.expect(`"${word}"`);
  }
  for (const word of ['DELETE', 'UPDATE', 'MERGE', 'CALL', 'DESCRIBE', '(']) tokens.expect(`"${word}"`);
}

/** `EXPLAIN PLAN [INCLUDING ALL ATTRIBUTES] [WITH TYPE | WITH IMPLEMENTATION | WITHOUT IMPLEMENTATION] [AS JSON | AS XML | AS DOT] FOR …` */
function parseExplain(context: ParseContext): Statement {
  const { tokens } = context;
  if (!tokens.isWord('PLAN', 1)) {
    tokens.expect('"EXPLAIN" "PLAN"');
    throw tokens.unexpected();
  }
  tokens.words('EXPLAIN', 'PLAN');
  if (tokens.word('EXCLUDING') || tokens.word('INCLUDING')) {
    tokens.word('ALL');
    tokens.needWord('ATTRIBUTES');
  }
  if (tokens.word('WITH') || tokens.word('WITHOUT')) {
    if (!tokens.word('TYPE')) tokens.needWord('IMPLEMENTATION');
  }
  if (tokens.word('AS')) {
    if (!tokens.word('JSON') && !tokens.word('XML')) tokens.needWord('DOT');
  }
  tokens.needWord('FOR');
  return { kind: 'explain', statement: parseAny(context) };
}

function parseIngest(context: ParseContext): IngestNode {
  const { tokens } = context;
  const start = tokens.advance();
  const operation = start.value === 'INSERT' ? 'INSERT' : 'REPLACE';
  tokens.needWord('INTO');
  const target = [tokens.name()];
  while (tokens.symbol('.')) target.push(tokens.name());
  const columns = tokens.isSymbol('(') && !isQueryStart(tokens) ? tokens.nameList() : [];
  let overwrite: 'ALL' | Expression | null = null;
  if (operation === 'REPLACE' && tokens.word('OVERWRITE')) {
    if (tokens.word('ALL')) overwrite = 'ALL';
    else {
      tokens.needWord('WHERE');
      overwrite = context.expression();
    }
  }
  const query = context.query();
  let partitionedBy: string | Expression | null = null;
  if (tokens.word('PARTITIONED')) {
    tokens.needWord('BY');
    partitionedBy = parseGranularity(context);
  }
  let clusteredBy: readonly OrderItem[] = [];
  if (tokens.word('CLUSTERED')) {
    tokens.needWord('BY');
    clusteredBy = parseOrderItems(context);
  }
  const at = tokens.spanFrom(start);
  return { kind: 'ingest', operation, target, columns, query, overwrite, partitionedBy, clusteredBy, at };
}

function parseGranularity(context: ParseContext): string | Expression {
  const { tokens } = context;
  if (tokens.word('ALL')) {
    tokens.word('TIME');
    return 'ALL';
  }
  for (const word of ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']) {
    if (tokens.isWord(word) && !tokens.isSymbol('(', 1)) {
      tokens.advance();
      return word;
    }
  }
  return context.expression();
}

function parseSet(context: ParseContext): Statement {
  const { tokens } = context;
  tokens.needWord('SET');
  tokens.name();
  while (tokens.symbol('.')) tokens.name();
  tokens.needSymbol('=');
  context.expression();
  return { kind: 'unsupported', name: 'SET_OPTION' };
}

/** Read far enough to tell a complete MERGE, which is refused, from a broken one. */
function parseMerge(context: ParseContext): Statement {
  const { tokens } = context;
  tokens.needWord('MERGE');
  tokens.needWord('INTO');
  tokens.name();
  while (tokens.symbol('.')) tokens.name();
  tokens.word('AS');
  tokens.optionalName();
  tokens.needWord('USING');
  if (tokens.isSymbol('(')) context.expression();
  else tokens.name();
  while (tokens.symbol('.')) tokens.name();
  tokens.word('AS');
  tokens.optionalName();
  tokens.needWord('ON');
  context.expression();
  tokens.needWord('WHEN');
  while (!tokens.is('end')) tokens.advance();
  return { kind: 'unsupported', name: 'MERGE' };
}
