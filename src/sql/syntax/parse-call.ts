import type { CallNode, Expression, Name, OrderItem, Span, WindowSpec } from './ast.js';
import type { ParseContext } from './parse-context.js';
import { parseOrderItems, parseWindowSpec } from './parse-window.js';

/** A call without any of the clauses of aggregates. */
export function functionCall(name: string, operands: readonly Expression[], at: Span): CallNode {
  return {
    kind: 'call',
    name,
    operator: false,
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

/** The rest of `f(…)` behind the name: arguments, and the clauses of aggregates and windows. */
export function parseCall(context: ParseContext, name: string, start: Span): CallNode {
  const { tokens } = context;
  tokens.needSymbol('(');
  let star = false;
  let distinct = false;
  let operands: Expression[] = [];
  let orderBy: readonly OrderItem[] = [];
  let ignoreNulls = false;
  if (tokens.isSymbol('*') && tokens.isSymbol(')', 1)) {
    tokens.advance();
    star = true;
  } else if (!tokens.isSymbol(')')) {
    distinct = tokens.word('DISTINCT');
    if (!distinct) tokens.word('ALL');
    operands = tokens.list(() => parseArgument(context));
    ignoreNulls = parseNullTreatment(context);
    if (tokens.words('ORDER', 'BY')) orderBy = parseOrderItems(context);
  }
  tokens.needSymbol(')');
  const plain = { ...functionCall(name, operands, tokens.spanFrom(start)), star, distinct, ignoreNulls, orderBy };
  return parseClauses(context, plain, start);
}

/** `[IGNORE NULLS] [WITHIN GROUP (…)] [FILTER (WHERE …)] [OVER …]` behind a call. */
function parseClauses(context: ParseContext, call: CallNode, start: Span): CallNode {
  const { tokens } = context;
  let { ignoreNulls, orderBy } = call;
  let filter: Expression | null = null;
  let over: WindowSpec | Name | null = null;
  let clauses = false;
  if (parseNullTreatment(context)) ignoreNulls = true;
  if (tokens.isWord('WITHIN') && tokens.isWord('GROUP', 1)) {
    tokens.words('WITHIN', 'GROUP');
    tokens.needSymbol('(');
    tokens.needWord('ORDER');
    tokens.needWord('BY');
    orderBy = parseOrderItems(context);
    tokens.needSymbol(')');
    clauses = true;
  }
  if (tokens.word('FILTER')) {
    tokens.needSymbol('(');
    tokens.needWord('WHERE');
    filter = context.expression();
    tokens.needSymbol(')');
    clauses = true;
  }
  if (parseNullTreatment(context)) ignoreNulls = true;
  if (tokens.word('OVER')) {
    over = tokens.isSymbol('(') ? parseWindowSpec(context) : tokens.name();
    clauses = true;
  }
  if (!clauses && !ignoreNulls) return call;
  return { ...call, ignoreNulls, orderBy, filter, over, at: tokens.spanFrom(start) };
}

function parseNullTreatment({ tokens }: ParseContext): boolean {
  if (tokens.isWord('IGNORE') && tokens.isWord('NULLS', 1)) return tokens.words('IGNORE', 'NULLS');
  if (tokens.isWord('RESPECT') && tokens.isWord('NULLS', 1)) tokens.words('RESPECT', 'NULLS');
  return false;
}

/** An argument, maybe `name => value`. */
function parseArgument(context: ParseContext): Expression {
  const { tokens } = context;
  const name = tokens.argumentName();
  if (name === null) return context.expression();
  tokens.needSymbol('=>');
  const value = context.expression();
  return { kind: 'named', name, value, at: tokens.spanFrom(name.at) };
}
