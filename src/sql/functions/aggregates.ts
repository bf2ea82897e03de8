import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { isInteger } from '../types/type-families.js';
import { alias, arrayOf, type CatalogFunction, define } from './define.js';
import type { Operand } from './sql-function.js';

const AGGREGATE = { kind: 'aggregate', nullable: 'always' } as const;
const COUNTED = { kind: 'aggregate', nullable: 'never' } as const;
const WINDOW = { kind: 'window', nullable: 'never' } as const;
const OFFSET = { kind: 'window', nullable: 'always' } as const;

const ownType = ([operand]: readonly Operand[]): SqlType => withNullable(operand!.type, true);

/** Sums of integers are BIGINT, all others DOUBLE. @source Druid `DruidTypeSystem.deriveSumType` */
function sumType([operand]: readonly Operand[]): SqlType {
  return makeType(isInteger(operand!.type) ? 'BIGINT' : 'DOUBLE', true);
}

/** @source reference sql.md section 6, aggregates */
export const AGGREGATES: readonly CatalogFunction[] = [
  define('COUNT', '| X *', 'BIGINT', undefined, COUNTED),
  ...alias(define('SUM', 'N', sumType, undefined, AGGREGATE), 'SUM0'),
  define('MIN', 'X', ownType, undefined, AGGREGATE),
  define('MAX', 'X', ownType, undefined, AGGREGATE),
  define('AVG', 'N', 'DOUBLE', undefined, AGGREGATE),
  define('APPROX_COUNT_DISTINCT', 'X', 'BIGINT', undefined, COUNTED),
  define('APPROX_COUNT_DISTINCT_BUILTIN', 'X', 'BIGINT', undefined, COUNTED),
  ...['EARLIEST', 'LATEST'].flatMap((name) => [
    define(name, 'X | I', ownType, undefined, AGGREGATE),
    define(`${name}_BY`, 'X T | I', ownType, undefined, AGGREGATE),
  ]),
  define('ANY_VALUE', 'X | I B', ownType, undefined, AGGREGATE),
  define('SINGLE_VALUE', 'X', ownType, undefined, AGGREGATE),
  define('GROUPING', 'X *', 'BIGINT', undefined, COUNTED),
  define('ARRAY_AGG', 'X | I', ([value]) => arrayOf(value!.type), undefined, AGGREGATE),
  define('ARRAY_CONCAT_AGG', 'M | I', ownType, undefined, AGGREGATE),
  ...alias(define('STRING_AGG', 'X | S I', 'VARCHAR', undefined, AGGREGATE), 'LISTAGG'),
  ...['BIT_AND', 'BIT_OR', 'BIT_XOR'].map((name) => define(name, 'N', 'BIGINT', undefined, AGGREGATE)),
  define('DS_HLL', 'X | I S', () => makeType('OTHER', true, { complexName: 'HLLSketch' }), undefined, AGGREGATE),
  define('APPROX_COUNT_DISTINCT_DS_HLL', 'X | I S', 'BIGINT', undefined, COUNTED),
  define('APPROX_COUNT_DISTINCT_DS_HLL_UTF8', 'X | I S', 'BIGINT', undefined, COUNTED),
  define('DS_THETA', 'X | I', () => makeType('OTHER', true, { complexName: 'thetaSketch' }), undefined, AGGREGATE),
  define('APPROX_COUNT_DISTINCT_DS_THETA', 'X | I', 'BIGINT', undefined, COUNTED),
  define(
    'DS_QUANTILES_SKETCH',
    'X | I',
    () => makeType('OTHER', true, { complexName: 'quantilesDoublesSketch' }),
    undefined,
    AGGREGATE,
  ),
  define('APPROX_QUANTILE_DS', 'X N | I', 'DOUBLE', undefined, AGGREGATE),
  define('APPROX_QUANTILE', 'X N | I', 'FLOAT', undefined, AGGREGATE),
  define('APPROX_QUANTILE_FIXED_BUCKETS', 'X N I N N | S', 'FLOAT', undefined, AGGREGATE),
  ...['VAR_POP', 'VAR_SAMP', 'VARIANCE', 'STDDEV_POP', 'STDDEV_SAMP', 'STDDEV'].map((name) =>
    define(name, 'N', 'DOUBLE', undefined, AGGREGATE),
  ),
  define(
    'DS_TUPLE_DOUBLES',
    'X *',
    () => makeType('OTHER', true, { complexName: 'arrayOfDoublesSketch' }),
    undefined,
    AGGREGATE,
  ),
];

/** @source reference sql.md section 6, window functions */
export const WINDOW_FUNCTIONS: readonly CatalogFunction[] = [
  ...['ROW_NUMBER', 'RANK', 'DENSE_RANK'].map((name) => define(name, '', 'BIGINT', undefined, WINDOW)),
  ...['PERCENT_RANK', 'CUME_DIST'].map((name) => define(name, '', 'DOUBLE', undefined, WINDOW)),
  define('NTILE', 'I', 'INTEGER', undefined, WINDOW),
  ...['LAG', 'LEAD'].map((name) => define(name, 'X | I X', ownType, undefined, OFFSET)),
  ...['FIRST_VALUE', 'LAST_VALUE'].map((name) => define(name, 'X', ownType, undefined, OFFSET)),
];
