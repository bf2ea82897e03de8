import type { SqlType } from '../types/sql-type.js';
import type { NativeType } from './native-expression.js';

/** Druid's column type for values of a SQL type. @source Druid `Calcites.getColumnTypeForRelDataType` */
export function nativeTypeOf(type: SqlType): NativeType {
  switch (type.name) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'BOOLEAN':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'INTERVAL_DAY_TIME':
    case 'INTERVAL_YEAR_MONTH':
      return 'LONG';
    case 'FLOAT':
      return 'FLOAT';
    case 'REAL':
    case 'DOUBLE':
    case 'DECIMAL':
      return 'DOUBLE';
    case 'ARRAY':
      // The engine keeps a list of JSON values as one of them.
      if (type.element?.complexName === 'json') return 'COMPLEX<json>';
      return `ARRAY<${type.element === null ? 'STRING' : nativeTypeOf(type.element)}>`;
    case 'OTHER':
      return type.complexName === null ? 'COMPLEX' : `COMPLEX<${type.complexName}>`;
    default:
      return 'STRING';
  }
}
