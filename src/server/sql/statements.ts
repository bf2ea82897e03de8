import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import type { OutputColumn, PlannedStatement } from '../../sql/planned-statement.js';
import { cellOptions } from './cell-options.js';
import { queryTaskId } from './query-task.js';
import type { SqlRequest } from './sql-request.js';
import type { SqlService } from './sql-service.js';
import { StoredRows } from './stored-rows.js';

export type StatementState = 'ACCEPTED' | 'RUNNING' | 'SUCCESS' | 'FAILED';

/** A statement that is answered when its client asks again. */
export interface AsyncStatement {
  readonly id: string;
  readonly sqlQueryId: string;
  readonly request: SqlRequest;
  readonly columns: readonly OutputColumn[];
  readonly createdAtMs: number;
  state: StatementState;
  endedAtMs: number | undefined;
  rows: StoredRows | undefined;
  error: unknown;
}

export interface StatementsOptions {
  readonly sql: SqlService;
  /** Of its own: what is in it at the start is removed. */
  readonly directory: string;
  readonly nowMs: () => number;
}

/** Statements that are kept, finished ones longest ago gone first. */
const MAX_STATEMENTS = 100;
const MAX_BYTES = 2 ** 30;
/** Results are kept for so long. */
const EXPIRY_MS = 6 * 3_600_000;
const ROWS_PER_PAGE = 100_000;

/** SELECTs that run without a client that waits, and their results in files of this broker. @source Druid `SqlStatementResource.java` */
export class Statements {
  readonly #options: StatementsOptions;
  readonly #statements = new Map<string, AsyncStatement>();
  #ready: Promise<void> | undefined;

  constructor(options: StatementsOptions) {
    this.#options = options;
  }

  /**
   * Begins to run a planned query.
   * @param over called when it does not run any more
   * @throws DruidError INVALID_INPUT when the id is taken, CAPACITY_EXCEEDED when too many are running
   */
  async submit(
    plan: Exclude<PlannedStatement, { kind: 'ingest' }>,
    request: SqlRequest,
    sqlQueryId: string,
    over: () => void,
  ): Promise<AsyncStatement> {
    this.#expire();
    const id = queryTaskId(sqlQueryId);
    if (this.#statements.has(id)) throw invalidInput(`Statement [${id}] already exists`);
    if (this.#statements.size >= MAX_STATEMENTS) {
      throw new DruidError(`Too many statements are running, limit is ${MAX_STATEMENTS}`, {
        category: 'CAPACITY_EXCEEDED',
      });
    }
    const createdAtMs = this.#options.nowMs();
    const fresh = { state: 'ACCEPTED', endedAtMs: undefined, rows: undefined, error: undefined } as const;
    const statement: AsyncStatement = { id, sqlQueryId, request, columns: plan.columns, createdAtMs, ...fresh };
    this.#statements.set(id, statement);
    const running = this.#run(plan, statement).finally(over);
    // Its plan is its answer.
    if (plan.kind === 'explain') await running;
    return statement;
  }

  get(id: string): AsyncStatement | undefined {
    this.#expire();
    return this.#statements.get(id);
  }

  /** Stops a running one, forgets a finished one. */
  async delete(statement: AsyncStatement): Promise<void> {
    if (statement.endedAtMs === undefined) {
      this.#end(statement, 'FAILED', new DruidError('Query canceled by user', { category: 'CANCELED' }));
      this.#options.sql.cancel(statement.sqlQueryId);
    } else {
      this.#statements.delete(statement.id);
      await statement.rows?.remove();
    }
  }

  async #run(plan: Exclude<PlannedStatement, { kind: 'ingest' }>, statement: AsyncStatement): Promise<void> {
    const { sql, directory } = this.#options;
    try {
      this.#ready ??= emptied(directory);
      await this.#ready;
      const result = await sql.run(plan);
      if (statement.state === 'ACCEPTED') statement.state = 'RUNNING';
      const { context } = statement.request;
      const limits = { rowsPerPage: rowsPerPage(context['rowsPerPage']), maxBytes: MAX_BYTES };
      const path = join(directory, encodeURIComponent(statement.id));
      const rows = await StoredRows.write(path, result, cellOptions(context), limits);
      if (statement.endedAtMs === undefined) {
        statement.rows = rows;
        this.#end(statement, 'SUCCESS');
      } else await rows.remove();
    } catch (error) {
      this.#end(statement, 'FAILED', error);
    }
  }

  #end(statement: AsyncStatement, state: 'SUCCESS' | 'FAILED', error?: unknown): void {
    if (statement.endedAtMs !== undefined) return;
    statement.state = state;
    statement.error = error;
    statement.endedAtMs = this.#options.nowMs();
  }

  #expire(): void {
    const nowMs = this.#options.nowMs();
    const finished = [...this.#statements.values()].filter(({ endedAtMs }) => endedAtMs !== undefined);
    let tooMany = this.#statements.size - MAX_STATEMENTS + 1;
    for (const statement of finished) {
      if (tooMany-- <= 0 && nowMs - statement.endedAtMs! < EXPIRY_MS) continue;
      this.#statements.delete(statement.id);
      statement.rows?.remove().catch(() => undefined);
    }
  }
}

function rowsPerPage(value: unknown): number {
  const number = Number(value ?? ROWS_PER_PAGE);
  return Number.isSafeInteger(number) && number > 0 ? number : ROWS_PER_PAGE;
}

async function emptied(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}
