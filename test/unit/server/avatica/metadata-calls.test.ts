import { afterAll, beforeAll, expect, test } from 'vitest';
import { NO_LOOKUPS } from '../../../../src/lookups/lookup-source.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { EnginePool } from '../../../../src/runtime/engine-pool.js';
import { AvaticaService } from '../../../../src/server/avatica/avatica-service.js';
import { BrokerCatalog } from '../../../../src/server/sql/broker-catalog.js';
import { RunningQueries } from '../../../../src/server/sql/running-queries.js';
import { SqlService } from '../../../../src/server/sql/sql-service.js';
import { TableSchemas } from '../../../../src/server/sql/table-schemas.js';
import { rowsFrom, StoredCluster } from '../../../support/stored-cluster.js';

const pool = new EnginePool({ threads: 1 });
let cluster: StoredCluster;

beforeAll(async () => {
  cluster = await StoredCluster.start({ pool });
});
afterAll(async () => {
  await cluster.stop();
  await pool.close();
});

test('tools may ask for metadata as often as they like: it takes none of the four statements of a connection', async () => {
  const { broker, view } = cluster;
  const nowMs = (): number => systemClock.nowMs();
  const catalog = new BrokerCatalog({
    schemas: new TableSchemas({ view, broker, nowMs }),
    sysTables: [],
    lookups: NO_LOOKUPS,
    routines: () => [],
  });
  const sql = new SqlService({ broker, catalog, nowMs, newQueryId: () => 'q' });
  const avatica = new AvaticaService({ sql, catalog, running: new RunningQueries(nowMs), nowMs });
  await cluster.publish([await cluster.write('edits/one', rowsFrom(Date.parse('2024-05-01T10:00:00Z'), 5))]);
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
