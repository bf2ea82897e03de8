import type { AggregateCall, Rex } from '../rex/rex.js';
import { allInputs, and, conjuncts, input, mapRex, substitute, visitRex } from '../rex/rex-tools.js';
import { someExpression } from '../rel/map-rel.js';
import { aggregate, filter, join, project, type Rel } from '../rel/rel.js';
import { makeType } from '../types/make-type.js';
import { literal } from './literal-rex.js';
import { unhandledPlan } from './planning-errors.js';

/** A subquery without references to the outer query, and the conditions between its columns and correlated ones that were taken out. */
export interface Decorrelated {
  readonly rel: Rel;
  readonly conditions: readonly Rex[];
  /**
   * By column: what the one row of an aggregation without groups holds when nothing matches (the aggregation now has groups, and no row then). Null for other subqueries, which have
   * no row then.
   */
  readonly otherwise: readonly Rex[] | null;
}

/** Indexes of the outer columns that an expression reads. */
export function correlationsOf(rex: Rex): number[] {
  const found: number[] = [];
  visitRex(rex, (node) => {
    if (node.kind === 'correlated') found.push(node.index);
  });
  return found;
}

function isCorrelated(rex: Rex): boolean {
  return correlationsOf(rex).length > 0;
}

/** Whether a subquery reads columns of a query around it. */
export function isCorrelatedRel(rel: Rel): boolean {
  return someExpression(rel, (node) => node.kind === 'correlated');
}

/**
 * Takes correlated conditions out of filters and join conditions, upwards through projections, joins and groupings; columns that they need are added behind the others. Conditions may
 * be about any query around: those of outer ones stay in the join that is made of them, and leave it when that query is decorrelated in its turn.
 * @throws DruidError UNSUPPORTED for correlations elsewhere
 */
export function decorrelate(rel: Rel): Decorrelated {
  if (!isCorrelatedRel(rel)) return { rel, conditions: [], otherwise: null };
  switch (rel.kind) {
    case 'filter':
      return throughFilter(rel);
    case 'project':
      return throughProject(rel);
    case 'aggregate':
      return throughAggregate(rel);
    case 'join':
      return throughJoin(rel);
    case 'sort':
      if (rel.limit !== null || rel.offset > 0 || rel.keys.some((k) => isCorrelated(k.expression)))
        throw unhandledPlan();
      return decorrelate(rel.input);
    case 'window':
    case 'union':
    case 'unnest':
    case 'scan':
    case 'values':
      throw unhandledPlan();
  }
}

function throughFilter(rel: Extract<Rel, { kind: 'filter' }>): Decorrelated {
  const below = decorrelate(rel.input);
  const all = conjuncts(rel.condition);
  const own = all.filter((c) => !isCorrelated(c));
  const taken = all.filter(isCorrelated);
  // A row that is there only because nothing matched would have to be tested too.
  if (below.otherwise !== null) throw unhandledPlan();
  const kept = own.length === 0 ? below.rel : filter(below.rel, and(own));
  return { rel: kept, conditions: [...below.conditions, ...taken], otherwise: null };
}

function throughProject(rel: Extract<Rel, { kind: 'project' }>): Decorrelated {
  const below = decorrelate(rel.input);
  if (rel.expressions.some(isCorrelated)) throw unhandledPlan();
  const expressions = [...rel.expressions];
  const conditions = below.conditions.map((condition) =>
    mapRex(condition, (node) => {
      if (node.kind !== 'input') return undefined;
      let at = expressions.findIndex((e) => e.kind === 'input' && e.index === node.index);
      if (at < 0) at = expressions.push(node) - 1;
      return input(at, node.type);
    }),
  );
  const names = expressions.map((_, i) => rel.fields[i]?.name ?? `$f${i}`);
  const { otherwise } = below;
  return {
    rel: project(below.rel, expressions, names),
    conditions,
    otherwise: otherwise === null ? null : rel.expressions.map((e) => substitute(e, otherwise)),
  };
}

/** Each condition must be an equality of an inner expression with an outer one; the inner one becomes a group key. */
function throughAggregate(rel: Extract<Rel, { kind: 'aggregate' }>): Decorrelated {
  const below = decorrelate(rel.input);
  if (rel.sets !== null || below.otherwise !== null || readsOuter(rel)) throw unhandledPlan();
  const keys: Rex[] = [];
  const outers: Rex[] = [];
  for (const condition of below.conditions) {
    const sides = equalitySides(condition);
    if (sides === null || sides.operator !== '=') throw unhandledPlan();
    keys.push(sides.inner);
    outers.push(sides.outer);
  }
  const grouped = aggregate(below.rel, [...rel.groups, ...keys], null, rel.calls);
  const width = rel.groups.length;
  const all = allInputs(grouped.fields);
  const order = [...all.slice(0, width), ...all.slice(width + keys.length), ...all.slice(width, width + keys.length)];
  const names = order.map((_, i) => rel.fields[i]?.name ?? `$f${i}`);
  const first = rel.fields.length;
  const conditions = outers.map((outer, i): Rex => {
    const original = below.conditions[i]!;
    const operands = [outer, input(first + i, keys[i]!.type)];
    return { kind: 'call', operator: '=', operands, type: original.type };
  });
  const otherwise = width === 0 ? rel.calls.map(valueOfNothing) : null;
  return { rel: project(grouped, order, names), conditions, otherwise };
}

