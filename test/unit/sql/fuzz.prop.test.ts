/** Statements that are almost right are planned or refused in Druid's words; nothing else ever comes out. CI_BUDGET=33 makes it 100,000 statements. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { planStatement } from '../../../src/sql/plan-statement.js';
import { catalogOf, planRequest } from '../../support/sql-catalog.js';

const NUM_STATEMENTS = Math.max(500, Math.round(3000 * Number(process.env['CI_BUDGET'] ?? 1)));

const columns = {
  __time: 'LONG',
  k: 'LONG',
  l: 'LONG',
  d: 'DOUBLE',
  f: 'FLOAT',
  s: 'STRING',
  u: 'STRING',
  j: 'COMPLEX<json>',
  a: 'ARRAY<STRING>',
} as const;
const catalog = catalogOf({ t: columns, o: columns });

const STATEMENTS = [
  "SELECT s, COUNT(*) AS n, SUM(l) FILTER (WHERE d > 1.5) FROM t WHERE __time >= TIMESTAMP '2024-01-01 00:00:00' GROUP BY s HAVING COUNT(*) > 1 ORDER BY n DESC NULLS LAST LIMIT 10 OFFSET 2",
  'SELECT t.s, o.u FROM t LEFT JOIN o ON t.k = o.k AND o.l > 3 INNER JOIN t AS z USING (k) WHERE t.d IS NOT NULL',
  'SELECT k, (SELECT MAX(o.l) FROM o WHERE o.k = t.k) FROM t WHERE s NOT IN (SELECT u FROM o WHERE o.k = t.k) OR EXISTS (SELECT 1 FROM o WHERE o.s = t.s)',
  'SELECT s, SUM(l) OVER (PARTITION BY s ORDER BY k ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), LAG(u, 1) OVER w FROM t WINDOW w AS (ORDER BY __time) QUALIFY ROW_NUMBER() OVER w < 3',
  'WITH x AS (SELECT s, SUM(d) AS total FROM t GROUP BY 1), y (a, b) AS (VALUES (1, 2), (3, NULL)) SELECT * FROM x CROSS JOIN y WHERE total BETWEEN a AND b',
  "SELECT CASE s WHEN 'a' THEN 1 ELSE CAST(u AS BIGINT) END, TRY_CAST(s AS DOUBLE), COALESCE(l, k, 0), NULLIF(s, ''), d IS DISTINCT FROM f FROM t",
  "SELECT TIME_FLOOR(__time, 'P1D'), FLOOR(__time TO HOUR), EXTRACT(DOW FROM __time), __time + INTERVAL '1' DAY, TIMESTAMPADD(MONTH, 1, __time), TIMESTAMPDIFF(DAY, __time, CURRENT_TIMESTAMP) FROM t",
  "SELECT UPPER(s) || LOWER(u), SUBSTRING(s FROM 2 FOR 3), TRIM(BOTH 'x' FROM s), POSITION('a' IN s), REGEXP_EXTRACT(s, '(a)(b)?', 1), LPAD(s, 5, '*'), s LIKE 'a\\_%' ESCAPE '\\' FROM t",
  'SELECT s, u, GROUPING(s, u), COUNT(DISTINCT k) FROM t GROUP BY GROUPING SETS ((s, u), (s), ()) UNION ALL SELECT s, u, 0, 1 FROM o',
  "SELECT JSON_VALUE(j, '$.a.b' RETURNING BIGINT), JSON_QUERY(j, '$.c'), JSON_OBJECT(KEY 'x' VALUE l), ARRAY_LENGTH(a), ARRAY_CONTAINS(a, 'x'), MV_TO_STRING(s, ',') FROM t",
  'SELECT x.e, COUNT(*) FROM t CROSS JOIN UNNEST(a) AS x (e) GROUP BY ROLLUP (x.e) ORDER BY 2 DESC FETCH NEXT 5 ROWS ONLY',
  "EXPLAIN PLAN FOR SELECT EARLIEST(s), LATEST_BY(l, __time), ANY_VALUE(u, 10), STRING_AGG(DISTINCT s, '-'), ARRAY_AGG(k), APPROX_QUANTILE_DS(d, 0.5), DS_THETA(s) FROM t WHERE l IN (?, 2, -3)",
  "SELECT * FROM (SELECT s, u, l FROM t) PIVOT (SUM(l) AS total FOR u IN ('a' AS a, 'b' AS b))",
  "INSERT INTO o SELECT * FROM TABLE(EXTERN('{}', '{}', '[]')) PARTITIONED BY DAY CLUSTERED BY s",
];

const TOKEN = /\s+|'[^']*'|"[^"]*"|[A-Za-z_]\w*|\d+(?:\.\d+)?|[^\s\w]/g;
const pieces = STATEMENTS.map((sql) => sql.match(TOKEN)!);
const pool = [
  ...new Set(pieces.flat()),
  'NULL',
  "''",
  '9223372036854775808',
  '1e400',
  '-',
  '"',
  "'",
  '\u0000',
  'é',
  '((((',
  '--',
  '/*',
  ';',
  '?',
  '*',
  'U&',
  "X'zz'",
];

/** Categories of faults of the program. */
const BROKEN: readonly string[] = ['DEFENSIVE', 'RUNTIME_FAILURE'];

interface Mutation {
  readonly kind: 'delete' | 'repeat' | 'replace' | 'insert' | 'swap' | 'cut';
  readonly at: number;
  readonly token: string;
}

const mutations: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('delete', 'repeat', 'replace', 'replace', 'replace', 'insert', 'swap', 'cut'),
  at: fc.nat(400),
  token: fc.constantFrom(...pool),
});

function mutated(tokens: readonly string[], { kind, at, token }: Mutation): string[] {
  const list = [...tokens];
  const i = list.length === 0 ? 0 : at % list.length;
  if (kind === 'delete') list.splice(i, 1);
  else if (kind === 'repeat') list.splice(i, 0, ...list.slice(i, i + (at % 7)));
  else if (kind === 'replace') list.splice(i, 1, token);
  else if (kind === 'insert') list.splice(i, 0, ' ', token, ' ');
  else if (kind === 'swap') list.push(...list.splice(i, 3));
  else list.length = i;
  return list;
}

test('a mutated statement is planned or refused in words, never with an error of ours', {
  timeout: 3_600_000,
}, async () => {
  const statements = fc
    .tuple(fc.constantFrom(...pieces), fc.array(mutations, { maxLength: 4 }))
    .map(([tokens, changes]) => changes.reduce<readonly string[]>(mutated, tokens).join(''));
  await fc.assert(
    fc.asyncProperty(statements, async (sql) => {
      const outcome = await planStatement(planRequest(sql), catalog).then(
        () => 'planned',
        (error: unknown) => error,
      );
      if (outcome === 'planned') return;
      expect(outcome, `${String((outcome as Error).stack)}\n${sql}`).toBeInstanceOf(DruidError);
      expect(BROKEN, sql).not.toContain((outcome as DruidError).category);
    }),
    { numRuns: NUM_STATEMENTS },
  );
});

test('the statements that the mutations begin with are planned', async () => {
  const refused: string[] = [];
  for (const sql of STATEMENTS.slice(0, -1)) {
    await planStatement(planRequest(sql), catalog).catch((error: unknown) => refused.push(`${String(error)}: ${sql}`));
  }
  expect(refused).toEqual([]);
});
