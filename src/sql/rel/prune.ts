import type { Rex } from '../rex/rex.js';
import { conjuncts, input, inputsOf, mapAggregate, mapRex } from '../rex/rex-tools.js';
import { aggregate, filter, join, project, type Rel, sort } from './rel.js';

interface Pruned {
  readonly rel: Rel;
  /** Where a column of the old relation stands now; only those that were needed are there. */
  readonly at: ReadonlyMap<number, number>;
}

/** The relation with the columns that nothing reads left out below; its own stay as they are. */
export function pruneColumns(rel: Rel): Rel {
  return prune(rel, new Set(rel.fields.map((_, i) => i))).rel;
}

function prune(rel: Rel, needed: ReadonlySet<number>): Pruned {
  switch (rel.kind) {
    case 'scan':
    case 'values':
    case 'unnest':
      return projected(rel, needed);
    case 'project': {
      const kept = [...needed].sort(ascending);
      const expressions = kept.map((i) => rel.expressions[i]!);
      const below = prune(rel.input, union(expressions.map((e) => inputsOf(e))));
      const moved = expressions.map((e) => remap(e, below.at));
      const names = kept.map((i) => rel.fields[i]!.name);
      return { rel: project(below.rel, moved, names), at: positions(kept) };
    }
    case 'filter': {
      const below = prune(rel.input, union([needed, inputsOf(rel.condition)]));
      return { rel: filter(below.rel, remap(rel.condition, below.at)), at: below.at };
    }
    case 'sort': {
      const below = prune(rel.input, union([needed, ...rel.keys.map((k) => inputsOf(k.expression))]));
      const keys = rel.keys.map((k) => ({ ...k, expression: remap(k.expression, below.at) }));
      return { rel: sort(below.rel, keys, rel.offset, rel.limit), at: below.at };
    }
    case 'aggregate':
      return pruneAggregate(rel, needed);
    case 'join':
      return pruneJoin(rel, needed);
    case 'window':
      return keepAll({ ...rel, input: pruneColumns(rel.input) });
    case 'union':
      return keepAll({ ...rel, inputs: rel.inputs.map(pruneColumns) });
  }
}

function keepAll(rel: Rel): Pruned {
  return { rel, at: new Map(rel.fields.map((_, i) => [i, i])) };
}

function projected(rel: Rel, needed: ReadonlySet<number>): Pruned {
  const below: Rel = rel.kind === 'unnest' && rel.input !== null ? { ...rel, input: rel.input } : rel;
  if (needed.size === rel.fields.length) return keepAll(below);
  const kept = [...needed].sort(ascending);
  const expressions = kept.map((i) => input(i, rel.fields[i]!.type));
  return {
    rel: project(
      below,
      expressions,
      kept.map((i) => rel.fields[i]!.name),
    ),
    at: positions(kept),
  };
}

function pruneAggregate(rel: Extract<Rel, { kind: 'aggregate' }>, needed: ReadonlySet<number>): Pruned {
  const width = rel.groups.length;
  const calls = rel.calls.map((_, i) => i).filter((i) => needed.has(width + i));
  const reads = calls.flatMap((i): Rex[] => {
    const call = rel.calls[i]!;
    return [...call.operands, ...(call.filter === null ? [] : [call.filter]), ...call.orderBy.map((o) => o.expression)];
  });
  const below = prune(rel.input, union([...rel.groups, ...reads].map((e) => inputsOf(e))));
  const move = (e: Rex): Rex => remap(e, below.at);
  const pruned = aggregate(
    below.rel,
    rel.groups.map(move),
    rel.sets,
    calls.map((i) => mapAggregate(rel.calls[i]!, move)),
  );
  const at = new Map(rel.groups.map((_, i) => [i, i]));
  calls.forEach((old, i) => at.set(width + old, width + i));
  return { rel: pruned, at };
}

function pruneJoin(rel: Extract<Rel, { kind: 'join' }>, needed: ReadonlySet<number>): Pruned {
  const width = rel.left.fields.length;
  const all = union([needed, ...conjuncts(rel.condition).map((c) => inputsOf(c))]);
  const left = prune(rel.left, new Set([...all].filter((i) => i < width)));
  const right = prune(rel.right, new Set([...all].filter((i) => i >= width).map((i) => i - width)));
  const newWidth = left.rel.fields.length;
  const at = new Map(left.at);
  for (const [old, now] of right.at) at.set(old + width, now + newWidth);
  return { rel: join(rel.type, left.rel, right.rel, remap(rel.condition, at)), at };
}

function remap(rex: Rex, at: ReadonlyMap<number, number>): Rex {
  return mapRex(rex, (node) => (node.kind === 'input' ? input(at.get(node.index)!, node.type) : undefined));
}

function positions(kept: readonly number[]): ReadonlyMap<number, number> {
  return new Map(kept.map((old, i) => [old, i]));
}

function union(sets: readonly ReadonlySet<number>[]): Set<number> {
  return new Set(sets.flatMap((set) => [...set]));
}

function ascending(a: number, b: number): number {
  return a - b;
}
