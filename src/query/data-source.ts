/** CONTRACT. What is known of a data source without running it. */
import type { DataSource } from './native-query.js';

export type { DataSource } from './native-query.js';

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
    case 'union':
      for (const member of dataSource.dataSources) collectTables(member, names);
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
