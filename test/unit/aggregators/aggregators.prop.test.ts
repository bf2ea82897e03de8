import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAggregator } from '../../../src/aggregators/create-aggregator.js';
import { combiningSpec, storedType } from '../../../src/aggregators/stored-metric.js';
import type { ColumnType } from '../../../src/common/column-type.js';
import { compileFilter } from '../../../src/engine/filter/compile-filter.js';
import type { AggregatorSpec, NumericKind } from '../../../src/query/native-query.js';
import { allRows } from '../../../src/vectors/selection.js';
import { takeColumn } from '../../../src/vectors/take-rows.js';
import type { TableColumn } from '../../../src/vectors/table.js';
import { buildSegment, type Cell, type Row, type TestSegment } from '../../support/blocks.js';
import { cellOf, type PlainCell } from '../../support/cells.js';

const KINDS: readonly NumericKind[] = ['long', 'double', 'float'];
const FIELDS = ['l', 'w', 'd', 'f', 's', 'm', 'nope'];
const rowField = { type: 'default', dimension: 's', outputName: 's', outputType: 'STRING' } as const;

const SPECS: readonly AggregatorSpec[] = [
  { type: 'count', name: 'count' },
  ...FIELDS.flatMap((fieldName) =>
    KINDS.flatMap((kind): AggregatorSpec[] => [
      ...(['sum', 'min', 'max'] as const).map((type) => ({
        type,
        kind,
        name: `${kind} ${type} of ${fieldName}`,
        fieldName,
      })),
      ...(['first', 'last'] as const).map((type) => ({
        type,
        kind,
        name: `${kind} ${type} of ${fieldName}`,
        fieldName,
        timeColumn: '__time',
      })),
    ]),
  ),
  { type: 'first', kind: 'string', name: 'first string', fieldName: 's', timeColumn: '__time', maxStringBytes: 1024 },
  { type: 'last', kind: 'string', name: 'last string by l', fieldName: 'm', timeColumn: 'l', maxStringBytes: 2 },
  {
    type: 'filtered',
    name: 'filtered sum',
    filter: { type: 'selector', dimension: 's', value: '7' },
    aggregator: { type: 'sum', kind: 'long', name: 'x', fieldName: 'l' },
  },
  {
    type: 'cardinality',
    name: 'cardinality',
    fields: [rowField, { ...rowField, dimension: 'm', outputName: 'm' }],
    byRow: false,
    round: false,
  },
  {
    type: 'cardinality',
    name: 'cardinality by row',
    fields: [rowField, { ...rowField, dimension: 'l', outputName: 'l' }],
    byRow: true,
    round: true,
  },
  { type: 'hyperUnique', name: 'hyperUnique', fieldName: 's', isInputHyperUnique: false, round: false },
  {
    type: 'thetaSketch',
    name: 'theta',
    fieldName: 'm',
    size: 16,
    isInputThetaSketch: false,
    shouldFinalize: true,
    errorBoundsStdDev: null,
  },
  {
    type: 'HLLSketchBuild',
    name: 'hll',
    fieldName: 'l',
    lgK: 12,
    tgtHllType: 'HLL_4',
    stringEncoding: 'utf16le',
    shouldFinalize: true,
    round: false,
  },
  {
    type: 'quantilesDoublesSketch',
    name: 'quantiles',
    fieldName: 'd',
    k: 16,
    maxStreamLength: 1e9,
    shouldFinalize: true,
  },
  { type: 'KllDoublesSketch', name: 'kll', fieldName: 'd', k: 200, maxStreamLength: 1e9 },
  { type: 'KllFloatsSketch', name: 'kll of floats', fieldName: 'f', k: 8, maxStreamLength: 1e9 },
  {
    type: 'arrayOfDoublesSketch',
    name: 'tuple',
    fieldName: 's',
    nominalEntries: 16,
    metricColumns: ['l', 'd'],
    numberOfValues: 2,
  },
  ...FIELDS.flatMap((fieldName) =>
    KINDS.map((kind) => ({ type: 'any' as const, kind, name: `any ${fieldName}`, fieldName })),
  ),
  {
    type: 'any',
    kind: 'string',
    name: 'any text',
    fieldName: 'm',
    maxStringBytes: 1024,
    aggregateMultipleValues: false,
  },
  { type: 'doubleMean', name: 'mean', fieldName: 'd' },
  { type: 'doubleMean', name: 'mean of l', fieldName: 'l' },
  { type: 'histogram', name: 'histogram', fieldName: 'd', breaks: [-4, 0, 2.5] },
  {
    type: 'approxHistogram',
    name: 'approximate histogram',
    fieldName: 'd',
    resolution: 200,
    numBuckets: 5,
    lowerLimit: null,
    upperLimit: null,
    finalizeAsBase64Binary: false,
  },
  ...(['ignore', 'overflow', 'clip'] as const).map((outlierHandlingMode) => ({
    type: 'fixedBucketsHistogram' as const,
    name: `fixed buckets, ${outlierHandlingMode}`,
    fieldName: 'd',
    lowerLimit: -2,
    upperLimit: 2,
    numBuckets: 8,
    outlierHandlingMode,
    finalizeAsBase64Binary: false,
  })),
];

