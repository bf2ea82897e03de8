import { type DuckDBConnection, DuckDBDecimalValue, DuckDBInstance, DuckDBTimestampValue } from '@duckdb/node-api';
import type { Cell } from './cells.js';

/** The second source of answers: DuckDB, with the settings that make it order nulls and divide integers as Druid does. */
export class DuckSql {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<DuckSql> {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run("SET default_null_order = 'nulls_first_on_asc_last_on_desc'");
    await connection.run('SET integer_division = true');
    await connection.run('SET threads = 1');
    return new DuckSql(connection);
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  async ask(sql: string): Promise<Cell[][]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader.getRows().map((row) => row.map(cellOf));
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  if (value instanceof DuckDBTimestampValue) return new Date(Number(value.micros / 1000n)).toISOString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  return String(value);
}
