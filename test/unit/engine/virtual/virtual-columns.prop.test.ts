import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnType } from '../../../../src/common/column-type.js';
import { parseJson } from '../../../../src/common/json-read.js';
import { GroupedRun } from '../../../../src/engine/grouped/grouped-run.js';
import { createLeafRun } from '../../../../src/engine/leaf-run.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import { withVirtualColumns } from '../../../../src/engine/virtual/with-virtual-columns.js';
import { compileExpression } from '../../../../src/expressions/compile.js';
import { castTo } from '../../../../src/expressions/coercion.js';
import { ExprArray, type ExprType, type ExprValue } from '../../../../src/expressions/expr.js';
import { evaluateRow } from '../../../../src/expressions/multi-value.js';
import type { GroupedLeaf } from '../../../../src/plan/leaf-plan.js';
import type { AggregatorSpec } from '../../../../src/query/native-query.js';
import type { VirtualColumn } from '../../../../src/query/virtual-column.js';
import { buildSegment, type Cell, type Row, type TestSegment } from '../../../support/blocks.js';
import { byKey } from '../../../support/dense-cases.js';
import { recordsOf } from '../../../support/cells.js';
import { row, TYPES } from '../../../support/filter-oracle.js';
import { placeSegment } from '../../../support/run-context.js';
import { dimension, groupedLeaf, runLeaf, runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const EVER = [{ startMs: -1e15, endMs: 1e15 }];
const context = { lookup: () => undefined };

const number: fc.Arbitrary<string> = fc.letrec<{ whole: string }>((tie) => ({
  whole: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('l', 'w', 'd', 'f', '__time', 'nope', '0', '2', '1.5', '-3', 'null', 'strlen(s)', "s == 'a'", 's'),
    fc
      .tuple(tie('whole'), fc.constantFrom('+', '-', '*', '/', '%', '<', '>=', '==', '!=', '&&', '||'), tie('whole'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('whole').map((a) => `-(${a})`),
    tie('whole').map((a) => `!(${a})`),
    tie('whole').map((a) => `isnull(${a})`),
    tie('whole').map((a) => `abs(${a})`),
    tie('whole').map((a) => `cast(${a}, 'LONG')`),
    tie('whole').map((a) => `cast(${a}, 'DOUBLE')`),
    tie('whole').map((a) => `sqrt(${a})`),
    fc.tuple(tie('whole'), tie('whole')).map(([a, b]) => `nvl(${a}, ${b})`),
    fc.tuple(tie('whole'), tie('whole'), tie('whole')).map(([a, b, c]) => `if(${a}, ${b}, ${c})`),
    fc.tuple(tie('whole'), tie('whole'), tie('whole')).map(([a, b, c]) => `case_searched(${a}, ${b}, ${c})`),
  ),
})).whole;
const text = fc.oneof(
  fc.constantFrom(
    'upper(s)',
    "concat(s, '!')",
    "nvl(s, 'none')",
    'concat(s, l)',
    'upper(m)',
    "m + 'x'",
    'concat(s, m)',
    "if(s == 'a', null, s)",
    's + s',
    "string_to_array(s, '')",
    'array(l, w)',
  ),
  number,
);
const output = fc.constantFrom<ColumnType | null>(null, 'LONG', 'DOUBLE', 'STRING');

function exprValue(name: string, cell: Cell): ExprValue {
  const type = TYPES[name];
  if (cell === null || type === undefined || cell instanceof Uint8Array) return null;
  if (type === 'LONG') return BigInt(cell as number);
  if (type === 'DOUBLE' || type === 'FLOAT') return Number(cell);
  if (!Array.isArray(cell)) return String(cell);
  const parts = cell as readonly (string | null)[];
  return parts.length < 2 ? (parts[0] ?? null) : new ExprArray('STRING', parts);
}

/** What one row gives by itself; undefined when the expression fails on it. */
function alone(expression: string, type: ColumnType | null, values: Row, isMulti: boolean): unknown {
  const compiled = compileExpression(expression, context);
  const inputs = compiled.inputs.map((name) => exprValue(name, values[name] ?? null));
  const inferred = compiled.outputType(
    (name) => (TYPES[name] === 'FLOAT' ? 'DOUBLE' : (TYPES[name] ?? null)) as ExprType,
  );
  const isMapped = isMulti && compiled.inputs.includes('m') && !compiled.arrayInputs.has('m');
  const value = evaluateRow(
    compiled,
    inputs,
    compiled.inputs.map((name) => name === 'm'),
  );
  const to = type ?? (isMapped ? 'STRING' : inferred);
  if (value instanceof ExprArray && to === 'STRING') {
    const texts = value.values.map((part) => castTo(part, 'STRING'));
    return texts.length === 1 ? texts[0] : texts;
  }
  const cast = to === null ? value : castTo(value, to as ExprType);
  return cast instanceof ExprArray ? JSON.stringify(cast.values.map(String)) : cast;
}

/** Arrays come as JSON text; a row of one value is shown as the value, and one without values as null. */
function shown(cell: unknown): unknown {
  if (Array.isArray(cell)) return cell.length < 2 ? (cell[0] ?? null) : cell;
  if (typeof cell === 'string' && cell.startsWith('[')) {
    return JSON.stringify((parseJson(cell) as unknown[]).map(String));
  }
  return cell;
}

function scan(made: TestSegment, virtualColumns: readonly VirtualColumn[]): unknown[] {
  const plan = { kind: 'scan', intervals: EVER, filter: null, virtualColumns, columns: ['v'] } as const;
  const table = runLeaf({ ...plan, maxRows: null, order: 'none' }, [made]);
  return recordsOf(table).map((record) => record['v']);
}

describe('a virtual column of an expression', () => {
  it('gives every row what the row alone gives', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), text, output, (rows, expression, outputType) => {
        const made = buildSegment({ types: TYPES, rows });
        const isMulti = made.blocks[0]!.column('m')?.kind === 'multiString';
        let expected: unknown[];
        try {
          expected = rows.map((values) => alone(expression, outputType, values, isMulti));
        } catch {
          return; // It fails on a row, or does not compile.
        }
        compared++;
        const found = scan(made, [{ type: 'expression', name: 'v', expression, outputType }]);
        expect(found.map(shown)).toEqual(expected.map(shown));
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('is grouped, filtered and summed by kernels as by the general path', () => {
    const aggregators: AggregatorSpec[] = [
      { type: 'count', name: 'n' },
      { type: 'sum', kind: 'double', name: 'sd', fieldName: 'x' },
      { type: 'max', kind: 'double', name: 'md', fieldName: 'x' },
    ];
    const virtualColumns: VirtualColumn[] = [
      { type: 'expression', name: 'x', expression: '(l + d) * 2', outputType: 'DOUBLE' },
      { type: 'expression', name: 'k', expression: "substring(concat(s, '-'), 0, 1)", outputType: 'STRING' },
      { type: 'extraction', name: 'e', column: 's', extractionFn: { type: 'upper' } },
      { type: 'expression', name: 'chained', expression: "nvl(k, 'none') + e", outputType: 'STRING' },
    ];
    const arena = new TrackedArena(1);
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('k', 'e', 'chained', 's'),
        fc.constantFrom('k', 'chained'),
        fc.integer({ min: 1, max: 2 }),
        (segments, by, filtered, threads) => {
          const plan: GroupedLeaf = groupedLeaf({
            virtualColumns,
            aggregators,
            dimensions: [dimension(by)],
            filter: { type: 'not', field: { type: 'selector', dimension: filtered, value: 'a' } },
          });
          try {
            const placed = segments.map((rows) =>
              placeSegment(buildSegment({ types: TYPES, rows, blockRows: 8 }), [arena]),
            );
            const found = mergePartials(
              plan,
              runThreads(plan, threadContexts([arena], placed, threads), createLeafRun),
            );
            const general = mergePartials(
              plan,
              runThreads(plan, threadContexts([arena], placed, 1), (leaf, run) => {
                return new GroupedRun(leaf as GroupedLeaf, withVirtualColumns(leaf, run).segments);
              }),
            );
            expect(byKey(found, 2)).toEqual(byKey(general, 2));
          } finally {
            arena.freeAll();
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
