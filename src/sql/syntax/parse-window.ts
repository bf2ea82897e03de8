import type { FrameBound, OrderItem, WindowFrame, WindowSpec } from './ast.js';
import type { ParseContext } from './parse-context.js';

/** `( [name] [PARTITION BY …] [ORDER BY …] [ROWS | RANGE …] )` */
export function parseWindowSpec(context: ParseContext): WindowSpec {
  const { tokens } = context;
  const start = tokens.current;
  tokens.needSymbol('(');
  const base = tokens.isName() && !isFrameStart(context) ? tokens.name() : null;
  const partitionBy = tokens.words('PARTITION', 'BY') ? tokens.list(() => context.expression()) : [];
  const orderBy = tokens.words('ORDER', 'BY') ? parseOrderItems(context) : [];
  const frame = isFrameStart(context) ? parseFrame(context) : null;
  tokens.needSymbol(')');
  return { kind: 'window', base, partitionBy, orderBy, frame, at: tokens.spanFrom(start) };
}

/** `a DESC NULLS LAST, …` */
export function parseOrderItems(context: ParseContext): OrderItem[] {
  const { tokens } = context;
  return tokens.list(() => {
    const start = tokens.current;
    const expression = context.expression();
    const descending = tokens.word('DESC');
    if (!descending) tokens.word('ASC');
    let nullsFirst: boolean | null = null;
    if (tokens.word('NULLS')) {
      nullsFirst = tokens.word('FIRST');
      if (!nullsFirst) tokens.needWord('LAST');
    }
    return { expression, descending, nullsFirst, at: tokens.spanFrom(start) };
  });
}

function isFrameStart({ tokens }: ParseContext): boolean {
  return tokens.isWord('ROWS') || tokens.isWord('RANGE') || tokens.isWord('GROUPS');
}

function parseFrame(context: ParseContext): WindowFrame {
  const { tokens } = context;
  const start = tokens.advance();
  const unit = start.value === 'ROWS' ? 'ROWS' : start.value === 'RANGE' ? 'RANGE' : 'GROUPS';
  if (tokens.word('BETWEEN')) {
    const from = parseBound(context);
    tokens.needWord('AND');
    const to = parseBound(context);
    return { unit, start: from, end: to, at: tokens.spanFrom(start) };
  }
  return { unit, start: parseBound(context), end: { type: 'currentRow' }, at: tokens.spanFrom(start) };
}

function parseBound(context: ParseContext): FrameBound {
  const { tokens } = context;
  if (tokens.words('CURRENT', 'ROW')) return { type: 'currentRow' };
  if (tokens.word('UNBOUNDED')) {
    if (tokens.word('PRECEDING')) return { type: 'unboundedPreceding' };
    tokens.needWord('FOLLOWING');
    return { type: 'unboundedFollowing' };
  }
  const offset = context.expression();
  if (tokens.word('PRECEDING')) return { type: 'preceding', offset };
  tokens.needWord('FOLLOWING');
  return { type: 'following', offset };
}
