import type { NativeType } from '../../src/sql/lower/native-expression.js';
import type { PlanRequest } from '../../src/sql/planned-statement.js';
import type { SqlCatalog, SqlTable } from '../../src/sql/sql-catalog.js';
import { nativeField } from '../../src/server/sql/native-fields.js';

/** A catalog of data sources that exist in name only: `{ t: { __time: 'LONG', s: 'STRING' } }`. */
export function catalogOf(
  tables: Readonly<Record<string, Readonly<Record<string, NativeType>>>>,
  numRows: Readonly<Record<string, number>> = {},
): SqlCatalog {
  const known = new Map(
    Object.entries(tables).map(([name, columns]): [string, SqlTable] => {
      const entries = Object.entries(columns);
      const table: SqlTable = {
        schema: 'druid',
        name,
        fields: entries.map(([column, type]) => nativeField(column, type)),
        nativeTypes: entries.map(([, type]) => type),
        mayBeMultiValue: entries.map(([, type]) => type === 'STRING'),
        rows: undefined,
        numRows: numRows[name] ?? 0,
      };
      return [name, table];
    }),
  );
  return {
    lookup: (name) => (name === 'codes' ? (key) => (key === null ? null : `code of ${key}`) : undefined),
    schemaNames: () => ['druid'],
    tableNames: () => [...known.keys()],
    table: (schema, name) => (schema === 'druid' ? known.get(name) : undefined),
  };
}

export function planRequest(sql: string, context: PlanRequest['context'] = {}): PlanRequest {
  return {
    sql,
    context,
    parameters: [],
    sqlQueryId: 'test',
    nowMs: Date.UTC(2024, 0, 1),
    allowIngest: false,
    allowUnboundParameters: true,
  };
}
