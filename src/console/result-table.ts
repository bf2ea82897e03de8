type Row = Readonly<Record<string, unknown>>;

const MAX_ROWS = 500;

/** Shows a native query's result as a table: one row per timeseries bucket, topN entry, group or scanned event. */
export function showResult(target: HTMLElement, result: unknown): number {
  const rows = Array.isArray(result) ? result.flatMap(rowsOf) : [];
  if (rows.length === 0) {
    const text = document.createElement('pre');
    text.textContent = JSON.stringify(result, null, 2);
    target.replaceChildren(text);
    return 0;
  }
  const columns = [...new Set(rows.slice(0, MAX_ROWS).flatMap((row) => Object.keys(row)))];
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = document.createElement('th');
    cell.textContent = column;
    cell.classList.toggle('numeric', typeof rows[0]?.[column] === 'number');
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows.slice(0, MAX_ROWS)) {
    const line = body.insertRow();
    for (const column of columns) fill(line.insertCell(), row[column]);
  }
  target.replaceChildren(table);
  return rows.length;
}

function rowsOf(element: unknown): Row[] {
  if (typeof element !== 'object' || element === null) return [];
  const { timestamp, result, event, events } = element as Record<string, unknown>;
  if (Array.isArray(events)) return events.filter((row) => !Array.isArray(row)) as Row[];
  if (Array.isArray(result)) return (result as Row[]).map((row) => ({ timestamp, ...row }));
  if (typeof result === 'object' && result !== null) return [{ timestamp, ...result }];
  if (typeof event === 'object' && event !== null) return [{ timestamp, ...event }];
  return [];
}

function fill(cell: HTMLTableCellElement, value: unknown): void {
  if (value === null || value === undefined) {
    cell.textContent = 'null';
    cell.className = 'null';
  } else if (typeof value === 'number') {
    cell.textContent = value.toLocaleString('en-US', { maximumFractionDigits: 3 });
    cell.className = 'numeric';
  } else {
    cell.textContent = typeof value === 'string' ? value : JSON.stringify(value);
  }
}
