/** What the comparison knows about one query: how each engine is asked, and what a right answer is. */
import { ALL_TIME } from './lineitem.js';

/** A value of a row; of one row for each group, keys first. */
export type Cell = string | number | boolean | null;
export type Row = readonly Cell[];

export type AnswerRule =
  /** The same rows as DuckDB's, in any order; the first `keys` cells say which belong together. */
  | { readonly kind: 'rows'; readonly keys: number }
  /** The `limit` best by the first value after the key; of equals at the end any. `sql` gives all candidates, ties included. */
  | { readonly kind: 'top'; readonly limit: number; readonly sql: string }
  /** As `top`, by Druid's rule for several segments. `sql` gives segment, key and sum of all groups that may be among a segment's best. */
  | { readonly kind: 'topN'; readonly limit: number; readonly sql: (segmentOf: string) => string }
  /** One number, off by at most this share of DuckDB's exact one. */
  | { readonly kind: 'approximate'; readonly bound: number; readonly sql: string }
  /** So many different rows of the table that fulfil the condition. */
  | { readonly kind: 'page'; readonly size: number; readonly where: string };

export interface BenchQuery {
  readonly name: string;
  /** What the query is part of: averages are over groups. */
  readonly group: 'druid paper' | 'tpc-h' | 'topN beside' | 'distinct' | 'lookup' | 'other';
  readonly native: Readonly<Record<string, unknown>>;
  /** Rows of an answer, in the order of the SQL's columns. */
  readonly rows: (answer: unknown) => Row[];
  /** For DuckDB, and for ClickHouse where it has no text of its own; null: another query's time is compared. */
  readonly sql: string | null;
  readonly clickhouse?: string;
  readonly comparedWith?: string;
  readonly rule: AnswerRule;
  /** Columns that a full scan touches, and the rows that it cannot avoid; null where an index answers. */
  readonly touches: { readonly columns: readonly string[]; readonly where: string } | null;
}

export const COUNT = { type: 'count', name: 'n' };

export function sum(name: string, fieldName = name): unknown {
  return { type: 'doubleSum', name, fieldName };
}

/** What every native query here starts with: no result cache on either side. */
export function common(queryType: string, intervals = ALL_TIME): Record<string, unknown> {
  return {
    queryType,
    intervals: [intervals],
    granularity: 'all',
    context: { useCache: false, populateCache: false, timeout: 300_000 },
  };
}

export function whereTime(from: string, to: string): string {
  return `l_shipdate >= DATE '${from}' AND l_shipdate < DATE '${to}'`;
}

type Fields = Readonly<Record<string, Cell>>;

/** Rows of `[{timestamp, result: {…}}]`. */
export function timeseriesRows(names: readonly string[], withTime = false): (answer: unknown) => Row[] {
  return (answer) =>
    (answer as { timestamp: string; result: Fields }[]).map(({ timestamp, result }) => [
      ...(withTime ? [timestamp.slice(0, 10)] : []),
      ...names.map((name) => result[name] ?? null),
    ]);
}

/** Rows of `[{timestamp, event: {…}}]`. */
export function groupByRows(names: readonly string[]): (answer: unknown) => Row[] {
  return (answer) =>
    (answer as { timestamp: string; event: Fields }[]).map(({ timestamp, event }) =>
      names.map((name) => (name === '__time' ? timestamp.slice(0, 19).replace('T', ' ') : (event[name] ?? null))),
    );
}

/** Rows of `[{timestamp, result: [{…}]}]`. */
export function topNRows(names: readonly string[]): (answer: unknown) => Row[] {
  return (answer) =>
    (answer as { result: Fields[] }[]).flatMap(({ result }) =>
      result.map((fields) => names.map((name) => fields[name] ?? null)),
    );
}
