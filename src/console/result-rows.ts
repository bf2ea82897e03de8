export type Row = Readonly<Record<string, unknown>>;

/** The rows of a native query's result: timeseries buckets, topN entries, groups or scanned events; none for other shapes. */
export function resultRows(result: unknown): Row[] {
  return Array.isArray(result) ? result.flatMap(rowsOf) : [];
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
