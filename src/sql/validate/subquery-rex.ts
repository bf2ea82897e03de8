import { findFunction } from '../functions/catalog.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import {
  allInputs,
  and,
  booleanType,
  call,
  conjuncts,
  input,
  mapRex,
  nullableBoolean,
  shiftInputs,
  trueRex,
} from '../rex/rex-tools.js';
import { aggregate, filter, join, project, type Rel } from '../rel/rel.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { correlationsOf, decorrelate } from './decorrelate.js';
import { keepColumns } from './keep-columns.js';
import { literal } from './literal-rex.js';
import { unhandledPlan } from './planning-errors.js';
import type { PendingSubquery, Validation } from './validation.js';

const OPERATOR = '$SUBQUERY';

/** A subquery as an operand, until `joinSubqueries` puts a join below. `values` is the left side of IN. */
export function pendingSubquery(
  use: PendingSubquery['use'],
  negated: boolean,
  values: readonly Rex[],
  rel: Rel,
  validation: Validation,
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
  validation.subqueries.push({ use, negated, rel });
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
      current = semiJoin(current, pending, (conjunct as Extract<Rex, { kind: 'call' }>).operands.slice(1));
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
      return scalar(rel, pending.rel);
    case 'exists': {
      const marked = leftJoinMarker(rel, pending.rel, []);
      return { rel: marked.rel, value: call('IS NOT NULL', [marked.marker], booleanType) };
    }
    case 'in':
      return inColumn(rel, pending, values);
    case 'array':
      throw unhandledPlan();
  }
}

function scalar(rel: Rel, subquery: Rel): { rel: Rel; value: Rex } {
  const { rel: plain, conditions } = decorrelate(subquery);
  const width = rel.fields.length;
  const single = conditions.length > 0 || isOneRow(plain) ? plain : singleValue(plain);
  const joined = join('LEFT', rel, single, and(conditions.map((c) => toJoin(c, width))));
  const column = input(width, joined.fields[width]!.type);
  const counts = conditions.length > 0 && isCount(plain, 0);
  const zero = literal(0n, makeType('BIGINT'));
  const value = counts ? call('COALESCE', [column, zero], makeType('BIGINT')) : column;
  return { rel: joined, value };
}

/** A condition over the subquery's columns and correlated ones becomes one over both sides of the join. */
function toJoin(condition: Rex, width: number): Rex {
  return mapRex(condition, (node) => {
    if (node.kind === 'input') return input(node.index + width, node.type);
    if (node.kind === 'correlated') return input(node.index, node.type);
    return undefined;
  });
}

function isOneRow(rel: Rel): boolean {
  switch (rel.kind) {
    case 'aggregate':
      return rel.groups.length === 0 && rel.sets === null;
    case 'project':
      return isOneRow(rel.input);
    case 'sort':
      return isOneRow(rel.input);
    case 'values':
      return rel.rows.length === 1;
    default:
      return false;
  }
}

function isCount(rel: Rel, column: number): boolean {
  if (rel.kind === 'project') {
    const e = rel.expressions[column]!;
    return e.kind === 'input' && isCount(rel.input, e.index);
  }
  if (rel.kind !== 'aggregate' || column < rel.groups.length) return false;
  return rel.calls[column - rel.groups.length]!.function === 'COUNT';
}

function singleValue(rel: Rel): Rel {
  const type = withNullable(rel.fields[0]!.type, true);
  return aggregate(rel, [], null, [aggregateCall('SINGLE_VALUE', [input(0, rel.fields[0]!.type)], type)]);
}

function aggregateCall(name: string, operands: readonly Rex[], type: SqlType): AggregateCall {
  return {
    function: findFunction(name)?.name ?? name,
    operands,
    distinct: false,
    filter: null,
    ignoreNulls: false,
    orderBy: [],
    type,
    name: null,
  };
}

/** Distinct rows of the subquery's columns that `conditions` read; the conditions then count in those. */
function distinctKeys(rel: Rel, conditions: readonly Rex[]): { rel: Rel; conditions: Rex[] } {
  const used: number[] = [];
  const mapped = conditions.map((condition) =>
    mapRex(condition, (node) => {
      if (node.kind !== 'input') return undefined;
      if (!used.includes(node.index)) used.push(node.index);
      return input(used.indexOf(node.index), node.type);
    }),
  );
  if (used.length === 0) {
    const one = project(rel, [literal(true, booleanType)], ['i']);
    return { rel: aggregate(one, allInputs(one.fields), null, []), conditions: mapped };
  }
  const groups = used.map((index) => input(index, rel.fields[index]!.type));
  return { rel: aggregate(rel, groups, null, []), conditions: mapped };
}

function isEquality(condition: Rex): boolean {
  return condition.kind === 'call' && (condition.operator === '=' || condition.operator === 'IS NOT DISTINCT FROM');
}

