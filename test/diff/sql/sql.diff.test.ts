/**
 * Random statements give what DuckDB gives for the same text, or are refused.
 *
 * Policy, where the engines differ by design:
 * - A refusal in Druid's words (Druid plans less than SQL allows: no ordering of a table by other columns than time, no theta conditions in outer joins, …) is no wrong answer. Most
 *   statements must be answered, and no refusal is a server error.
 * - Null is first in ascending order and last in descending. Integers divide to integers. COUNT(DISTINCT) is exact (`useApproximateCountDistinct: false`), topN is not used.
 * - Doubles are quarters, so that sums are exact in any order; all others agree within 1e-9 relative.
 * - Texts are of ASCII, where UTF-16 and UTF-8 order alike. No multi-value strings, which DuckDB has no counterpart for.
 * - Nothing overflows or divides by zero: there the engines answer differently, by design.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, MillraceProcess } from '../../support/millrace-process.js';
import { differenceOf } from './cells.js';
import { DuckSql } from './duck.js';
import { type RandomStatement, statements } from './random-query.js';
import { COLUMNS, TABLES } from './random-tables.js';
import { SqlRefused, SqlServer } from './sql-server.js';

const REGRESSIONS = join(import.meta.dirname, 'regressions');
const NUM_STATEMENTS = Math.max(200, Math.round(2000 * Number(process.env['CI_BUDGET'] ?? 1)));
const CONTEXT = { useApproximateCountDistinct: false, useApproximateTopN: false };
const TYPES = { string: 'VARCHAR', long: 'BIGINT', double: 'DOUBLE' } as const;

let directory: string;
let server: MillraceProcess;
let millrace: SqlServer;
let duck: DuckSql;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-sql-diff-'));
  server = await new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] }).start();
  millrace = new SqlServer(server);
  duck = await DuckSql.open();
  for (const [name, rows] of Object.entries(TABLES)) {
    await millrace.load(
      name,
      COLUMNS,
      rows.map((row) => JSON.stringify(row)),
      'DAY',
    );
    await duck.run(
      `CREATE TABLE ${name} (__time TIMESTAMP, ${COLUMNS.map((c) => `${c.name} ${TYPES[c.kind]}`).join(', ')})`,
    );
    const tuples = rows.map(({ __time, ...cells }) => {
      const values = COLUMNS.map(({ name: column }) => literal(cells[column as keyof typeof cells]));
      return `(make_timestamp(${__time * 1000}), ${values.join(', ')})`;
    });
    await duck.run(`INSERT INTO ${name} VALUES ${tuples.join(', ')}`);
  }
}, 600_000);

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

test('random statements give what DuckDB gives', { timeout: 3_600_000 }, async () => {
  let answered = 0;
  let asked = 0;
  const check = async (statement: RandomStatement): Promise<void> => {
    asked++;
    if (await agrees(statement)) answered++;
  };
  await fc.assert(fc.asyncProperty(statements, check), { numRuns: NUM_STATEMENTS });
  expect(answered).toBeGreaterThan(asked / 2);
});

test.each((await readdir(REGRESSIONS)).filter((file) => file.endsWith('.json')))(
  '%s, once found, stays right',
  async (file) => {
    const statement = JSON.parse(await readFile(join(REGRESSIONS, file), 'utf8')) as RandomStatement;
    expect(await agrees(statement)).toBe(true);
  },
);

/** @returns false when the statement is refused */
async function agrees(statement: RandomStatement): Promise<boolean> {
  const { sql, isOrdered } = statement;
  const expected = await duck.ask(sql);
  // To keep a shrunk failure, put this into a file under regressions/.
  const kept = JSON.stringify(statement);
  try {
    const difference = differenceOf(expected, await millrace.ask(sql, CONTEXT), isOrdered);
    expect(difference, `${difference ?? ''}\n${kept}`).toBeNull();
    return true;
  } catch (error) {
    if (!(error instanceof SqlRefused)) throw error;
    expect([400, 501], `${error.message}\n${kept}`).toContain(error.status);
    return false;
  }
}

function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
