import type { Rex } from '../rex/rex.js';
import { and, booleanType, call, conjuncts, mapRex, nullableBoolean } from '../rex/rex-tools.js';
import { mapExpressions } from '../rel/map-rel.js';
import { filter, type Rel } from '../rel/rel.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { keepColumns } from './keep-columns.js';
import { literal } from './literal-rex.js';
import { unhandledPlan } from './planning-errors.js';
import { existsColumn, inColumn, scalarColumn, semiJoin } from './subquery-joins.js';
import type { PendingSubquery, Validation } from './validation.js';

const OPERATOR = '$SUBQUERY';

/** A subquery as an operand, until `joinSubqueries` puts a join below. `values` is the left side of IN. */
export function pendingSubquery(
  use: PendingSubquery['use'],
  negated: boolean,
  values: readonly Rex[],
  rel: Rel,
  validation: Validation,
  scopeId: number,
): Rex {
  const type: SqlType =
    use === 'scalar'
      ? withNullable(rel.fields[0]!.type, true)
      : use === 'exists'
        ? booleanType
        : use === 'in'
          ? nullableBoolean
          : makeType('ARRAY', true, { element: rel.fields[0]!.type });
  if (use === 'scalar' && rel.fields.length !== 1) throw unhandledPlan();
  const id = literal(BigInt(validation.subqueries.length), makeType('BIGINT'));
  validation.subqueries.push({ use, negated, rel, scopeId });
  return call(OPERATOR, [id, ...values], type);
}

function pendingOf(rex: Rex, validation: Validation): PendingSubquery | undefined {
  if (rex.kind !== 'call' || rex.operator !== OPERATOR) return undefined;
  const id = rex.operands[0]!;
  return id.kind === 'literal' ? validation.subqueries[Number(id.value)] : undefined;
}

export function isPending(rex: Rex): boolean {
  let found = false;
  mapRex(rex, (node) => {
    if (node.kind === 'call' && node.operator === OPERATOR) found = true;
    return undefined;
  });
  return found;
}

/** WHERE and HAVING: conjuncts that are subqueries become inner joins, others see a joined column. */
export function filterWithSubqueries(rel: Rel, condition: Rex, validation: Validation): Rel {
  const all = conjuncts(condition);
  const plain = all.filter((c) => !isPending(c));
  const fields = rel.fields.length;
  let current = plain.length === 0 ? rel : filter(rel, and(plain));
  for (const conjunct of all.filter(isPending)) {
    const pending = pendingOf(conjunct, validation);
    if (pending !== undefined && !pending.negated && (pending.use === 'in' || pending.use === 'exists')) {
      const values = (conjunct as Extract<Rex, { kind: 'call' }>).operands.slice(1);
      current = semiJoin(current, pending, values);
    } else {
      const joined = joinSubqueries(current, [conjunct], validation);
      current = filter(joined.rel, joined.expressions[0]!);
    }
  }
  return keepColumns(current, fields);
}

/** Expressions with their subqueries replaced by columns that joins add behind those of `rel`. */
export function joinSubqueries(
  rel: Rel,
  expressions: readonly Rex[],
  validation: Validation,
): { readonly rel: Rel; readonly expressions: readonly Rex[] } {
  let current = rel;
  const replaced = expressions.map((expression) =>
    mapRex(expression, (node) => {
      const pending = pendingOf(node, validation);
      if (pending === undefined || node.kind !== 'call') return undefined;
      const values = joinSubqueries(current, node.operands.slice(1), validation);
      const added = addColumn(values.rel, pending, values.expressions);
      current = added.rel;
      return added.value;
    }),
  );
  return { rel: current, expressions: replaced };
}

function addColumn(rel: Rel, pending: PendingSubquery, values: readonly Rex[]): { rel: Rel; value: Rex } {
  switch (pending.use) {
    case 'scalar':
      return scalarColumn(rel, pending);
    case 'exists':
      return existsColumn(rel, pending);
    case 'in':
      return inColumn(rel, pending, values);
    case 'array':
      throw unhandledPlan();
  }
}

/**
 * A pending subquery after the row around it was grouped: its own expressions, and the outer columns that it reads, become ones of the grouped row.
 * @returns undefined for other expressions
 */
export function regroupPending(rex: Rex, validation: Validation, regroup: (rex: Rex) => Rex): Rex | undefined {
  const pending = pendingOf(rex, validation);
  if (pending === undefined || rex.kind !== 'call') return undefined;
  const rel = mapExpressions(pending.rel, (expression) =>
    mapRex(expression, (node) => {
      if (node.kind !== 'correlated' || node.id !== pending.scopeId) return undefined;
      const column = regroup({ kind: 'input', index: node.index, type: node.type });
      if (column.kind !== 'input') throw unhandledPlan();
      return { ...node, index: column.index };
    }),
  );
  const values = rex.operands.slice(1).map(regroup);
  return pendingSubquery(pending.use, pending.negated, values, rel, validation, pending.scopeId);
}
