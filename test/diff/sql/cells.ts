/** A cell of either engine: integers as bigint, doubles as number, times as ISO text. */
export type Cell = bigint | number | string | boolean | null;

/**
 * Where two answers differ, or null. Integers of one engine may be doubles of the other (a SUM widens); doubles agree within 1e-9 relative, 1e-7 absolute.
 * @param isOrdered false: the rows are compared as a bag
 */
export function differenceOf(
  expected: readonly (readonly Cell[])[],
  found: readonly (readonly Cell[])[],
  isOrdered: boolean,
): string | null {
  const [left, right] = isOrdered ? [expected, found] : [sorted(expected), sorted(found)];
  const at = left.findIndex((row, i) => !isSameRow(row, right[i]));
  if (at >= 0) return `row ${at}: ${show(left[at])} expected, got ${show(right[at])}`;
  return left.length === right.length ? null : `${left.length} rows expected, got ${right.length}`;
}

function isSameRow(expected: readonly Cell[], found: readonly Cell[] | undefined): boolean {
  return found?.length === expected.length && expected.every((cell, k) => isSame(cell, found[k]!));
}

function isSame(expected: Cell, found: Cell): boolean {
  if (!isNumber(expected) || !isNumber(found)) return expected === found;
  if (typeof expected === 'bigint' && typeof found === 'bigint') return expected === found;
  const [a, b] = [Number(expected), Number(found)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return a === b || Math.abs(a - b) <= 1e-7 + 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

function isNumber(cell: Cell): cell is bigint | number {
  return typeof cell === 'bigint' || typeof cell === 'number';
}

/** Last digits of doubles must not decide the order. */
function sorted(rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  const keyOf = (cell: Cell): string => {
    if (!isNumber(cell)) return `${typeof cell} ${String(cell)}`;
    const rounded = Number(cell).toPrecision(6);
    return `number ${Number(rounded) === 0 ? '0' : rounded}`;
  };
  return rows
    .map((row) => [row.map(keyOf).join('\u0001'), row] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, row]) => row);
}

function show(row: readonly Cell[] | undefined): string {
  return row === undefined ? 'nothing' : `[${row.map(String).join(', ')}]`;
}
