/** Timed runs, interleaved: query by query, engine by engine, so that a busy minute of the machine hits all of them. */
import { schedulerTimes } from '../lib/run-queue.js';
import { type Rep, type Summary, summarize } from '../lib/statistics.js';
import type { BenchQuery } from './bench-query.js';
import { type Checked, checkAnswer, type Oracle } from './check.js';
import type { Engine, Run } from './engines.js';

export interface TimedRep extends Rep {
  readonly cpuMs: number | undefined;
}

/** One query in one engine with one number of threads. */
export interface Measurement {
  readonly query: string;
  readonly engine: string;
  readonly threads: number;
  readonly reps: readonly TimedRep[];
  readonly summary: Summary | null;
  readonly rows: number;
  /** Why there is no time, or why the answer is wrong. */
  readonly unsupported?: string;
  readonly problem?: string;
  readonly error?: number;
}

interface Cell {
  readonly query: BenchQuery;
  readonly engine: Engine;
  readonly reps: TimedRep[];
  spentMs: number;
  rows: number;
  unsupported?: string;
  checked: Checked;
}

export interface MeasureOptions {
  readonly threads: number;
  readonly rounds: number;
  /** DuckDB; the answers of the engine of the same process are right by definition. */
  readonly oracle: { readonly sql: Oracle; readonly engine: string };
  /** SQL for the segment of a row, by engine. */
  readonly segmentOf: (engine: string) => string;
}

const WARM_UPS = 3;
/** Every engine is warm before it is timed: what compiles as it runs needs more runs of what is short. */
const WARM_MS = 300;
const MOST_WARM_UPS = 40;
/** A dashboard asks again and again: only the first run of a turn meets caches that the other engines have filled. */
const RUNS_A_TURN = 3;
/** A slow query is not run again for its cell's sake once it took this long. */
const ENOUGH_MS = 20_000;

export async function measure(
  queries: readonly BenchQuery[],
  engines: readonly Engine[],
  options: MeasureOptions,
): Promise<Measurement[]> {
  const cells: Cell[] = [];
  for (const query of queries) {
    console.log(`  ${query.name}`);
    for (const engine of engines) {
      const cell = await warmUp(query, engine, options);
      if (cell !== undefined) cells.push(cell);
    }
  }
  const timed = cells.filter((cell) => cell.unsupported === undefined && cell.checked.problem === null);
  for (let round = 0; round < options.rounds; round++) {
    for (const query of queries) {
      const inTurn = timed.filter((cell) => cell.query === query && cell.spentMs < ENOUGH_MS);
      for (let i = 0; i < inTurn.length; i++) {
        const cell = inTurn[(i + round) % inTurn.length]!;
        for (let run = 0; run < RUNS_A_TURN && cell.spentMs < ENOUGH_MS; run++) await runOnce(cell);
      }
    }
  }
  return cells.map((cell) => measurement(cell, options.threads));
}

/** The first run is the one that is checked. */
async function warmUp(query: BenchQuery, engine: Engine, options: MeasureOptions): Promise<Cell | undefined> {
  const first = await attempt(query, engine);
  if (first === undefined) return undefined;
  const cell: Cell = { query, engine, reps: [], spentMs: 0, rows: 0, checked: { problem: null } };
  if (first instanceof Error) return { ...cell, checked: { problem: first.message.slice(0, 300) } };
  if (first.unsupported !== undefined) return { ...cell, unsupported: first.unsupported };
  const rows = first.rows ?? [];
  const isOracle = engine.name === options.oracle.engine;
  // A page without an order may be any; the peers' are not looked at.
  const isPeerPage = query.rule.kind === 'page' && !engine.name.startsWith('millrace');
  if (!(isOracle && query.rule.kind !== 'approximate') && !isPeerPage) {
    cell.checked = await checkAnswer(query.rule, query.sql, rows, options.oracle.sql, options.segmentOf(engine.name));
    // How close another engine's sketch comes is its own affair.
    if (query.rule.kind === 'approximate' && !engine.name.startsWith('millrace'))
      cell.checked = { ...cell.checked, problem: null };
  }
  cell.rows = rows.length;
  let warmMs = 0;
  for (let run = 1; run < MOST_WARM_UPS && first.ms < 2000 && (run < WARM_UPS || warmMs < WARM_MS); run++) {
    warmMs += (await engine.run(query, false))?.ms ?? WARM_MS;
  }
  return cell;
}

async function attempt(query: BenchQuery, engine: Engine): Promise<Run | Error | undefined> {
  try {
    return await engine.run(query, true);
  } catch (error) {
    return error as Error;
  }
}

async function runOnce(cell: Cell): Promise<void> {
  const before = schedulerTimes(cell.engine.pids);
  const run = await cell.engine.run(cell.query, false);
  const after = schedulerTimes(cell.engine.pids);
  const ms = run?.ms ?? Number.NaN;
  const known = before !== undefined && after !== undefined;
  cell.reps.push({
    ms,
    waitMs: known ? after.waitMs - before.waitMs : undefined,
    cpuMs: known ? after.cpuMs - before.cpuMs : undefined,
  });
  cell.spentMs += ms;
}

function measurement(cell: Cell, threads: number): Measurement {
  const { problem, error } = cell.checked;
  return {
    query: cell.query.name,
    engine: cell.engine.name,
    threads,
    reps: cell.reps,
    summary: cell.reps.length === 0 ? null : summarize(cell.reps),
    rows: cell.rows,
    ...(cell.unsupported === undefined ? {} : { unsupported: cell.unsupported }),
    ...(problem === null ? {} : { problem }),
    ...(error === undefined ? {} : { error }),
  };
}