const TYPES: Readonly<Record<string, ColumnType>> = {
  __time: 'LONG',
  s: 'STRING',
  m: 'STRING',
  l: 'LONG',
  w: 'LONG',
  d: 'DOUBLE',
  f: 'FLOAT',
};
const text = fc.option(fc.constantFrom('', 'a', '7', '-3', '2.5', 'x', '9223372036854775807'), { nil: null });
const real = fc.option(
  fc.integer({ min: -64, max: 64 }).map((n) => n / 8),
  { nil: null },
);
const row: fc.Arbitrary<Row & { readonly group: number }> = fc.record({
  __time: fc.integer({ min: 0, max: 6 }),
  s: text,
  m: fc.oneof(fc.array(text, { maxLength: 3 }), text) as fc.Arbitrary<Cell>,
  l: fc.option(fc.integer({ min: -40_000, max: 40_000 }), { nil: null }),
  w: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: null }),
  d: real,
  f: real,
  group: fc.nat(2),
});

const NUM_GROUPS = 3;
type GroupedRow = Row & { readonly group: number };

function accumulate(spec: AggregatorSpec, { blocks }: TestSegment, rows: readonly GroupedRow[]): TableColumn[] {
  const aggregator = createAggregator(spec, compileFilter);
  aggregator.ensure(NUM_GROUPS);
  let at = 0;
  for (const block of blocks) {
    const groups = Uint32Array.from(rows.slice(at, at + block.numRows), ({ group }) => group);
    aggregator.aggregate(block, allRows(block.numRows), groups);
    at += block.numRows;
  }
  return aggregator.exportState();
}

/** Merges states in the order given. */
function merge(spec: AggregatorSpec, states: readonly TableColumn[][]): TableColumn[] {
  const aggregator = createAggregator(spec, compileFilter);
  aggregator.ensure(NUM_GROUPS);
  for (const columns of states) aggregator.mergeState(columns, Uint32Array.of(0, 1, 2));
  return aggregator.exportState();
}

function finish(spec: AggregatorSpec, states: readonly TableColumn[][]): PlainCell[] {
  const aggregator = createAggregator(spec, compileFilter);
  aggregator.ensure(NUM_GROUPS);
  for (const columns of states) aggregator.mergeState(columns, Uint32Array.of(0, 1, 2));
  const column = aggregator.finish();
  return [0, 1, 2].map((group) => cellOf(column, group));
}

/** Sketches are below the size where they estimate. Sums of reals are exact but for 64-bit values, which a double rounds. */
function expectSame(spec: AggregatorSpec, found: readonly PlainCell[], expected: readonly PlainCell[]): void {
  const rounds = spec.type === 'sum' && spec.kind !== 'long' && (spec.fieldName === 'w' || /[sm]/.test(spec.fieldName));
  found.forEach((cell, i) => {
    const other = expected[i];
    if (rounds && typeof cell === 'number' && typeof other === 'number') {
      expect(Math.abs(cell - other)).toBeLessThan(2 ** (spec.kind === 'double' ? 20 : 48));
    } else {
      expect(cell).toEqual(other);
    }
  });
}

