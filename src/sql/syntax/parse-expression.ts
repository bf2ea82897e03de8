import type { CallNode, Expression, Span } from './ast.js';
import { isParenthesizedQuery, type ParseContext } from './parse-context.js';
import { parsePrimary } from './parse-primary.js';
import type { TokenStream } from './token-stream.js';

/** Binding powers. @source Calcite `SqlStdOperatorTable` */
const OR = 22;
const AND = 24;
const NOT = 26;
const IS = 28;
const COMPARISON = 30;
const RANGE = 32;
const SUM = 40;
const PRODUCT = 60;
const UNARY = 80;

const BINARY: Readonly<Record<string, { readonly power: number; readonly name: string }>> = {
  '=': { power: COMPARISON, name: '=' },
  '<>': { power: COMPARISON, name: '<>' },
  '!=': { power: COMPARISON, name: '<>' },
  '<': { power: COMPARISON, name: '<' },
  '<=': { power: COMPARISON, name: '<=' },
  '>': { power: COMPARISON, name: '>' },
  '>=': { power: COMPARISON, name: '>=' },
  '+': { power: SUM, name: '+' },
  '-': { power: SUM, name: '-' },
  '*': { power: PRODUCT, name: '*' },
  '/': { power: PRODUCT, name: '/' },
  '%': { power: PRODUCT, name: '%' },
  '||': { power: PRODUCT, name: '||' },
};

/** An operator call as a node. */
export function operatorCall(name: string, operands: readonly Expression[], at: Span): CallNode {
  return {
    kind: 'call',
    name,
    operator: true,
    operands,
    star: false,
    distinct: false,
    ignoreNulls: false,
    filter: null,
    orderBy: [],
    over: null,
    at,
  };
}

/** Pratt parser: operators that bind at least as strongly as `power`. */
export function parseExpression(context: ParseContext, power = 0): Expression {
  const { tokens } = context;
  return tokens.nested(() => {
    let left = parsePrefix(context);
    let chain = 0;
    for (;;) {
      const next = parseInfix(context, left, power);
      if (next === null) break;
      if (!isFlat(next, left)) {
        tokens.deepen();
        chain++;
      }
      left = next;
    }
    tokens.shallower(chain);
    return left;
  });
}

/** Long AND and OR chains are one call of many operands. */
function isFlat(next: Expression, left: Expression): boolean {
  return next.kind === 'call' && left.kind === 'call' && next.name === left.name && next.operands.length > 2;
}

function parsePrefix(context: ParseContext): Expression {
  const { tokens } = context;
  const start = tokens.current;
  if (tokens.word('NOT')) {
    const operand = parseExpression(context, NOT);
    return operatorCall('NOT', [operand], tokens.spanFrom(start));
  }
  for (const sign of ['-', '+']) {
    if (tokens.symbol(sign)) {
      const operand = parseExpression(context, UNARY);
      return operatorCall(sign === '-' ? 'MINUS_PREFIX' : 'PLUS_PREFIX', [operand], tokens.spanFrom(start));
    }
  }
  if (tokens.isWord('EXISTS') && tokens.isSymbol('(', 1)) {
    tokens.advance();
    tokens.needSymbol('(');
    const query = context.query();
    tokens.needSymbol(')');
    return { kind: 'subquery', use: 'exists', query, at: tokens.spanFrom(start) };
  }
  return parsePrimary(context);
}

function parseInfix(context: ParseContext, left: Expression, power: number): Expression | null {
  const { tokens } = context;
  const token = tokens.current;
  if (token.type === 'symbol') {
    if (token.value === '[') return parseItem(context, left);
    const operator = BINARY[token.value];
    if (operator === undefined || operator.power <= power) return null;
    tokens.advance();
    if (operator.power === COMPARISON && isQuantifier(tokens)) return parseQuantified(context, left, operator.name);
    const right = parseExpression(context, operator.power);
    return operatorCall(operator.name, [left, right], tokens.spanFrom(left.at));
  }
  if (token.type !== 'word') return null;
  switch (token.value) {
    case 'OR':
      return power < OR ? parseLogical(context, left, 'OR', OR) : null;
    case 'AND':
      return power < AND ? parseLogical(context, left, 'AND', AND) : null;
    case 'IS':
      return power < IS ? parseIs(context, left) : null;
    case 'NOT':
      return power < RANGE && isRangeWord(tokens, 1) ? parseRange(context, left) : null;
    default:
      return power < RANGE && isRangeWord(tokens, 0) ? parseRange(context, left) : null;
  }
}

