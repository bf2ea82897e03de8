import type { Rex } from '../rex/rex.js';
import { allInputs, and, booleanType, call, input, nullableBoolean, trueRex } from '../rex/rex-tools.js';
import { aggregate, filter, join, project, type Rel } from '../rel/rel.js';
import { makeType, withNullable } from '../types/make-type.js';
import { decorrelate, equalitySides, isCorrelatedRel } from './decorrelate.js';
import { keepColumns } from './keep-columns.js';
import { literal } from './literal-rex.js';
import { unhandledPlan } from './planning-errors.js';
import { aggregateCall, matching, toJoin, toOuter } from './subquery-matching.js';
import type { PendingSubquery } from './validation.js';

interface Column {
  /** With columns behind the old ones; as many rows as before. */
  readonly rel: Rel;
  readonly value: Rex;
}

/** The value of a scalar subquery: a LEFT join with at most one row for each row. */
export function scalarColumn(rel: Rel, pending: PendingSubquery): Column {
  const { rel: plain, conditions, otherwise } = decorrelate(pending.rel);
  const width = rel.fields.length;
  if (conditions.length === 0) {
    const single = isOneRow(plain) ? plain : singleValue(plain);
    const joined = join('LEFT', rel, single, trueRex);
    return { rel: joined, value: input(width, joined.fields[width]!.type) };
  }
  const sides = conditions.map(equalitySides);
  if (sides.some((side) => side === null)) throw unhandledPlan();
  const keys = sides.map((side) => side!.inner);
  const single = otherwise !== null ? plain : singleOfEach(plain, keys);
  const joinedOn =
    otherwise !== null
      ? conditions
      : sides.map((side, i) => call(side!.operator, [side!.outer, input(1 + i, keys[i]!.type)], nullableBoolean));
  const joined = join('LEFT', rel, single, and(joinedOn.map((c) => toJoin(c, width, pending.scopeId))));
  const column = input(width, joined.fields[width]!.type);
  const empty = otherwise?.[0];
  if (empty === undefined || (empty.kind === 'literal' && empty.value === null)) return { rel: joined, value: column };
  if (empty.kind === 'literal' && !plain.fields[0]!.type.nullable) {
    return { rel: joined, value: call('COALESCE', [column, empty], withNullable(column.type, false)) };
  }
  // A key that matched is not null.
  const [key] = keys;
  if (key?.kind !== 'input') throw unhandledPlan();
  const matched = call('IS NULL', [input(width + key.index, withNullable(key.type, true))], booleanType);
  return { rel: joined, value: call('CASE', [matched, empty, column], withNullable(column.type, true)) };
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

/** More than one row is an error at run time. */
function singleValue(rel: Rel): Rel {
  const type = withNullable(rel.fields[0]!.type, true);
  return aggregate(rel, [], null, [aggregateCall('SINGLE_VALUE', [input(0, rel.fields[0]!.type)], type)]);
}

/** The value, then the keys. */
function singleOfEach(rel: Rel, keys: readonly Rex[]): Rel {
  const type = withNullable(rel.fields[0]!.type, true);
  const value = aggregateCall('SINGLE_VALUE', [input(0, rel.fields[0]!.type)], type);
  const grouped = aggregate(rel, keys, null, [value]);
  const all = allInputs(grouped.fields);
  const order = [all.at(-1)!, ...all.slice(0, -1)];
  return project(
    grouped,
    order,
    order.map((_, i) => `$s${i}`),
  );
}

/** Rows of `rel` with a match: each at most once. */
export function semiJoin(rel: Rel, pending: PendingSubquery, values: readonly Rex[]): Rel {
  const width = rel.fields.length;
  const subquery = decorrelate(pending.use === 'exists' ? rowsAlone(pending.rel) : pending.rel);
  if (subquery.otherwise !== null) {
    // There is always one row.
    if (pending.use === 'exists') return rel;
    throw unhandledPlan();
  }
  const conditions = [...subquery.conditions, ...matches(values, subquery.rel, pending.scopeId)];
  const { keys, equalities, test } = matching(rel, subquery.rel, conditions, pending.scopeId);
  const joined = join('INNER', rel, keys, and(equalities));
  return keepColumns(test === null ? joined : filter(joined, test), width);
}

/** EXISTS does not read columns, and needs no more than a row. */
function rowsAlone(rel: Rel): Rel {
  if (rel.kind === 'project' && rel.input.kind !== 'aggregate' && isCorrelatedRel(rel)) return rowsAlone(rel.input);
  if (rel.kind === 'sort' && rel.offset === 0 && rel.limit !== 0) return rowsAlone(rel.input);
  return rel;
}

function matches(values: readonly Rex[], plain: Rel, scopeId: number): Rex[] {
  return values.map((value, i) => {
    const column = input(i, plain.fields[i]!.type);
    return call('=', [toOuter(value, scopeId), column], nullableBoolean);
  });
}

/** `EXISTS (…)`, `NOT EXISTS (…)` as a column. */
export function existsColumn(rel: Rel, pending: PendingSubquery): Column {
  const subquery = decorrelate(rowsAlone(pending.rel));
  if (subquery.otherwise !== null) return { rel, value: literal(true, booleanType) };
  return matchColumn(rel, subquery.rel, subquery.conditions, pending.scopeId);
}

/** Whether some row of a subquery fulfils the conditions; never null. */
function matchColumn(rel: Rel, plain: Rel, conditions: readonly Rex[], scopeId: number): Column {
  const { keys, equalities, test } = matching(rel, plain, conditions, scopeId);
  const names = [...keys.fields.map((f) => f.name), 'i'];
  const marked = project(keys, [...allInputs(keys.fields), literal(true, booleanType)], names);
  const joined = join('LEFT', rel, marked, and(equalities));
  const index = joined.fields.length - 1;
  const marker = call('IS NOT NULL', [input(index, joined.fields[index]!.type)], booleanType);
  return { rel: joined, value: test === null ? marker : call('IS TRUE', [test], booleanType) };
}

/** `x [NOT] IN (…)` as a column, with SQL's rules for null. */
export function inColumn(rel: Rel, pending: PendingSubquery, values: readonly Rex[]): Column {
  const { scopeId, negated } = pending;
  const subquery = decorrelate(pending.rel);
  if (subquery.otherwise !== null) throw unhandledPlan();
  const equal = [...subquery.conditions, ...matches(values, subquery.rel, scopeId)];
  const nullable = values.some((v) => v.type.nullable) || pending.rel.fields.some((f) => f.type.nullable);
  if (!nullable) {
    const matched = matchColumn(rel, subquery.rel, equal, scopeId);
    return { rel: matched.rel, value: negated ? negation(matched.value) : matched.value };
  }
  if (subquery.conditions.length === 0 && values.length === 1) return countedIn(rel, pending, values[0]!);
  const matched = matchColumn(rel, subquery.rel, equal, scopeId);
  const unknowns = values.map((value, i) => unknownMatch(toOuter(value, scopeId), subquery.rel, i));
  const maybe = matchColumn(matched.rel, subquery.rel, [...subquery.conditions, ...unknowns], scopeId);
  const unknown = literal(null, nullableBoolean);
  const operands = [matched.value, answer(true, negated), maybe.value, unknown, answer(false, negated)];
  return { rel: maybe.rel, value: call('CASE', operands, nullableBoolean) };
}

function negation(value: Rex): Rex {
  if (value.kind === 'call' && value.operator === 'IS NOT NULL') return { ...value, operator: 'IS NULL' };
  return call('NOT', [value], booleanType);
}

function answer(value: boolean, negated: boolean): Rex {
  return literal(value !== negated, booleanType);
}

/** Equal, or one of both null. */
function unknownMatch(value: Rex, plain: Rel, i: number): Rex {
  const column = input(i, plain.fields[i]!.type);
  const nulls = [value, column]
    .filter((side) => side.type.nullable)
    .map((side) => call('IS NULL', [side], booleanType));
  const equal = call('=', [value, column], nullableBoolean);
  return nulls.length === 0 ? equal : call('OR', [equal, ...nulls], nullableBoolean);
}

/** A subquery of one column that does not depend on the row: whether it has rows, and nulls among them, is counted once. */
function countedIn(rel: Rel, pending: PendingSubquery, value: Rex): Column {
  const bigint = makeType('BIGINT');
  const countAll = aggregateCall('COUNT', [], bigint);
  const countKeys = aggregateCall('COUNT', [input(0, pending.rel.fields[0]!.type)], bigint);
  const counts = aggregate(pending.rel, [], null, [countAll, countKeys]);
  const width = rel.fields.length;
  const counted = join('INNER', rel, counts, trueRex);
  const matched = matchColumn(counted, pending.rel, matches([value], pending.rel, pending.scopeId), pending.scopeId);
  const [all, keys] = [input(width, bigint), input(width + 1, bigint)];
  const unknown = literal(null, nullableBoolean);
  const { negated } = pending;
  const operands = [
    call('=', [all, literal(0n, bigint)], booleanType),
    answer(false, negated),
    matched.value,
    answer(true, negated),
    call('IS NULL', [value], booleanType),
    unknown,
    call('<', [keys, all], booleanType),
    unknown,
    answer(false, negated),
  ];
  return { rel: matched.rel, value: call('CASE', operands, nullableBoolean) };
}
