import type { CallNode, Expression, ExtendColumn, JoinType, Name, TableAlias, TableNode } from './ast.js';
import { parseCall } from './parse-call.js';
import { isParenthesizedQuery, type ParseContext } from './parse-context.js';
import { isUnpivot, parsePivot, parseUnpivot } from './parse-pivot.js';
import { parseTypeName } from './parse-type.js';

/** What stands behind FROM: tables, joins, commas. */
export function parseFrom(context: ParseContext): TableNode {
  const { tokens } = context;
  let left = parseJoins(context);
  while (tokens.symbol(',')) {
    const right = parseJoins(context);
    left = {
      kind: 'join',
      type: 'COMMA',
      natural: false,
      left,
      right,
      on: null,
      using: null,
      at: tokens.spanFrom(left.at),
    };
  }
  return left;
}

function parseJoins(context: ParseContext): TableNode {
  const { tokens } = context;
  return tokens.nested(() => {
    let left = parseTable(context);
    let chain = 0;
    for (;;) {
      const natural = tokens.word('NATURAL');
      const type = parseJoinType(context);
      if (type === null) {
        if (natural) throw tokens.unexpected();
        tokens.shallower(chain);
        return left;
      }
      tokens.deepen();
      chain++;
      const right = parseTable(context);
      let on: Expression | null = null;
      let using: readonly Name[] | null = null;
      if (tokens.word('ON')) on = context.expression();
      else if (tokens.word('USING')) using = tokens.nameList();
      left = { kind: 'join', type, natural, left, right, on, using, at: tokens.spanFrom(left.at) };
    }
  });
}

function parseJoinType({ tokens }: ParseContext): JoinType | null {
  if (tokens.word('JOIN')) return 'INNER';
  if (tokens.words('INNER', 'JOIN')) return 'INNER';
  if (tokens.words('CROSS', 'JOIN')) return 'CROSS';
  for (const side of ['LEFT', 'RIGHT', 'FULL'] as const) {
    if (tokens.words(side, 'JOIN') || tokens.words(side, 'OUTER', 'JOIN')) return side;
  }
  return null;
}

function parseTable(context: ParseContext): TableNode {
  const { tokens } = context;
  let table = parseTablePrimary(context);
  if (tokens.isWord('PIVOT')) table = parsePivot(context, table, parseAlias);
  else if (isUnpivot(tokens)) table = parseUnpivot(context, table, parseAlias);
  if (tokens.word('TABLESAMPLE')) {
    tokens.advance();
    tokens.needSymbol('(');
    tokens.list(() => context.expression());
    tokens.needSymbol(')');
    if (tokens.word('REPEATABLE')) {
      tokens.needSymbol('(');
      context.expression();
      tokens.needSymbol(')');
    }
    table = { kind: 'sample', input: table, at: tokens.spanFrom(table.at) };
  }
  return table;
}

function parseTablePrimary(context: ParseContext): TableNode {
  const { tokens } = context;
  const start = tokens.current;
  if (tokens.isWord('UNNEST') && tokens.isSymbol('(', 1)) return parseUnnest(context);
  if (tokens.isWord('TABLE') && tokens.isSymbol('(', 1)) return parseTableFunction(context);
  const lateral = tokens.word('LATERAL');
  if (lateral && tokens.isWord('UNNEST')) return parseUnnest(context);
  if (lateral && tokens.isWord('TABLE')) return parseTableFunction(context);
  if (tokens.isSymbol('(')) {
    if (!isParenthesizedQuery(tokens)) {
      tokens.needSymbol('(');
      const inner = parseFrom(context);
      tokens.needSymbol(')');
      return inner;
    }
    tokens.needSymbol('(');
    const query = context.query();
    tokens.needSymbol(')');
    const at = tokens.spanFrom(start);
    return { kind: 'derived', query, lateral, alias: parseAlias(context), at };
  }
  const names = [tokens.name()];
  if (tokens.isSymbol('(')) return parseBareTableFunction(context, names[0]!);
  while (tokens.symbol('.')) names.push(tokens.name());
  const at = tokens.spanFrom(start);
  const extend = parseExtend(context);
  return { kind: 'table', names, alias: parseAlias(context), extend, at };
}

function parseBareTableFunction(context: ParseContext, name: Name): TableNode {
  const { tokens } = context;
  const call = parseCall(context, name.text, name.at);
  const extend = parseExtend(context);
  return { kind: 'tableFunction', call, extend, alias: parseAlias(context), at: tokens.spanFrom(name.at) };
}

/** `[AS] alias [(column, …)]` */
function parseAlias(context: ParseContext): TableAlias | null {
  const { tokens } = context;
  const explicit = tokens.word('AS');
  if (!explicit && isUnpivot(tokens)) return null;
  const name = explicit ? tokens.name() : tokens.optionalName();
  if (name === null) return null;
  return { name, columns: tokens.isSymbol('(') ? tokens.nameList() : [] };
}

/** `EXTEND (column type, …)`; behind a table function the word may be left out. */
function parseExtend(context: ParseContext, isWordOptional = false): ExtendColumn[] | null {
  const { tokens } = context;
  const isBare = isWordOptional && tokens.isSymbol('(');
  if (!isBare && !tokens.word('EXTEND')) return null;
  tokens.needSymbol('(');
  const columns = tokens.list(() => {
    const name = tokens.name();
    const type = parseTypeName(tokens);
    tokens.words('NOT', 'NULL');
    return { name, type };
  });
  tokens.needSymbol(')');
  return columns;
}

function parseUnnest(context: ParseContext): TableNode {
  const { tokens } = context;
  const start = tokens.advance();
  tokens.needSymbol('(');
  const operands = tokens.list(() => context.expression());
  tokens.needSymbol(')');
  const withOrdinality = tokens.words('WITH', 'ORDINALITY');
  const at = tokens.spanFrom(start);
  return { kind: 'unnest', operands, withOrdinality, alias: parseAlias(context), at };
}

function parseTableFunction(context: ParseContext): TableNode {
  const { tokens } = context;
  const start = tokens.advance();
  tokens.needSymbol('(');
  const nameToken = tokens.advance();
  if (nameToken.type !== 'word' && nameToken.type !== 'quoted') throw tokens.unexpected(nameToken);
  const call: CallNode = parseCall(context, nameToken.type === 'quoted' ? nameToken.value : nameToken.text, nameToken);
  tokens.needSymbol(')');
  const at = tokens.spanFrom(start);
  const extend = parseExtend(context, true);
  return { kind: 'tableFunction', call, extend, alias: parseAlias(context), at };
}
