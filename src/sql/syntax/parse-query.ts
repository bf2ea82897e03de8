import type { Expression, GroupBy, GroupItem, Name, OrderItem, Query, SelectItem, SelectNode } from './ast.js';
import { isParenthesizedQuery, type ParseContext } from './parse-context.js';
import { parseFrom } from './parse-table.js';
import { parseOrderItems, parseWindowSpec } from './parse-window.js';

/** A query with WITH, set operations, ORDER BY, LIMIT, OFFSET, FETCH. */
export function parseQuery(context: ParseContext): Query {
  const { tokens } = context;
  return tokens.nested(() => {
    const start = tokens.current;
    if (!tokens.word('WITH')) return parseOrdered(context);
    const recursive = tokens.word('RECURSIVE');
    const items = tokens.list(() => {
      const name = tokens.name();
      const columns: readonly Name[] = tokens.isSymbol('(') ? tokens.nameList() : [];
      tokens.needWord('AS');
      tokens.needSymbol('(');
      const query = parseQuery(context);
      tokens.needSymbol(')');
      return { name, columns, query };
    });
    const body = parseOrdered(context);
    return { kind: 'with', recursive, items, body, at: tokens.spanFrom(start) };
  });
}

function parseOrdered(context: ParseContext): Query {
  const { tokens } = context;
  const start = tokens.current;
  const query = parseSetOperations(context, 0);
  let orderBy: readonly OrderItem[] = [];
  if (tokens.word('ORDER')) {
    tokens.needWord('BY');
    orderBy = parseOrderItems(context);
  }
  let { offset, limit }: Bounds = { offset: null, limit: null };
  const before = tokens.mark();
  ({ offset, limit } = parseBounds(context));
  if (orderBy.length === 0 && tokens.mark() === before) return query;
  return { kind: 'ordered', query, orderBy, offset, limit, at: tokens.spanFrom(start) };
}

interface Bounds {
  readonly offset: Expression | null;
  readonly limit: Expression | null;
}

function parseBounds(context: ParseContext): Bounds {
  const { tokens } = context;
  let limit: Expression | null = null;
  let offset: Expression | null = null;
  if (tokens.word('LIMIT')) {
    if (!tokens.word('ALL')) {
      limit = parseBound(context);
      if (tokens.symbol(',')) {
        offset = limit;
        limit = parseBound(context);
      }
    }
  }
  if (offset === null && tokens.word('OFFSET')) {
    offset = parseBound(context);
    if (!tokens.word('ROWS')) tokens.word('ROW');
    if (limit === null && tokens.word('LIMIT') && !tokens.word('ALL')) limit = parseBound(context);
  }
  if (limit === null && tokens.word('FETCH')) {
    if (!tokens.word('FIRST')) tokens.needWord('NEXT');
    limit = parseBound(context);
    if (!tokens.word('ROWS')) tokens.needWord('ROW');
    tokens.needWord('ONLY');
  }
  return { offset, limit };
}

/** A number or `?`: nothing else is a limit. */
function parseBound(context: ParseContext): Expression {
  const { tokens } = context;
  if (tokens.is('integer') || tokens.is('decimal') || tokens.is('approximate') || tokens.isSymbol('?')) {
    return context.expression(Number.POSITIVE_INFINITY);
  }
  for (const what of ['<UNSIGNED_INTEGER_LITERAL>', '"?"']) tokens.expect(what);
  throw tokens.unexpected();
}

