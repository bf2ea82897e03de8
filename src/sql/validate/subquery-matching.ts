import { findFunction } from '../functions/catalog.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import { allInputs, and, booleanType, call, input, mapRex, nullableBoolean, visitRex } from '../rex/rex-tools.js';
import { aggregate, join, project, type Rel } from '../rel/rel.js';
import { withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { isNumeric } from '../types/type-families.js';
import { comparisonSides, correlationsOf, equalitySides } from './decorrelate.js';
import { literal } from './literal-rex.js';
import { unhandledPlan } from './planning-errors.js';

/** What to join with, so that a row matches at most one row, and on which condition. */
export interface Matching {
  readonly keys: Rel;
  /** Over the rows of both sides. */
  readonly equalities: readonly Rex[];
  /** What a joined row must fulfil besides to be a match; null: nothing. */
  readonly test: Rex | null;
}

/**
 * Finds the rows of a subquery that fulfil all conditions, at most one for each row of `rel`.
 * @param conditions over the subquery's columns, with correlated ones for those of `rel`
 */
export function matching(rel: Rel, plain: Rel, conditions: readonly Rex[], scopeId: number): Matching {
  const others = conditions.filter((condition) => equalitySides(condition) === null);
  if (others.length === 0) return byKeys(rel, plain, conditions, scopeId);
  const compared = others.length === 1 ? byExtremes(rel, plain, conditions, others[0]!, scopeId) : null;
  return compared ?? byPairs(rel, plain, conditions, scopeId);
}

/** Equalities alone: distinct keys. */
function byKeys(rel: Rel, plain: Rel, conditions: readonly Rex[], scopeId: number): Matching {
  const width = rel.fields.length;
  const inner = conditions.map((condition) => equalitySides(condition)!.inner);
  if (!inner.some(hasInput)) {
    const one = project(plain, [literal(true, booleanType)], ['i']);
    const equalities = conditions.map((c) => toJoin(c, width, scopeId));
    return { keys: aggregate(one, allInputs(one.fields), null, []), equalities, test: null };
  }
  const equalities = conditions.map((condition, i) => {
    const { operator, outer, inner: key } = equalitySides(condition)!;
    const isSwapped = condition.kind === 'call' && condition.operands[0] === key;
    const sides = [outer, input(i, key.type)];
    return toJoin(call(operator, isSwapped ? sides.toReversed() : sides, condition.type), width, scopeId);
  });
  return { keys: aggregate(plain, inner, null, []), equalities, test: null };
}

function hasInput(rex: Rex): boolean {
  let found = false;
  visitRex(rex, (node) => {
    if (node.kind === 'input') found = true;
  });
  return found;
}

/** One comparison of numbers besides: the smallest and the largest value of each key tell whether there is a row. */
function byExtremes(
  rel: Rel,
  plain: Rel,
  conditions: readonly Rex[],
  comparison: Rex,
  scopeId: number,
): Matching | null {
  const sides = comparisonSides(comparison);
  if (sides === null || !(isNumeric(sides.inner.type) || sides.inner.type.name === 'TIMESTAMP')) return null;
  const equal = conditions.filter((c) => c !== comparison).map((c) => equalitySides(c)!);
  const type = withNullable(sides.inner.type, true);
  const names = sides.operator === '<>' ? ['MIN', 'MAX'] : sides.operator.startsWith('<') ? ['MIN'] : ['MAX'];
  const extremes = names.map((name) => aggregateCall(name, [sides.inner], type));
  const inner = equal.map((side) => side.inner);
  const keys = aggregate(plain, inner, null, extremes);
  const width = rel.fields.length;
  const own = (rex: Rex): Rex => toJoin(rex, width, scopeId);
  const equalities = equal.map(({ operator, outer }, i) =>
    own(call(operator, [outer, input(i, inner[i]!.type)], nullableBoolean)),
  );
  const tests = names.map((_, i) =>
    own(call(sides.operator, [input(inner.length + i, type), sides.outer], nullableBoolean)),
  );
  // What queries further out decide cannot be tested here.
  if ([...equalities, ...tests].some((c) => correlationsOf(c).length > 0)) return null;
  return { keys, equalities, test: tests.length === 1 ? tests[0]! : call('OR', tests, nullableBoolean) };
}

/** Any conditions: the distinct outer values are joined with the subquery, and those that matched are the keys. */
function byPairs(rel: Rel, plain: Rel, conditions: readonly Rex[], scopeId: number): Matching {
  const outer: number[] = [];
  for (const condition of conditions) {
    visitRex(condition, (node) => {
      if (node.kind !== 'correlated') return;
      if (node.id !== scopeId) throw unhandledPlan();
      if (!outer.includes(node.index)) outer.push(node.index);
    });
  }
  const groups = outer.map((index) => input(index, rel.fields[index]!.type));
  const values = aggregate(rel, groups, null, []);
  const condition = conditions.map((c) =>
    mapRex(c, (node) => {
      if (node.kind === 'input') return input(node.index + outer.length, node.type);
      if (node.kind === 'correlated') return input(outer.indexOf(node.index), node.type);
      return undefined;
    }),
  );
  const matched = join('INNER', values, plain, and(condition));
  const keys = aggregate(matched, allInputs(values.fields), null, []);
  const equalities = outer.map((index, i) => {
    const { type } = rel.fields[index]!;
    const operator = type.nullable ? 'IS NOT DISTINCT FROM' : '=';
    return call(operator, [input(index, type), input(rel.fields.length + i, type)], nullableBoolean);
  });
  return { keys, equalities, test: null };
}

/** A condition over the subquery's columns and correlated ones becomes one over both sides of the join. Correlations with queries further out stay. */
export function toJoin(condition: Rex, width: number, scopeId: number): Rex {
  return mapRex(condition, (node) => {
    if (node.kind === 'input') return input(node.index + width, node.type);
    if (node.kind === 'correlated' && node.id === scopeId) return input(node.index, node.type);
    return undefined;
  });
}

/** An expression over the outer row, to stand among conditions of the subquery. */
export function toOuter(value: Rex, scopeId: number): Rex {
  return mapRex(value, (node) =>
    node.kind === 'input' ? { kind: 'correlated', id: scopeId, index: node.index, type: node.type } : undefined,
  );
}

export function aggregateCall(name: string, operands: readonly Rex[], type: SqlType): AggregateCall {
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
