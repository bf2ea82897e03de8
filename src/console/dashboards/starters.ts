import type { Column } from '../shared/column.js';
import type { Dashboard } from './dashboard.js';
import { numberTile, perSecondTile, quoted, topTile } from './tile.js';

/** The data source of the built-in demo stream. */
export const DEMO = 'wikipedia';

/** A dashboard for a data source that has none: the demo's own, or what any columns allow. */
export function starterFor(source: string, columns: readonly Column[]): Dashboard {
  const names = new Set(columns.map((column) => column.name));
  const isDemo = source === DEMO && ['user', 'added', 'isRobot', 'country', 'page'].every((name) => names.has(name));
  return isDemo ? demo() : general(source, columns);
}

function general(source: string, columns: readonly Column[]): Dashboard {
  const texts = columns.filter(({ type }) => type === 'VARCHAR').map(({ name }) => name);
  const numbers = columns.filter(({ type }) => /^(BIGINT|DOUBLE|FLOAT)$/.test(type)).map(({ name }) => name);
  return {
    name: source,
    tiles: [
      numberTile(source, 'events', 'Events', 'COUNT(*)'),
      ...numbers.slice(0, 2).map((name) => numberTile(source, name, `Sum of ${name}`, `SUM(${quoted(name)})`)),
      ...texts
        .slice(0, Math.max(1, 3 - numbers.length))
        .map((name) => numberTile(source, `of-${name}`, `Distinct ${name}`, `APPROX_COUNT_DISTINCT(${quoted(name)})`)),
      perSecondTile(source, 4),
      ...texts.slice(0, 4).map((name) => topTile(source, name, `Top ${name}`, 2)),
    ],
  };
}

function demo(): Dashboard {
  return {
    name: 'Wikipedia, live',
    tiles: [
      numberTile(DEMO, 'edits', 'Edits', 'COUNT(*)'),
      numberTile(DEMO, 'editors', 'Editors', 'APPROX_COUNT_DISTINCT("user")'),
      numberTile(DEMO, 'added', 'Bytes added', 'SUM(added)'),
      numberTile(DEMO, 'robots', 'Percent by robots', "COUNT(*) FILTER (WHERE isRobot = 'true') * 100.0 / COUNT(*)"),
      {
        id: 'people-and-robots',
        title: 'Edits per second by people and robots',
        kind: 'line',
        periodMs: 500,
        span: 3,
        sql: `SELECT TIME_FLOOR(__time, 'PT1S') AS "second",
  COUNT(*) FILTER (WHERE isRobot = 'false') AS people,
  COUNT(*) FILTER (WHERE isRobot = 'true') AS robots
FROM ${DEMO}
WHERE __time > CURRENT_TIMESTAMP - INTERVAL '90' SECOND
GROUP BY 1 ORDER BY 1`,
      },
      topTile(DEMO, 'channel', 'Channels', 1),
      {
        id: 'countries',
        title: 'Countries by bytes added, last 5 min',
        kind: 'bar',
        periodMs: 1000,
        span: 2,
        sql: `SELECT country, SUM(added) AS added
FROM ${DEMO}
WHERE __time > CURRENT_TIMESTAMP - INTERVAL '5' MINUTE AND country IS NOT NULL
GROUP BY 1 ORDER BY 2 DESC LIMIT 8`,
      },
      {
        id: 'pages',
        title: 'Pages that change most, last 5 min',
        kind: 'table',
        periodMs: 1000,
        span: 2,
        sql: `SELECT page, COUNT(*) AS edits, APPROX_COUNT_DISTINCT("user") AS editors, SUM(added) AS added
FROM ${DEMO}
WHERE __time > CURRENT_TIMESTAMP - INTERVAL '5' MINUTE
GROUP BY 1 ORDER BY 2 DESC LIMIT 7`,
      },
    ],
  };
}
