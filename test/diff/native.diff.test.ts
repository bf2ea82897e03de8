/**
 * Random native queries over random rows give what DuckDB gives, and give it however the rows lie: in one segment, in many, or with the owner of
 * a stream.
 *
 * Policy, where the two engines differ by design:
 * - Nulls: three-valued logic in both. Null is first in ascending order, and an aggregate over no value is null.
 * - Floats: sums may be taken in any order, so they agree within 1e-9 relative (1e-7 absolute, for sums that cancel out), and nothing is
 *   ordered, limited or kept by them. All other values agree exactly.
 * - Overflow: Druid's longs wrap and DuckDB's sums widen, so no sum leaves 64 bits here; values do leave 53.
 * - Text: Druid orders by UTF-16 units and DuckDB by bytes of UTF-8; only text that both order alike is used. No multi-value strings, which
 *   DuckDB has no counterpart for.
 * - Calendars: DuckDB's build here has no time zones, so that Luxon works out the buckets.
 * - Empty buckets are left out (`skipEmptyBuckets`); a topN has room for every value.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, MillraceProcess } from '../support/millrace-process.js';
import { type Cell, Duck, LAYOUTS, Millrace } from './engines.js';
import { GRANULARITIES } from './granularities.js';
import { queriesOver, type RandomCase, type RandomQuery, tables } from './random-case.js';

const REGRESSIONS = join(import.meta.dirname, 'regressions');
const NUM_TABLES = Math.max(2, Math.round(6 * Number(process.env['CI_BUDGET'] ?? 1)));
const QUERIES_PER_TABLE = 40;

let directory: string;
let server: MillraceProcess;
let millrace: Millrace;
let duck: Duck;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-diff-'));
  server = await new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] }).start();
  millrace = new Millrace(server);
  duck = await Duck.open();
});

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

const cases: fc.Arbitrary<RandomCase> = tables.chain((table) =>
  fc
    .array(queriesOver(table.columns, GRANULARITIES.length), {
      minLength: 1,
      maxLength: QUERIES_PER_TABLE,
      size: 'max',
    })
    .map((queries) => ({ table, queries })),
);

test('random queries give what DuckDB gives, however the rows are split', { timeout: 600_000 }, async () => {
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: NUM_TABLES });
});

test.each((await readdir(REGRESSIONS)).filter((file) => file.endsWith('.json')))(
  '%s, once found, stays right',
  async (file) => {
    await check(JSON.parse(await readFile(join(REGRESSIONS, file), 'utf8')) as RandomCase);
  },
);

async function check({ table, queries }: RandomCase): Promise<void> {
  await duck.load(table);
  const names = await millrace.load(table);
  try {
    for (const query of queries) {
      const expected = comparable(query, await duck.ask(query));
      for (const layout of LAYOUTS) {
        const found = comparable(query, await millrace.ask(query, names[layout]));
        const difference = differenceOf(expected, found);
        // To keep a shrunk failure, put this case into a file under regressions/.
        const kept = JSON.stringify({ table, queries: [query] } satisfies RandomCase);
        expect(difference, `${layout}: ${difference ?? ''}\n${kept}`).toBeNull();
      }
    }
  } finally {
    await millrace.drop(names);
  }
}

/** Rows of a scan and of subtotals have no order between them. */
function comparable(query: RandomQuery, rows: readonly Cell[][]): readonly Cell[][] {
  if (query.type === 'scan' || (query.type === 'groupBy' && query.hasSubtotals)) return sorted(rows);
  return rows;
}

function sorted(rows: readonly Cell[][]): readonly Cell[][] {
  // Doubles differ in their last digits, which must not decide the order.
  const key = (row: readonly Cell[]): string =>
    row
      .map((cell) => (typeof cell === 'number' ? cell.toPrecision(6) : `${typeof cell} ${String(cell)}`))
      .join('\u0001');
  return rows
    .map((row) => [key(row), row] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, row]) => row);
}

function differenceOf(expected: readonly Cell[][], found: readonly Cell[][]): string | null {
  const at = expected.findIndex((row, i) => !row.every((cell, k) => isSame(cell, found[i]?.[k])));
  if (at >= 0) return `row ${at}: ${show(expected[at])} expected, got ${show(found[at])}`;
  return expected.length === found.length ? null : `${expected.length} rows expected, got ${found.length}`;
}

function isSame(expected: Cell, found: Cell | undefined): boolean {
  if (typeof expected !== 'number' || typeof found !== 'number') return expected === found;
  return Math.abs(expected - found) <= 1e-7 + 1e-9 * Math.max(Math.abs(expected), Math.abs(found));
}

function show(row: readonly Cell[] | undefined): string {
  return row === undefined ? 'nothing' : `[${row.map(String).join(', ')}]`;
}
