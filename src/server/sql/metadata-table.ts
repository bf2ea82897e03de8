import type { SqlTable } from '../../sql/sql-catalog.js';
import { sqlType } from './native-fields.js';

/** Rows of a table of metadata, as objects by column name; absent members are null. */
export type MetadataRows = () => Promise<readonly Readonly<Record<string, string | number | null>>[]>;

/**
 * A table of `INFORMATION_SCHEMA` or `sys`.
 * @param columns names, in order, separated by blanks; `:L` behind a name makes it BIGINT, else it is VARCHAR
 */
export function metadataTable(
  schema: 'INFORMATION_SCHEMA' | 'sys',
  name: string,
  columns: string,
  rows: MetadataRows,
): SqlTable {
  const defined = columns.split(' ').map((text) => {
    const isLong = text.endsWith(':L');
    return { name: isLong ? text.slice(0, -2) : text, isLong };
  });
  return {
    schema,
    name,
    fields: defined.map((column) => ({ name: column.name, type: sqlType(column.isLong ? 'BIGINT' : 'VARCHAR', true) })),
    nativeTypes: defined.map(({ isLong }) => (isLong ? 'LONG' : 'STRING')),
    mayBeMultiValue: defined.map(() => false),
    rows: async () => (await rows()).map((row) => defined.map((column) => row[column.name] ?? null)),
  };
}
