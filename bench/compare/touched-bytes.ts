/** How many bytes a scan has to read: the columns of a query in the narrowest form that holds their values. */
import type { BenchQuery } from './bench-query.js';
import type { Oracle } from './check.js';
import { COLUMNS, METRICS } from './lineitem.js';

/** Rows and bytes that a query cannot avoid to read. */
export interface Touched {
  readonly rows: number;
  readonly bytes: number;
}

/** Ids of 1, 2 or 4 bytes, where 0 is null; decimals as whole numbers of cents. */
export async function columnWidths(oracle: Oracle): Promise<Map<string, number>> {
  const widths = new Map<string, number>();
  for (const [name] of COLUMNS) {
    const isMetric = METRICS.includes(name as (typeof METRICS)[number]);
    const scale = name === 'l_quantity' ? 1 : 100;
    const most = isMetric ? `max(${name}) * ${scale} - min(${name}) * ${scale}` : `count(DISTINCT ${name})`;
    const [row] = await oracle(`SELECT ${most} FROM lineitem`);
    widths.set(name, widthOf(Number(row?.[0])));
  }
  return widths;
}

export function widthOf(most: number): number {
  if (most <= 255) return 1;
  return most <= 65_535 ? 2 : 4;
}

export async function touchedBytes(
  query: BenchQuery,
  widths: ReadonlyMap<string, number>,
  oracle: Oracle,
): Promise<Touched | null> {
  if (query.touches === null) return null;
  const { columns, where } = query.touches;
  const [row] = await oracle(`SELECT count(*) FROM lineitem WHERE ${where}`);
  const rows = Number(row?.[0]);
  return { rows, bytes: rows * columns.reduce((sum, name) => sum + (widths.get(name) ?? 0), 0) };
}
