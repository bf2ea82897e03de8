import type { Expression, SymbolNode } from './ast.js';
import { functionCall } from './parse-call.js';
import type { ParseContext } from './parse-context.js';
import { parseTypeName } from './parse-type.js';
import { spanOf, type TokenStream } from './token-stream.js';
import type { Token } from './tokenizer.js';

type SpecialParser = (context: ParseContext, start: Token) => Expression;

/** Functions whose arguments have a syntax of their own. Each parser begins behind `NAME (` and takes the `)`. */
const SPECIAL: Readonly<Record<string, SpecialParser>> = {
  EXTRACT: parseExtract,
  FLOOR: parseRounding,
  CEIL: parseRounding,
  CEILING: parseRounding,
  TRIM: parseTrim,
  SUBSTRING: parseSubstring,
  POSITION: parsePosition,
  OVERLAY: parseOverlay,
  TIMESTAMPADD: parseTimestampFunction,
  TIMESTAMPDIFF: parseTimestampFunction,
  JSON_VALUE: parseJsonValue,
  JSON_QUERY: parseJsonValue,
  JSON_OBJECT: parseJsonObject,
};

const BINDS_STRONGER_THAN_IN = 32;

export function isSpecialCall(tokens: TokenStream): boolean {
  return tokens.isSymbol('(', 1) && tokens.current.value in SPECIAL;
}

export function parseSpecialCall(context: ParseContext): Expression {
  const { tokens } = context;
  const start = tokens.advance();
  tokens.needSymbol('(');
  return SPECIAL[start.value]!(context, start);
}

function finish(context: ParseContext, start: Token, operands: readonly Expression[], name = start.value): Expression {
  context.tokens.needSymbol(')');
  return functionCall(name, operands, context.tokens.spanFrom(start));
}

/** A unit of time as a word or in quotes. */
function unitSymbol(tokens: TokenStream): SymbolNode {
  const token = tokens.current;
  if (token.type !== 'word' && token.type !== 'quoted') throw tokens.unexpected();
  tokens.advance();
  return { kind: 'symbol', name: token.value.toUpperCase(), at: spanOf(token) };
}

function parseExtract(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const unit = unitSymbol(tokens);
  tokens.needWord('FROM');
  return finish(context, start, [unit, context.expression()]);
}

/** `FLOOR(x)`, `FLOOR(t TO DAY)`. */
function parseRounding(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const operands = [context.expression()];
  if (tokens.word('TO')) operands.push(unitSymbol(tokens));
  else if (tokens.symbol(',')) operands.push(...tokens.list(() => context.expression()));
  return finish(context, start, operands, start.value === 'FLOOR' ? 'FLOOR' : 'CEIL');
}

/** Always `TRIM(flag, characters, text)`. */
function parseTrim(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const flagToken = tokens.current;
  let flag = 'BOTH';
  let explicit = false;
  for (const word of ['BOTH', 'LEADING', 'TRAILING']) {
    if (!explicit && tokens.word(word)) {
      flag = word;
      explicit = true;
    }
  }
  const symbol: SymbolNode = { kind: 'symbol', name: flag, at: spanOf(explicit ? flagToken : start) };
  const space: Expression = { kind: 'literal', type: 'string', text: ' ', at: spanOf(start) };
  if (explicit && tokens.word('FROM')) return finish(context, start, [symbol, space, context.expression()]);
  const first = context.expression();
  if (tokens.word('FROM')) return finish(context, start, [symbol, first, context.expression()]);
  if (tokens.symbol(',')) return finish(context, start, [symbol, context.expression(), first]);
  return finish(context, start, [symbol, space, first]);
}

function parseSubstring(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const operands = [context.expression()];
  if (tokens.word('FROM') || tokens.symbol(',')) operands.push(context.expression());
  else throw tokens.unexpected();
  if (tokens.word('FOR') || tokens.symbol(',')) operands.push(context.expression());
  return finish(context, start, operands);
}

/** `POSITION(a IN b [FROM n])`: IN is no operator here. */
function parsePosition(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const operands = [context.expression(BINDS_STRONGER_THAN_IN)];
  if (!tokens.word('IN') && !tokens.symbol(',')) throw tokens.unexpected();
  operands.push(context.expression());
  if (tokens.word('FROM') || tokens.symbol(',')) operands.push(context.expression());
  return finish(context, start, operands);
}

function parseOverlay(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const operands = [context.expression()];
  if (tokens.symbol(',')) {
    operands.push(...tokens.list(() => context.expression()));
    return finish(context, start, operands);
  }
  tokens.needWord('PLACING');
  operands.push(context.expression());
  tokens.needWord('FROM');
  operands.push(context.expression());
  if (tokens.word('FOR')) operands.push(context.expression());
  return finish(context, start, operands);
}

function parseTimestampFunction(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const unit = unitSymbol(tokens);
  const operands: Expression[] = [unit];
  while (tokens.symbol(',')) operands.push(context.expression());
  return finish(context, start, operands);
}

/** `JSON_VALUE(j, path [RETURNING type] [… ON EMPTY] [… ON ERROR])`; RETURNING becomes a symbol operand `RETURNING <type>`. */
function parseJsonValue(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const operands = tokens.list(() => context.expression());
  if (tokens.word('RETURNING')) {
    const type = parseTypeName(tokens);
    const literal: Expression = { kind: 'literal', type: 'null', text: 'NULL', at: type.at };
    operands.push({ kind: 'cast', safe: false, operand: literal, type, at: type.at });
  }
  while (!tokens.isSymbol(')') && tokens.current.type === 'word') {
    const word = tokens.current.value;
    if (
      !['NULL', 'ERROR', 'ON', 'EMPTY', 'WITH', 'WITHOUT', 'ARRAY', 'WRAPPER', 'CONDITIONAL', 'UNCONDITIONAL'].includes(
        word,
      )
    )
      break;
    tokens.advance();
  }
  return finish(context, start, operands);
}

/** `JSON_OBJECT(KEY k VALUE v, k: v, k VALUE v, …)` as alternating keys and values; `JSON_OBJECT(k, v)` too. */
function parseJsonObject(context: ParseContext, start: Token): Expression {
  const { tokens } = context;
  const operands: Expression[] = [];
  if (!tokens.isSymbol(')')) {
    do {
      tokens.word('KEY');
      operands.push(context.expression());
      if (tokens.word('VALUE') || tokens.symbol(':') || tokens.symbol(',')) operands.push(context.expression());
      else throw tokens.unexpected();
    } while (tokens.symbol(','));
  }
  if (tokens.isWord('NULL') || tokens.isWord('ABSENT')) {
    tokens.advance();
    tokens.needWord('ON');
    tokens.needWord('NULL');
  }
  return finish(context, start, operands);
}
