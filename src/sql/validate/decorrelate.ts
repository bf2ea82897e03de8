import type { Rex } from '../rex/rex.js';
import { allInputs, and, conjuncts, input, mapRex, substitute, visitRex } from '../rex/rex-tools.js';
import { aggregate, filter, join, project, type Rel } from '../rel/rel.js';
import { unhandledPlan } from './planning-errors.js';

/** A subquery without references to the outer query, and the conditions between its columns and correlated ones that were taken out. */
export interface Decorrelated {
  readonly rel: Rel;
  readonly conditions: readonly Rex[];
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

/**
 * Takes correlated conditions out of filters and join conditions, upwards through projections, joins and groupings; columns that they need are added behind the others.
 * @throws DruidError UNSUPPORTED for correlations elsewhere
 */
export function decorrelate(rel: Rel): Decorrelated {
  switch (rel.kind) {
    case 'filter': {
      const below = decorrelate(rel.input);
      const all = conjuncts(rel.condition);
      const own = all.filter((c) => !isCorrelated(c));
      const taken = all.filter(isCorrelated);
      const kept = own.length === 0 ? below.rel : filter(below.rel, and(own));
      return { rel: kept, conditions: [...below.conditions, ...taken] };
    }
    case 'project':
      return throughProject(rel);
    case 'aggregate':
      return throughAggregate(rel);
    case 'join':
      return throughJoin(rel);
    case 'sort': {
      const below = decorrelate(rel.input);
      if (below.conditions.length === 0)
        return { rel: { ...rel, input: below.rel, fields: rel.fields }, conditions: [] };
      if (rel.limit !== null || rel.offset > 0) throw unhandledPlan();
      return below;
    }
    case 'window':
    case 'union':
    case 'unnest':
    case 'scan':
    case 'values':
      return { rel, conditions: [] };
  }
}

function throughProject(rel: Extract<Rel, { kind: 'project' }>): Decorrelated {
  const below = decorrelate(rel.input);
  if (rel.expressions.some(isCorrelated)) throw unhandledPlan();
  if (below.conditions.length === 0) {
    return { rel: below.rel === rel.input ? rel : { ...rel, input: below.rel }, conditions: [] };
  }
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
  return { rel: project(below.rel, expressions, names), conditions };
}

/** Each condition must be an equality of an inner expression with an outer one; the inner one becomes a group key. */
function throughAggregate(rel: Extract<Rel, { kind: 'aggregate' }>): Decorrelated {
  const below = decorrelate(rel.input);
  if (below.conditions.length === 0) {
    return { rel: below.rel === rel.input ? rel : { ...rel, input: below.rel }, conditions: [] };
  }
  if (rel.sets !== null) throw unhandledPlan();
  const keys: Rex[] = [];
  const outers: Rex[] = [];
  for (const condition of below.conditions) {
    if (condition.kind !== 'call' || condition.operator !== '=') throw unhandledPlan();
    const [a, b] = condition.operands as readonly [Rex, Rex];
    const [inner, outer] = isCorrelated(a) ? [b, a] : [a, b];
    if (isCorrelated(inner) || hasInputs(outer)) throw unhandledPlan();
    keys.push(inner);
    outers.push(outer);
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
  return { rel: project(grouped, order, names), conditions };
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
  const count = left.conditions.length + right.conditions.length + taken.length;
  if (count === 0) return { rel, conditions: [] };
  if (rel.type !== 'INNER') throw unhandledPlan();
  // Columns that the sides gained stand behind their own: everything is counted anew, then put in the old order.
  const [oldLeft, newLeft] = [rel.left.fields.length, left.rel.fields.length];
  const moved = (index: number): number => (index < oldLeft ? index : index - oldLeft + newLeft);
  const remap = (rex: Rex): Rex =>
    mapRex(rex, (node) => (node.kind === 'input' ? input(moved(node.index), node.type) : undefined));
  const own = conjuncts(rel.condition).filter((c) => !isCorrelated(c));
  const joined = join('INNER', left.rel, right.rel, and(own.map(remap)));
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
  return { rel: ordered, conditions: conditions.map((c) => substitute(c, back)) };
}
