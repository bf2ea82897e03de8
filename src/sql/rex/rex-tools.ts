import { makeType } from '../types/make-type.js';
import type { SqlField, SqlType } from '../types/sql-type.js';
import type { AggregateCall, Rex, RexOrder } from './rex.js';

export const booleanType = makeType('BOOLEAN');
export const nullableBoolean = makeType('BOOLEAN', true);
export const trueRex: Rex = { kind: 'literal', value: true, type: booleanType };

export function input(index: number, type: SqlType): Rex {
  return { kind: 'input', index, type };
}

export function call(operator: string, operands: readonly Rex[], type: SqlType): Rex {
  return { kind: 'call', operator, operands, type };
}

/** References to all fields of a relation. */
export function allInputs(fields: readonly SqlField[]): Rex[] {
  return fields.map((field, i) => input(i, field.type));
}

/** A text that is equal for equal expressions. Nullability does not count. */
export function rexKey(rex: Rex): string {
  switch (rex.kind) {
    case 'input':
      return `$${rex.index}`;
    case 'literal':
      return `${rex.type.name}:${literalKey(rex.value)}`;
    case 'correlated':
      return `c${rex.id}.${rex.index}`;
    case 'call':
      return `${rex.operator}(${rex.operands.map(rexKey).join(',')})${castKey(rex)}`;
    case 'over':
      return `${aggregateKey(rex.aggregate)} OVER ${windowKey(rex)}`;
  }
}

function literalKey(value: unknown): string {
  return typeof value === 'bigint'
    ? `${value}`
    : JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v));
}

/** The type decides what a cast (or JSON_VALUE) means. */
function castKey(rex: Extract<Rex, { kind: 'call' }>): string {
  const { type } = rex;
  return /CAST|JSON|ARRAY/.test(rex.operator)
    ? `:${type.name}${type.element?.name ?? ''}${type.complexName ?? ''}`
    : '';
}

export function aggregateKey(aggregate: AggregateCall): string {
  const { operands, distinct, filter, ignoreNulls, orderBy } = aggregate;
  return `${aggregate.function}(${distinct ? 'DISTINCT ' : ''}${operands.map(rexKey).join(',')}${ignoreNulls ? ' IGNORE NULLS' : ''})[${orderBy.map(orderKey).join(',')}]${filter === null ? '' : ` FILTER ${rexKey(filter)}`}`;
}

function orderKey(order: RexOrder): string {
  return `${rexKey(order.expression)}${order.descending ? ' DESC' : ''}${order.nullsFirst ?? ''}`;
}

export function windowKey({ window }: Extract<Rex, { kind: 'over' }>): string {
  return `${window.partitionBy.map(rexKey).join(',')}|${window.orderBy.map(orderKey).join(',')}|${window.unit}${JSON.stringify([window.start, window.end])}`;
}

/**
 * Copies an expression; `replace` is asked at every node from the top, and undefined means: look inside.
 */
export function mapRex(rex: Rex, replace: (rex: Rex) => Rex | undefined): Rex {
  const replaced = replace(rex);
  if (replaced !== undefined) return replaced;
  if (rex.kind === 'call') {
    let changed = false;
    const operands = rex.operands.map((operand) => {
      const mapped = mapRex(operand, replace);
      if (mapped !== operand) changed = true;
      return mapped;
    });
    return changed ? { ...rex, operands } : rex;
  }
  if (rex.kind === 'over') {
    const map = (r: Rex): Rex => mapRex(r, replace);
    const { window } = rex;
    return {
      ...rex,
      aggregate: mapAggregate(rex.aggregate, map),
      window: {
        ...window,
        partitionBy: window.partitionBy.map(map),
        orderBy: window.orderBy.map((o) => ({ ...o, expression: map(o.expression) })),
      },
    };
  }
  return rex;
}

export function mapAggregate(aggregate: AggregateCall, map: (rex: Rex) => Rex): AggregateCall {
  return {
    ...aggregate,
    operands: aggregate.operands.map(map),
    filter: aggregate.filter === null ? null : map(aggregate.filter),
    orderBy: aggregate.orderBy.map((o) => ({ ...o, expression: map(o.expression) })),
  };
}

/** Visits every node, from the top. */
export function visitRex(rex: Rex, visit: (rex: Rex) => void): void {
  mapRex(rex, (node) => {
    visit(node);
    return undefined;
  });
}

/** `input` i becomes `expressions[i]`. */
export function substitute(rex: Rex, expressions: readonly Rex[]): Rex {
  return mapRex(rex, (node) => (node.kind === 'input' ? expressions[node.index]! : undefined));
}

export function shiftInputs(rex: Rex, by: number): Rex {
  if (by === 0) return rex;
  return mapRex(rex, (node) => (node.kind === 'input' ? { ...node, index: node.index + by } : undefined));
}

export function inputsOf(rex: Rex, into = new Set<number>()): Set<number> {
  visitRex(rex, (node) => {
    if (node.kind === 'input') into.add(node.index);
  });
  return into;
}

/** Operands of a top-level AND; TRUE has none. */
export function conjuncts(rex: Rex): Rex[] {
  if (rex.kind === 'literal' && rex.value === true) return [];
  if (rex.kind === 'call' && rex.operator === 'AND') return rex.operands.flatMap(conjuncts);
  return [rex];
}

export function and(conditions: readonly Rex[]): Rex {
  if (conditions.length === 0) return trueRex;
  if (conditions.length === 1) return conditions[0]!;
  const nullable = conditions.some((c) => c.type.nullable);
  return call('AND', conditions, nullable ? nullableBoolean : booleanType);
}

export function containsOver(rex: Rex): boolean {
  let found = false;
  visitRex(rex, (node) => {
    if (node.kind === 'over') found = true;
  });
  return found;
}
