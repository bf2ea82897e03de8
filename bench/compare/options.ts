/** Command line of the comparison. */
import { existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OWN_BIN } from '../lib/millrace-server.js';
import type { BenchQuery } from './bench-query.js';
import { DRUID_PAPER_QUERIES } from './druid-paper-queries.js';
import type { LAYOUTS } from './lineitem.js';
import { LOOKUP_QUERIES } from './lookup-queries.js';
import { TPCH_QUERIES } from './tpch-queries.js';

export type LayoutName = keyof typeof LAYOUTS;
export type PeerName = 'duckdb_memory' | 'duckdb_disk' | 'chdb';

export interface CompareOptions {
  readonly scaleFactor: number;
  readonly queries: readonly BenchQuery[];
  readonly rounds: number;
  readonly peers: readonly PeerName[];
  readonly layouts: readonly LayoutName[];
  readonly threads: readonly number[];
  /** Holds the data in every engine's form; made once, used again. */
  readonly keep: string;
  readonly cache: string;
  readonly python: string | null;
  readonly bin: string;
  readonly memory: string;
  /** Results go here. */
  readonly out: string;
  /** The table in docs/performance.md is replaced: only after a run of everything. */
  readonly publish: boolean;
}

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));
const ALL_QUERIES = [...DRUID_PAPER_QUERIES, ...TPCH_QUERIES, ...LOOKUP_QUERIES];

const HELP = `npm run bench -- [options]
  --sf N            scale factor of TPC-H (1)
  --queries a,b     only these
  --rounds N        turns of each query in each engine, of three runs (5)
  --peers a,b       duckdb, chdb; "none" for Millrace alone (duckdb,chdb)
  --layouts a,b     one, months: one segment, 84 segments (one,months)
  --threads 1,2     one pass for each number (1,2)
  --keep DIR        where the data stays, so that the next run finds it
  --cache DIR       where the Python environment of the peers is made
  --python PATH     Python that has chdb, beside tpchgen-cli: instead of making one
  --bin PATH        command of another built tree
  --memory SIZE     Millrace's memory for columns (6g)
  --out DIR         where results go (bench/results; with it docs/performance.md is left alone)`;

/** @throws Error for an option or a name that is unknown */
export function readOptions(args: readonly string[]): CompareOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sf: { type: 'string', default: '1' },
      queries: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      peers: { type: 'string', default: 'duckdb,chdb' },
      layouts: { type: 'string', default: 'one,months' },
      threads: { type: 'string', default: '1,2' },
      keep: { type: 'string', default: join(tmpdir(), 'millrace-bench') },
      cache: { type: 'string', default: join(tmpdir(), 'millrace-bench-cache') },
      python: { type: 'string' },
      bin: { type: 'string', default: OWN_BIN },
      memory: { type: 'string', default: '6g' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const peers = named(values.peers === 'none' ? '' : values.peers, ['duckdb', 'chdb'] as const);
  const layouts = named(values.layouts, ['one', 'months'] as const);
  const threads = values.threads.split(',').map(Number);
  const everything = values.queries === undefined && peers.length === 2 && layouts.length === 2 && threads.length === 2;
  return {
    scaleFactor: Number(values.sf),
    queries: values.queries === undefined ? ALL_QUERIES : queriesOf(values.queries),
    rounds: Number(values.rounds),
    peers: peers.flatMap((peer): PeerName[] => (peer === 'duckdb' ? ['duckdb_memory', 'duckdb_disk'] : ['chdb'])),
    layouts,
    threads,
    keep: resolve(values.keep),
    cache: resolve(values.cache),
    python: values.python ?? null,
    bin: resolve(values.bin),
    memory: values.memory,
    out: resolve(values.out ?? RESULTS),
    publish: values.out === undefined && everything && values.sf === '1' && values.bin === OWN_BIN,
  };
}

function named<T extends string>(list: string, known: readonly T[]): T[] {
  const names = list.split(',').filter((name) => name !== '');
  for (const name of names) {
    if (!known.includes(name as T)) throw new Error(`[${name}] is unknown; known: ${known.join(', ')}`);
  }
  return names as T[];
}

function queriesOf(list: string): BenchQuery[] {
  const names = named(
    list,
    ALL_QUERIES.map((query) => query.name),
  );
  return ALL_QUERIES.filter((query) => names.includes(query.name));
}

/** A Python with chdb and tpchgen-cli beside it; made from PyPI at first use. */
export function findPython({ python, cache }: CompareOptions): string {
  if (python !== null) return python;
  const made = join(cache, 'venv', 'bin', 'python');
  if (!existsSync(made)) {
    execFileSync('python3', ['-m', 'venv', join(cache, 'venv')], { stdio: 'inherit' });
    const packages = ['chdb==4.4.0', 'tpchgen-cli==4.0.0'];
    execFileSync(made, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'inherit' });
  }
  return made;
}
