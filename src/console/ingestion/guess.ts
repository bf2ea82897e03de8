/** How the records of a source are written. */
export type InputFormat =
  | { readonly type: 'json' }
  | { readonly type: 'csv' | 'tsv'; readonly findColumnsFromHeader: true };

export interface TimeGuess {
  readonly column: string;
  readonly format: 'auto' | 'posix';
}

type Row = Readonly<Record<string, unknown>>;

const NAMES = /^(__time|timestamp|time|ts|event_?time|date_?time|created(_?at)?|date|day)$/i;
/** Seconds and milliseconds since 1970 between 2001 and 2100. */
const SECONDS = { least: 1e9, most: 4.1e9 };
const MILLIS = { least: 1e12, most: 4.1e12 };

/** By the first line: an object, or columns with tabs or commas. */
export function guessFormat(text: string): InputFormat {
  const first = text.trimStart().split('\n', 1)[0] ?? '';
  if (first.startsWith('{')) return { type: 'json' };
  return { type: first.includes('\t') ? 'tsv' : 'csv', findColumnsFromHeader: true };
}

/** The column that holds times in every row: one named for it before others. Undefined when there is none. */
export function guessTime(rows: readonly Row[]): TimeGuess | undefined {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const found = names.flatMap((column): TimeGuess[] => {
    const values = rows
      .map((row) => row[column])
      .filter((value) => value !== null && value !== undefined && value !== '');
    if (values.length === 0) return [];
    if (values.every((value) => within(value, SECONDS))) return [{ column, format: 'posix' }];
    return values.every((value) => within(value, MILLIS) || isDate(value)) ? [{ column, format: 'auto' }] : [];
  });
  return found.find(({ column }) => NAMES.test(column)) ?? found[0];
}

/** Files of columns have only text: a column becomes a number when all of its values are written as one. */
export function guessTypes<C extends { readonly name: string; readonly type: string }>(
  columns: readonly C[],
  rows: readonly Row[],
): readonly C[] {
  return columns.map((column) => {
    const values = rows
      .map((row) => row[column.name])
      .filter((value) => value !== null && value !== undefined && value !== '');
    // A zero before other digits is part of a code, which a number would lose.
    const fits = (pattern: RegExp): boolean => values.every((value) => pattern.test(String(value)));
    if (column.type !== 'string' || values.length === 0) return column;
    if (fits(/^-?(0|[1-9]\d{0,17})$/)) return { ...column, type: 'long' };
    return fits(/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/) ? { ...column, type: 'double' } : column;
  });
}

/** A name for a data source from the name of a file or topic. */
export function guessName(source: string): string {
  const plain = source.replace(/\.[a-z]+(\.gz)?$/i, '').replaceAll(/[^\w.-]+/g, '_');
  return plain === '' ? 'my_data' : plain;
}

function within(value: unknown, { least, most }: { readonly least: number; readonly most: number }): boolean {
  const number = typeof value === 'number' || /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
  return number >= least && number <= most;
}

function isDate(value: unknown): boolean {
  return (
    typeof value === 'string' && /^\d{4}-\d\d(-\d\d)?([T ]\d\d:\d\d|$)/.test(value) && !Number.isNaN(Date.parse(value))
  );
}
