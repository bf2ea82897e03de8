import { checkStop } from '../../common/stop-check.js';
import { jsonString } from '../../common/json-write.js';
import { cellText } from '../../vectors/column-text.js';
import type { Block } from '../../vectors/block.js';
import { rowList, type Selection } from '../../vectors/selection.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import type { ScanLeaf } from '../../plan/leaf-plan.js';
import { virtualName } from '../../plan/virtual-inputs.js';
import type { RunSegment } from '../run.js';
import { type ColumnWriter, type MemoryOf, nullWriter, storedWriter } from './cell-writers.js';
import { SEGMENT_COLUMN } from './join-scans.js';
import { readCells, type RowList, untypedCells } from './read-cells.js';
import { TextBuffer } from './text-buffer.js';

/** Of rows as text: a row's JSON text behind a comma. */
export const ROWS_COLUMN = '$rows';
/** Of rows as text: the types of their columns, as a row signature shows them, separated by commas. */
export const TYPES_COLUMN = '$types';

/** Rows whose values are looked for together. */
const ROWS_TOUCHED = 128;
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/** The asked columns of selected rows, and the segment's name: as columns, or as text where the plan wants it. */
export function readRows(
  plan: ScanLeaf,
  segment: RunSegment,
  block: Block,
  selection: Selection,
  memory: MemoryOf,
): Table {
  block.focus?.(selection);
  const list = { rows: rowList(selection), count: selection.count };
  const table = new TableBuilder(list.count);
  if (plan.rowText === undefined) {
    for (const name of shownColumns(plan, segment)) {
      table.add(name, cellsOf(name, segment, block, list));
    }
  } else {
    const { rows, types } = rowTexts(plan, segment, block, list, memory);
    table.add(ROWS_COLUMN, rows).add(TYPES_COLUMN, constantColumn(types.join(','), list.count));
  }
  return table.add(SEGMENT_COLUMN, constantColumn(segment.segmentId, list.count)).build();
}

/** A table without rows. */
export function noRows(plan: ScanLeaf): Table {
  const table = new TableBuilder(0);
  for (const name of [...plan.columns, SEGMENT_COLUMN]) table.add(name, constantColumn('', 0));
  return table.build();
}

/** The type that a row signature shows for a column of a scan. */
export function signatureType(column: TableColumn): string {
  switch (column.type) {
    case 'STRINGS':
    case 'STRING':
    case 'IDS':
      return 'STRING';
    case 'JSON':
      return column.valueType ?? 'COMPLEX<json>';
    case 'BINARY':
      return 'COMPLEX';
    default:
      return column.type;
  }
}

function shownColumns(plan: ScanLeaf, segment: RunSegment): readonly string[] {
  return plan.columns.length > 0 ? plan.columns : (segment.shownColumns ?? Object.keys(segment.columnTypes));
}

function cellsOf(name: string, segment: RunSegment, block: Block, list: RowList): TableColumn {
  const untyped = block.untyped?.(name);
  return untyped === undefined
    ? readCells(block.column(name), segment.columnTypes[name], list)
    : untypedCells(untyped, list);
}

function constantColumn(value: string, numRows: number): TableColumn {
  return { type: 'STRING', ids: new Int32Array(numRows), dictionary: [value] };
}

/** A column's writer, which is called for one row of the list after another, and the type that it shows. */
interface TextColumn extends ColumnWriter {
  readonly type: string;
}

function rowTexts(
  plan: ScanLeaf,
  segment: RunSegment,
  block: Block,
  list: RowList,
  memory: MemoryOf,
): { readonly rows: TableColumn; readonly types: readonly string[] } {
  const text = new TextBuffer();
  const names = shownColumns(plan, segment);
  const virtual = new Set(plan.virtualColumns.map(virtualName));
  const columns = names.map((name) => textColumn(name, virtual.has(name), segment, block, list, memory, text));
  const isObject = plan.rowText === 'list';
  const keys = names.map((name, i) => Buffer.from(`${i === 0 ? '' : ','}${isObject ? `${jsonString(name)}:` : ''}`));
  const offsets = new Uint32Array(list.count + 1);
  for (let from = 0; from < list.count; from += ROWS_TOUCHED) {
    const to = Math.min(list.count, from + ROWS_TOUCHED);
    for (const { touch } of columns) touch?.(list.rows, from, to);
    for (let i = from; i < to; i++) {
      checkStop();
      text.comma();
      text.byte(isObject ? OPEN_OBJECT : OPEN_ARRAY);
      for (let c = 0; c < columns.length; c++) {
        if (isObject) text.raw(keys[c]!);
        else if (c > 0) text.comma();
        columns[c]!.write(list.rows[i]!);
      }
      text.byte(isObject ? CLOSE_OBJECT : CLOSE_ARRAY);
      offsets[i + 1] = text.length;
    }
  }
  const bytes = new Uint8Array(text.bytes.buffer, 0, text.length);
  return { rows: { type: 'BINARY', offsets, bytes, nulls: null }, types: columns.map(({ type }) => type) };
}

function textColumn(
  name: string,
  isVirtual: boolean,
  segment: RunSegment,
  block: Block,
  list: RowList,
  memory: MemoryOf,
  text: TextBuffer,
): TextColumn {
  if (!isVirtual) {
    const stored = block.stored(name);
    if (stored === undefined) return { type: 'STRING', ...nullWriter(text) };
    const writer = storedWriter(stored, block.numRows, memory, text);
    if (writer !== undefined) return { type: storedType(stored), ...writer };
  }
  const cells = cellsOf(name, segment, block, list);
  const textOf = cellText(cells);
  let next = 0;
  return { type: signatureType(cells), write: () => text.text(textOf(next++)) };
}

function storedType(stored: NonNullable<ReturnType<Block['stored']>>): string {
  switch (stored.kind) {
    case 'ints':
    case 'reals':
      return stored.logical.toUpperCase();
    default:
      return 'STRING';
  }
}