function isRangeWord(tokens: TokenStream, ahead: number): boolean {
  return ['BETWEEN', 'IN', 'LIKE', 'ILIKE', 'RLIKE', 'SIMILAR'].some((word) => tokens.isWord(word, ahead));
}

function parseLogical(context: ParseContext, left: Expression, name: string, power: number): Expression {
  const { tokens } = context;
  tokens.advance();
  const right = parseExpression(context, power);
  const before = left.kind === 'call' && left.name === name ? left.operands : [left];
  return operatorCall(name, [...before, right], tokens.spanFrom(left.at));
}

function parseItem(context: ParseContext, left: Expression): Expression {
  const { tokens } = context;
  tokens.needSymbol('[');
  const index = context.expression();
  tokens.needSymbol(']');
  return operatorCall('ITEM', [left, index], tokens.spanFrom(left.at));
}

function parseIs(context: ParseContext, left: Expression): Expression {
  const { tokens } = context;
  tokens.needWord('IS');
  const not = tokens.word('NOT') ? 'NOT ' : '';
  if (tokens.word('DISTINCT')) {
    tokens.needWord('FROM');
    const right = parseExpression(context, COMPARISON);
    return operatorCall(`IS ${not}DISTINCT FROM`, [left, right], tokens.spanFrom(left.at));
  }
  for (const word of ['NULL', 'TRUE', 'FALSE', 'UNKNOWN']) {
    if (tokens.word(word)) {
      const what = word === 'UNKNOWN' ? 'NULL' : word;
      return operatorCall(`IS ${not}${what}`, [left], tokens.spanFrom(left.at));
    }
  }
  throw tokens.unexpected();
}

function parseRange(context: ParseContext, left: Expression): Expression {
  const { tokens } = context;
  const negated = tokens.word('NOT');
  const negate = (node: Expression): Expression => (negated ? operatorCall('NOT', [node], node.at) : node);
  if (tokens.word('BETWEEN')) {
    const symmetric = tokens.word('SYMMETRIC');
    if (!symmetric) tokens.word('ASYMMETRIC');
    const low = parseExpression(context, RANGE);
    tokens.needWord('AND');
    const high = parseExpression(context, RANGE);
    const name = symmetric ? 'BETWEEN SYMMETRIC' : 'BETWEEN';
    return negate(operatorCall(name, [left, low, high], tokens.spanFrom(left.at)));
  }
  if (tokens.word('IN')) {
    if (isParenthesizedQuery(tokens)) {
      tokens.needSymbol('(');
      const list = context.query();
      tokens.needSymbol(')');
      return { kind: 'in', value: left, negated, list, at: tokens.spanFrom(left.at) };
    }
    tokens.needSymbol('(');
    const list = tokens.list(() => context.expression());
    tokens.needSymbol(')');
    return { kind: 'in', value: left, negated, list, at: tokens.spanFrom(left.at) };
  }
  const word = tokens.advance().value;
  if (word === 'SIMILAR') tokens.needWord('TO');
  const operands = [left, parseExpression(context, RANGE)];
  if (word !== 'RLIKE' && tokens.word('ESCAPE')) operands.push(parseExpression(context, RANGE));
  return negate(operatorCall(word === 'SIMILAR' ? 'SIMILAR TO' : word, operands, tokens.spanFrom(left.at)));
}

function isQuantifier(tokens: TokenStream): boolean {
  return ['SOME', 'ANY', 'ALL'].some((word) => tokens.isWord(word)) && tokens.isSymbol('(', 1);
}

/** `= ANY (…)` is IN, `<> ALL (…)` is NOT IN; others keep their names, such as `> SOME`. */
function parseQuantified(context: ParseContext, left: Expression, operator: string): Expression {
  const { tokens } = context;
  const word = tokens.advance().value === 'ALL' ? 'ALL' : 'SOME';
  const isQuery = isParenthesizedQuery(tokens);
  tokens.needSymbol('(');
  const list = isQuery ? context.query() : tokens.list(() => context.expression());
  tokens.needSymbol(')');
  const at = tokens.spanFrom(left.at);
  if (operator === '=' && word === 'SOME') return { kind: 'in', value: left, negated: false, list, at };
  if (operator === '<>' && word === 'ALL') return { kind: 'in', value: left, negated: true, list, at };
  const right: Expression =
    'kind' in list ? { kind: 'subquery', use: 'scalar', query: list, at } : operatorCall('ROW', list, at);
  return operatorCall(`${operator} ${word}`, [left, right], at);
}
