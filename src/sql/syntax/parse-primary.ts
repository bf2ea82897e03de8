import type { CaseNode, Expression, Name, Span } from './ast.js';
import { contextVariables, reservedFunctionNames } from './keywords.js';
import { functionCall, parseCall } from './parse-call.js';
import { isParenthesizedQuery, type ParseContext } from './parse-context.js';
import { parseDateTimeLiteral, parseInterval, parseLiteral } from './parse-literal.js';
import { isSpecialCall, parseSpecialCall } from './parse-special-call.js';
import { parseTypeName } from './parse-type.js';
import { spanOf, type TokenStream } from './token-stream.js';

/** Literals, names, calls, CASE, CAST, parentheses: what operators stand between. */
export function parsePrimary(context: ParseContext): Expression {
  const { tokens } = context;
  const token = tokens.current;
  switch (token.type) {
    case 'integer':
    case 'decimal':
    case 'approximate':
    case 'string':
    case 'unicodeString':
    case 'binary':
      return parseLiteral(tokens);
    case 'symbol':
      return parseSymbol(context);
    case 'quoted':
      return parseNameOrCall(context);
    case 'word':
      return parseWord(context);
    case 'end':
      throw expectedExpression(tokens);
  }
}

/** What may begin an expression, for error texts. */
function expectedExpression(tokens: TokenStream): Error {
  for (const what of ['"NOT"', '"EXISTS"', '"CASE"', '"CAST"', '"NULL"', '"("', '"?"']) tokens.expect(what);
  for (const what of ['<UNSIGNED_INTEGER_LITERAL>', '<DECIMAL_NUMERIC_LITERAL>', '<APPROX_NUMERIC_LITERAL>']) {
    tokens.expect(what);
  }
  for (const what of ['<QUOTED_STRING>', '<IDENTIFIER>', '<QUOTED_IDENTIFIER>']) tokens.expect(what);
  return tokens.unexpected();
}

function parseSymbol(context: ParseContext): Expression {
  const { tokens } = context;
  const start = tokens.current;
  if (tokens.symbol('?')) return { kind: 'parameter', index: tokens.parameters++, at: spanOf(start) };
  if (tokens.symbol('*')) return { kind: 'identifier', names: [], star: true, at: spanOf(start) };
  if (!tokens.isSymbol('(')) throw expectedExpression(tokens);
  if (isParenthesizedQuery(tokens)) {
    tokens.needSymbol('(');
    const query = context.query();
    tokens.needSymbol(')');
    return { kind: 'subquery', use: 'scalar', query, at: tokens.spanFrom(start) };
  }
  tokens.needSymbol('(');
  const items = tokens.list(() => context.expression());
  tokens.needSymbol(')');
  return items.length === 1 ? items[0]! : functionCall('ROW', items, tokens.spanFrom(start));
}

function parseWord(context: ParseContext): Expression {
  const { tokens } = context;
  const token = tokens.current;
  switch (token.value) {
    case 'NULL':
    case 'TRUE':
    case 'FALSE':
    case 'UNKNOWN':
      return parseLiteral(tokens);
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      if (tokens.peek().type === 'string') return parseDateTimeLiteral(tokens);
      break;
    case 'INTERVAL':
      return parseInterval(tokens);
    case 'CASE':
      return parseCase(context);
    case 'CAST':
    case 'SAFE_CAST':
    case 'TRY_CAST':
      return parseCast(context);
    case 'ROW':
      if (tokens.isSymbol('(', 1)) return parseRow(context);
      break;
    case 'ARRAY':
      return parseArray(context);
    default:
      if (isSpecialCall(tokens)) return parseSpecialCall(context);
  }
  return parseNameOrCall(context);
}

function parseCase(context: ParseContext): CaseNode {
  const { tokens } = context;
  const start = tokens.advance();
  const value = tokens.isWord('WHEN') ? null : context.expression();
  const whens: { when: Expression; result: Expression }[] = [];
  while (tokens.word('WHEN')) {
    const when = context.expression();
    const alternatives = [when];
    if (value !== null) while (tokens.symbol(',')) alternatives.push(context.expression());
    tokens.needWord('THEN');
    const result = context.expression();
    for (const alternative of alternatives) whens.push({ when: alternative, result });
  }
  if (whens.length === 0) throw tokens.unexpected();
  const otherwise = tokens.word('ELSE') ? context.expression() : null;
  tokens.needWord('END');
  return { kind: 'case', value, whens, otherwise, at: tokens.spanFrom(start) };
}

function parseCast(context: ParseContext): Expression {
  const { tokens } = context;
  const start = tokens.advance();
  tokens.needSymbol('(');
  const operand = context.expression();
  tokens.needWord('AS');
  const type = parseTypeName(tokens);
  tokens.needSymbol(')');
  return { kind: 'cast', safe: start.value !== 'CAST', operand, type, at: tokens.spanFrom(start) };
}

function parseRow(context: ParseContext): Expression {
  const { tokens } = context;
  const start = tokens.advance();
  tokens.needSymbol('(');
  const items = tokens.list(() => context.expression());
  tokens.needSymbol(')');
  return functionCall('ROW', items, tokens.spanFrom(start));
}

function parseArray(context: ParseContext): Expression {
  const { tokens } = context;
  const start = tokens.advance();
  if (tokens.symbol('[')) {
    const items = tokens.isSymbol(']') ? [] : tokens.list(() => context.expression());
    tokens.needSymbol(']');
    return functionCall('ARRAY', items, tokens.spanFrom(start));
  }
  if (isParenthesizedQuery(tokens)) {
    tokens.needSymbol('(');
    const query = context.query();
    tokens.needSymbol(')');
    return { kind: 'subquery', use: 'array', query, at: tokens.spanFrom(start) };
  }
  tokens.needSymbol('(');
  const items = tokens.isSymbol(')') ? [] : tokens.list(() => context.expression());
  tokens.needSymbol(')');
  return functionCall('ARRAY', items, tokens.spanFrom(start));
}

function parseNameOrCall(context: ParseContext): Expression {
  const { tokens } = context;
  const start = tokens.current;
  if (tokens.isSymbol('(', 1) && start.type === 'word') {
    if (tokens.isName() || reservedFunctionNames.has(start.value)) {
      tokens.advance();
      return parseCall(context, start.text, start);
    }
  }
  if (tokens.isSymbol('(', 1) && start.type === 'quoted') return parseCall(context, tokens.advance().value, start);
  if (start.type === 'word' && contextVariables.has(start.value)) {
    tokens.advance();
    return { kind: 'identifier', names: [{ text: start.text, at: spanOf(start) }], star: false, at: spanOf(start) };
  }
  if (!tokens.isName()) throw expectedExpression(tokens);
  return parseCompound(tokens, start);
}

function parseCompound(tokens: TokenStream, start: Span): Expression {
  const names: Name[] = [tokens.name()];
  while (tokens.isSymbol('.')) {
    tokens.advance();
    if (tokens.symbol('*')) return { kind: 'identifier', names, star: true, at: tokens.spanFrom(start) };
    names.push(tokens.name());
  }
  return { kind: 'identifier', names, star: false, at: tokens.spanFrom(start) };
}
