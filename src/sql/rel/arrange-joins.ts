import type { Rex } from '../rex/rex.js';
import { and, conjuncts, input, inputsOf, mapRex, rexKey, shiftInputs, trueRex } from '../rex/rex-tools.js';
import { filter, join, project, type Rel } from './rel.js';

/** A relation of an inner join with the position of its first column in the joined row. */
interface Leaf {
  readonly rel: Rel;
  readonly offset: number;
}

/**
 * Inner joins in an order in which each one has an equality with what was joined before, where there is one; conditions of WHERE become join conditions, and those on a single
 * relation of the right side go below the join.
 * @source Calcite `FilterIntoJoinRule`, `LoptOptimizeJoinRule`
 */
export function arrangeJoins(rel: Rel): Rel {
  switch (rel.kind) {
    case 'scan':
    case 'values':
      return rel;
    case 'join':
      return rel.type === 'INNER' ? arrange(rel, []) : arrangeOuter(rel);
    case 'filter':
      return isInner(rel.input)
        ? arrange(rel.input, conjuncts(rel.condition))
        : { ...rel, input: arrangeJoins(rel.input) };
    case 'union':
      return { ...rel, inputs: rel.inputs.map(arrangeJoins) };
    case 'unnest':
      return rel.input === null ? rel : { ...rel, input: arrangeJoins(rel.input) };
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'window':
      return { ...rel, input: arrangeJoins(rel.input) };
  }
}

/** Conditions on the side whose rows come only with a match filter that side. */
function arrangeOuter(rel: Extract<Rel, { kind: 'join' }>): Rel {
  const width = rel.left.fields.length;
  const all = conjuncts(rel.condition);
  const onRight = rel.type === 'LEFT' ? all.filter((c) => readsOnly(c, (i) => i >= width)) : [];
  const onLeft = rel.type === 'RIGHT' ? all.filter((c) => readsOnly(c, (i) => i < width)) : [];
  const left = onLeft.length === 0 ? rel.left : filter(rel.left, and(onLeft));
  const right = onRight.length === 0 ? rel.right : filter(rel.right, and(onRight.map((c) => shiftInputs(c, -width))));
  const condition = and(all.filter((c) => !onRight.includes(c) && !onLeft.includes(c)));
  return { ...rel, left: arrangeJoins(left), right: arrangeJoins(right), condition };
}

function readsOnly(condition: Rex, test: (index: number) => boolean): boolean {
  const inputs = [...inputsOf(condition)];
  return inputs.length > 0 && inputs.every(test);
}

function isInner(rel: Rel): rel is Extract<Rel, { kind: 'join' }> {
  return rel.kind === 'join' && rel.type === 'INNER';
}

function arrange(root: Extract<Rel, { kind: 'join' }>, above: readonly Rex[]): Rel {
  const leaves: Leaf[] = [];
  const written: Rex[] = [...above];
  flatten(root, 0, leaves, written);
  const conditions = written.flatMap(factored);
  const own = conditions.filter((c) => leavesOf(c, leaves).size <= 1);
  let pending = conditions.filter((c) => leavesOf(c, leaves).size > 1);
  const order = orderOf(leaves, pending);
  const [first, ...others] = order;
  let current: Rel = leaves[first!]!.rel;
  /** Where an old column stands in the new row. */
  const at = new Map<number, number>();
  const place = (leaf: Leaf, offset: number): void => {
    leaf.rel.fields.forEach((_, i) => at.set(leaf.offset + i, offset + i));
  };
  place(leaves[first!]!, 0);
  const move = (rex: Rex): Rex =>
    mapRex(rex, (node) => (node.kind === 'input' ? input(at.get(node.index)!, node.type) : undefined));
  for (const index of others) {
    const leaf = leaves[index]!;
    const mine = own.filter((c) => leavesOf(c, leaves).has(index)).map((c) => shiftInputs(c, -leaf.offset));
    const right = mine.length === 0 ? leaf.rel : filter(leaf.rel, and(mine));
    place(leaf, current.fields.length);
    const ready = pending.filter((c) => [...inputsOf(c)].every((i) => at.has(i)));
    pending = pending.filter((c) => !ready.includes(c));
    current = join('INNER', current, right, ready.length === 0 ? trueRex : and(ready.map(move)));
  }
  const rest = own.filter((c) => leavesOf(c, leaves).size === 0 || leavesOf(c, leaves).has(first!)).map(move);
  if (rest.length > 0) current = filter(current, and(rest));
  if (order.every((leaf, i) => leaf === i)) return current;
  const columns = root.fields.map((f, i) => input(at.get(i)!, f.type));
  return project(
    current,
    columns,
    root.fields.map((f) => f.name),
  );
}

