import { TIME_COLUMN } from '../../common/column-type.js';
import type { NativeType } from '../../sql/lower/native-expression.js';
import type { SqlField, SqlType, SqlTypeName } from '../../sql/types/sql-type.js';

/** The field that a native column is in SQL. @source Druid `sql/calcite/table/RowSignatures.java`, `Calcites.java` */
export function nativeField(name: string, type: NativeType): SqlField {
  if (name === TIME_COLUMN) return { name, type: { ...sqlType('TIMESTAMP', false), precision: 3 } };
  return { name, type: nativeSqlType(type) };
}

/** A nullable type of SQL for a native one. */
function nativeSqlType(type: NativeType): SqlType {
  if (type.startsWith('ARRAY<')) return { ...sqlType('ARRAY', true), element: nativeSqlType(type.slice(6, -1)) };
  switch (type) {
    case 'STRING':
      return sqlType('VARCHAR', true);
    case 'LONG':
      return sqlType('BIGINT', true);
    case 'FLOAT':
    case 'DOUBLE':
      return sqlType(type, true);
    default: {
      const complexName = /^COMPLEX<(.*)>$/.exec(type)?.[1] ?? null;
      return { ...sqlType('OTHER', true), complexName };
    }
  }
}

export function sqlType(name: SqlTypeName, nullable: boolean): SqlType {
  return { name, nullable, precision: null, scale: null, element: null, complexName: null, fields: null };
}
