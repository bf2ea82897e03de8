import { TIME_COLUMN } from '../../common/column-type.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { SegmentColumn, SegmentInfo, WrittenSegment } from '../format/segment-schema.js';
import { SegmentWriter, type SegmentWriterOptions } from '../format/segment-writer.js';
import type { FlatColumn, NamedColumn } from './flat-column.js';
import { gather, type SegmentIds } from './gather.js';
import { keepUsed } from './merge-dictionaries.js';

/** A column of the output and the rows that it is read at: output row i is row `rows[i]` of the column. */
export interface OutputColumn extends NamedColumn {
  readonly rows: Uint32Array;
  readonly indexed: boolean;
}

interface PlannedColumn {
  readonly output: OutputColumn;
  readonly schema: SegmentColumn;
  readonly ids: SegmentIds | undefined;
}

/** Writes output rows [from, to) as one segment. @param columns `__time` first */
export async function writeSegment(
  directory: string,
  columns: readonly OutputColumn[],
  from: number,
  to: number,
  info: SegmentInfo,
  options: SegmentWriterOptions,
): Promise<WrittenSegment> {
  const planned = columns.map((output) => plan(output, from, to));
  const writer = await SegmentWriter.create(directory, { columns: planned.map(({ schema }) => schema) }, options);
  try {
    for (let start = from; start < to; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, to);
      const vectors = planned.map(({ output, ids }) => gather(output.column, output.rows.subarray(start, end), ids));
      await writer.writeBlock({ numRows: end - start, columns: vectors });
    }
    return await writer.finish(info);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function plan(output: OutputColumn, from: number, to: number): PlannedColumn {
  const { name, type, column, indexed } = output;
  const rows = output.rows.subarray(from, to);
  const base = { name, type, multiValue: false, indexed: indexed && type === 'STRING' };
  switch (column.kind) {
    case 'string':
    case 'multiString': {
      const ids = idsOf(column, rows);
      return { output, ids, schema: { ...base, multiValue: ids.multiValue, dictionary: ids.dictionary } };
    }
    case 'long':
    case 'wide': {
      const range = name === TIME_COLUMN ? undefined : rangeOf(column, rows);
      return { output, ids: undefined, schema: { ...base, ...(range && { range }) } };
    }
    case 'array':
      return planArray(output, rows, base);
    default:
      return { output, ids: undefined, schema: base };
  }
}

function planArray(output: OutputColumn, rows: Uint32Array, base: SegmentColumn): PlannedColumn {
  const column = output.column as FlatColumn & { readonly kind: 'array' };
  const { elements, offsets } = column;
  const elementRows: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    for (let j = offsets[rows[i]!]!; j < offsets[rows[i]! + 1]!; j++) elementRows.push(j);
  }
  const taken = Uint32Array.from(elementRows);
  if (elements.kind === 'string') {
    const ids = idsOf(elements, taken);
    return { output, ids, schema: { ...base, dictionary: ids.dictionary } };
  }
  if (elements.kind !== 'long' && elements.kind !== 'wide') return { output, ids: undefined, schema: base };
  const range = rangeOf(elements, taken);
  return { output, ids: undefined, schema: { ...base, ...(range && { range }) } };
}

/** The dictionary of one segment: only what its rows use. */
function idsOf(column: FlatColumn & { readonly kind: 'string' | 'multiString' }, rows: Uint32Array): SegmentIds {
  const used = new Uint8Array(column.dictionary.size + 1);
  let multiValue = false;
  if (column.kind === 'string') for (let i = 0; i < rows.length; i++) used[column.ids[rows[i]!]!] = 1;
  else {
    for (let i = 0; i < rows.length; i++) {
      const start = column.offsets[rows[i]!]!;
      const end = column.offsets[rows[i]! + 1]!;
      if (end - start > 1) multiValue = true;
      for (let j = start; j < end; j++) used[column.ids[j]!] = 1;
    }
  }
  return { ...keepUsed(column.dictionary, used), multiValue };
}

function rangeOf(
  column: FlatColumn & { readonly kind: 'long' | 'wide' },
  rows: Uint32Array,
): { readonly min: bigint; readonly max: bigint } | undefined {
  if (column.kind === 'long') return rangeOfNumbers(column.values, column.nulls, rows);
  let min: bigint | undefined;
  let max: bigint | undefined;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (column.nulls !== null && column.nulls[row] === 1) continue;
    const value = column.values[row]!;
    if (min === undefined || value < min) min = value;
    if (max === undefined || value > max) max = value;
  }
  return min === undefined || max === undefined ? { min: 0n, max: 0n } : { min, max };
}

function rangeOfNumbers(
  values: Float64Array,
  nulls: Uint8Array | null,
  rows: Uint32Array,
): { readonly min: bigint; readonly max: bigint } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (nulls !== null && nulls[row] === 1) continue;
    if (values[row]! < min) min = values[row]!;
    if (values[row]! > max) max = values[row]!;
  }
  return max < min ? { min: 0n, max: 0n } : { min: BigInt(min), max: BigInt(max) };
}
