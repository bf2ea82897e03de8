import type { RunSegment } from '../../src/engine/run.js';
import type { IdSpaceRef } from '../../src/memory/block-ref.js';
import { SeededRandomness } from '../../src/platform/randomness.js';
import type { ColumnType } from '../../src/common/column-type.js';
import type { Table } from '../../src/vectors/table.js';
import type { Row } from './blocks.js';
import { type PlainCell, rowsOf } from './cells.js';
import type { TestArena } from './run-context.js';

export const TYPES: Readonly<Record<string, ColumnType>> = {
  __time: 'LONG',
  s: 'STRING',
  t: 'STRING',
  u: 'STRING',
  m: 'STRING',
  l: 'LONG',
  w: 'LONG',
  d: 'DOUBLE',
  e: 'DOUBLE',
  f: 'FLOAT',
};

/** Around a change to summer time in New York, at the end of a month. */
export const FROM_MS = Date.UTC(2024, 1, 25);
export const DAYS = 16;

export interface RowOptions {
  readonly numRows: number;
  /** Distinct strings a dimension. */
  readonly numValues: number;
  readonly isSorted: boolean;
  readonly hasNulls: boolean;
  /** Multi-value cells in `m`. */
  readonly isMulti: boolean;
  /** Columns that the segment lacks. */
  readonly without: readonly string[];
}

/** Rows of a seed, with the values that aggregators are known to stumble over. */
export function seededRows(seed: number, options: RowOptions): Row[] {
  const random = new SeededRandomness(seed);
  const below = (n: number): number => Math.floor(random.nextDouble() * n);
  const orNull = <T>(value: T): T | null => (options.hasNulls && below(5) === 0 ? null : value);
  const text = (prefix: string): string | null => orNull(`${prefix}${below(options.numValues)}`);
  const scale = 10 ** below(3);
  const rows = Array.from({ length: options.numRows }, (): Row => {
    const row: Record<string, Row[string]> = {
      __time: FROM_MS + below(DAYS * 86_400_000),
      s: text('s'),
      t: text('t'),
      u: text('s'),
      m: options.isMulti && below(3) === 0 ? [text('m'), text('m')] : text('m'),
      l: orNull(below(1000) - 500),
      w: orNull(below(4) === 0 ? 2n ** 62n + BigInt(below(9)) : BigInt(below(100))),
      d: orNull(below(100_000) / scale),
      e: orNull(below(3) === 0 ? -random.nextDouble() : below(1000) / 7),
      f: orNull(Math.fround(below(1000) / 8)),
    };
    for (const column of options.without) delete row[column];
    return row;
  });
  return options.isSorted ? rows.toSorted((a, b) => Number(a['__time']) - Number(b['__time'])) : rows;
}

/** Segments whose ids of some columns are mapped into a space of all their values, in an arbitrary order; the first one's are its own. */
export function withSpaces(
  segments: readonly RunSegment[],
  columns: readonly string[],
  arenaOf: (segment: number) => TestArena,
): RunSegment[] {
  const spaces = segments.map((): Record<string, IdSpaceRef> => ({}));
  for (const column of columns) {
    const ids = new Map<string, number>();
    const tables = segments.map((segment) => {
      const dictionary = dictionaryOf(segment, column);
      if (dictionary === undefined) return undefined;
      return Uint32Array.from({ length: dictionary.size + 1 }, (_, id) => {
        if (id === 0) return 0;
        const value = dictionary.value(id);
        if (!ids.has(value)) ids.set(value, ids.size + 1);
        return ids.get(value)!;
      });
    });
    const values = [...ids.keys()];
    const isIdentity = (table: Uint32Array): boolean => table.every((id, i) => id === i);
    tables.forEach((table, i) => {
      if (table === undefined) return;
      spaces[i]![column] = {
        key: `space of ${column}`,
        size: values.length,
        remap: isIdentity(table) ? null : arenaOf(i).put(table),
        value: (id: number) => values[id - 1]!,
      } as IdSpaceRef;
    });
  }
  return segments.map((segment, i) => ({ ...segment, spaces: spaces[i]! }));
}

function dictionaryOf(segment: RunSegment, column: string) {
  for (let b = segment.numBlocks - 1; b >= 0; b--) {
    const stored = segment.block(b).stored(column);
    if (stored?.kind === 'ids' || stored?.kind === 'multiIds') return stored.dictionary;
  }
  return undefined;
}

/** Rows by their key cells, for comparing without order. */
export function byKey(table: Table, numKeys: number): Map<string, PlainCell[]> {
  const found = new Map<string, PlainCell[]>();
  for (const cells of rowsOf(table)) {
    const key = JSON.stringify(cells.slice(0, numKeys), (_, cell: unknown) =>
      typeof cell === 'bigint' ? `${cell}n` : cell,
    );
    if (found.has(key)) throw new Error(`Group ${key} comes twice`);
    found.set(key, cells.slice(numKeys));
  }
  return found;
}

/** What differs between two partials; sums of doubles may differ by rounding. */
export function differences(found: Table, expected: Table, numKeys: number): string[] {
  if (found.names.join() !== expected.names.join()) return [`columns ${found.names.join()}`];
  const a = byKey(found, numKeys);
  const b = byKey(expected, numKeys);
  const different = [...b].flatMap(([key, cells]) => {
    const own = a.get(key);
    if (own === undefined) return [`${key} is missing`];
    return own.every((cell, i) => isSame(cell, cells[i]!)) ? [] : [`${key}: ${own.join()} is not ${cells.join()}`];
  });
  return [...different, ...[...a.keys()].filter((key) => !b.has(key)).map((key) => `${key} is too many`)];
}

function isSame(a: PlainCell, b: PlainCell): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}