describe.each(SPECS.map((spec) => [spec.name, spec] as const))('%s', (_, spec) => {
  test('any split of the rows into blocks gives the same answer', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (rows, blockRows) => {
        const whole = accumulate(spec, buildSegment({ types: TYPES, rows, blockRows: 40 }), rows);
        const split = accumulate(spec, buildSegment({ types: TYPES, rows, blockRows, unsorted: true }), rows);
        expectSame(spec, finish(spec, [split]), finish(spec, [whole]));
      }),
      { numRuns: 25 },
    );
  });

  test('merging is associative and commutative', () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 15 }), { minLength: 3, maxLength: 3 }), (parts) => {
        const [a, b, c] = parts.map((rows) => accumulate(spec, buildSegment({ types: TYPES, rows }), rows)) as [
          TableColumn[],
          TableColumn[],
          TableColumn[],
        ];
        const expected = finish(spec, [a, b, c]);
        expectSame(spec, finish(spec, [c, a, b]), expected);
        expectSame(spec, finish(spec, [merge(spec, [a, b]), c]), expected);
        expectSame(spec, finish(spec, [a, merge(spec, [b, c])]), expected);
      }),
      { numRuns: 20 },
    );
  });

  test('without rows it is empty, and empty states change nothing', () => {
    const empty = finish(spec, []);
    expect(new Set(empty).size).toBe(1);
    const isNull = ['sum', 'min', 'max', 'first', 'last', 'any', 'filtered'].includes(spec.type);
    const isObject = spec.type.toLowerCase().includes('histogram');
    expect(empty[0] === null).toBe(isNull);
    if (isObject) expect(empty[0]).toMatch(/"(counts|histogram)":/);
    else expect(Number(empty[0])).toBe(0);
    const none = accumulate(spec, buildSegment({ types: TYPES, rows: [] }), []);
    expect(finish(spec, [none])).toEqual(empty);
  });

  test('a state column is what it says it is', () => {
    const aggregator = createAggregator(spec, compileFilter);
    aggregator.ensure(NUM_GROUPS);
    const state = aggregator.exportState();
    expect(state.map((column) => column.type)).toEqual(aggregator.stateTypes);
    expect(aggregator.stateNames).toHaveLength(state.length);
  });

  test('rows rolled up, stored and merged by the combining spec answer as the raw rows do', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const whole = accumulate(spec, buildSegment({ types: TYPES, rows }), rows);
        const stored = createAggregator(spec, compileFilter);
        stored.ensure(NUM_GROUPS);
        stored.mergeState(whole, Uint32Array.of(0, 1, 2));
        const isComplex = storedType(spec).startsWith('COMPLEX');
        const column = takeColumn(isComplex ? stored.exportState()[0]! : stored.finish(), Uint32Array.of(0, 1, 2));
        const storedRows = [0, 1, 2].map((group) => ({ __time: 0, group, [spec.name]: storedCell(column, group) }));
        const types = { __time: 'LONG' as const, [spec.name]: storedType(spec) };
        const combining = combiningSpec(spec);
        const again = accumulate(combining, buildSegment({ types, rows: storedRows }), storedRows);
        const expected = finish(spec, [whole]).map((cell) => (cell === null && spec.type === 'count' ? 0n : cell));
        expectSame(spec, finish(combining, [again]), expected);
      }),
      { numRuns: 15 },
    );
  });
});

function storedCell(column: TableColumn, at: number): Cell {
  if (column.type !== 'BINARY') return cellOf(column, at) as Cell;
  if (column.nulls?.[at] === 1) return null;
  return column.bytes.slice(column.offsets[at], column.offsets[at + 1]);
}

describe('exactness', () => {
  const run = (spec: AggregatorSpec, types: Record<string, ColumnType>, rows: readonly Row[]): PlainCell => {
    const grouped = rows.map((values) => ({ ...values, group: 0 }));
    return finish(spec, [accumulate(spec, buildSegment({ types, rows }), grouped)])[0]!;
  };

  test('a sum of longs wraps at 64 bits', () => {
    const rows = [2n ** 63n - 1n, 2n].map((l) => ({ __time: 0, l }));
    expect(run({ type: 'sum', kind: 'long', name: 'x', fieldName: 'l' }, { __time: 'LONG', l: 'LONG' }, rows)).toBe(
      -(2n ** 63n) + 1n,
    );
  });

  test('a sum of large times is exact beyond 2^53', () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => ({ __time: 1_442_018_818_771 + i }));
    const expected = rows.reduce((sum, { __time }) => sum + BigInt(__time), 0n);
    expect(run({ type: 'sum', kind: 'long', name: 'x', fieldName: '__time' }, { __time: 'LONG' }, rows)).toBe(expected);
  });

  test('text that is no number counts as zero in a sum and as nothing in a minimum', () => {
    const rows = ['x1', '5', null, '2.5'].map((s) => ({ __time: 0, s }));
    const types = { __time: 'LONG', s: 'STRING' } as const;
    expect(run({ type: 'sum', kind: 'long', name: 'x', fieldName: 's' }, types, rows)).toBe(7n);
    expect(run({ type: 'sum', kind: 'double', name: 'x', fieldName: 's' }, types, rows)).toBe(7.5);
    expect(run({ type: 'min', kind: 'long', name: 'x', fieldName: 's' }, types, rows)).toBe(2n);
  });

  test('the first value of equal times is that of the first row, null or not', () => {
    const types = { __time: 'LONG', l: 'LONG' } as const;
    const rows = [null, 1, 2].map((l) => ({ __time: 5, l }));
    const spec = { kind: 'long', name: 'x', fieldName: 'l', timeColumn: '__time' } as const;
    expect(run({ type: 'first', ...spec }, types, rows)).toBeNull();
    expect(run({ type: 'last', ...spec }, types, rows)).toBe(2n);
  });

  test('a float sum rounds to single precision at every step', () => {
    const rows = [16_777_216, 1, 1].map((f) => ({ __time: 0, f }));
    expect(run({ type: 'sum', kind: 'float', name: 'x', fieldName: 'f' }, { __time: 'LONG', f: 'FLOAT' }, rows)).toBe(
      16_777_216,
    );
  });
});
