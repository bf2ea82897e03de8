import { textElement } from './dom.js';
import { formatDecimal } from './format.js';
import type { Row } from './result-rows.js';

const MAX_ROWS = 500;
const TIME_COLUMNS = new Set(['__time', 'timestamp']);

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
