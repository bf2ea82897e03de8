import { type ColumnType, TIME_COLUMN } from '../../common/column-type.js';
import type { Block, ColumnVector } from '../../vectors/block.js';
import { heapBlock } from '../../vectors/heap-block.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import type { RunSegment } from '../run.js';
import { sliceVector, vectorOf } from './heap-vectors.js';
import type { RowBatch } from './row-batch.js';

const BLOCK_ROWS = 65_536;

/** Rows without a time are of the epoch. @source Druid `InlineDataSource#rowAdapter`, `LookupSegment.java` */
const NO_TIME_MS = 0;

/** A batch of rows as a segment that general runs take; nothing is copied before a column is asked for. */
export function heapSegment(
  batch: RowBatch,
  range: { readonly minTimeMs: number; readonly maxTimeMs: number },
): RunSegment {
  const { table, types, segmentId } = batch;
  const vectors = new Map<string, ColumnVector | undefined>();
  const whole = (name: string): ColumnVector | undefined => {
    if (!vectors.has(name)) vectors.set(name, vectorNamed(table, types, name));
    return vectors.get(name);
  };
  return {
    segmentId,
    dataSource: segmentId,
    intervalStartMs: range.minTimeMs,
    intervalEndMs: range.maxTimeMs + 1,
    minTimeMs: range.minTimeMs,
    maxTimeMs: range.maxTimeMs,
    columnTypes: types,
    numBlocks: Math.ceil(table.numRows / BLOCK_ROWS),
    block: (index) => blockAt(table.numRows, index, whole),
  };
}

function blockAt(numRows: number, index: number, whole: (name: string) => ColumnVector | undefined): Block {
  const from = index * BLOCK_ROWS;
  const to = Math.min(numRows, from + BLOCK_ROWS);
  const sliced = new Map<string, ColumnVector | undefined>();
  const block = heapBlock(to - from, (name) => {
    if (!sliced.has(name)) {
      const vector = whole(name);
      sliced.set(name, vector && sliceVector(vector, from, to));
    }
    return sliced.get(name);
  });
  const stored: Block['stored'] = (name) => (block.column(name) === undefined ? undefined : { kind: 'other' });
  return { ...block, stored, firstRow: from, ...timesOf(block.column(TIME_COLUMN)) };
}

/** Bounds that are those of the rows: buckets are numbered from them. */
function timesOf(vector: ColumnVector | undefined): { readonly minTimeMs: number; readonly maxTimeMs: number } {
  if (vector?.kind !== 'long') return { minTimeMs: NO_TIME_MS, maxTimeMs: NO_TIME_MS };
  let minTimeMs = Number.POSITIVE_INFINITY;
  let maxTimeMs = Number.NEGATIVE_INFINITY;
  for (const value of vector.values) {
    const ms = vector.base + Number(value);
    if (ms < minTimeMs) minTimeMs = ms;
    if (ms > maxTimeMs) maxTimeMs = ms;
  }
  return { minTimeMs, maxTimeMs };
}

function vectorNamed(
  table: Table,
  types: Readonly<Record<string, ColumnType>>,
  name: string,
): ColumnVector | undefined {
  const column = table.columns[table.names.indexOf(name)];
  if (column === undefined) return name === TIME_COLUMN ? timeless(table.numRows) : undefined;
  if (name === TIME_COLUMN && column.type !== 'LONG') return vectorOf(asTimes(column), 'LONG');
  return vectorOf(column, types[name] ?? 'STRING');
}

function timeless(numRows: number): ColumnVector {
  return { kind: 'long', base: NO_TIME_MS, values: new Uint8Array(numRows) };
}

function asTimes(column: TableColumn): TableColumn {
  if (column.type !== 'DOUBLE' && column.type !== 'FLOAT') {
    return { type: 'LONG', values: new BigInt64Array(columnRows(column)), nulls: null };
  }
  const times: ArrayLike<number> = column.values;
  return {
    type: 'LONG',
    values: BigInt64Array.from({ length: times.length }, (_, i) => BigInt(Math.trunc(times[i]!))),
    nulls: null,
  };
}

function columnRows(column: TableColumn): number {
  if (column.type === 'STRING' || column.type === 'IDS') return column.ids.length;
  return column.type === 'JSON' ? column.texts.length : 0;
}
