import { useMemo } from 'react';
import { sql } from './api.js';
import type { Column } from './column.js';
import { type Polled, usePolled } from './use-polled.js';

const PERIOD_MS = 10_000;

export type Schema = Readonly<Record<string, readonly Column[]>>;

const NO_TABLES: Schema = {};

interface SchemaRow {
  readonly TABLE_NAME: string;
  readonly COLUMN_NAME: string;
  readonly DATA_TYPE: string;
}

/** The columns of a data source in their order, the time column among them. */
export function useColumns(source: string | undefined): Polled<readonly Column[]> {
  return usePolled(
    async (signal) => (source === undefined ? [] : ((await schemaOf(source, signal))[source] ?? [])),
    PERIOD_MS,
    source,
  );
}

/** Columns of all data sources; the same object until something changed. */
export function useSchema(): Schema {
  const { data = NO_TABLES } = usePolled((signal) => schemaOf(undefined, signal), PERIOD_MS);
  const key = JSON.stringify(data);
  return useMemo(() => JSON.parse(key) as Schema, [key]);
}

/** Columns by data source; of all when none is named. */
async function schemaOf(source: string | undefined, signal: AbortSignal): Promise<Schema> {
  const only = source === undefined ? '' : ` AND TABLE_NAME = '${source.replaceAll("'", "''")}'`;
  const rows = await sql<SchemaRow>(
    `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'druid'${only} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    signal,
  );
  const tables: Record<string, Column[]> = {};
  for (const row of rows) (tables[row.TABLE_NAME] ??= []).push({ name: row.COLUMN_NAME, type: row.DATA_TYPE });
  return tables;
}
