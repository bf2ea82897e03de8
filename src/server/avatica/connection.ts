import { DruidError } from '../../common/druid-error.js';
import { findTimeZone, type TimeZone, UTC } from '../../common/time-zone.js';
import type { JsonObject } from '../../query/json-fields.js';
import type { SqlParameter } from '../../sql/planned-statement.js';
import type { RunningSelect } from '../sql/run-select.js';
import type { RunningQueries } from '../sql/running-queries.js';
import type { SqlService } from '../sql/sql-service.js';
import { signatureOf } from './column-metadata.js';
import { Cursor } from './cursor.js';
import type { Frame, ResultSetResponse, Signature } from './messages.js';
import type { MetadataResult } from './metadata-results.js';

/** `druid.sql.avatica.*`. @source Druid `sql/avatica/AvaticaServerConfig.java` */
export const MAX_STATEMENTS = 4;
export const MAX_ROWS_PER_FRAME = 5000;

interface Statement {
  readonly id: number;
  /** Of a prepared one. */
  sql: string | undefined;
  signature: Signature | undefined;
  cursor: Cursor | undefined;
}

/** A connection of a JDBC client: its context, and its statements with what is left of their results. */
export class Connection {
  readonly id: string;
  readonly #sql: SqlService;
  readonly #running: RunningQueries;
  readonly #context: JsonObject;
  readonly #zone: TimeZone;
  readonly #statements = new Map<number, Statement>();
  #lastStatementId = 0;
  lastUsedMs: number;
  /** That are being answered. */
  requests = 0;

  /** @param info properties of the driver's connection; those that are no credentials are query context */
  constructor(
    id: string,
    info: JsonObject,
    services: { readonly sql: SqlService; readonly running: RunningQueries },
    nowMs: number,
  ) {
    this.id = id;
    this.#sql = services.sql;
    this.#running = services.running;
    const { user: _user, password: _password, ...context } = info;
    this.#context = { ...context, sqlStringifyArrays: false };
    const zone = context['sqlTimeZone'];
    this.#zone = typeof zone === 'string' ? (findTimeZone(zone) ?? UTC) : UTC;
    this.lastUsedMs = nowMs;
  }

  /** @throws DruidError CAPACITY_EXCEEDED when too many are open */
  createStatement(): number {
    if (this.#statements.size >= MAX_STATEMENTS) {
      throw new DruidError(`Too many open statements, limit is ${MAX_STATEMENTS}`, { category: 'CAPACITY_EXCEEDED' });
    }
    const id = ++this.#lastStatementId;
    this.#statements.set(id, { id, sql: undefined, signature: undefined, cursor: undefined });
    return id;
  }

  /** undefined = there is no such statement. */
  async prepareAndExecute(
    statementId: number,
    sql: string,
    limits: { readonly maxRows: number; readonly firstFrame: number },
  ): Promise<ResultSetResponse | undefined> {
    const statement = this.#statements.get(statementId);
    if (statement === undefined) return undefined;
    return this.#start(statement, sql, [], limits);
  }

  /** @returns the new statement's id and what it will answer with */
  async prepare(sql: string): Promise<{ readonly id: number; readonly signature: Signature }> {
    const id = this.createStatement();
    try {
      const planned = await this.#plan(sql, [], true, this.#sql.queryId(this.#context));
      const columns = planned.kind === 'ingest' ? [] : planned.columns;
      const parameterTypes = planned.kind === 'select' ? planned.parameterTypes : [];
      const signature = signatureOf(sql, columns, parameterTypes);
      this.#statements.set(id, { id, sql, signature, cursor: undefined });
      return { id, signature };
    } catch (error) {
      this.#statements.delete(id);
      throw error;
    }
  }

  /** Runs a prepared statement. undefined = there is no such statement. */
  async execute(
    statementId: number,
    parameters: readonly SqlParameter[],
    limits: { readonly maxRows: number; readonly firstFrame: number },
  ): Promise<ResultSetResponse | undefined> {
    const statement = this.#statements.get(statementId);
    if (statement?.sql === undefined) return undefined;
    return this.#start(statement, statement.sql, parameters, limits);
  }

  /** undefined = there is no such statement; null = it has no results. */
  async fetch(statementId: number, maxRows: number): Promise<Frame | null | undefined> {
    const statement = this.#statements.get(statementId);
    if (statement === undefined) return undefined;
    return (await statement.cursor?.next(frameRows(maxRows))) ?? null;
  }

  /** A result that is whole in its first frame: its statement is closed before a client could. @source Druid `DruidMeta#sqlResultSet` */
  metadata({ signature, rows }: MetadataResult): ResultSetResponse {
    const statementId = ++this.#lastStatementId;
    const reps = signature.columns.map(({ type }) => type.rep);
    return this.#resultSet(statementId, signature, { offset: 0, done: true, rows, reps });
  }

  async closeStatement(statementId: number): Promise<void> {
    const statement = this.#statements.get(statementId);
    this.#statements.delete(statementId);
    await statement?.cursor?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#statements.keys()].map((id) => this.closeStatement(id)));
  }

  async #start(
    statement: Statement,
    sql: string,
    parameters: readonly SqlParameter[],
    limits: { readonly maxRows: number; readonly firstFrame: number },
  ): Promise<ResultSetResponse> {
    await statement.cursor?.close();
    statement.cursor = undefined;
    const sqlQueryId = this.#sql.queryId(this.#context);
    const over = this.#running.enter({ id: sqlQueryId, type: 'jdbc', statement: sql });
    let running: RunningSelect;
    try {
      running = await this.#sql.run(await this.#plan(sql, parameters, false, sqlQueryId));
    } catch (error) {
      over();
      throw error;
    }
    const cursor = new Cursor(running, this.#zone, limits.maxRows, over);
    statement.cursor = cursor;
    const signature = statement.sql === undefined ? undefined : statement.signature;
    const shown = signature ?? signatureOf(sql, running.columns, []);
    return this.#resultSet(statement.id, shown, await cursor.next(frameRows(limits.firstFrame)));
  }

  #plan(
    sql: string,
    parameters: readonly SqlParameter[],
    allowUnboundParameters: boolean,
    sqlQueryId: string,
  ): ReturnType<SqlService['plan']> {
    const how = { allowIngest: false, allowUnboundParameters, sqlQueryId };
    return this.#sql.plan(sql, this.#context, parameters, how);
  }

  #resultSet(statementId: number, signature: Signature, firstFrame: Frame): ResultSetResponse {
    return {
      response: 'resultSet',
      connectionId: this.id,
      statementId,
      ownStatement: true,
      signature,
      firstFrame,
      updateCount: -1,
    };
  }
}

function frameRows(asked: number): number {
  return asked < 0 ? MAX_ROWS_PER_FRAME : Math.max(1, Math.min(asked, MAX_ROWS_PER_FRAME));
}
