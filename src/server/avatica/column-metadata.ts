import type { OutputColumn } from '../../sql/planned-statement.js';
import type { SqlType, SqlTypeName } from '../../sql/types/sql-type.js';
import type { AvaticaParameter, AvaticaType, ColumnMetaData, Rep, Signature } from './messages.js';

interface JdbcType {
  /** Of `java.sql.Types`. */
  readonly id: number;
  readonly rep: Rep;
  readonly className: string;
}

const OBJECT: JdbcType = { id: 1111, rep: 'OBJECT', className: 'java.lang.Object' };
const JDBC: Readonly<Partial<Record<SqlTypeName, JdbcType>>> = {
  CHAR: { id: 1, rep: 'STRING', className: 'java.lang.String' },
  VARCHAR: { id: 12, rep: 'STRING', className: 'java.lang.String' },
  BOOLEAN: { id: 16, rep: 'BOOLEAN', className: 'java.lang.Boolean' },
  TINYINT: { id: -6, rep: 'INTEGER', className: 'java.lang.Integer' },
  SMALLINT: { id: 5, rep: 'INTEGER', className: 'java.lang.Integer' },
  INTEGER: { id: 4, rep: 'INTEGER', className: 'java.lang.Integer' },
  BIGINT: { id: -5, rep: 'LONG', className: 'java.lang.Long' },
  FLOAT: { id: 6, rep: 'FLOAT', className: 'java.lang.Float' },
  REAL: { id: 7, rep: 'DOUBLE', className: 'java.lang.Double' },
  DOUBLE: { id: 8, rep: 'DOUBLE', className: 'java.lang.Double' },
  DECIMAL: { id: 3, rep: 'DOUBLE', className: 'java.lang.Double' },
  DATE: { id: 91, rep: 'INTEGER', className: 'java.sql.Date' },
  TIMESTAMP: { id: 93, rep: 'LONG', className: 'java.sql.Timestamp' },
  ARRAY: { id: 2003, rep: 'ARRAY', className: 'java.sql.Array' },
  NULL: { id: 0, rep: 'OBJECT', className: 'java.lang.Object' },
};

/** What JDBC reports where Calcite knows no length. */
const UNKNOWN_LENGTH = 0;

/** @source Druid `sql/avatica/AbstractDruidJdbcStatement.java` */
export function signatureOf(sql: string, columns: readonly OutputColumn[], parameters: readonly SqlType[]): Signature {
  return {
    columns: columns.map(columnMetaData),
    sql,
    parameters: parameters.map(parameter),
    cursorFactory: { style: 'ARRAY', clazz: null, fieldNames: null },
    statementType: 'SELECT',
  };
}

export function repsOf(columns: readonly OutputColumn[]): readonly Rep[] {
  return columns.map(({ sqlType }) => jdbcType(sqlType).rep);
}

function columnMetaData({ name, sqlType }: OutputColumn, ordinal: number): ColumnMetaData {
  const precision = sqlType.precision ?? UNKNOWN_LENGTH;
  return {
    ordinal,
    autoIncrement: false,
    caseSensitive: true,
    searchable: true,
    currency: false,
    nullable: sqlType.nullable ? 1 : 0,
    signed: true,
    displaySize: precision,
    label: name,
    columnName: name,
    schemaName: null,
    precision,
    scale: sqlType.scale ?? 0,
    tableName: null,
    catalogName: null,
    type: avaticaType(sqlType),
    readOnly: true,
    writable: false,
    definitelyWritable: false,
    columnClassName: jdbcType(sqlType).className,
  };
}

function avaticaType(type: SqlType): AvaticaType {
  const { id, rep } = jdbcType(type);
  if (type.name !== 'ARRAY') return { type: 'scalar', id, name: type.name, rep };
  const component = type.element === null ? avaticaType({ ...type, name: 'OTHER' }) : avaticaType(type.element);
  return { type: 'array', id, name: 'ARRAY', rep, component };
}

function jdbcType({ name }: SqlType): JdbcType {
  return JDBC[name] ?? OBJECT;
}

function parameter(type: SqlType, index: number): AvaticaParameter {
  const { id, className } = jdbcType(type);
  return {
    signed: true,
    precision: type.precision ?? UNKNOWN_LENGTH,
    scale: type.scale ?? 0,
    parameterType: id,
    typeName: type.name,
    className,
    name: `?${index}`,
  };
}
