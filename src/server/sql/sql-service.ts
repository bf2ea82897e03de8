import type { Broker } from '../../broker/broker.js';
import { DruidError } from '../../common/druid-error.js';
import type { JsonObject } from '../../query/json-fields.js';
import { planStatement } from '../../sql/plan-statement.js';
import type { PlannedStatement, PlanRequest, SqlParameter } from '../../sql/planned-statement.js';
import type { BrokerCatalog } from './broker-catalog.js';
import { type RunningSelect, runSelect } from './run-select.js';
import { constantTable } from './constant-table.js';

export interface SqlServiceOptions {
  readonly broker: Pick<Broker, 'run' | 'cancel'>;
  readonly catalog: BrokerCatalog;
  readonly nowMs: () => number;
  readonly newQueryId: () => string;
}

/** What every client of SQL shares (HTTP, JDBC, live queries): planning on this broker's catalog, and running. */
export class SqlService {
  readonly #options: SqlServiceOptions;

  constructor(options: SqlServiceOptions) {
    this.#options = options;
  }

  /** The id that a statement goes by: context `sqlQueryId`, else `queryId`, else a new one. */
  queryId(context: JsonObject): string {
    const given = context['sqlQueryId'] ?? context['queryId'];
    return typeof given === 'string' && given !== '' ? given : this.#options.newQueryId();
  }

  /** @throws DruidError in Druid's words when it cannot be planned */
  async plan(
    sql: string,
    context: JsonObject,
    parameters: readonly SqlParameter[],
    how: Pick<PlanRequest, 'allowIngest' | 'allowUnboundParameters'> & { readonly sqlQueryId: string },
  ): Promise<PlannedStatement> {
    const request: PlanRequest = { sql, context, parameters, nowMs: this.#options.nowMs(), ...how };
    try {
      return await planStatement(request, await this.#options.catalog.forStatement(sql));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // What was not found may have come with data that arrived since columns were looked up last.
      return planStatement(request, await this.#options.catalog.forStatement(sql, true));
    }
  }

  /** @throws DruidError as the broker does; INVALID_INPUT for what is no query */
  run(statement: PlannedStatement, signal?: AbortSignal): Promise<RunningSelect> {
    if (statement.kind === 'select') return runSelect(statement, this.#options.broker, signal);
    if (statement.kind === 'explain') return Promise.resolve(constantTable(statement));
    throw new DruidError(`${statement.operation} runs as a task`, { category: 'DEFENSIVE', persona: 'DEVELOPER' });
  }

  cancel(queryId: string): void {
    this.#options.broker.cancel(queryId);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof DruidError && error.category === 'INVALID_INPUT' && /not found/i.test(error.message);
}
