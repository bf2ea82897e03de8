import type { Rex } from '../rex/rex.js';
import { mapAggregate, visitRex } from '../rex/rex-tools.js';
import type { Rel } from './rel.js';

/** A relation with every expression in it replaced. @param map keeps types */
export function mapExpressions(rel: Rel, map: (rex: Rex) => Rex): Rel {
  const below = (inner: Rel): Rel => mapExpressions(inner, map);
  switch (rel.kind) {
    case 'scan':
    case 'values':
      return rel;
    case 'project':
      return { ...rel, input: below(rel.input), expressions: rel.expressions.map(map) };
    case 'filter':
      return { ...rel, input: below(rel.input), condition: map(rel.condition) };
    case 'aggregate': {
      const calls = rel.calls.map((call) => mapAggregate(call, map));
      return { ...rel, input: below(rel.input), groups: rel.groups.map(map), calls };
    }
    case 'join':
      return { ...rel, left: below(rel.left), right: below(rel.right), condition: map(rel.condition) };
    case 'unnest': {
      const filter = rel.filter === null ? null : map(rel.filter);
      return { ...rel, input: rel.input === null ? null : below(rel.input), array: map(rel.array), filter };
    }
    case 'union':
      return { ...rel, inputs: rel.inputs.map(below) };
    case 'sort': {
      const keys = rel.keys.map((key) => ({ ...key, expression: map(key.expression) }));
      return { ...rel, input: below(rel.input), keys };
    }
    case 'window': {
      const calls = rel.calls.map((call) => map(call) as typeof call);
      return { ...rel, input: below(rel.input), calls };
    }
  }
}

/** Whether a node of an expression anywhere in a relation is so. */
export function someExpression(rel: Rel, test: (rex: Rex) => boolean): boolean {
  let found = false;
  mapExpressions(rel, (rex) => {
    visitRex(rex, (node) => {
      found ||= test(node);
    });
    return rex;
  });
  return found;
}
