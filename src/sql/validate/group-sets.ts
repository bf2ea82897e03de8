import type { Expression, GroupBy, GroupItem } from '../syntax/ast.js';

/** Group expressions of a GROUP BY and its sets, as indexes into them; `sets` is null for a plain list. */
export interface GroupSets {
  readonly expressions: readonly Expression[];
  readonly sets: readonly (readonly number[])[] | null;
}

/** Sets that GROUP BY may make: what CUBE of a dozen columns has. */
const MAX_SETS = 4096;

/** Expands ROLLUP, CUBE, GROUPING SETS and their products. @throws RangeError beyond the limit */
export function groupSets(groupBy: GroupBy): GroupSets {
  const expressions: Expression[] = [];
  const index = (expression: Expression): number => expressions.push(expression) - 1;
  let plain = true;
  let product: readonly (readonly number[])[] = [[]];
  for (const item of groupBy.items) {
    if (item.kind !== 'expression') plain = false;
    const sets = setsOf(item, index);
    if (product.length * sets.length > MAX_SETS) throw new RangeError('too many grouping sets');
    product = product.flatMap((left) => sets.map((right) => [...left, ...right.filter((i) => !left.includes(i))]));
  }
  return { expressions, sets: plain || product.length === 1 ? null : product };
}

function setsOf(item: GroupItem, index: (expression: Expression) => number): readonly (readonly number[])[] {
  switch (item.kind) {
    case 'expression':
      return [[index(item.expression)]];
    case 'set':
      return [item.expressions.map(index)];
    case 'sets':
      return item.items.flatMap((i) => setsOf(i, index));
    case 'rollup': {
      const parts = item.items.map((i) => setsOf(i, index)[0] ?? []);
      return [...parts.map((_, i) => parts.slice(0, parts.length - i).flat()), []];
    }
    case 'cube': {
      const parts = item.items.map((i) => setsOf(i, index)[0] ?? []);
      if (parts.length > 12) throw new RangeError('too many grouping sets');
      const sets: number[][] = [];
      for (let mask = (1 << parts.length) - 1; mask >= 0; mask--) {
        sets.push(parts.flatMap((part, i) => (mask & (1 << (parts.length - 1 - i)) ? part : [])));
      }
      return sets.sort((a, b) => b.length - a.length);
    }
  }
}
