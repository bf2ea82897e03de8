/** Whether an answer is right, by DuckDB's. Every row and value is compared; a problem is a text, none is null. */
import type { AnswerRule, Cell, Row } from './bench-query.js';
import { COLUMNS } from './lineitem.js';
import { topNByRule } from './topn-rule.js';

const RELATIVE_ERROR = 1e-9;

/** Runs SQL in DuckDB. */
export type Oracle = (sql: string) => Promise<Row[]>;

export interface Checked {
  readonly problem: string | null;
  /** Relative error of an approximate answer. */
  readonly error?: number;
}

/** @param segmentOf SQL that tells the segment of a row */
export async function checkAnswer(
  rule: AnswerRule,
  sql: string | null,
  rows: readonly Row[],
  oracle: Oracle,
  segmentOf: string,
): Promise<Checked> {
  switch (rule.kind) {
    case 'rows':
      return { problem: differingRows(rows, await oracle(sql!), rule.keys) };
    case 'top':
      return { problem: badTopList(rows, await oracle(rule.sql), rule.limit) };
    case 'topN':
      return { problem: badTopN(rows, await oracle(rule.sql(segmentOf)), rule.limit) };
    case 'approximate':
      return approximation(rows, await oracle(rule.sql), rule.bound);
    case 'page':
      return { problem: await badPage(rows, rule, oracle) };
  }
}

/** A day may come as a time. */
function plain(cell: Cell | undefined): Cell {
  return typeof cell === 'string' ? cell.replace(/ 00:00:00$/, '') : (cell ?? null);
}

/** Equal texts, or numbers: whole ones exactly, others within the float error. */
export function sameCell(left: Cell, right: Cell): boolean {
  const a = plain(left);
  const b = plain(right);
  if (a === b) return true;
  if (a === null || b === null || a === '' || b === '') return false;
  const x = Number(a);
  const y = Number(b);
  if (Number.isNaN(x) || Number.isNaN(y)) return String(a) === String(b);
  if (Number.isSafeInteger(x) && Number.isSafeInteger(y)) return x === y;
  return Math.abs(x - y) <= RELATIVE_ERROR * Math.max(Math.abs(x), Math.abs(y));
}

/** Both sides as maps by their first `keys` cells. */
export function differingRows(found: readonly Row[], wanted: readonly Row[], keys: number): string | null {
  if (found.length !== wanted.length) return `${found.length} rows, not ${wanted.length}`;
  const byKey = keyed(wanted, keys);
  const seen = new Set<string>();
  for (const row of found) {
    const key = keyOf(row, keys);
    const other = byKey.get(key);
    if (other === undefined) return `row [${row.join(', ')}] is not in the answer`;
    if (seen.has(key)) return `key [${key}] twice`;
    seen.add(key);
    const problem = differing(row, other);
    if (problem !== null) return problem;
  }
  return null;
}

/** `candidates`: the best, with all that are equal to the last of them. */
export function badTopList(found: readonly Row[], candidates: readonly Row[], limit: number): string | null {
  const expected = Math.min(limit, candidates.length);
  if (found.length !== expected) return `${found.length} rows, not ${expected}`;
  const best = candidates.map((row) => Number(row[1])).toSorted((a, b) => b - a);
  const byKey = keyed(candidates, 1);
  for (const [i, row] of found.entries()) {
    if (!sameCell(row[1] ?? null, best[i]!)) return `place ${i + 1} has [${row[1]}], not [${best[i]}]`;
    const other = byKey.get(keyOf(row, 1));
    if (other === undefined) return `row [${row.join(', ')}] is not among the best`;
    const problem = differing(row, other);
    if (problem !== null) return problem;
  }
  return distinctKeys(found);
}

/** `lists`: segment, key and sum of the groups that may be among a segment's best. */
export function badTopN(found: readonly Row[], lists: readonly Row[], limit: number): string | null {
  const byRule = topNByRule(lists);
  const last = byRule[limit - 1]?.[1] ?? Number.NEGATIVE_INFINITY;
  const candidates = byRule.filter((row) => Number(row[1]) >= Number(last));
  return badTopList(
    found.map((row) => row.slice(0, 2)),
    candidates,
    limit,
  );
}

function approximation(found: readonly Row[], wanted: readonly Row[], bound: number): Checked {
  const value = Number(found[0]?.[0]);
  const exact = Number(wanted[0]?.[0]);
  const error = value / exact - 1;
  return Math.abs(error) <= bound
    ? { problem: null, error }
    : { problem: `[${value}] is off by ${(error * 100).toFixed(2)}%, allowed is ${bound * 100}%`, error };
}

const ORDER_KEY = COLUMNS.findIndex(([name]) => name === 'l_orderkey');
const LINE = COLUMNS.findIndex(([name]) => name === 'l_linenumber');
const TIME = COLUMNS.findIndex(([name]) => name === 'l_shipdate');

async function badPage(
  found: readonly Row[],
  rule: Extract<AnswerRule, { readonly kind: 'page' }>,
  oracle: Oracle,
): Promise<string | null> {
  if (found.length !== rule.size) return `${found.length} rows, not ${rule.size}`;
  const rows = found.map((row) => [
    `${row[ORDER_KEY]}/${row[LINE]}`,
    ...row.map((cell, i) => (i === TIME ? new Date(Number(cell)).toISOString().slice(0, 10) : cell)),
  ]);
  const pairs = found.map((row) => `(${row[ORDER_KEY]}, ${row[LINE]})`).join(', ');
  const wanted = await oracle(
    `SELECT l_orderkey || '/' || l_linenumber, * FROM lineitem WHERE ${rule.where} AND (l_orderkey, l_linenumber) IN (${pairs})`,
  );
  return differingRows(rows, wanted, 1);
}

function distinctKeys(rows: readonly Row[]): string | null {
  return new Set(rows.map((row) => keyOf(row, 1))).size === rows.length ? null : 'a key twice';
}

function keyed(rows: readonly Row[], keys: number): Map<string, Row> {
  return new Map(rows.map((row) => [keyOf(row, keys), row]));
}

function keyOf(row: Row, keys: number): string {
  return row.slice(0, keys).map(plain).join('\u0001');
}

function differing(found: Row, wanted: Row): string | null {
  if (found.length !== wanted.length) return `${found.length} cells, not ${wanted.length}`;
  const at = wanted.findIndex((cell, i) => !sameCell(found[i]!, cell));
  return at < 0 ? null : `cell ${at} of [${wanted.slice(0, 3).join(', ')}, …] is [${found[at]}], not [${wanted[at]}]`;
}
