import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { untilStopped, WorkStopped } from '../../../../src/common/stop-check.js';
import { cellReader } from '../../../../src/engine/heap/cell-reader.js';
import type { RowBatch } from '../../../../src/engine/heap/row-batch.js';
import { valueColumn } from '../../../../src/engine/heap/value-column.js';
import { HashJoin, type JoinType } from '../../../../src/engine/join/hash-join.js';
import { joinKeys } from '../../../../src/engine/join/join-condition.js';

type Row = readonly [string | null, bigint];

function batch(rows: readonly Row[]): RowBatch {
  const columns = [
    valueColumn(
      rows.map(([key]) => key),
      'STRING',
    ),
    valueColumn(
      rows.map(([, value]) => value),
      'LONG',
    ),
  ];
  const table = { numRows: rows.length, names: ['k', 'v'], columns };
  return { table, types: { k: 'STRING', v: 'LONG' }, segmentId: 'test', range: null };
}

function cells(batches: readonly RowBatch[]): string[] {
  return batches.flatMap(({ table, types }) => {
    const reads = ['k', 'v', 'r.k', 'r.v'].map((name) =>
      cellReader(table.columns[table.names.indexOf(name)], types[name] ?? 'STRING'),
    );
    return Array.from({ length: table.numRows }, (_, row) => reads.map((read) => String(read(row))).join('|'));
  });
}

/** Every pair is looked at. */
function oracle(left: readonly Row[], right: readonly Row[], type: JoinType, meetsNull: boolean): string[] {
  const found: string[] = [];
  const matched = new Set<number>();
  for (const [k, v] of left) {
    let matches = 0;
    right.forEach(([rk, rv], i) => {
      if (rk !== k || (k === null && !meetsNull)) return;
      matches++;
      matched.add(i);
      found.push([k, v, rk, rv].map(String).join('|'));
    });
    if (matches === 0 && (type === 'LEFT' || type === 'FULL')) found.push([k, v, null, null].map(String).join('|'));
  }
  if (type === 'INNER' || type === 'LEFT') return found;
  right.forEach(([rk, rv], i) => {
    if (!matched.has(i)) found.push([null, null, rk, rv].map(String).join('|'));
  });
  return found;
}

const rows = fc.array(fc.tuple(fc.option(fc.constantFrom('a', 'b', 'c', '')), fc.bigInt({ min: 0n, max: 9n })), {
  maxLength: 12,
});

test('a join has the rows of looking at every pair, however the left side comes in parts', () => {
  const types = fc.constantFrom<JoinType>('INNER', 'LEFT', 'RIGHT', 'FULL');
  fc.assert(
    fc.property(rows, rows, types, fc.boolean(), fc.nat(12), (left, right, joinType, meetsNull, cut) => {
      const condition = meetsNull ? 'notdistinctfrom(k, "r.k")' : 'k == "r.k"';
      const { keys, never } = joinKeys(condition, 'r.', { lookup: () => undefined });
      const join = new HashJoin({ keys, never, joinType, rightPrefix: 'r.', right: batch(right) });
      const parts = [batch(left.slice(0, cut)), batch(left.slice(cut))];
      const joined = parts.flatMap((part) => [...join.join(part)]);
      const rest = join.unmatched(parts[1]!);
      expect(cells(rest === null ? joined : [...joined, rest])).toEqual(oracle(left, right, joinType, meetsNull));
    }),
  );
});

test('a condition that is no equality is refused', () => {
  expect(() => joinKeys('k > "r.k"', 'r.', { lookup: () => undefined })).toThrow(/non-equi-join/);
});

describe('a join of many pairs', () => {
  const many = (numRows: number): RowBatch => batch(Array.from({ length: numRows }, (_, i): Row => ['k', BigInt(i)]));
  const crossJoin = (right: RowBatch): HashJoin =>
    new HashJoin({ ...joinKeys('1', 'r.', { lookup: () => undefined }), joinType: 'INNER', rightPrefix: 'r.', right });

  test('comes in parts of bounded size, whatever one left row gives', () => {
    const sizes = [...crossJoin(many(600_000)).join(many(1))].map(({ table }) => table.numRows);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(600_000);
  });

  test('ends in the middle of a left row when its query is cancelled', () => {
    const join = crossJoin(many(600_000));
    let parts = 0;
    const work = (): void => {
      for (const _ of join.join(many(1))) parts++;
    };
    expect(() => untilStopped(() => parts > 0, work)).toThrow(WorkStopped);
    expect(parts).toBe(1);
  });
});
