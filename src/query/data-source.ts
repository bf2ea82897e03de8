/** CONTRACT. Data sources after validation. @source Druid `DataSource.java` */
import type { ColumnType } from '../common/column-type.js';
import type { Filter, NativeQuery } from './native-query.js';
import type { VirtualColumn } from './virtual-column.js';

export type DataSource =
  /** One table, or a union of tables (columns by name). */
  | { readonly type: 'tables'; readonly names: readonly string[] }
  /** A lookup as a table with columns `k` and `v`. */
  | { readonly type: 'lookup'; readonly lookup: string }
  /** columnTypes null = unknown, read from the values. */
  | {
      readonly type: 'inline';
      readonly columnNames: readonly string[];
      readonly columnTypes: readonly (ColumnType | null)[];
      readonly rows: readonly (readonly unknown[])[];
    }
  | { readonly type: 'query'; readonly query: NativeQuery }
  | {
      readonly type: 'join';
      readonly left: DataSource;
      readonly right: DataSource;
      readonly rightPrefix: string;
      readonly condition: string;
      readonly joinType: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL';
      readonly leftFilter: Filter | null;
      /** Columns of the left side derived for its filter. */
      readonly virtualColumns: readonly VirtualColumn[];
    }
  | {
      readonly type: 'unnest';
      readonly base: DataSource;
      readonly virtualColumn: VirtualColumn;
      readonly unnestFilter: Filter | null;
      /** Columns of the unnested rows derived for `unnestFilter`. */
      readonly virtualColumns: readonly VirtualColumn[];
    }
  | {
      readonly type: 'filter';
      readonly base: DataSource;
      readonly filter: Filter;
      /** Columns of the base derived for the filter. */
      readonly virtualColumns: readonly VirtualColumn[];
    };

/** Every table that is read, also by subqueries, each once. */
export function tablesOf(dataSource: DataSource): string[] {
  const names = new Set<string>();
  collectTables(dataSource, names);
  return [...names];
}

function collectTables(dataSource: DataSource, names: Set<string>): void {
  switch (dataSource.type) {
    case 'tables':
      for (const name of dataSource.names) names.add(name);
      return;
    case 'lookup':
    case 'inline':
      return;
    case 'query':
      return collectTables(dataSource.query.dataSource, names);
    case 'join':
      collectTables(dataSource.left, names);
      return collectTables(dataSource.right, names);
    case 'unnest':
    case 'filter':
      return collectTables(dataSource.base, names);
  }
}
