import type { Expression, IdentifierNode, PivotNode, SelectItem, TableAlias, TableNode, UnpivotNode } from './ast.js';
import type { ParseContext } from './parse-context.js';
import type { TokenStream } from './token-stream.js';

type ParseAlias = (context: ParseContext) => TableAlias | null;

/** Whether UNPIVOT stands here, and is not the name of something. */
export function isUnpivot(tokens: TokenStream): boolean {
  if (!tokens.isWord('UNPIVOT')) return false;
  return tokens.isSymbol('(', 1) || tokens.isWord('INCLUDE', 1) || tokens.isWord('EXCLUDE', 1);
}

/** `PIVOT (agg AS a, … FOR (c, …) IN ((v, …) AS x, …))` */
export function parsePivot(context: ParseContext, input: TableNode, parseAlias: ParseAlias): PivotNode {
  const { tokens } = context;
  tokens.needWord('PIVOT');
  tokens.needSymbol('(');
  const aggregates = tokens.list((): SelectItem => {
    const expression = context.expression();
    const alias = tokens.word('AS') ? tokens.name() : tokens.optionalName();
    return { expression, alias };
  });
  tokens.needWord('FOR');
  const axes = oneOrList(context, column);
  tokens.needWord('IN');
  tokens.needSymbol('(');
  const values = tokens.list(() => {
    const expression = context.expression();
    const row = expression.kind === 'call' && expression.name === 'ROW' ? expression.operands : [expression];
    const alias = tokens.word('AS') ? tokens.name() : tokens.optionalName();
    return { values: row, alias };
  });
  tokens.needSymbol(')');
  tokens.needSymbol(')');
  return { kind: 'pivot', input, aggregates, axes, values, alias: parseAlias(context), at: tokens.spanFrom(input.at) };
}

/** `UNPIVOT [INCLUDE NULLS] (m FOR a IN (column AS 'label', …))`; m, a, columns and labels may be lists in parentheses. */
export function parseUnpivot(context: ParseContext, input: TableNode, parseAlias: ParseAlias): UnpivotNode {
  const { tokens } = context;
  tokens.needWord('UNPIVOT');
  const includeNulls = tokens.words('INCLUDE', 'NULLS');
  if (!includeNulls) tokens.words('EXCLUDE', 'NULLS');
  tokens.needSymbol('(');
  const measures = oneOrList(context, () => tokens.name());
  tokens.needWord('FOR');
  const axes = oneOrList(context, () => tokens.name());
  tokens.needWord('IN');
  tokens.needSymbol('(');
  const values = tokens.list(() => {
    const columns = oneOrList(context, column);
    const labels: readonly Expression[] | null = tokens.word('AS')
      ? oneOrList(context, () => context.expression())
      : null;
    return { columns, labels };
  });
  tokens.needSymbol(')');
  tokens.needSymbol(')');
  const at = tokens.spanFrom(input.at);
  return { kind: 'unpivot', input, includeNulls, measures, axes, values, alias: parseAlias(context), at };
}

function column({ tokens }: ParseContext): IdentifierNode {
  const name = tokens.name();
  return { kind: 'identifier', names: [name], star: false, at: name.at };
}

function oneOrList<T>(context: ParseContext, one: (context: ParseContext) => T): T[] {
  const { tokens } = context;
  if (!tokens.symbol('(')) return [one(context)];
  const all = tokens.list(() => one(context));
  tokens.needSymbol(')');
  return all;
}
