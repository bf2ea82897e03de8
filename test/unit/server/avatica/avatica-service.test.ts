import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../../src/platform/clock.js';
import { EnginePool } from '../../../../src/runtime/engine-pool.js';
import { AvaticaService } from '../../../../src/server/avatica/avatica-service.js';
import { BrokerCatalog } from '../../../../src/server/sql/broker-catalog.js';
import { NO_LOOKUPS } from '../../../../src/lookups/lookup-source.js';
import { RunningQueries } from '../../../../src/server/sql/running-queries.js';
import { SqlService } from '../../../../src/server/sql/sql-service.js';
import { TableSchemas } from '../../../../src/server/sql/table-schemas.js';
import { rowsFrom, StoredCluster } from '../../../support/stored-cluster.js';

const START = Date.parse('2024-05-01T10:00:00Z');

const pool = new EnginePool({ threads: 1 });
let cluster: StoredCluster;

beforeAll(async () => {
  cluster = await StoredCluster.start({ pool });
});
afterAll(async () => {
  await cluster.stop();
  await pool.close();
});

interface Service {
  readonly avatica: AvaticaService;
  readonly running: RunningQueries;
}

/** What JDBC drivers talk to, over the cluster's data. */
function serviceAt(nowMs: () => number): Service {
  const { broker, view } = cluster;
  const schemas = new TableSchemas({ view, broker, nowMs });
  const catalog = new BrokerCatalog({ schemas, sysTables: [], lookups: NO_LOOKUPS, routines: () => [] });
  const running = new RunningQueries(nowMs);
  const sql = new SqlService({ broker, catalog, nowMs, newQueryId: () => 'the query' });
  return { avatica: new AvaticaService({ sql, catalog, running, nowMs }), running };
}

test('a connection that nobody uses for five minutes is closed, and the query that it left open ends', async () => {
  let nowMs = systemClock.nowMs();
  const { avatica, running } = serviceAt(() => nowMs);
  await cluster.publish([await cluster.write('edits/one', rowsFrom(START, 50))]);
  const fields = { connectionId: 'c', statementId: 1, sql: 'SELECT page FROM edits', maxRowsInFirstFrame: 1 };
  await avatica.handle({ name: 'openConnection', fields });
  await avatica.handle({ name: 'createStatement', fields });
  await avatica.handle({ name: 'prepareAndExecute', fields });
  nowMs += 4 * 60_000;
  await avatica.closeIdle();
  expect(running.has('the query')).toBe(true);
  nowMs += 2 * 60_000;
  await avatica.closeIdle();
  expect(running.list()).toEqual([]);
  await expect(avatica.handle({ name: 'createStatement', fields })).rejects.toThrow('Connection [c] does not exist');
});

test('tools may ask for metadata as often as they like: it takes none of the four statements of a connection', async () => {
  const { avatica } = serviceAt(() => systemClock.nowMs());
  await cluster.publish([await cluster.write('edits/two', rowsFrom(START, 5))]);
  const fields = { connectionId: 'c' };
  await avatica.handle({ name: 'openConnection', fields });
  for (let i = 0; i < 4; i++) await avatica.handle({ name: 'createStatement', fields });
  for (let i = 0; i < 3; i++) {
    for (const name of ['getCatalogs', 'getSchemas', 'getTableTypes', 'getTypeInfo', 'getColumns'] as const) {
      expect(await avatica.handle({ name, fields })).toMatchObject({
        response: 'resultSet',
        firstFrame: { done: true },
      });
    }
  }
  const tables = await avatica.handle({ name: 'getTables', fields: { ...fields, tableNamePattern: 'ed%' } });
  expect(JSON.stringify(tables)).toContain('"druid","druid","edits","TABLE"');
  await expect(avatica.handle({ name: 'createStatement', fields })).rejects.toThrow('Too many open statements');
});
