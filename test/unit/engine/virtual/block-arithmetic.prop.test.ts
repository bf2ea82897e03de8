import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLeafRun } from '../../../../src/engine/leaf-run.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import type { AggregatorSpec } from '../../../../src/query/native-query.js';
import { buildSegment } from '../../../support/blocks.js';
import { recordsOf } from '../../../support/cells.js';
import { placeSegment } from '../../../support/run-context.js';
import { groupedLeaf, runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const home = new TrackedArena(1);
const away = new TrackedArena(2);

/** Columns a to d, with one spare that a filter reads. */
interface TestRow {
  readonly __time: number;
  readonly a: number | null;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly g: string;
}

type Node = string | number | { readonly operator: string; readonly left: Node; readonly right: Node };

function textOf(node: Node): string {
  if (typeof node === 'object') return `(${textOf(node.left)} ${node.operator} ${textOf(node.right)})`;
  return String(node);
}

function valueOf(node: Node, row: TestRow): number {
  if (typeof node === 'number') return node;
  if (typeof node === 'string') return Number(row[node as 'a']);
  const [left, right] = [valueOf(node.left, row), valueOf(node.right, row)];
  return node.operator === '+' ? left + right : node.operator === '-' ? left - right : left * right;
}

/** Sizes add up alike, whatever the signs: what an error is measured by. */
function sizeOf(node: Node, row: TestRow): number {
  if (typeof node !== 'object') return Math.abs(valueOf(node, row));
  const [left, right] = [sizeOf(node.left, row), sizeOf(node.right, row)];
  return node.operator === '*' ? left * right : left + right;
}

const node = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.constantFrom<Node[]>(1, 2, 0.5, 10.25, 1e9),
    fc.record({ operator: fc.constantFrom('+', '-', '*'), left: tie('node'), right: tie('node') }),
  ),
})).node;
const cents = (max: number): fc.Arbitrary<number> => fc.integer({ min: -max, max }).map((n) => n / 100);

test('sums of arithmetic are those of its values row by row, with filters and groups, whatever the form of the columns', () => {
  const row = (a: fc.Arbitrary<number | null>): fc.Arbitrary<TestRow> =>
    fc.record({
      __time: fc.nat(100),
      a,
      b: cents(1_000_000_000),
      c: fc.integer({ min: -5, max: 1000 }).map((n) => n / 10),
      d: fc.integer({ min: -100, max: 100 }),
      g: fc.constantFrom('x', 'y'),
    });
  const rows = fc.oneof(
    fc.array(row(cents(100)), { minLength: 1, maxLength: 40 }),
    fc.array(row(fc.double({ noNaN: true, min: -1e6, max: 1e6 })), { minLength: 1, maxLength: 40 }),
    fc.array(row(fc.option(cents(100), { nil: null })), { minLength: 1, maxLength: 40 }),
  );
  fc.assert(
    fc.property(rows, node, node, fc.boolean(), fc.boolean(), (made, first, second, isFiltered, isAway) => {
      const types = { __time: 'LONG', a: 'DOUBLE', b: 'DOUBLE', c: 'DOUBLE', d: 'LONG', g: 'STRING' } as const;
      const segment = buildSegment({ types, rows: made.map((part) => ({ ...part })), blockRows: 16 });
      // The second column has the first as a part.
      const both: Node = { operator: '*', left: first, right: second };
      const texts = [textOf(first), textOf(both)];
      const sum = (name: string): AggregatorSpec => ({ type: 'sum', kind: 'double', name, fieldName: name });
      const plan = groupedLeaf({
        virtualColumns: texts.map((expression, i) => ({
          type: 'expression',
          name: `v${i}`,
          expression,
          outputType: 'DOUBLE',
        })),
        filter: isFiltered ? { type: 'selector', dimension: 'g', value: 'x' } : null,
        aggregators: [sum('v0'), sum('v1')],
      });
      const arenaOf = (column: string): TrackedArena => (isAway && column === 'b' ? away : home);
      const placed = placeSegment(segment, [home, away], { narrow: true, zones: true, arenaOf });
      const partials = runThreads(plan, threadContexts([home, away], [placed], 2), createLeafRun);
      const [found] = recordsOf(mergePartials(plan, partials));
      const kept = made.filter(({ g }) => !isFiltered || g === 'x');
      [first, both].forEach((tree, i) => {
        const needed = JSON.stringify(tree).includes('"a"');
        const counted = kept.filter(({ a }) => a !== null || !needed);
        const expected = counted.reduce((total, part) => total + valueOf(tree, part), 0);
        const size = counted.reduce((total, part) => total + sizeOf(tree, part), 0);
        expect(Math.abs(Number(found?.[`a${i}.sum`] ?? 0) - expected)).toBeLessThanOrEqual(1e-12 * size);
      });
      home.freeAll();
      away.freeAll();
    }),
  );
});
