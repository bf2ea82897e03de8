/** What a run of the comparison leaves behind: everything needed to doubt it. */
import type { Machine } from '../lib/machine.js';
import type { Measurement } from './measure.js';
import type { Touched } from './touched-bytes.js';

export interface Results {
  readonly command: string;
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly scaleFactor: number;
  readonly rows: number;
  /** Bytes per second that 1, 2, … threads read. */
  readonly bandwidth: Readonly<Record<string, number>>;
  readonly ingestRowsPerSecond: Readonly<Record<string, number>>;
  readonly fileBytes: Readonly<Record<string, number>>;
  readonly touched: Readonly<Record<string, Touched | null>>;
  /** Which query of the peers a query without its own SQL is compared with. */
  readonly comparedWith: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, string>>;
  readonly measurements: readonly Measurement[];
}

/** The engine whose times count for the targets: one segment. */
export const OURS = 'millrace_one';

export function find(results: Results, query: string, engine: string, threads: number): Measurement | undefined {
  return results.measurements.find((one) => one.query === query && one.engine === engine && one.threads === threads);
}

/** Median of a query in an engine in milliseconds; undefined where there is none. */
export function medianMs(results: Results, query: string, engine: string, threads: number): number | undefined {
  return find(results, query, engine, threads)?.summary?.medianMs;
}

/** Our time as a share of the engine's. */
export function ratio(
  results: Results,
  query: string,
  engine: string,
  threads: number,
  ours = OURS,
): number | undefined {
  const own = medianMs(results, query, ours, threads);
  const other = medianMs(results, results.comparedWith[query] ?? query, engine, threads);
  return own === undefined || other === undefined ? undefined : own / other;
}

/** The ratio to whichever peer is fastest. */
export function ratioToBest(results: Results, query: string, threads: number): number | undefined {
  const ratios = ['duckdb_memory', 'duckdb_disk', 'chdb'].flatMap((peer) => ratio(results, query, peer, threads) ?? []);
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}
