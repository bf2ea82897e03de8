import type { SqlColumn } from './sql-server.js';

/** Every table has these columns and `__time`; `id` is unique and never null. */
export const COLUMNS: readonly SqlColumn[] = [
  { name: 'id', kind: 'long' },
  { name: 'k', kind: 'long' },
  { name: 's', kind: 'string' },
  { name: 'u', kind: 'string' },
  { name: 'l', kind: 'long' },
  { name: 'd', kind: 'double' },
];

export interface SqlRow {
  readonly __time: number;
  readonly id: number;
  readonly k: number | null;
  readonly s: string | null;
  readonly u: string | null;
  readonly l: number | null;
  readonly d: number | null;
}

const WORDS = ['', 'a', 'ab', 'abc', 'B', 'b c', 'Zz', '10', '9', "o'k"];
const FIRST_MS = Date.UTC(2023, 11, 30);
const HOUR_MS = 3_600_000;

/** The same rows in every run, so that a statement alone tells a failure. */
export const TABLES: Readonly<Record<string, readonly SqlRow[]>> = {
  ta: rowsOf(1, 70),
  tb: rowsOf(2, 30),
  tc: rowsOf(3, 9),
};

function rowsOf(seed: number, count: number): SqlRow[] {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % n;
  };
  const orNull = <T>(value: T): T | null => (below(6) === 0 ? null : value);
  return Array.from({ length: count }, (_, id) => ({
    __time: FIRST_MS + below(200) * HOUR_MS,
    id,
    k: orNull(below(6)),
    s: orNull(WORDS[below(6)]!),
    u: orNull(WORDS[below(WORDS.length)]!),
    l: orNull(below(41) - 20),
    // Quarters, whose sums and averages are exact in any order.
    d: orNull((below(81) - 40) / 4),
  }));
}
