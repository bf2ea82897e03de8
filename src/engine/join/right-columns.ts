import { createHash } from 'node:crypto';
import type { ColumnType } from '../../common/column-type.js';
import { DerivedColumns } from '../../query/desugar/derived-columns.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { cellReader } from '../heap/cell-reader.js';
import type { RowBatch } from '../heap/row-batch.js';
import type { JoinKey } from './join-condition.js';
import { keyOf } from './join-key.js';

type JoinedColumn = Extract<VirtualColumn, { readonly type: 'joined' }>;

/** Right rows that travel in a plan; with more the plan would be more work than the join. */
const MAX_ROWS = 50_000;

export interface RightColumns {
  readonly columns: readonly VirtualColumn[];
  /** The column that is 1 where a right row matches. */
  readonly matched: VirtualColumn;
}

/**
 * A right side as virtual columns of the left one: a left row meets one right row at most.
 * @param names columns of the joined rows that are wanted
 * @returns null where it is not so: keys that repeat or are several, values that are no plain ones
 */
export function rightColumns(
  right: RowBatch,
  keys: readonly JoinKey[],
  prefix: string,
  names: readonly string[],
): RightColumns | null {
  const [key] = keys;
  if (key === undefined || keys.length !== 1 || key.matchesNull || right.table.numRows > MAX_ROWS) return null;
  if (key.left.expr.kind !== 'identifier') return null;
  const { name: column } = key.left.expr;
  const keyType = right.types[key.rightColumn] ?? 'STRING';
  const rows = rowsByKey(right, key.rightColumn, keyType);
  if (rows === null) return null;
  const rowKeys = [...rows.keys()];
  const make = (values: JoinedColumn['values'], valueType: ColumnType): Omit<JoinedColumn, 'name'> => {
    const definition = { type: 'joined', column, keyType, keys: rowKeys, values, valueType } as const;
    return { ...definition, digest: digestOf(definition) };
  };
  const columns: VirtualColumn[] = [];
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const own = name.slice(prefix.length);
    if (!right.table.names.includes(own)) continue;
    const valueType = right.types[own] ?? 'STRING';
    const values = plainValues(right, own, valueType, rows);
    if (values === null) return null;
    columns.push({ ...make(values, valueType), name });
  }
  const derived = new DerivedColumns();
  derived.derive(
    make(
      rowKeys.map(() => '1'),
      'STRING',
    ),
  );
  return { columns, matched: derived.columns[0]! };
}

/** The row of each key; null when a key repeats. */
function rowsByKey({ table, types }: RowBatch, name: string, type: ColumnType): ReadonlyMap<string, number> | null {
  const read = cellReader(table.columns[table.names.indexOf(name)], types[name] ?? 'STRING');
  const rows = new Map<string, number>();
  for (let row = 0; row < table.numRows; row++) {
    const key = keyOf(read(row), type, false);
    if (key === null) continue;
    if (rows.has(key)) return null;
    rows.set(key, row);
  }
  return rows;
}

/** Values of a column by key; null for types of which a plan has no values. */
function plainValues(
  { table }: RowBatch,
  name: string,
  type: ColumnType,
  rows: ReadonlyMap<string, number>,
): JoinedColumn['values'] | null {
  const column = table.columns[table.names.indexOf(name)];
  if (column === undefined || !['STRING', 'LONG', 'DOUBLE', 'FLOAT'].includes(column.type)) return null;
  if (column.type !== type) return null;
  const read = cellReader(column, type);
  const values = Array.from(rows.values(), (row) => {
    const value = read(row);
    return typeof value === 'bigint' ? String(value) : (value as string | number | null);
  });
  // Infinity and NaN have no JSON.
  return values.some((value) => typeof value === 'number' && !Number.isFinite(value)) ? null : values;
}

function digestOf(definition: unknown): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('base64url');
}
