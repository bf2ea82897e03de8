import type { SqlTable } from '../../sql/sql-catalog.js';
import type { SqlField, SqlTypeName } from '../../sql/types/sql-type.js';
import { metadataTable, type MetadataRows } from './metadata-table.js';

const CATALOG = 'druid';
/** @source `java.sql.Types` */
const JDBC_TYPES: Readonly<Partial<Record<SqlTypeName, number>>> = {
  CHAR: 1,
  VARCHAR: 12,
  BOOLEAN: 16,
  BIGINT: -5,
  FLOAT: 6,
  DOUBLE: 8,
  TIMESTAMP: 93,
  ARRAY: 2003,
  OTHER: 1111,
};

export interface Routine {
  readonly name: string;
  readonly isAggregator: boolean;
  readonly signatures: string | null;
}

/** What the standard's tables are made from: every table that can be named. */
export interface DescribedTables {
  schemaNames(): readonly string[];
  tables(schema: string): Promise<readonly SqlTable[]>;
  readonly routines: () => readonly Routine[];
}

/** @source Druid `sql/calcite/schema/InformationSchema.java` */
export function informationSchema(described: DescribedTables): readonly SqlTable[] {
  const table = (name: string, columns: string, rows: MetadataRows): SqlTable =>
    metadataTable('INFORMATION_SCHEMA', name, columns, rows);
  return [
    table(
      'SCHEMATA',
      'CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH',
      async () => described.schemaNames().map((SCHEMA_NAME) => ({ CATALOG_NAME: CATALOG, SCHEMA_NAME })),
    ),
    table('TABLES', 'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_TYPE IS_JOINABLE IS_BROADCAST', () =>
      tableRows(described),
    ),
    table(
      'COLUMNS',
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:L COLUMN_DEFAULT IS_NULLABLE DATA_TYPE CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION:L NUMERIC_PRECISION_RADIX:L NUMERIC_SCALE:L DATETIME_PRECISION:L CHARACTER_SET_NAME COLLATION_NAME JDBC_TYPE:L',
      () => columnRows(described),
    ),
    table('ROUTINES', 'ROUTINE_CATALOG ROUTINE_SCHEMA ROUTINE_NAME ROUTINE_TYPE IS_AGGREGATOR SIGNATURES', async () =>
      described.routines().map(({ name, isAggregator, signatures }) => ({
        ROUTINE_CATALOG: CATALOG,
        ROUTINE_SCHEMA: 'INFORMATION_SCHEMA',
        ROUTINE_NAME: name,
        ROUTINE_TYPE: 'FUNCTION',
        IS_AGGREGATOR: isAggregator ? 'YES' : 'NO',
        SIGNATURES: signatures,
      })),
    ),
  ];
}

type Row = Readonly<Record<string, string | number | null>>;

async function tableRows(described: DescribedTables): Promise<Row[]> {
  const all = await Promise.all(described.schemaNames().map((schema) => described.tables(schema)));
  return all.flat().map((table) => ({
    TABLE_CATALOG: CATALOG,
    TABLE_SCHEMA: table.schema,
    TABLE_NAME: table.name,
    TABLE_TYPE: table.schema === 'INFORMATION_SCHEMA' || table.schema === 'sys' ? 'SYSTEM_TABLE' : 'TABLE',
    IS_JOINABLE: table.schema === 'lookup' ? 'YES' : 'NO',
    IS_BROADCAST: table.schema === 'lookup' ? 'YES' : 'NO',
  }));
}

async function columnRows(described: DescribedTables): Promise<Row[]> {
  const all = await Promise.all(described.schemaNames().map((schema) => described.tables(schema)));
  return all.flat().flatMap((table) =>
    table.fields.map((field, i) => ({
      TABLE_CATALOG: CATALOG,
      TABLE_SCHEMA: table.schema,
      TABLE_NAME: table.name,
      COLUMN_NAME: field.name,
      ORDINAL_POSITION: i + 1,
      COLUMN_DEFAULT: '',
      IS_NULLABLE: field.type.nullable ? 'YES' : 'NO',
      DATA_TYPE: dataType(field, table.nativeTypes[i]!),
      ...numbers(field),
      JDBC_TYPE: JDBC_TYPES[field.type.name] ?? null,
    })),
  );
}

/** Complex columns are called by their native type. */
function dataType({ type }: SqlField, nativeType: string): string {
  return type.name === 'OTHER' ? nativeType : type.name;
}

function numbers({ type }: SqlField): Row {
  switch (type.name) {
    case 'BIGINT':
      return { NUMERIC_PRECISION: 19, NUMERIC_PRECISION_RADIX: 10, NUMERIC_SCALE: 0 };
    case 'FLOAT':
    case 'DOUBLE':
      return { NUMERIC_PRECISION: 15, NUMERIC_PRECISION_RADIX: 10, NUMERIC_SCALE: null };
    case 'TIMESTAMP':
      return { DATETIME_PRECISION: 3 };
    case 'CHAR':
    case 'VARCHAR':
      return { CHARACTER_SET_NAME: 'UTF-16LE', COLLATION_NAME: 'UTF-16LE$en_US$primary' };
    default:
      return {};
  }
}
