import { intersect, type Interval } from '../../common/interval.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import { assert } from '../../common/assert.js';
import { isDerivedColumn } from '../../query/desugar/derived-columns.js';
import type { PlanLookups, ScanLeaf } from '../../plan/leaf-plan.js';
import type { Filter } from '../../query/native-query.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import type { ColumnDirection, ScanOperator } from '../../query/window-operator.js';
import { takeColumn, takeRows } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { everyRow, sortRows } from '../finish/first-rows.js';
import { reversed } from '../finish/number-keys.js';
import { naturalKey } from '../finish/text-keys.js';
import { runOnHeap } from '../heap/heap-run.js';
import { type RowBatch, typeOfColumn } from '../heap/row-batch.js';

export interface SelectParts {
  readonly signal: AbortSignal;
  readonly lookups: PlanLookups | undefined;
}

const ROW_COLUMN = '$row';
const ALWAYS: Interval = { startMs: -(2 ** 53), endMs: 2 ** 53 };

/** Rows that a scan operator keeps, in its order, with the columns that it shows. */
export async function scanRows(batch: RowBatch, operator: ScanOperator, parts: SelectParts): Promise<RowBatch> {
  const { filter, virtualColumns, timeRange, projectedColumns, offset, limit, ordering } = operator;
  const kept = await selected(batch, { filter, virtualColumns, timeRange }, parts);
  let { table } = kept;
  if (ordering.length > 0) table = takeRows(table, sortedRows(table, ordering));
  const end = limit === null ? table.numRows : Math.min(table.numRows, offset + limit);
  if (offset > 0 || end < table.numRows) table = takeRows(table, everyRow(end).subarray(Math.min(offset, end)));
  const shown = projectedColumns ?? table.names.filter((name) => !isDerivedColumn(name));
  return { ...kept, table: project(table, shown) };
}

/** The rows with virtual columns as columns. */
export function evaluated(
  batch: RowBatch,
  virtualColumns: readonly VirtualColumn[],
  parts: SelectParts,
): Promise<RowBatch> {
  return selected(batch, { filter: null, virtualColumns, timeRange: null }, parts);
}

/** Rows in the order of columns, which may be missing; equal ones keep their order. */
export function sortedRows(table: Table, columns: readonly ColumnDirection[], from?: Uint32Array): Uint32Array {
  const keys = columns.flatMap(({ column: name, isDescending }) => {
    const column = table.columns[table.names.indexOf(name)];
    if (column === undefined) return [];
    const key = naturalKey(column);
    return [isDescending ? reversed(key) : key];
  });
  return sortRows(from ?? everyRow(table.numRows), keys);
}

interface Selecting {
  readonly filter: Filter | null;
  readonly virtualColumns: readonly VirtualColumn[];
  readonly timeRange: Interval | null;
}

async function selected(
  batch: RowBatch,
  { filter, virtualColumns, timeRange }: Selecting,
  { signal, lookups }: SelectParts,
): Promise<RowBatch> {
  const { table, types } = batch;
  if (filter === null && virtualColumns.length === 0 && timeRange === null) return batch;
  const names = virtualColumns.map(({ name }) => name);
  const interval = timeRange === null ? ALWAYS : (intersect(timeRange, ALWAYS) ?? { startMs: 0, endMs: 0 });
  const numbered = withRowNumbers(batch);
  const plan: ScanLeaf = {
    kind: 'scan',
    intervals: [interval],
    filter,
    virtualColumns,
    columns: [ROW_COLUMN, ...names],
    maxRows: null,
    order: 'none',
    ...(lookups !== undefined && { lookups }),
  };
  const found = await runOnHeap(plan, numbered, signal);
  const rows = rowNumbers(found);
  const computed = names.map((name) => found.columns[found.names.indexOf(name)]!);
  const others = table.names.flatMap((name, i) => (names.includes(name) ? [] : [i]));
  return {
    ...batch,
    table: {
      numRows: rows.length,
      names: [...others.map((i) => table.names[i]!), ...names],
      columns: [...others.map((i) => takeColumn(table.columns[i]!, rows)), ...computed],
    },
    types: { ...types, ...Object.fromEntries(names.map((name, i) => [name, typeOfColumn(computed[i]!)])) },
  };
}

function withRowNumbers(batch: RowBatch): RowBatch {
  const { table, types } = batch;
  const values = BigInt64Array.from({ length: table.numRows }, (_, row) => BigInt(row));
  const column: TableColumn = { type: 'LONG', values, nulls: null };
  return {
    ...batch,
    table: { ...table, names: [...table.names, ROW_COLUMN], columns: [...table.columns, column] },
    types: { ...types, [ROW_COLUMN]: 'LONG' },
    range: table.names.includes(TIME_COLUMN) ? { minTimeMs: ALWAYS.startMs, maxTimeMs: ALWAYS.endMs } : batch.range,
  };
}

function rowNumbers(found: Table): Uint32Array {
  const column = found.columns[found.names.indexOf(ROW_COLUMN)];
  if (found.numRows === 0) return new Uint32Array(0);
  assert(column?.type === 'LONG', 'Row numbers are lost');
  return Uint32Array.from(column.values, Number);
}

/** Columns that do not exist are left out: whoever shows them knows their type. */
function project(table: Table, names: readonly string[]): Table {
  const kept = names.flatMap((name) => (table.names.includes(name) ? [table.names.indexOf(name)] : []));
  return {
    numRows: table.numRows,
    names: kept.map((i) => table.names[i]!),
    columns: kept.map((i) => table.columns[i]!),
  };
}
