import { likePattern } from '../../common/like-pattern.js';
import type { SqlTable } from '../../sql/sql-catalog.js';
import type { SqlTypeName } from '../../sql/types/sql-type.js';
import type { BrokerCatalog } from '../sql/broker-catalog.js';
import { sqlType } from '../sql/native-fields.js';
import { signatureOf } from './column-metadata.js';
import type { AvaticaValue, Signature } from './messages.js';

/** A result of JDBC's `DatabaseMetaData`. */
export interface MetadataResult {
  readonly signature: Signature;
  readonly rows: readonly (readonly AvaticaValue[])[];
}

/** Names for which a JDBC pattern stands (`%`, `_`); null = any. */
export interface NamePatterns {
  readonly catalog: string | null;
  readonly schemaPattern: string | null;
  readonly tableNamePattern: string | null;
  readonly columnNamePattern: string | null;
  readonly typeList: readonly string[] | null;
}

const CATALOG = 'druid';
const JDBC_TYPES: Readonly<Partial<Record<SqlTypeName, number>>> = {
  CHAR: 1,
  VARCHAR: 12,
  BIGINT: -5,
  FLOAT: 6,
  DOUBLE: 8,
  TIMESTAMP: 93,
  ARRAY: 2003,
};
const OTHER = 1111;

/** @source JDBC `DatabaseMetaData`; Druid `sql/avatica/DruidMeta.java` */
export function catalogsResult(): MetadataResult {
  return result('TABLE_CAT', [[CATALOG]]);
}

export function tableTypesResult(): MetadataResult {
  return result('TABLE_TYPE', [['SYSTEM_TABLE'], ['TABLE']]);
}

export function schemasResult(catalog: BrokerCatalog, patterns: NamePatterns): MetadataResult {
  const names = ofCatalog(patterns) ? catalog.schemaNames().filter(matching(patterns.schemaPattern)) : [];
  return result(
    'TABLE_SCHEM TABLE_CATALOG',
    names.map((name) => [name, CATALOG]),
  );
}

export async function tablesResult(catalog: BrokerCatalog, patterns: NamePatterns): Promise<MetadataResult> {
  const tables = await matchingTables(catalog, patterns);
  return result(
    'TABLE_CAT TABLE_SCHEM TABLE_NAME TABLE_TYPE REMARKS TYPE_CAT TYPE_SCHEM TYPE_NAME SELF_REFERENCING_COL_NAME REF_GENERATION',
    tables
      .filter((table) => patterns.typeList === null || patterns.typeList.includes(tableType(table)))
      .map((table) => [CATALOG, table.schema, table.name, tableType(table), null, null, null, null, null, null]),
  );
}

export async function columnsResult(catalog: BrokerCatalog, patterns: NamePatterns): Promise<MetadataResult> {
  const isMatching = matching(patterns.columnNamePattern);
  const tables = await matchingTables(catalog, patterns);
  const rows = tables.flatMap((table) =>
    table.fields.flatMap((field, i) => {
      if (!isMatching(field.name)) return [];
      const { type } = field;
      const typeName = type.name === 'OTHER' ? table.nativeTypes[i]! : type.name;
      const nullable = type.nullable ? 1 : 0;
      const jdbcType = JDBC_TYPES[type.name] ?? OTHER;
      const head = [CATALOG, table.schema, table.name, field.name, jdbcType, typeName, -1, null, null, null];
      const octets = type.name === 'VARCHAR' || type.name === 'CHAR' ? -1 : null;
      const tail = [null, null, null, null, 'NO', 'NO'];
      return [[...head, nullable, null, '', null, null, octets, i + 1, type.nullable ? 'YES' : 'NO', ...tail]];
    }),
  );
  return result(
    'TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME DATA_TYPE:L TYPE_NAME COLUMN_SIZE:L BUFFER_LENGTH:L DECIMAL_DIGITS:L NUM_PREC_RADIX:L NULLABLE:L REMARKS COLUMN_DEF SQL_DATA_TYPE:L SQL_DATETIME_SUB:L CHAR_OCTET_LENGTH:L ORDINAL_POSITION:L IS_NULLABLE SCOPE_CATALOG SCOPE_SCHEMA SCOPE_TABLE SOURCE_DATA_TYPE:L IS_AUTOINCREMENT IS_GENERATEDCOLUMN',
    rows,
  );
}

export function typeInfoResult(): MetadataResult {
  return result(
    'TYPE_NAME DATA_TYPE:L PRECISION:L LITERAL_PREFIX LITERAL_SUFFIX CREATE_PARAMS NULLABLE:L CASE_SENSITIVE SEARCHABLE:L UNSIGNED_ATTRIBUTE FIXED_PREC_SCALE AUTO_INCREMENT LOCAL_TYPE_NAME MINIMUM_SCALE:L MAXIMUM_SCALE:L SQL_DATA_TYPE:L SQL_DATETIME_SUB:L NUM_PREC_RADIX:L',
    [],
  );
}

/** Columns by name; `:L` makes one an INTEGER, else it is VARCHAR. */
function result(columns: string, rows: readonly (readonly AvaticaValue[])[]): MetadataResult {
  const outputs = columns.split(' ').map((text) => {
    const isNumber = text.endsWith(':L');
    const type = sqlType(isNumber ? 'INTEGER' : 'VARCHAR', true);
    return { name: isNumber ? text.slice(0, -2) : text, sqlType: type, nativeType: isNumber ? 'LONG' : 'STRING' };
  });
  return { signature: signatureOf('', outputs, []), rows };
}

async function matchingTables(catalog: BrokerCatalog, patterns: NamePatterns): Promise<readonly SqlTable[]> {
  if (!ofCatalog(patterns)) return [];
  const schemas = catalog.schemaNames().filter(matching(patterns.schemaPattern));
  const tables = await Promise.all(schemas.map((schema) => catalog.tables(schema)));
  const isMatching = matching(patterns.tableNamePattern);
  return tables.flat().filter((table) => isMatching(table.name));
}

function ofCatalog({ catalog }: NamePatterns): boolean {
  return catalog === null || catalog === CATALOG;
}

function tableType({ schema }: SqlTable): string {
  return schema === 'INFORMATION_SCHEMA' || schema === 'sys' ? 'SYSTEM_TABLE' : 'TABLE';
}

function matching(pattern: string | null): (name: string) => boolean {
  if (pattern === null) return () => true;
  const compiled = likePattern(pattern, '\\');
  return (name) => compiled.matches(name);
}
