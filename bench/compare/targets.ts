/** The figures that the engine is to reach, and whether a run reached them. */
import { geometricMean } from '../lib/statistics.js';
import { medianMs, OURS, type Results, ratio, ratioToBest } from './results.js';

export interface Target {
  readonly what: string;
  readonly asked: string;
  readonly reached: string;
  /** Null: not measured. */
  readonly met: boolean | null;
}

export const PAPER_NINE = [
  'count_star_interval',
  'sum_price',
  'sum_all',
  'sum_all_year',
  'sum_all_filter',
  'top_100_parts',
  'top_100_parts_details',
  'top_100_parts_filter',
  'top_100_commitdate',
];
const LOOKUPS = ['needle', 'in_1000', 'like_comment', 'hourly_split', 'page_scan'];
const MEMORY = 'duckdb_memory';

/**
 * CPU milliseconds of Druid 33.0.0 and milliseconds of DuckDB in memory with one thread, both measured on one machine: Druid's time on
 * another machine is estimated by DuckDB's there.
 */
const DRUID_AND_DUCKDB: Readonly<Record<string, readonly [number, number]>> = {
  count_star_interval: [8, 3.9],
  sum_price: [52, 14.1],
  sum_all: [154, 49],
  sum_all_year: [161, 114.1],
  sum_all_filter: [140, 197.8],
  top_100_parts: [1288, 243.6],
  top_100_parts_details: [2504, 698.3],
  top_100_parts_filter: [850, 98.6],
  top_100_commitdate: [289, 29.2],
};

const SINGLE: readonly (readonly [query: string, peer: 'best' | 'duckdb_memory', atMost: number])[] = [
  ['sum_price', 'best', 1.2],
  ['sum_all', 'best', 1.2],
  ['sum_all', MEMORY, 0.25],
  ['sum_all_year', MEMORY, 0.25],
  ['sum_all_filter', MEMORY, 0.1],
  ['top_100_parts', MEMORY, 0.15],
  ['top_100_parts_details', MEMORY, 0.15],
  ['top_100_parts_filter', MEMORY, 0.15],
  ['top_100_commitdate', MEMORY, 0.35],
  ['q1', MEMORY, 0.15],
  ['q1', 'best', 0.3],
  ['q6', MEMORY, 0.25],
  ['group3', MEMORY, 0.15],
  ['group3', 'best', 0.3],
  ['distinct_exact', 'best', 0.25],
  ['distinct_hll', 'best', 1.2],
];

/** Two threads against one: full scans, and group-bys with a group for each of 200,000 parts. */
const SCALING: readonly (readonly [query: string, atLeast: number])[] = [
  ['sum_all', 1.8],
  ['sum_all_filter', 1.8],
  ['group3', 1.8],
  ['q1', 1.8],
  ['top_100_parts', 1.6],
  ['top_100_parts_details', 1.6],
];

export function targets(results: Results): Target[] {
  return [
    ...PAPER_NINE.map((query) => atMost(`${query}, DuckDB in memory`, 1, ratio(results, query, MEMORY, 1))),
    ...means(results),
    ...SINGLE.map(([query, peer, limit]) => {
      const reached = peer === 'best' ? ratioToBest(results, query, 1) : ratio(results, query, peer, 1);
      return atMost(`${query}, ${peer === 'best' ? 'the fastest peer' : 'DuckDB in memory'}`, limit, reached);
    }),
    rate(results, 'sum_price', 'sum of one double column, rows/s per core', 1e9),
    rate(results, 'top_100_parts', 'group-by sum over 200,000 groups, rows/s per core', 300e6),
    ...SCALING.map(([query, least]) => scaling(results, query, least)),
    fileSize(results),
  ];
}

function means(results: Results): Target[] {
  const mean = (names: readonly string[], of: (query: string) => number | undefined): number | undefined => {
    const values = names.flatMap((query) => of(query) ?? []);
    return values.length === names.length ? geometricMean(values) : undefined;
  };
  return [
    faster(
      "Druid paper's nine, DuckDB in memory (geometric mean)",
      5,
      mean(PAPER_NINE, (q) => ratio(results, q, MEMORY, 1)),
    ),
    faster(
      "Druid paper's nine, chdb (geometric mean)",
      10,
      mean(PAPER_NINE, (q) => ratio(results, q, 'chdb', 1)),
    ),
    faster(
      "Druid paper's nine, Druid 33 (geometric mean, estimated)",
      20,
      mean(PAPER_NINE, (q) => toDruid(results, q)),
    ),
    faster(
      'needle, IN, LIKE, hours, page, DuckDB in memory (geometric mean)',
      3,
      mean(LOOKUPS, (q) => ratio(results, q, MEMORY, 1)),
    ),
  ];
}

function toDruid(results: Results, query: string): number | undefined {
  const toDuckdb = ratio(results, query, MEMORY, 1);
  const known = DRUID_AND_DUCKDB[query];
  return toDuckdb === undefined || known === undefined ? undefined : toDuckdb / (known[0] / known[1]);
}

function atMost(what: string, limit: number, reached: number | undefined): Target {
  return {
    what: `${what}: our time as a share`,
    asked: `≤ ${limit}`,
    reached: reached === undefined ? 'not measured' : reached.toPrecision(3),
    met: reached === undefined ? null : reached <= limit,
  };
}

function faster(what: string, least: number, share: number | undefined): Target {
  return {
    what,
    asked: `${least}x faster`,
    reached: share === undefined ? 'not measured' : `${(1 / share).toPrecision(3)}x`,
    met: share === undefined ? null : 1 / share >= least,
  };
}

function rate(results: Results, query: string, what: string, least: number): Target {
  const ms = medianMs(results, query, OURS, 1);
  const reached = ms === undefined ? undefined : results.rows / (ms / 1000);
  return {
    what,
    asked: `≥ ${least / 1e6} M`,
    reached: reached === undefined ? 'not measured' : `${Math.round(reached / 1e6)} M`,
    met: reached === undefined ? null : reached >= least,
  };
}

function scaling(results: Results, query: string, least: number): Target {
  const one = medianMs(results, query, OURS, 1);
  const two = medianMs(results, query, OURS, 2);
  const reached = one === undefined || two === undefined ? undefined : one / two;
  return {
    what: `${query}, two threads over one`,
    asked: `≥ ${least}x`,
    reached: reached === undefined ? 'not measured' : `${reached.toFixed(2)}x`,
    met: reached === undefined ? null : reached >= least,
  };
}

function fileSize({ fileBytes }: Results): Target {
  const { segment, duckdb } = fileBytes;
  const share = segment === undefined || duckdb === undefined ? undefined : segment / duckdb;
  return atMost('data.arrow + index.roaring, bytes of DuckDB’s file', 1, share);
}