function flatten(rel: Rel, offset: number, leaves: Leaf[], conditions: Rex[]): void {
  if (isInner(rel)) {
    flatten(rel.left, offset, leaves, conditions);
    flatten(rel.right, offset + rel.left.fields.length, leaves, conditions);
    conditions.push(...conjuncts(rel.condition).map((c) => shiftInputs(c, offset)));
  } else if (rel.kind === 'filter' && isInner(rel.input)) {
    flatten(rel.input, offset, leaves, conditions);
    conditions.push(...conjuncts(rel.condition).map((c) => shiftInputs(c, offset)));
  } else {
    leaves.push({ rel: arrangeJoins(rel), offset });
  }
}

/** `(a AND b) OR (a AND c)` as `a` and `b OR c`, so that an equality that all branches have joins. */
function factored(condition: Rex): Rex[] {
  if (condition.kind !== 'call' || condition.operator !== 'OR') return [condition];
  const branches = condition.operands.map(conjuncts);
  const [first, ...others] = branches.map((branch) => new Set(branch.map(rexKey)));
  const shared = branches[0]!.filter(
    (part) => first!.has(rexKey(part)) && others.every((keys) => keys.has(rexKey(part))),
  );
  if (shared.length === 0) return [condition];
  const keys = new Set(shared.map(rexKey));
  const left = branches.map((branch) => branch.filter((part) => !keys.has(rexKey(part))));
  if (left.some((branch) => branch.length === 0)) return shared;
  return [...shared, { ...condition, operands: left.map(and) }];
}

function leavesOf(condition: Rex, leaves: readonly Leaf[]): Set<number> {
  return new Set([...inputsOf(condition)].map((i) => leaves.findLastIndex((leaf) => leaf.offset <= i)));
}

/** Rows of a table up to which it is a right side wherever it is written. */
const SMALL_ROWS = 20_000;

/**
 * As written, but a relation without an equality to those before waits until it has one. The table with the most rows comes first when it is much larger than the one that is written
 * there: the right sides of joins are held in memory.
 */
function orderOf(leaves: readonly Leaf[], conditions: readonly Rex[]): number[] {
  const edges = conditions.filter((c) => c.kind === 'call' && c.operator === '=').map((c) => leavesOf(c, leaves));
  const rows = leaves.map(({ rel }) => rowsOf(rel));
  const largest = rows.indexOf(Math.max(...rows));
  const first = rows[largest]! > SMALL_ROWS && rows[largest]! > 2 * rows[0]! ? largest : 0;
  const order = [first];
  const rest = leaves.map((_, i) => i).filter((i) => i !== first);
  while (rest.length > 0) {
    const connected = rest.findIndex((leaf) =>
      edges.some((edge) => edge.has(leaf) && [...edge].every((other) => other === leaf || order.includes(other))),
    );
    order.push(...rest.splice(Math.max(connected, 0), 1));
  }
  return order;
}

/** Of a table behind filters and projections; others count as small. */
function rowsOf(rel: Rel): number {
  if (rel.kind === 'scan') return rel.tables.reduce((sum, table) => sum + (table.numRows ?? 0), 0);
  return rel.kind === 'filter' || rel.kind === 'project' ? rowsOf(rel.input) : 0;
}