function readsOuter({ groups, calls }: Extract<Rel, { kind: 'aggregate' }>): boolean {
  const read = calls.flatMap(({ operands, filter: where, orderBy }) => [
    ...operands,
    ...(where === null ? [] : [where]),
    ...orderBy.map((o) => o.expression),
  ]);
  return [...groups, ...read].some(isCorrelated);
}

const NULL_OF_NOTHING: ReadonlySet<string> = new Set(
  'SUM MIN MAX AVG EARLIEST LATEST EARLIEST_BY LATEST_BY ANY_VALUE SINGLE_VALUE STRING_AGG LISTAGG ARRAY_AGG BIT_AND BIT_OR BIT_XOR VAR_POP VAR_SAMP VARIANCE STDDEV_POP STDDEV_SAMP STDDEV'.split(
    ' ',
  ),
);

/** What an aggregate over no rows is. */
function valueOfNothing(call: AggregateCall): Rex {
  if (/^(COUNT|APPROX_COUNT_DISTINCT.*)$/.test(call.function)) return literal(0n, makeType('BIGINT'));
  if (!NULL_OF_NOTHING.has(call.function)) throw unhandledPlan();
  return literal(null, { ...call.type, nullable: true });
}

/** An equality of an expression over the subquery alone with one over outer columns alone; null for other conditions. */
export function equalitySides(
  condition: Rex,
): { readonly operator: string; readonly inner: Rex; readonly outer: Rex } | null {
  const sides = comparisonSides(condition);
  return sides?.operator === '=' || sides?.operator === 'IS NOT DISTINCT FROM' ? sides : null;
}

const MIRRORED: Readonly<Record<string, string>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  'IS NOT DISTINCT FROM': 'IS NOT DISTINCT FROM',
};

/** The sides of `inner operator outer`. */
export function comparisonSides(
  condition: Rex,
): { readonly operator: string; readonly inner: Rex; readonly outer: Rex } | null {
  if (condition.kind !== 'call') return null;
  const mirrored = MIRRORED[condition.operator];
  if (mirrored === undefined) return null;
  const [a, b] = condition.operands as readonly [Rex, Rex];
  if (!isCorrelated(a) && !hasInputs(b)) return { operator: condition.operator, inner: a, outer: b };
  if (!isCorrelated(b) && !hasInputs(a)) return { operator: mirrored, inner: b, outer: a };
  return null;
}

function hasInputs(rex: Rex): boolean {
  let found = false;
  visitRex(rex, (node) => {
    if (node.kind === 'input') found = true;
  });
  return found;
}

function throughJoin(rel: Extract<Rel, { kind: 'join' }>): Decorrelated {
  const left = decorrelate(rel.left);
  const right = decorrelate(rel.right);
  const taken = conjuncts(rel.condition).filter(isCorrelated);
  if (left.otherwise !== null || right.otherwise !== null) throw unhandledPlan();
  // Conditions on the left side of a LEFT join may be tested after it.
  const onLeftOnly = rel.type === 'LEFT' && right.conditions.length + taken.length === 0;
  if (rel.type !== 'INNER' && !onLeftOnly) throw unhandledPlan();
  // Columns that the sides gained stand behind their own: everything is counted anew, then put in the old order.
  const [oldLeft, newLeft] = [rel.left.fields.length, left.rel.fields.length];
  const moved = (index: number): number => (index < oldLeft ? index : index - oldLeft + newLeft);
  const remap = (rex: Rex): Rex =>
    mapRex(rex, (node) => (node.kind === 'input' ? input(moved(node.index), node.type) : undefined));
  const own = conjuncts(rel.condition).filter((c) => !isCorrelated(c));
  const joined = join(rel.type, left.rel, right.rel, and(own.map(remap)));
  const shiftRight = (rex: Rex): Rex =>
    mapRex(rex, (node) => (node.kind === 'input' ? input(node.index + newLeft, node.type) : undefined));
  const conditions = [...left.conditions, ...right.conditions.map(shiftRight), ...taken.map(remap)];
  const old = rel.fields.map((_, i) => moved(i));
  const order = [...old, ...joined.fields.map((_, i) => i).filter((i) => !old.includes(i))];
  const back = joined.fields.map((f, i) => input(order.indexOf(i), f.type));
  const names = order.map((i) => joined.fields[i]!.name);
  const ordered = project(
    joined,
    order.map((i) => input(i, joined.fields[i]!.type)),
    names,
  );
  return { rel: ordered, conditions: conditions.map((c) => substitute(c, back)), otherwise: null };
}
