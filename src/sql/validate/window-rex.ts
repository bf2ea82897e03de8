import type { AggregateCall, Rex, RexBound, RexOrder, RexWindow } from '../rex/rex.js';
import type { Expression, FrameBound, Name, OrderItem, WindowSpec } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import { nullOrderKey } from './null-order.js';

const RANKING = new Set(['ROW_NUMBER', 'RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST', 'NTILE', 'LAG', 'LEAD']);

/** `aggregate OVER …` with named windows resolved and the default frame filled in. */
export function windowRex(
  aggregate: AggregateCall,
  over: WindowSpec | Name,
  windows: { readonly windows: ReadonlyMap<string, WindowSpec> },
  convert: (node: Expression) => Rex,
): Rex {
  const spec = 'kind' in over ? over : named(over, windows.windows);
  const base = spec.base === null ? null : named(spec.base, windows.windows);
  const partitionBy = base === null || spec.partitionBy.length > 0 ? spec.partitionBy : base.partitionBy;
  const orderBy: readonly OrderItem[] = base === null || spec.orderBy.length > 0 ? spec.orderBy : base.orderBy;
  const frame = spec.frame ?? base?.frame ?? null;
  if (RANKING.has(aggregate.function) && frame !== null && 'kind' in over) {
    throw errorAt(
      'ROW/RANGE not allowed with RANK, DENSE_RANK, ROW_NUMBER, PERCENTILE_CONT/DISC or LAG/LEAD functions',
      over.at,
    );
  }
  const window: RexWindow = {
    partitionBy: partitionBy.map(convert),
    orderBy: orderBy.flatMap((item) => windowOrder(convert(item.expression), item)),
    unit: frame?.unit ?? 'RANGE',
    start: frame === null ? { type: 'unboundedPreceding' } : bound(frame.start, convert),
    end:
      frame === null ? { type: orderBy.length === 0 ? 'unboundedFollowing' : 'currentRow' } : bound(frame.end, convert),
  };
  return { kind: 'over', aggregate, window, type: aggregate.type };
}

function windowOrder(expression: Rex, { descending, nullsFirst }: OrderItem): RexOrder[] {
  const nulls = nullOrderKey(expression, { descending, nullsFirst }, false);
  const order = { expression, descending, nullsFirst: null };
  return nulls === null ? [order] : [{ expression: nulls, descending: false, nullsFirst: null }, order];
}

function named(name: Name, windows: ReadonlyMap<string, WindowSpec>): WindowSpec {
  const found = windows.get(name.text);
  if (found === undefined) throw errorAt(`Window '${name.text}' not found`, name.at);
  return found;
}

function bound(node: FrameBound, convert: (node: Expression) => Rex): RexBound {
  if (node.type !== 'preceding' && node.type !== 'following') return { type: node.type };
  const offset = convert(node.offset);
  if (offset.kind !== 'literal' || (typeof offset.value !== 'bigint' && typeof offset.value !== 'number')) {
    throw errorAt('Window frame offset must be a literal number', node.offset.at);
  }
  return { type: node.type, offset: Number(offset.value) };
}
