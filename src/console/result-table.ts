import { textElement } from './dom.js';
import { formatDecimal } from './format.js';

type Row = Readonly<Record<string, unknown>>;

const MAX_ROWS = 500;
const TIME_COLUMNS = new Set(['__time', 'timestamp']);

/** The rows of a native query's result: timeseries buckets, topN entries, groups or scanned events; none for other shapes. */
export function resultRows(result: unknown): Row[] {
  return Array.isArray(result) ? result.flatMap(rowsOf) : [];
}

/** Shows rows as a table, the first 500 of them. */
export function showRows(target: HTMLElement, rows: readonly Row[]): void {
  const shown = rows.slice(0, MAX_ROWS);
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const numeric = new Set(columns.filter((column) => !TIME_COLUMNS.has(column) && isNumeric(shown, column)));
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = textElement('th', column);
    cell.setAttribute('scope', 'col');
    cell.classList.toggle('numeric', numeric.has(column));
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of shown) {
    const line = body.insertRow();
    for (const column of columns) {
      const cell = line.insertCell();
      cell.classList.toggle('numeric', numeric.has(column));
      fill(cell, column, row[column]);
    }
  }
  target.replaceChildren(table);
  if (rows.length > MAX_ROWS) target.append(textElement('p', `The first ${MAX_ROWS} rows are shown.`));
}

/** Shows a result that has no rows as JSON. */
export function showJson(target: HTMLElement, result: unknown): void {
  target.replaceChildren(textElement('pre', JSON.stringify(result, null, 2)));
}

function rowsOf(element: unknown): Row[] {
  if (typeof element !== 'object' || element === null) return [];
  const { timestamp, result, event, events, columns } = element as Record<string, unknown>;
  if (Array.isArray(events)) return events.map((row) => scannedRow(row, columns as readonly string[]));
  if (Array.isArray(result)) return (result as Row[]).map((row) => ({ timestamp, ...row }));
  if (typeof result === 'object' && result !== null) return [{ timestamp, ...result }];
  if (typeof event === 'object' && event !== null) return [{ timestamp, ...event }];
  return [];
}

/** A scan's row is an object, or with `compactedList` an array in the order of its columns. */
function scannedRow(row: unknown, columns: readonly string[]): Row {
  return Array.isArray(row) ? Object.fromEntries(columns.map((column, i) => [column, row[i]])) : (row as Row);
}

function isNumeric(rows: readonly Row[], column: string): boolean {
  const values = rows.map((row) => row[column]).filter((value) => value !== null && value !== undefined);
  return values.length > 0 && values.every((value) => typeof value === 'number');
}

function fill(cell: HTMLTableCellElement, column: string, value: unknown): void {
  if (value === null || value === undefined) {
    cell.textContent = 'null';
    cell.classList.add('null');
  } else if (typeof value === 'number') {
    cell.textContent = TIME_COLUMNS.has(column) ? new Date(value).toISOString() : formatDecimal(value);
  } else if (Array.isArray(value)) {
    cell.textContent = value.map((item) => String(item)).join(', ');
  } else {
    cell.textContent = typeof value === 'string' ? value : JSON.stringify(value);
  }
}
