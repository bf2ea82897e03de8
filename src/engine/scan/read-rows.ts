import { cellText } from '../../vectors/column-text.js';
import type { Block, StoredVector } from '../../vectors/block.js';
import { freeBytes } from '../../platform/free-buffer.js';
import { rowList, type Selection } from '../../vectors/selection.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import type { ScanLeaf } from '../../plan/leaf-plan.js';
import { virtualName } from '../../plan/virtual-inputs.js';
import { NO_ARENA, type RunContext, type RunSegment } from '../run.js';
import { StoredCells, WrittenCells, writtenBy } from './cell-texts.js';
import { storedWriter } from './cell-writers.js';
import { SEGMENT_COLUMN } from './join-scans.js';
import { readCells, type RowList, untypedCells } from './read-cells.js';
import { heapRowTexts, rowTexts, type TextColumn } from './row-texts.js';
import { TextBuffer } from './text-buffer.js';

/** Of rows as text: a row's JSON text behind a comma. */
export const ROWS_COLUMN = '$rows';
/** Of rows as text: the types of their columns, as a row signature shows them, separated by commas. */
export const TYPES_COLUMN = '$types';

/** The asked columns of selected rows, and the segment's name: as columns, or as text where the plan wants it. */
export function readRows(
  plan: ScanLeaf,
  segment: RunSegment,
  block: Block,
  selection: Selection,
  context: RunContext,
): Table {
  block.focus?.(selection);
  const list = { rows: rowList(selection), count: selection.count };
  const table = new TableBuilder(list.count);
  if (plan.rowText === undefined) {
    for (const name of shownColumns(plan, segment)) {
      table.add(name, cellsOf(name, segment, block, list));
    }
  } else {
    const { rows, types } = textOfRows(plan, plan.rowText, segment, block, list, context);
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

/** Of rows as text: gives back the memory of the text, which nobody reads any more. */
export function freeRowTexts({ names, columns }: Table): void {
  const [rows] = columns;
  if (names[0] === ROWS_COLUMN && rows?.type === 'BINARY') freeBytes(rows.bytes);
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

function textOfRows(
  plan: ScanLeaf,
  form: NonNullable<ScanLeaf['rowText']>,
  segment: RunSegment,
  block: Block,
  list: RowList,
  context: RunContext,
): { readonly rows: TableColumn; readonly types: readonly string[] } {
  const names = shownColumns(plan, segment);
  const virtual = new Set(plan.virtualColumns.map(virtualName));
  const shared = context.home === NO_ARENA ? new TextBuffer() : undefined;
  const columns = names.map((name) => {
    const stored = virtual.has(name) ? null : block.stored(name);
    if (stored === undefined) return { type: 'STRING', texts: 'null' };
    const text = shared ?? new TextBuffer();
    const texts = stored && storedTexts(stored, block.numRows, context, text);
    if (texts) return { type: storedType(stored), texts };
    const cells = cellsOf(name, segment, block, list);
    const textOf = cellText(cells);
    const append = (index: number): void => text.text(textOf(index));
    return { type: signatureType(cells), texts: new WrittenCells(context, text, append) };
  });
  const texts = columns.map((column) => column.texts);
  const rows =
    shared === undefined
      ? rowTexts(form, names, texts, list, context)
      : heapRowTexts(form, names, texts as readonly (WrittenCells | string)[], list, shared);
  return { rows, types: columns.map(({ type }) => type) };
}

/** undefined for forms that only `Block.column` reads. */
function storedTexts(
  stored: StoredVector,
  numRows: number,
  context: RunContext,
  text: TextBuffer,
): TextColumn | undefined {
  const write = storedWriter(stored, numRows, (arena, end) => context.buffer(arena, end), text);
  if (write === undefined) return undefined;
  if (isConstant(stored)) {
    write(0);
    const constant = text.toString();
    text.length = 0;
    return constant;
  }
  const written = (): WrittenCells => writtenBy(write, text, context);
  return StoredCells.create(stored, context, written) ?? written();
}

function isConstant(stored: StoredVector): boolean {
  return (
    (stored.kind === 'ids' && stored.width === null) ||
    (stored.kind === 'ints' && stored.type === null && stored.nulls === 0)
  );
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
