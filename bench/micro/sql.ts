// What parsing and planning a statement costs, after warm-up; running it is not part of it.
// usage: npm run bench:sql
import { bench, run } from 'mitata';
import { planStatement } from '../../src/sql/plan-statement.js';
import { catalogOf, planRequest } from '../../test/support/sql-catalog.js';

const catalog = catalogOf({
  wikipedia: {
    __time: 'LONG',
    channel: 'STRING',
    page: 'STRING',
    user: 'STRING',
    countryName: 'STRING',
    added: 'LONG',
    deleted: 'LONG',
    delta: 'LONG',
  },
});

const range = "__time >= TIMESTAMP '2024-01-01 00:00:00' AND __time < TIMESTAMP '2024-01-02 00:00:00'";

const STATEMENTS: Readonly<Record<string, string>> = {
  'count over a day': `SELECT COUNT(*) FROM wikipedia WHERE ${range}`,
  'series by the hour': `SELECT TIME_FLOOR(__time, 'PT1H') AS t, SUM(added) AS added, COUNT(DISTINCT "user") AS users FROM wikipedia WHERE ${range} AND channel = '#en.wikipedia' GROUP BY 1 ORDER BY 1`,
  'ten best': `SELECT channel, SUM(added) AS added, SUM(deleted) FILTER (WHERE delta < 0) AS deleted FROM wikipedia WHERE ${range} AND countryName IN ('France', 'Germany', 'Japan') GROUP BY channel ORDER BY added DESC LIMIT 10`,
  'two keys, having': `SELECT channel, countryName, COUNT(*) AS n, AVG(delta) AS delta FROM wikipedia WHERE ${range} GROUP BY 1, 2 HAVING COUNT(*) > 10 ORDER BY n DESC LIMIT 100`,
  'semi join': `SELECT page, COUNT(*) FROM wikipedia WHERE ${range} AND channel IN (SELECT channel FROM wikipedia GROUP BY channel ORDER BY SUM(added) DESC LIMIT 5) GROUP BY page`,
};

for (const [name, sql] of Object.entries(STATEMENTS)) {
  bench(name, async () => {
    await planStatement(planRequest(sql), catalog);
  });
}

await run();