/** INTERSECT binds stronger than UNION and EXCEPT. */
function parseSetOperations(context: ParseContext, power: number): Query {
  const { tokens } = context;
  const start = tokens.current;
  let left = parseQueryTerm(context);
  let chain = 0;
  for (;;) {
    const operator = tokens.isWord('MINUS') ? 'EXCEPT' : tokens.current.value;
    if (tokens.current.type !== 'word') break;
    if (operator !== 'UNION' && operator !== 'INTERSECT' && operator !== 'EXCEPT') break;
    const mine = operator === 'INTERSECT' ? 2 : 1;
    if (mine <= power) break;
    tokens.advance();
    const all = tokens.word('ALL');
    if (!all) tokens.word('DISTINCT');
    const right = parseSetOperations(context, mine);
    left = { kind: 'setOperation', operator, all, left, right, at: tokens.spanFrom(start) };
    tokens.deepen();
    chain++;
  }
  tokens.shallower(chain);
  for (const word of ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS']) tokens.expect(`"${word}"`);
  return left;
}

function parseQueryTerm(context: ParseContext): Query {
  const { tokens } = context;
  const start = tokens.current;
  if (tokens.isWord('SELECT')) return parseSelect(context);
  if (tokens.word('VALUES') || tokens.word('VALUE')) {
    const rows = tokens.list((): readonly Expression[] => {
      const row = context.expression();
      return row.kind === 'call' && row.name === 'ROW' ? row.operands : [row];
    });
    return { kind: 'values', rows, at: tokens.spanFrom(start) };
  }
  if (tokens.word('TABLE')) {
    const names = [tokens.name()];
    while (tokens.symbol('.')) names.push(tokens.name());
    const at = tokens.spanFrom(start);
    return { kind: 'explicitTable', table: { kind: 'identifier', names, star: false, at }, at };
  }
  if (isParenthesizedQuery(tokens)) {
    tokens.needSymbol('(');
    const query = parseQuery(context);
    tokens.needSymbol(')');
    return query;
  }
  for (const what of ['"SELECT"', '"VALUES"', '"WITH"', '"TABLE"', '"("']) tokens.expect(what);
  throw tokens.unexpected();
}

function parseSelect(context: ParseContext): SelectNode {
  const { tokens } = context;
  const start = tokens.advance();
  const distinct = tokens.word('DISTINCT');
  if (!distinct) tokens.word('ALL');
  const items = tokens.list(() => parseSelectItem(context));
  const from = tokens.word('FROM') ? parseFrom(context) : null;
  const where = tokens.word('WHERE') ? context.expression() : null;
  const groupBy = tokens.word('GROUP') ? parseGroupBy(context) : null;
  const having = tokens.word('HAVING') ? context.expression() : null;
  const windows = tokens.word('WINDOW')
    ? tokens.list(() => {
        const name = tokens.name();
        tokens.needWord('AS');
        return { name, spec: parseWindowSpec(context) };
      })
    : [];
  const qualify = tokens.word('QUALIFY') ? context.expression() : null;
  const at = tokens.spanFrom(start);
  return { kind: 'select', distinct, items, from, where, groupBy, having, windows, qualify, at };
}

function parseSelectItem(context: ParseContext): SelectItem {
  const { tokens } = context;
  const expression = context.expression();
  if (expression.kind === 'identifier' && expression.star) return { expression, alias: null };
  const explicit = tokens.word('AS');
  if (explicit && tokens.is('string')) {
    const token = tokens.advance();
    return { expression, alias: { text: token.value, at: tokens.spanFrom(token) } };
  }
  return { expression, alias: explicit ? tokens.name() : tokens.optionalName() };
}

function parseGroupBy(context: ParseContext): GroupBy {
  const { tokens } = context;
  tokens.needWord('BY');
  const distinct = tokens.word('DISTINCT');
  if (!distinct) tokens.word('ALL');
  return { distinct, items: tokens.list(() => parseGroupItem(context)) };
}

function parseGroupItem(context: ParseContext): GroupItem {
  const { tokens } = context;
  for (const word of ['ROLLUP', 'CUBE'] as const) {
    if (tokens.isWord(word) && tokens.isSymbol('(', 1)) {
      tokens.advance();
      return { kind: word === 'ROLLUP' ? 'rollup' : 'cube', items: parseGroupList(context) };
    }
  }
  if (tokens.isWord('GROUPING') && tokens.isWord('SETS', 1)) {
    tokens.words('GROUPING', 'SETS');
    return { kind: 'sets', items: parseGroupList(context) };
  }
  if (tokens.isSymbol('(') && tokens.isSymbol(')', 1)) {
    tokens.needSymbol('(');
    tokens.needSymbol(')');
    return { kind: 'set', expressions: [] };
  }
  const expression = context.expression();
  if (expression.kind === 'call' && expression.name === 'ROW') return { kind: 'set', expressions: expression.operands };
  return { kind: 'expression', expression };
}

function parseGroupList(context: ParseContext): GroupItem[] {
  const { tokens } = context;
  tokens.needSymbol('(');
  const items = tokens.list(() => parseGroupItem(context));
  tokens.needSymbol(')');
  return items;
}
