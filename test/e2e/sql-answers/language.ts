import type { SqlCase } from './sql-case.js';

const BOUNDS = { enableTimeBoundaryPlanning: true };

/** Statements over `t` (see `sample-table.ts`) and over nothing, each with its rows. */
export const LANGUAGE: readonly SqlCase[] = [
  // UNNEST WITH ORDINALITY
  [
    "SELECT x, i FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS u (x, i)",
    [
      ['a', 1],
      ['b', 2],
    ],
  ],
  [
    "SELECT t.id, u.x, u.i FROM t CROSS JOIN UNNEST(ARRAY['a', NULL]) WITH ORDINALITY AS u (x, i) WHERE t.id < 3",
    [
      [1, 'a', 1],
      [1, null, 2],
      [2, 'a', 1],
      [2, null, 2],
    ],
  ],
  // UNPIVOT
  [
    "SELECT * FROM (SELECT id, n, d FROM t WHERE id IN (1, 4)) UNPIVOT (v FOR m IN (n AS 'whole', d AS 'part'))",
    [
      [1, 'whole', 10],
      [1, 'part', 1.5],
    ],
  ],
  [
    'SELECT m, COUNT(*), SUM(v) FROM (SELECT n, d FROM t) UNPIVOT INCLUDE NULLS (v FOR m IN (n, d)) GROUP BY m',
    [
      ['d', 4, -0.75],
      ['n', 4, 7],
    ],
  ],
  [
    "SELECT id, k, a, b FROM (SELECT id, n, d FROM t WHERE id = 1) UNPIVOT ((a, b) FOR k IN ((n, d) AS 'nd', (d, n) AS 'dn'))",
    [
      [1, 'nd', 10, 1.5],
      [1, 'dn', 1.5, 10],
    ],
  ],
  // ORDER BY over set operations
  ['SELECT UPPER(s) AS x FROM t WHERE id = 1 UNION ALL SELECT s FROM t WHERE id = 2', [['A'], ['Bc']]],
  ["SELECT id FROM t UNION ALL SELECT id FROM t ORDER BY id + 'x'", /Cannot apply|not supported|could not be planned/],
  // time boundaries
  ['SELECT MIN(__time), MAX(__time) FROM t', [['2024-01-31T10:20:30.123Z', '2024-03-10T00:00:00.000Z']], BOUNDS],
  ['SELECT MAX(__time) AS a FROM t WHERE id < 3', [['2024-02-29T23:59:59.999Z']], BOUNDS],
  ["SELECT MIN(__time) FROM t WHERE __time < '2000-01-01'", [[null]], BOUNDS],
];
