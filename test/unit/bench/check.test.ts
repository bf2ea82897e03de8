import { describe, expect, test } from 'vitest';
import type { Row } from '../../../bench/compare/bench-query.js';
import { badTopList, badTopN, checkAnswer, differingRows, sameCell } from '../../../bench/compare/check.js';

describe('cells', () => {
  test('whole numbers are equal exactly, others within 1e-9', () => {
    expect(sameCell('155190', 155190)).toBe(true);
    expect(sameCell(10_000_000_001, 10_000_000_002)).toBe(false);
    expect(sameCell(0.1 + 0.2, 0.3)).toBe(true);
    expect(sameCell(1.5, 1.500001)).toBe(false);
  });

  test('null and the empty text are not zero', () => {
    expect(sameCell(null, 0)).toBe(false);
    expect(sameCell('', 0)).toBe(false);
    expect(sameCell(null, null)).toBe(true);
  });

  test('midnight is its day', () => {
    expect(sameCell('1992-01-01 00:00:00', '1992-01-01')).toBe(true);
    expect(sameCell('1992-01-01 01:00:00', '1992-01-01')).toBe(false);
  });
});

describe('rows', () => {
  const wanted: Row[] = [
    ['a', 1],
    ['b', 2.5],
  ];

  test('order does not matter', () => {
    expect(differingRows(wanted.toReversed(), wanted, 1)).toBeNull();
  });

  test('a wrong value, a missing row, a foreign row and a repeated row are found', () => {
    expect(
      differingRows(
        [
          ['a', 1],
          ['b', 3],
        ],
        wanted,
        1,
      ),
    ).toContain('cell 1');
    expect(differingRows([['a', 1]], wanted, 1)).toBe('1 rows, not 2');
    expect(
      differingRows(
        [
          ['a', 1],
          ['c', 2.5],
        ],
        wanted,
        1,
      ),
    ).toContain('not in the answer');
    expect(
      differingRows(
        [
          ['a', 1],
          ['a', 1],
        ],
        wanted,
        1,
      ),
    ).toContain('twice');
  });
});

describe('top lists', () => {
  const candidates: Row[] = [
    ['x', 9],
    ['y', 5],
    ['z', 5],
  ];

  test('of equals at the end any is right', () => {
    expect(
      badTopList(
        [
          ['x', 9],
          ['y', 5],
        ],
        candidates,
        2,
      ),
    ).toBeNull();
    expect(
      badTopList(
        [
          ['x', 9],
          ['z', 5],
        ],
        candidates,
        2,
      ),
    ).toBeNull();
  });

  test('a better one left out, a wrong order and a repeated key are found', () => {
    expect(
      badTopList(
        [
          ['y', 5],
          ['z', 5],
        ],
        candidates,
        2,
      ),
    ).toContain('place 1');
    expect(
      badTopList(
        [
          ['y', 5],
          ['x', 9],
        ],
        candidates,
        2,
      ),
    ).toContain('place 1');
    expect(
      badTopList(
        [
          ['x', 9],
          ['y', 5],
          ['y', 5],
        ],
        candidates,
        3,
      ),
    ).toContain('twice');
  });

  test('a topN lacks what a segment cut off, and what was lost before a group was good enough', () => {
    const strong = Array.from({ length: 1000 }, (_, i) => `k${String(i).padStart(4, '0')}`);
    const lists: Row[] = [
      ...strong.map((key): Row => ['1', key, 10]),
      ['2', 'k0000', 1],
      ['2', 'late', 10],
      ['3', 'late', 100],
      ['3', 'latest', 105],
    ];
    // The second segment's "late" is no better than the least that there is.
    const best: Row[] = [
      ['latest', 105],
      ['late', 100],
      ['k0000', 11],
    ];
    expect(badTopN(best, lists, 3)).toBeNull();
    expect(badTopN([['late', 110], ...best.slice(1)], lists, 3)).toContain('place 1 has [110]');
    expect(badTopN([best[0]!, best[2]!, best[1]!], lists, 3)).toContain('place 2');
  });
});

describe('approximate answers', () => {
  const rule = { kind: 'approximate', bound: 0.05, sql: '' } as const;
  const oracle = (): Promise<Row[]> => Promise.resolve([['1000']]);

  test('the error is told, and a bound that is left is a problem', async () => {
    expect(await checkAnswer(rule, null, [[1040]], oracle, '0')).toMatchObject({ problem: null });
    expect((await checkAnswer(rule, null, [[940]], oracle, '0')).problem).toContain('-6.00%');
    expect((await checkAnswer(rule, null, [[null]], oracle, '0')).problem).not.toBeNull();
  });
});
