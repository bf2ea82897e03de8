import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { leastRestrictive } from '../types/type-families.js';
import { callText, stringText } from '../lower/native-text.js';
import { alias, arrayOf, type CatalogFunction, define, type NativeCall } from './define.js';
import type { Operand } from './sql-function.js';

const ALWAYS = { nullable: 'always' } as const;
const TEXTS = arrayOf(makeType('VARCHAR'));

const ownType = ([operand]: readonly Operand[]): SqlType => withNullable(asArray(operand!.type), true);
const elementType = ([operand]: readonly Operand[]): SqlType =>
  withNullable(asArray(operand!.type).element ?? makeType('VARCHAR'), true);

function asArray(type: SqlType): SqlType {
  return type.name === 'ARRAY' ? type : arrayOf(type);
}

/** @source reference sql.md section 6, arrays */
export const ARRAY_FUNCTIONS: readonly CatalogFunction[] = [
  define(
    'ARRAY',
    'X *',
    (operands) => arrayOf(leastRestrictive(operands.map(({ type }) => type)) ?? makeType('VARCHAR')),
    'array',
  ),
  define('ARRAY_LENGTH', 'M', 'BIGINT', 'array_length', ALWAYS),
  define('ARRAY_OFFSET', 'M I', elementType, 'array_offset'),
  define('ARRAY_ORDINAL', 'M I', elementType, 'array_ordinal'),
  define('ITEM', 'M I', elementType, 'array_ordinal'),
  define('ARRAY_OFFSET_OF', 'M X', 'INTEGER', 'array_offset_of', ALWAYS),
  define('ARRAY_ORDINAL_OF', 'M X', 'INTEGER', 'array_ordinal_of', ALWAYS),
  define('ARRAY_CONTAINS', 'M X', 'BOOLEAN', 'array_contains'),
  define('ARRAY_OVERLAP', 'M M', 'BOOLEAN', 'array_overlap'),
  define('SCALAR_IN_ARRAY', 'X A', 'BOOLEAN', 'scalar_in_array', ALWAYS),
  define('ARRAY_APPEND', 'M X', ownType, 'array_append'),
  define('ARRAY_PREPEND', 'X M', ([, list]) => withNullable(asArray(list!.type), true), 'array_prepend'),
  define('ARRAY_CONCAT', 'M M', ownType, 'array_concat'),
  define('ARRAY_SLICE', 'M I | I', ownType, 'array_slice'),
  define('ARRAY_TO_STRING', 'M S', 'VARCHAR', 'array_to_string', ALWAYS),
  define('STRING_TO_ARRAY', 'S S', () => TEXTS, 'string_to_array'),
  define('ARRAY_TO_MV', 'M', 'VARCHAR', 'array_to_mv', ALWAYS),
  define('ARRAY_QUANTILE', 'A N', 'DOUBLE', 'array_quantile', ALWAYS),
];

/** They give texts of several values. @source reference sql.md section 6, multi-value strings */
export const MULTI_VALUE_FUNCTIONS: readonly CatalogFunction[] = [
  define('MV_APPEND', 'M X', 'VARCHAR', 'array_append', ALWAYS),
  define('MV_PREPEND', 'X M', 'VARCHAR', 'array_prepend', ALWAYS),
  define('MV_CONCAT', 'M M', 'VARCHAR', 'array_concat', ALWAYS),
  define('MV_LENGTH', 'M', 'BIGINT', 'array_length', ALWAYS),
  define('MV_OFFSET', 'M I', 'VARCHAR', 'array_offset', ALWAYS),
  define('MV_ORDINAL', 'M I', 'VARCHAR', 'array_ordinal', ALWAYS),
  define('MV_OFFSET_OF', 'M X', 'INTEGER', 'array_offset_of', ALWAYS),
  define('MV_ORDINAL_OF', 'M X', 'INTEGER', 'array_ordinal_of', ALWAYS),
  define('MV_CONTAINS', 'M X', 'BOOLEAN', 'array_contains'),
  define('MV_OVERLAP', 'M X', 'BOOLEAN', 'array_overlap'),
  define('MV_SLICE', 'M I | I', 'VARCHAR', 'array_slice', ALWAYS),
  define('MV_TO_STRING', 'M S', 'VARCHAR', 'array_to_string', ALWAYS),
  define('STRING_TO_MV', 'S S', 'VARCHAR', 'string_to_array', ALWAYS),
  define('MV_FILTER_ONLY', 'M A', 'VARCHAR', (call) => filtered(call, false), ALWAYS),
  define('MV_FILTER_NONE', 'M A', 'VARCHAR', (call) => filtered(call, true), ALWAYS),
  define('MV_TO_ARRAY', 'S', () => TEXTS, 'mv_to_array'),
  define('MV_HARMONIZE_NULLS', 'M', 'VARCHAR', 'mv_harmonize_nulls', ALWAYS),
];