/** Rows of `rel` with a match: each at most once. */
function semiJoin(rel: Rel, pending: PendingSubquery, values: readonly Rex[]): Rel {
  const width = rel.fields.length;
  const { keys, equalities } = matching(rel, pending.rel, values);
  return keepColumns(join('INNER', rel, keys, and(equalities)), width);
}

/** What to join with, so that a row matches at most one row, and on which condition. */
function matching(rel: Rel, subquery: Rel, values: readonly Rex[]): { keys: Rel; equalities: Rex[] } {
  const width = rel.fields.length;
  const { rel: plain, conditions } = decorrelate(subquery);
  const matches = values.map((value, i) => {
    const column = input(i, plain.fields[i]!.type);
    return call('=', [mapRex(value, toCorrelated), column], nullableBoolean);
  });
  const all = [...conditions, ...matches];
  if (all.every(isEquality)) {
    const keys = distinctKeys(plain, all);
    return { keys: keys.rel, equalities: keys.conditions.map((c) => toJoin(c, width)) };
  }
  return generalMatching(rel, plain, all);
}

/** While conditions are gathered, columns of the outer row are correlated ones. */
function toCorrelated(node: Rex): Rex | undefined {
  return node.kind === 'input' ? { kind: 'correlated', id: -1, index: node.index, type: node.type } : undefined;
}

/** Any condition: the distinct outer values are joined with the subquery, and those that matched are the keys. */
function generalMatching(rel: Rel, plain: Rel, conditions: readonly Rex[]): { keys: Rel; equalities: Rex[] } {
  const outer = [...new Set(conditions.flatMap((c) => correlationsOf(c)))];
  const values = aggregate(
    rel,
    outer.map((index) => input(index, rel.fields[index]!.type)),
    null,
    [],
  );
  const condition = conditions.map((c) =>
    mapRex(c, (node) => {
      if (node.kind === 'input') return input(node.index + outer.length, node.type);
      if (node.kind === 'correlated') return input(outer.indexOf(node.index), node.type);
      return undefined;
    }),
  );
  const matched = join('INNER', values, plain, and(condition));
  const keys = aggregate(matched, allInputs(values.fields), null, []);
  const equalities = outer.map((index, i) =>
    call(
      '=',
      [input(index, rel.fields[index]!.type), input(rel.fields.length + i, keys.fields[i]!.type)],
      nullableBoolean,
    ),
  );
  return { keys, equalities };
}

function leftJoinMarker(rel: Rel, subquery: Rel, values: readonly Rex[]): { rel: Rel; marker: Rex } {
  const { keys, equalities } = matching(rel, subquery, values);
  const names = [...keys.fields.map((f) => f.name), 'i'];
  const marked = project(keys, [...allInputs(keys.fields), literal(true, booleanType)], names);
  const joined = join('LEFT', rel, marked, and(equalities));
  const index = joined.fields.length - 1;
  return { rel: joined, marker: input(index, joined.fields[index]!.type) };
}

/** `x [NOT] IN (…)` as a column, with SQL's rules for null. */
function inColumn(rel: Rel, pending: PendingSubquery, values: readonly Rex[]): { rel: Rel; value: Rex } {
  const answer = (value: boolean): Rex => literal(value !== pending.negated, booleanType);
  const nullable = values.some((v) => v.type.nullable) || pending.rel.fields.some((f) => f.type.nullable);
  if (!nullable || correlated(pending.rel)) {
    const marked = leftJoinMarker(rel, pending.rel, values);
    const test = call(pending.negated ? 'IS NULL' : 'IS NOT NULL', [marked.marker], booleanType);
    return { rel: marked.rel, value: test };
  }
  const bigint = makeType('BIGINT');
  const countAll = aggregateCall('COUNT', [], bigint);
  const countKeys = aggregateCall('COUNT', [input(0, pending.rel.fields[0]!.type)], bigint);
  const counts = aggregate(pending.rel, [], null, [countAll, countKeys]);
  const width = rel.fields.length;
  const counted = join('INNER', rel, counts, trueRex);
  const marked = leftJoinMarker(counted, pending.rel, values);
  const [all, keys] = [input(width, bigint), input(width + 1, bigint)];
  const anyNull = values.map((v) => call('IS NULL', [shiftInputs(v, 0)], booleanType));
  const isNull = anyNull.length === 1 ? anyNull[0]! : call('OR', anyNull, booleanType);
  const unknown = literal(null, nullableBoolean);
  const value = call(
    'CASE',
    [
      call('=', [all, literal(0n, bigint)], booleanType),
      answer(false),
      call('IS NOT NULL', [marked.marker], booleanType),
      answer(true),
      isNull,
      unknown,
      call('<', [keys, all], booleanType),
      unknown,
      answer(false),
    ],
    nullableBoolean,
  );
  return { rel: marked.rel, value };
}

function correlated(rel: Rel): boolean {
  return decorrelate(rel).conditions.length > 0;
}
