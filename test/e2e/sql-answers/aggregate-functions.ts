import type { SqlCase } from './sql-case.js';

const NONE = 'FROM t WHERE id > 10';
const EXACT = { useApproximateCountDistinct: false };

/** Every aggregate over rows with nulls, and over no rows. */
export const AGGREGATES: readonly SqlCase[] = [
  ['SELECT COUNT(*), COUNT(1), COUNT(n), COUNT(NULL) FROM t', [[4, 4, 3, 0]]],
  [`SELECT COUNT(*), COUNT(n), COUNT(DISTINCT n) ${NONE}`, [[0, 0, 0]]],
  ['SELECT COUNT(DISTINCT n), COUNT(DISTINCT s), COUNT(DISTINCT d) FROM t', [[3, 3, 3]], EXACT],
  ['SELECT SUM(n), SUM(d), SUM(n * d), SUM(1) FROM t', [[7, -0.75, 21.75, 4]]],
  [`SELECT SUM(n), SUM(d), SUM(DISTINCT n) ${NONE}`, [[null, null, null]], EXACT],
  ['SELECT MIN(n), MAX(n), MIN(d), MAX(d) FROM t', [[-3, 10, -2.25, 1.5]]],
  [`SELECT MIN(n), MAX(d), MIN(__time) ${NONE}`, [[null, null, null]]],
  ['SELECT MIN(s) FROM t', /does not support type \[STRING\]/],
  ['SELECT AVG(n), AVG(d), AVG(n) FILTER (WHERE n < 0) FROM t', [[7 / 3, -0.25, -3]]],
  [`SELECT AVG(n) ${NONE}`, [[null]]],
  ['SELECT APPROX_COUNT_DISTINCT(n), APPROX_COUNT_DISTINCT_BUILTIN(n) FROM t', [[3, 3]]],
  ['SELECT EARLIEST(s), LATEST(n), EARLIEST(d), LATEST(s, 10) FROM t WHERE id < 3', [['a', -3, 1.5, 'Bc']]],
  [
    'SELECT EARLIEST_BY(s, MILLIS_TO_TIMESTAMP(-id)), LATEST_BY(n, MILLIS_TO_TIMESTAMP(-id)) FROM t WHERE id < 3',
    [['Bc', 10]],
  ],
  ['SELECT EARLIEST_BY(s, __time, 1), LATEST_BY(s, __time, 1) FROM t WHERE id < 3', [['a', 'B']]],
  [`SELECT EARLIEST(s), LATEST(n), ANY_VALUE(s), ANY_VALUE(n) ${NONE}`, [[null, null, null, null]]],
  [
    'SELECT ANY_VALUE(s), ANY_VALUE(n), ANY_VALUE(s, 10), ANY_VALUE(s, 10, FALSE) FROM t WHERE id = 1',
    [['a', 10, 'a', 'a']],
  ],
  [
    'SELECT ARRAY_AGG(n), ARRAY_AGG(n, 1000), ARRAY_AGG(DISTINCT n) FROM t',
    [
      [
        [10, -3, 0, null],
        [10, -3, 0, null],
        [null, -3, 0, 10],
      ],
    ],
  ],
  ["SELECT ARRAY_AGG(s) FILTER (WHERE s <> '') FROM t", [[['a', 'Bc']]]],
  [
    'SELECT ARRAY_CONCAT_AGG(la), ARRAY_CONCAT_AGG(DISTINCT la) FROM t',
    [
      [
        [1, 2, 3, 3],
        [1, 2, 3],
      ],
    ],
  ],
  [
    `SELECT ARRAY_AGG(n), ARRAY_CONCAT_AGG(la), STRING_AGG(s, ','), BIT_AND(n), BIT_OR(n), BIT_XOR(n) ${NONE}`,
    [[null, null, null, null, null, null]],
  ],
  [
    "SELECT STRING_AGG(s, ','), LISTAGG(s, '-'), STRING_AGG(s, ',', 1000), LISTAGG(s) FROM t",
    [['a,Bc,', 'a-Bc-', 'a,Bc,', 'aBc']],
  ],
  ["SELECT STRING_AGG(DISTINCT b, ',') FROM (SELECT s || '1' AS b FROM t UNION ALL SELECT s || '1' FROM t)", /union/],
  ['SELECT BIT_AND(id), BIT_OR(id), BIT_XOR(id) FROM t', [[0, 7, 4]]],
  ['SELECT BIT_AND(n), BIT_OR(n), BIT_XOR(n) FROM t WHERE n > 0', [[10, 10, 10]]],
  [
    "SELECT APPROX_COUNT_DISTINCT_DS_HLL(n), APPROX_COUNT_DISTINCT_DS_HLL(n, 14), APPROX_COUNT_DISTINCT_DS_HLL(n, 14, 'HLL_8'), APPROX_COUNT_DISTINCT_DS_HLL_UTF8(n) FROM t",
    [[3, 3, 3, 3]],
  ],
  ['SELECT APPROX_COUNT_DISTINCT_DS_THETA(n), APPROX_COUNT_DISTINCT_DS_THETA(n, 32) FROM t', [[3, 3]]],
  [
    `SELECT APPROX_COUNT_DISTINCT_DS_HLL(s), APPROX_COUNT_DISTINCT_DS_THETA(s), APPROX_QUANTILE_DS(n, 0.5) ${NONE}`,
    [[0, 0, 'NaN']],
  ],
  [
    'SELECT HLL_SKETCH_ESTIMATE(DS_HLL(n), TRUE), HLL_SKETCH_ESTIMATE(HLL_SKETCH_UNION(DS_HLL(n), DS_HLL(id)), TRUE) FROM t',
    [[3, 7]],
  ],
  [
    "SELECT ARRAY_LENGTH(HLL_SKETCH_ESTIMATE_WITH_ERROR_BOUNDS(DS_HLL(n))), HLL_SKETCH_TO_STRING(DS_HLL(n)) LIKE '%HLL SKETCH SUMMARY%' FROM t",
    [[3, true]],
  ],
  [
    'SELECT THETA_SKETCH_ESTIMATE(DS_THETA(n)), THETA_SKETCH_ESTIMATE(THETA_SKETCH_UNION(DS_THETA(n), DS_THETA(id))) FROM t',
    [[3, 7]],
  ],
  [
    'SELECT THETA_SKETCH_ESTIMATE(THETA_SKETCH_INTERSECT(DS_THETA(n), DS_THETA(n) FILTER (WHERE n > 0))), THETA_SKETCH_ESTIMATE(THETA_SKETCH_NOT(DS_THETA(n), DS_THETA(n) FILTER (WHERE n > 0))) FROM t',
    [[1, 2]],
  ],
  [
    "SELECT JSON_VALUE(PARSE_JSON(TO_JSON_STRING(THETA_SKETCH_ESTIMATE_WITH_ERROR_BOUNDS(DS_THETA(n), 2))), '$.estimate' RETURNING DOUBLE) FROM t",
    [[3]],
  ],
  [
    'SELECT DS_GET_QUANTILE(DS_QUANTILES_SKETCH(n), 0.5), DS_GET_QUANTILES(DS_QUANTILES_SKETCH(n, 64), 0, 0.5, 1) FROM t',
    [[0, [-3, 0, 10]]],
  ],
  [
    'SELECT DS_HISTOGRAM(DS_QUANTILES_SKETCH(n), 1, 5), DS_CDF(DS_QUANTILES_SKETCH(n), 1, 5), DS_RANK(DS_QUANTILES_SKETCH(n), 5) FROM t',
    [[[2, 0, 1], [2 / 3, 2 / 3, 1], 2 / 3]],
  ],
  ["SELECT DS_QUANTILE_SUMMARY(DS_QUANTILES_SKETCH(n)) LIKE '%Quantiles%' FROM t", [[true]]],
  ['SELECT DS_GET_QUANTILE(x, 1) FROM (SELECT DS_QUANTILES_SKETCH(n) AS x FROM t)', [[10]]],
  ['SELECT APPROX_QUANTILE_DS(n, 0.5), APPROX_QUANTILE_DS(d, 1, 64) FROM t', [[0, 1.5]]],
  [
    "SELECT APPROX_QUANTILE_FIXED_BUCKETS(n, 0.5, 20, -10, 10), APPROX_QUANTILE_FIXED_BUCKETS(n, 0.5, 20, -10, 10, 'clip') FROM t",
    [[-2, 0.5]],
  ],
  ['SELECT VAR_POP(d), VAR_SAMP(n), VARIANCE(n), STDDEV_POP(d) FROM t', [[2.375, 139 / 3, 139 / 3, Math.sqrt(2.375)]]],
  ['SELECT STDDEV_SAMP(n), STDDEV(n) FROM t', [[Math.sqrt(139 / 3), Math.sqrt(139 / 3)]]],
  [`SELECT VAR_POP(n), VAR_SAMP(n), STDDEV_POP(n), STDDEV(n) ${NONE}`, [[null, null, null, null]]],
  ['SELECT DS_TUPLE_DOUBLES_METRICS_SUM_ESTIMATE(DS_TUPLE_DOUBLES(s, id, n)) FROM t WHERE id < 3', [[[3, 7]]]],
  [
    'SELECT DS_TUPLE_DOUBLES_METRICS_SUM_ESTIMATE(DS_TUPLE_DOUBLES_UNION(DS_TUPLE_DOUBLES(s, id), DS_TUPLE_DOUBLES(s, n))) FROM t WHERE id < 3',
    [[[10]]],
  ],
  // GROUPING
  [
    'SELECT s, GROUPING(s), COUNT(*) FROM t GROUP BY ROLLUP (s)',
    [
      [null, 0, 1],
      ['', 0, 1],
      ['Bc', 0, 1],
      ['a', 0, 1],
      [null, 1, 4],
    ],
  ],
  [
    'SELECT GROUPING(s, id) AS g, COUNT(*) FROM t WHERE id = 1 GROUP BY CUBE (s, id) ORDER BY g',
    [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
    ],
  ],
  // windows
  [
    'SELECT id, ROW_NUMBER() OVER (ORDER BY id), RANK() OVER (ORDER BY x), DENSE_RANK() OVER (ORDER BY x) FROM (SELECT id, id / 2 AS x FROM t GROUP BY 1, 2)',
    [
      [1, 1, 1, 1],
      [2, 2, 2, 2],
      [3, 3, 2, 2],
      [4, 4, 4, 3],
    ],
  ],
  [
    'SELECT id, PERCENT_RANK() OVER (ORDER BY id), CUME_DIST() OVER (ORDER BY id), NTILE(2) OVER (ORDER BY id) FROM t GROUP BY 1',
    [
      [1, 0, 0.25, 1],
      [2, 1 / 3, 0.5, 1],
      [3, 2 / 3, 0.75, 2],
      [4, 1, 1, 2],
    ],
  ],
  [
    'SELECT id, LAG(id) OVER (ORDER BY id), LEAD(id, 2) OVER (ORDER BY id) FROM t GROUP BY 1',
    [
      [1, null, 3],
      [2, 1, 4],
      [3, 2, null],
      [4, 3, null],
    ],
  ],
  [
    'SELECT id, FIRST_VALUE(n) OVER (ORDER BY id), LAST_VALUE(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM t GROUP BY id, n',
    [
      [1, 10, null],
      [2, 10, null],
      [3, 10, null],
      [4, 10, null],
    ],
  ],
  [
    'SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), COUNT(n) OVER (), AVG(n) OVER (PARTITION BY id) FROM t GROUP BY id, n',
    [
      [1, 10, 3, 10],
      [2, 7, 3, -3],
      [3, -3, 3, 0],
      [4, 0, 3, null],
    ],
  ],
  [
    'SELECT id, MIN(n) OVER (ORDER BY id), MAX(n) OVER (ORDER BY id DESC) FROM t GROUP BY id, n ORDER BY id',
    [
      [1, 10, 10],
      [2, -3, 0],
      [3, -3, 0],
      [4, -3, null],
    ],
  ],
];