function filtered({ args }: NativeCall, isNegated: boolean): string {
  const contains = callText('array_contains', args[1]!, 'x');
  return callText('filter', `(x) -> ${isNegated ? `!${contains}` : contains}`, args[0]!);
}

const JSON_TYPE = makeType('OTHER', true, { complexName: 'json' });

/** @source reference sql.md section 6, JSON */
export const JSON_FUNCTIONS: readonly CatalogFunction[] = [
  define('JSON_VALUE', 'X S | X', returned, jsonValue, ALWAYS),
  define('JSON_QUERY', 'X S', () => JSON_TYPE, 'json_query'),
  define('JSON_QUERY_ARRAY', 'X S', () => arrayOf(JSON_TYPE), 'json_query_array'),
  define('JSON_KEYS', 'X S', () => TEXTS, 'json_keys'),
  define('JSON_PATHS', 'X', () => TEXTS, 'json_paths'),
  define('JSON_OBJECT', '| X *', () => JSON_TYPE, 'json_object'),
  define('JSON_MERGE', 'X X *', () => JSON_TYPE, 'json_merge'),
  define('PARSE_JSON', 'X', () => JSON_TYPE, 'parse_json'),
  define('TRY_PARSE_JSON', 'X', () => JSON_TYPE, 'try_parse_json'),
  define('TO_JSON_STRING', 'X', 'VARCHAR', 'to_json_string', ALWAYS),
];

/** RETURNING comes as a null of its type. */
function returned([, , type]: readonly Operand[]): SqlType {
  return withNullable(type?.type ?? makeType('VARCHAR'), true);
}

function jsonValue({ args, type }: NativeCall): string {
  const native = type.name === 'ARRAY' ? `ARRAY<${scalar(type.element)}>` : scalar(type);
  return callText('json_value', args[0]!, args[1]!, stringText(native));
}

function scalar(type: SqlType | null): string {
  switch (type?.name) {
    case 'BIGINT':
    case 'INTEGER':
    case 'BOOLEAN':
      return 'LONG';
    case 'DOUBLE':
    case 'FLOAT':
    case 'DECIMAL':
      return 'DOUBLE';
    default:
      return 'STRING';
  }
}

/** Functions of sketches that are values. @source reference sql.md section 6, sketch scalars */
export const SKETCH_FUNCTIONS: readonly CatalogFunction[] = [
  ...alias(define('HLL_SKETCH_ESTIMATE', 'C | B', 'DOUBLE', 'hll_sketch_estimate', ALWAYS)),
  define(
    'HLL_SKETCH_ESTIMATE_WITH_ERROR_BOUNDS',
    'C | I',
    () => arrayOf(makeType('DOUBLE')),
    'hll_sketch_estimate_with_error_bounds',
  ),
  define(
    'HLL_SKETCH_UNION',
    'X *',
    () => makeType('OTHER', true, { complexName: 'HLLSketchBuild' }),
    'hll_sketch_union',
  ),
  define('HLL_SKETCH_TO_STRING', 'C', 'VARCHAR', 'hll_sketch_to_string', ALWAYS),
  define('THETA_SKETCH_ESTIMATE', 'C', 'DOUBLE', 'theta_sketch_estimate', ALWAYS),
  define('THETA_SKETCH_ESTIMATE_WITH_ERROR_BOUNDS', 'C I', () => JSON_TYPE, 'theta_sketch_estimate_with_error_bounds'),
  ...['UNION', 'INTERSECT', 'NOT'].map((op) =>
    define(
      `THETA_SKETCH_${op}`,
      'X *',
      () => makeType('OTHER', true, { complexName: 'thetaSketch' }),
      `theta_sketch_${op.toLowerCase()}`,
    ),
  ),
  define('DS_GET_QUANTILE', 'C N', 'DOUBLE', 'ds_get_quantile', ALWAYS),
  define('DS_GET_QUANTILES', 'C N *', () => arrayOf(makeType('DOUBLE')), 'ds_get_quantiles'),
  define('DS_HISTOGRAM', 'C N *', () => arrayOf(makeType('DOUBLE')), 'ds_histogram'),
  define('DS_CDF', 'C N *', () => arrayOf(makeType('DOUBLE')), 'ds_cdf'),
  define('DS_RANK', 'C N', 'DOUBLE', 'ds_rank', ALWAYS),
  // Not over rows: results of DS_TUPLE_DOUBLES only (`tuple-post-aggregator.ts`).
  define('DS_TUPLE_DOUBLES_METRICS_SUM_ESTIMATE', 'C', () => arrayOf(makeType('DOUBLE')), undefined, ALWAYS),
  ...['UNION', 'INTERSECT', 'NOT'].map((op) =>
    define(
      `DS_TUPLE_DOUBLES_${op}`,
      'X *',
      () => makeType('OTHER', true, { complexName: 'arrayOfDoublesSketch' }),
      undefined,
      ALWAYS,
    ),
  ),
  define('DS_QUANTILE_SUMMARY', 'C', 'VARCHAR', 'ds_quantile_summary', ALWAYS),
];
