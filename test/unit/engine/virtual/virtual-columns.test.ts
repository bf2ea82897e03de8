import { describe, expect, it } from 'vitest';
import { createLeafRun } from '../../../../src/engine/leaf-run.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import type { ExtractionFn } from '../../../../src/query/extraction-fn.js';
import type { VirtualColumn } from '../../../../src/query/virtual-column.js';
import { leafColumns } from '../../../../src/plan/leaf-columns.js';
import { buildSegment, type Row } from '../../../support/blocks.js';
import { recordsOf } from '../../../support/cells.js';
import { placeSegment } from '../../../support/run-context.js';
import { count, dimension, EVER, groupedLeaf, runLeaf, runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const TYPES = { __time: 'LONG', s: 'STRING', m: 'STRING', l: 'LONG', d: 'DOUBLE', j: 'COMPLEX<json>' } as const;

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const ROWS: Row[] = [
  { __time: 0, s: 'ab', m: ['t1', 't2'], l: 10, d: 1.5, j: json({ k: 'x', n: { v: 7 }, list: [1, 2] }) },
  { __time: 1, s: 'b', m: ['t3'], l: 0, d: -2, j: json({ n: 3 }) },
  { __time: 2, s: null, m: [], l: null, d: null, j: json({ k: { deep: 1 } }) },
  { __time: 3, s: 'ab', m: [null, 't1'], l: -7, d: 0, j: null },
];

function column(definition: VirtualColumn, rows: readonly Row[] = ROWS): unknown[] {
  const made = buildSegment({ types: TYPES, rows });
  const plan = { kind: 'scan', intervals: EVER, filter: null, virtualColumns: [definition] } as const;
  const table = runLeaf({ ...plan, columns: [definition.name], maxRows: null, order: 'none' }, [made]);
  return recordsOf(table).map((record) => record[definition.name]);
}

function extracted(extractionFn: ExtractionFn, from = 's'): unknown[] {
  return column({ type: 'extraction', name: 'v', column: from, extractionFn });
}

describe('extraction functions', () => {
  it('change case by the rules of a language where one is named', () => {
    const query = {
      type: 'extraction',
      name: 'v',
      column: 's',
      extractionFn: { type: 'upper', locale: 'tr' },
    } as const;
    expect(column(query, [{ __time: 0, s: 'istanbul' }])).toEqual(['\u0130STANBUL']);
    expect(column({ ...query, extractionFn: { type: 'upper' } }, [{ __time: 0, s: 'istanbul' }])).toEqual(['ISTANBUL']);
  });

  it('take texts value by value, null included', () => {
    expect(extracted({ type: 'upper' })).toEqual(['AB', 'B', null, 'AB']);
    expect(extracted({ type: 'strlen' })).toEqual(['2', '1', null, '2']);
    expect(extracted({ type: 'substring', index: 1, length: null })).toEqual(['b', null, null, 'b']);
    expect(extracted({ type: 'partial', expr: 'a.' })).toEqual(['ab', null, null, 'ab']);
    expect(extracted({ type: 'stringFormat', format: '<%s>', nullHandling: 'nullString' })).toEqual([
      '<ab>',
      '<b>',
      '<null>',
      '<ab>',
    ]);
  });

  it('regex keeps a value without a match, or replaces it', () => {
    const regex = { type: 'regex', expr: '^(a)', index: 1, replaceMissingValueWith: 'none' } as const;
    expect(extracted({ ...regex, replaceMissingValue: false })).toEqual(['a', 'b', null, 'a']);
    expect(extracted({ ...regex, replaceMissingValue: true })).toEqual(['a', 'none', 'none', 'a']);
  });

  it('lookups keep, drop or replace what they lack', () => {
    const lookup = { type: 'lookup', map: { ab: 'AB' } } as const;
    expect(extracted({ ...lookup, retainMissingValue: true, replaceMissingValueWith: null })).toEqual([
      'AB',
      'b',
      null,
      'AB',
    ]);
    expect(extracted({ ...lookup, retainMissingValue: false, replaceMissingValueWith: '?' })).toEqual([
      'AB',
      '?',
      '?',
      'AB',
    ]);
  });

  it('bucket floors numbers, timeFormat writes times', () => {
    expect(extracted({ type: 'bucket', size: 5, offset: 1 }, 'l')).toEqual(['6', '-4', null, '-9']);
    const format = {
      format: 'yyyy SSS',
      timeZone: 'UTC',
      locale: null,
      granularity: { type: 'none' },
      asMillis: false,
    } as const;
    expect(extracted({ type: 'timeFormat', ...format }, '__time')).toEqual([
      '1970 000',
      '1970 001',
      '1970 002',
      '1970 003',
    ]);
  });

  it('run on each value of a row of several', () => {
    expect(extracted({ type: 'upper' }, 'm')).toEqual([['T1', 'T2'], ['T3'], [], [null, 'T1']]);
  });
});

describe('other virtual columns', () => {
  it('a list of values keeps these of a row', () => {
    const keep = { kind: 'values', values: ['t1'], isAllowList: true } as const;
    expect(column({ type: 'value-filtered', name: 'v', column: 'm', keep })).toEqual([['t1'], [], [], ['t1']]);
    const others = { ...keep, isAllowList: false };
    expect(column({ type: 'value-filtered', name: 'v', column: 'm', keep: others })).toEqual([
      ['t2'],
      ['t3'],
      [],
      [null],
    ]);
  });

  it('a nested field is a single value, or nested data when it is asked for raw', () => {
    const nested = { type: 'nested-field', name: 'v', columnName: 'j', processFromRaw: false } as const;
    expect(column({ ...nested, path: ['k'], expectedType: 'STRING' })).toEqual(['x', null, null, null]);
    expect(column({ ...nested, path: ['n', 'v'], expectedType: 'LONG' })).toEqual([7n, null, null, null]);
    expect(column({ ...nested, path: ['list', -1], expectedType: 'LONG' })).toEqual([2n, null, null, null]);
    expect(column({ ...nested, path: ['n'], expectedType: null, processFromRaw: true })).toEqual([
      '{"v":7}',
      '3',
      null,
      null,
    ]);
  });

  it('fallback takes the first column that there is', () => {
    expect(column({ type: 'fallback', name: 'v', columns: ['nope', 's'] })).toEqual(['ab', 'b', null, 'ab']);
    expect(column({ type: 'fallback', name: 'v', columns: ['nope'] })).toEqual([null, null, null, null]);
  });

  it('a name may shadow a stored column, which it then reads', () => {
    expect(column({ type: 'expression', name: 's', expression: "concat(s, '!')", outputType: null })).toEqual([
      'ab!',
      'b!',
      null,
      'ab!',
    ]);
  });

  it('a plan reads what its virtual columns are made of', () => {
    const virtualColumns: VirtualColumn[] = [
      { type: 'expression', name: 'x', expression: 'l + y', outputType: null },
      { type: 'extraction', name: 'y', column: 's', extractionFn: { type: 'strlen' } },
    ];
    expect(leafColumns(groupedLeaf({ virtualColumns, dimensions: [dimension('x')] }))).toEqual(['__time', 'l', 's']);
  });
});

describe('what a virtual column costs', () => {
  const arena = new TrackedArena(1);
  const rows = Array.from({ length: 1000 }, (_, i) => ({ __time: i, s: `v${i % 7}`, l: i % 3 }));

  function lookUps(expression: string, filter: Parameters<typeof groupedLeaf>[0] = {}): number {
    let calls = 0;
    const plan = groupedLeaf({
      virtualColumns: [{ type: 'expression', name: 'v', expression, outputType: 'STRING' }],
      dimensions: [dimension('v')],
      ...filter,
    });
    try {
      const placed = [
        placeSegment(buildSegment({ types: { __time: 'LONG', s: 'STRING', l: 'LONG' }, rows, blockRows: 100 }), [
          arena,
        ]),
      ];
      const contexts = threadContexts([arena], placed, 1).map((context) => ({
        ...context,
        lookup: () => (key: string | null) => {
          calls++;
          return key === 'v1' ? 'v2' : key;
        },
      }));
      expect(mergePartials(plan, runThreads(plan, contexts, createLeafRun)).numRows).toBe(6);
      return calls;
    } finally {
      arena.freeAll();
    }
  }

  it('a function of a dictionary column runs once for each value, however many rows and blocks', () => {
    const calls = lookUps("lookup(s, 'any')");
    // Null is a value too.
    expect(calls).toBeLessThanOrEqual(8);
    expect(calls).toBeGreaterThanOrEqual(7);
  });

  it('equal results share a group', () => {
    const plan = groupedLeaf({
      virtualColumns: [{ type: 'expression', name: 'v', expression: 'substring(s, 0, 1)', outputType: 'STRING' }],
      dimensions: [dimension('v')],
      aggregators: [count],
    });
    const table = runLeaf(plan, [buildSegment({ types: { __time: 'LONG', s: 'STRING' }, rows })], 2);
    expect(table.numRows).toBe(1);
    expect(Object.values(recordsOf(table)[0]!)).toEqual([0, 'v', 1000n]);
  });

  it('lists are no values of a sketch', () => {
    const made = buildSegment({ types: { __time: 'LONG', s: 'STRING' }, rows });
    const virtualColumns = [
      { type: 'expression', name: 'v', expression: "string_to_array(s, '')", outputType: 'ARRAY<STRING>' } as const,
    ];
    const field = { type: 'default', dimension: 'v', outputName: 'v', outputType: 'STRING' } as const;
    const plan = groupedLeaf({
      virtualColumns,
      aggregators: [{ type: 'cardinality', name: 'n', fields: [field], byRow: false, round: false }],
    });
    expect(() => runLeaf(plan, [made])).toThrow('ARRAY types are not supported for sketches: column [v]');
  });

  it('rows that no filter keeps cannot fail', () => {
    const made = buildSegment({ types: { __time: 'LONG', s: 'STRING', l: 'LONG' }, rows });
    const plan = groupedLeaf({
      virtualColumns: [{ type: 'expression', name: 'v', expression: '12 / l', outputType: 'LONG' }],
      aggregators: [{ type: 'sum', kind: 'long', name: 'v', fieldName: 'v' }],
      filter: { type: 'selector', dimension: 'l', value: '2' },
    });
    expect(Object.values(recordsOf(runLeaf(plan, [made]))[0]!)).toContain(6n * 333n);
    expect(() => runLeaf({ ...plan, filter: null }, [made])).toThrow('/ by zero');
  });
});
