/** Composition of the SQL API of a broker. */
import { join } from 'node:path';
import { advertisedHost } from './advertised-host.js';
import type { Broker } from './broker/broker.js';
import type { Supervisors } from './coordination/overlord/supervisors.js';
import { taskQueue } from './coordinator-role.js';
import type { Core } from './core.js';
import type { LookupRegistry } from './lookups/lookup-registry.js';
import { systemClock } from './platform/clock.js';
import { systemRandomness } from './platform/randomness.js';
import { AvaticaService } from './server/avatica/avatica-service.js';
import { AnswerStreams } from './server/http/answer-streams.js';
import type { QueryScheduler } from './server/http/query-scheduler.js';
import { addAvaticaRoutes } from './server/http/routes/avatica-routes.js';
import { addSqlRoutes } from './server/http/routes/sql-routes.js';
import { addSqlTaskRoutes } from './server/http/routes/sql-task-routes.js';
import { addStatementRoutes } from './server/http/routes/statement-routes.js';
import { BrokerCatalog } from './server/sql/broker-catalog.js';
import type { RunningQueries } from './server/sql/running-queries.js';
import { SqlService } from './server/sql/sql-service.js';
import { namedFunctions } from './sql/functions/catalog.js';
import { Statements } from './server/sql/statements.js';
import { sysSchema } from './server/sql/sys-schema.js';
import { TableSchemas } from './server/sql/table-schemas.js';

const IDLE_CHECK_MS = 30_000;

export interface SqlApiOptions {
  readonly broker: Broker;
  readonly lookups: LookupRegistry;
  readonly supervisors: Supervisors;
  readonly scheduler: QueryScheduler;
  readonly running: RunningQueries;
  readonly onQuery: (queryType: string, durationMs: number, failed: boolean, rowsScanned: number) => void;
}

export function addSqlApi(core: Core, options: SqlApiOptions): SqlService {
  const { broker, lookups, supervisors, scheduler, running, onQuery } = options;
  const nowMs = (): number => systemClock.nowMs();
  const { view, store, cluster, config } = core;
  const catalog = new BrokerCatalog({
    schemas: new TableSchemas({ view, broker, nowMs }),
    sysTables: sysSchema({
      view,
      store,
      cluster,
      supervisors,
      maxBytes: config.memoryBytes,
      running,
      nodeId: core.nodeId,
      nowMs,
    }),
    lookups,
    routines: () =>
      namedFunctions().map(({ name, kind, signature }) => ({
        name,
        isAggregator: kind === 'aggregate',
        signatures: `'${name}${signature}'`,
      })),
  });
  const sql = new SqlService({ broker, catalog, nowMs, newQueryId: () => systemRandomness.uuid() });
  addSqlTaskRoutes(core.router, { sql, broker, view, tasks: taskQueue(core) });
  const statements = new Statements({ sql, directory: join(config.dataDir, 'statements'), nowMs });
  addStatementRoutes(core.router, { sql, statements, tasks: taskQueue(core), scheduler, running });
  addSqlRoutes(core.router, { sql, running, scheduler, streams: new AnswerStreams(), onQuery });
  const avatica = new AvaticaService({ sql, catalog, running, nowMs });
  const idle = setInterval(() => void avatica.closeIdle(), IDLE_CHECK_MS).unref();
  core.closers.add('JDBC connections', () => {
    clearInterval(idle);
    return avatica.stop();
  });
  addAvaticaRoutes(core.router, { avatica, address: `${advertisedHost(config)}:${core.port}` });
  return sql;
}
