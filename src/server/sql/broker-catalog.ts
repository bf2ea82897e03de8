import { lookupContext } from '../../broker/sources/lookup-context.js';
import type { LookupSource } from '../../lookups/lookup-source.js';
import type { SqlCatalog, SqlTable } from '../../sql/sql-catalog.js';
import { type DescribedTables, informationSchema, type Routine } from './information-schema.js';
import { nativeField, sqlType } from './native-fields.js';
import type { TableColumns, TableSchemas } from './table-schemas.js';

/** In the order of Druid's SCHEMATA. */
const SCHEMAS = ['INFORMATION_SCHEMA', 'druid', 'lookup', 'sys', 'view'] as const;

export interface BrokerCatalogOptions {
  readonly schemas: TableSchemas;
  readonly sysTables: readonly SqlTable[];
  readonly lookups: LookupSource;
  readonly routines: () => readonly Routine[];
}

/** The tables that statements can name on this broker. */
export class BrokerCatalog implements DescribedTables {
  readonly #options: BrokerCatalogOptions;
  readonly #metadataTables: ReadonlyMap<string, readonly SqlTable[]>;
  readonly routines: () => readonly Routine[];

  constructor(options: BrokerCatalogOptions) {
    this.#options = options;
    this.routines = options.routines;
    this.#metadataTables = new Map([
      ['INFORMATION_SCHEMA', informationSchema(this)],
      ['sys', options.sysTables],
    ]);
  }

  schemaNames(): readonly string[] {
    return SCHEMAS;
  }

  /** Every table of a schema, by name. */
  async tables(schema: string): Promise<readonly SqlTable[]> {
    const fixed = this.#metadataTables.get(schema);
    if (fixed !== undefined) return [...fixed].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (schema === 'lookup') return this.#lookupNames().map(lookupTable);
    if (schema !== 'druid') return [];
    const names = this.#options.schemas.names();
    const columns = await Promise.all(names.map((name) => this.#options.schemas.columnsOf(name)));
    return names.flatMap((name, i) =>
      columns[i] === undefined ? [] : [dataSourceTable(name, columns[i], this.#options.schemas.rowsOf(name))],
    );
  }

  /** The catalog for one statement: columns of the data sources that its text may name are known. `refresh` looks them up anew. */
  async forStatement(sql: string, refresh = false): Promise<SqlCatalog> {
    const { schemas } = this.#options;
    const named = schemas.names().filter((name) => sql.includes(name));
    if (refresh) await Promise.all(named.map((name) => schemas.refresh(name)));
    const columns = await Promise.all(named.map((name) => schemas.columnsOf(name)));
    const dataSources = new Map<string, SqlTable>();
    for (const [i, name] of named.entries()) {
      const found = columns[i];
      if (found !== undefined) dataSources.set(name, dataSourceTable(name, found, schemas.rowsOf(name)));
    }
    const lookupNames = this.#lookupNames();
    const metadata = this.#metadataTables;
    return {
      lookup: lookupContext(this.#options.lookups).lookup,
      schemaNames: () => SCHEMAS,
      tableNames: (schema) => {
        if (schema === 'druid') return schemas.names();
        return schema === 'lookup' ? lookupNames : (metadata.get(schema) ?? []).map(({ name }) => name);
      },
      table: (schema, name) => {
        if (schema === 'druid') return dataSources.get(name);
        if (schema === 'lookup') return lookupNames.includes(name) ? lookupTable(name) : undefined;
        return metadata.get(schema)?.find((table) => table.name === name);
      },
    };
  }

  #lookupNames(): readonly string[] {
    return [...this.#options.lookups.all().keys()].sort();
  }
}

function dataSourceTable(name: string, columns: TableColumns, numRows: number): SqlTable {
  const entries = [...columns];
  return {
    schema: 'druid',
    name,
    fields: entries.map(([column, type]) => nativeField(column, type)),
    nativeTypes: entries.map(([, type]) => type),
    // As in Druid, any string column may have several values in some row.
    mayBeMultiValue: entries.map(([, type]) => type === 'STRING'),
    rows: undefined,
    numRows,
  };
}

function lookupTable(name: string): SqlTable {
  return {
    schema: 'lookup',
    name,
    fields: [
      { name: 'k', type: sqlType('VARCHAR', false) },
      { name: 'v', type: sqlType('VARCHAR', false) },
    ],
    nativeTypes: ['STRING', 'STRING'],
    mayBeMultiValue: [false, false],
    rows: undefined,
  };
}
