import { checkStop } from '../../common/stop-check.js';
import { jsonString } from '../../common/json-write.js';
import type { ScanLeaf } from '../../plan/leaf-plan.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { TableColumn } from '../../vectors/table.js';
import type { RunContext } from '../run.js';
import type { CellTexts, TextRows, WrittenCells } from './cell-texts.js';
import type { RowList } from './read-cells.js';
import type { TextBuffer } from './text-buffer.js';

/** A column's cells, or the text of a cell that is the same in every row. */
export type TextColumn = CellTexts | string;

/** Rows whose text one buffer takes one after another: over the heap, where there is no memory for kernels. */
export function heapRowTexts(
  form: NonNullable<ScanLeaf['rowText']>,
  names: readonly string[],
  columns: readonly (WrittenCells | string)[],
  list: RowList,
  text: TextBuffer,
): TableColumn {
  const pieces = piecesOf(form, names, columns) as readonly (WrittenCells | Shared)[];
  const offsets = new Uint32Array(list.count + 1);
  for (let i = 0; i < list.count; i++) {
    checkStop();
    for (const piece of pieces) {
      if ('bytes' in piece) text.raw(piece.bytes);
      else piece.append(i, list.rows[i]!);
    }
    offsets[i + 1] = text.length;
  }
  return { type: 'BINARY', offsets, bytes: text.bytes.subarray(0, text.length), nulls: null };
}

/** Rows whose text is made together: those of a usual page. */
const MAX_ROWS = 16_384;
/** Text that is made together, but for a single row that has more. */
const MAX_BYTES = 32 * 1024 ** 2;

/**
 * The JSON text of rows, each behind a comma: the lengths of all cells first, then the cells column by column into the places that follow
 * from them. Kernels do both for what lies in the home arena.
 * @param names of the columns, for rows that are objects
 */
export function rowTexts(
  form: NonNullable<ScanLeaf['rowText']>,
  names: readonly string[],
  columns: readonly TextColumn[],
  list: RowList,
  context: RunContext,
): TableColumn {
  const writer = new RowWriter(piecesOf(form, names, columns), context);
  const offsets = new Uint32Array(list.count + 1);
  const texts: Uint8Array[] = [];
  let end = 0;
  try {
    for (let from = 0; from < list.count; ) {
      const { bytes, numRows } = writer.write(list, from, offsets.subarray(from + 1), end);
      texts.push(bytes);
      end += bytes.length;
      from += numRows;
    }
  } finally {
    writer.free();
  }
  return { type: 'BINARY', offsets, bytes: texts.length === 1 ? texts[0]! : concat(texts, end), nulls: null };
}

/** Bytes that all rows share. */
interface Shared {
  readonly bytes: Uint8Array;
}

/** A row from its comma to its end. */
type Piece = CellTexts | Shared;

function piecesOf(form: string, names: readonly string[], columns: readonly TextColumn[]): readonly Piece[] {
  const isObject = form === 'list';
  const pieces: Piece[] = [];
  let shared = isObject ? ',{' : ',[';
  const endShared = (): void => {
    if (shared !== '') pieces.push({ bytes: Buffer.from(shared) });
    shared = '';
  };
  columns.forEach((column, i) => {
    if (i > 0) shared += ',';
    if (isObject) shared += `${jsonString(names[i]!)}:`;
    if (typeof column === 'string') shared += column;
    else {
      endShared();
      pieces.push(column);
    }
  });
  shared += isObject ? '}' : ']';
  endShared();
  return pieces;
}

/** Working memory for the texts of one block's rows. */
class RowWriter {
  readonly #context: RunContext;
  readonly #pieces: readonly Piece[];
  /** Where shared bytes lie for kernels. */
  readonly #places = new Map<Piece, Pointer>();
  readonly #sharedBytes: number;
  readonly #work: Pointer;
  #out: Pointer = 0;
  #outBytes = 0;

  constructor(pieces: readonly Piece[], context: RunContext) {
    this.#pieces = pieces;
    this.#context = context;
    this.#sharedBytes = pieces.reduce((sum, piece) => sum + ('bytes' in piece ? piece.bytes.length : 0), 0);
    this.#work = context.scratch(context.home).allocate(6 * MAX_ROWS + this.#sharedBytes);
    let at = this.#work + 6 * MAX_ROWS;
    for (const piece of pieces) {
      if (!('bytes' in piece)) continue;
      this.#bytes(at, piece.bytes.length).set(piece.bytes);
      this.#places.set(piece, at);
      at += piece.bytes.length;
    }
  }

  /** @param ends gets where each row's text ends, counted from `start` */
  write(
    list: RowList,
    from: number,
    ends: Uint32Array,
    start: number,
  ): { readonly bytes: Uint8Array; readonly numRows: number } {
    const { home } = this.#context;
    let rows = this.#rows(list, from, Math.min(MAX_ROWS, list.count - from));
    let total = this.#measure(rows);
    while (total > MAX_BYTES && rows.count > 1) {
      rows = this.#rows(list, from, rows.count >>> 1);
      total = this.#measure(rows);
    }
    this.#reserve(total);
    let at = 0;
    const { cursors } = rows;
    for (let i = 0; i < rows.count; i++) {
      const length = cursors[i]!;
      cursors[i] = this.#out + at;
      at += length;
      ends[i] = start + at;
    }
    const kernels = this.#context.kernels(home);
    for (const piece of this.#pieces) {
      checkStop();
      if (!('bytes' in piece)) piece.write(rows);
      else kernels.writeBytes(this.#places.get(piece)!, piece.bytes.length, rows.count, rows.cursorsAt);
    }
    return { bytes: this.#bytes(this.#out, total).slice(), numRows: rows.count };
  }

  free(): void {
    const scratch = this.#context.scratch(this.#context.home);
    scratch.free(this.#work);
    if (this.#outBytes > 0) scratch.free(this.#out);
  }

  #rows(list: RowList, first: number, count: number): TextRows {
    const rowsAt = this.#work;
    const cursorsAt = this.#work + 2 * MAX_ROWS;
    const buffer = this.#context.buffer(this.#context.home, cursorsAt + 4 * count);
    new Uint16Array(buffer, rowsAt, count).set(list.rows.subarray(first, first + count));
    return { list, first, count, rowsAt, cursorsAt, cursors: new Uint32Array(buffer, cursorsAt, count) };
  }

  /** Leaves the length of each row's text in place of its cursor. @returns the length of all */
  #measure(rows: TextRows): number {
    rows.cursors.fill(this.#sharedBytes);
    for (const piece of this.#pieces) {
      checkStop();
      if (!('bytes' in piece)) piece.measure(rows);
    }
    let total = 0;
    for (let i = 0; i < rows.count; i++) total += rows.cursors[i]!;
    return total;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#outBytes) return;
    const scratch = this.#context.scratch(this.#context.home);
    if (this.#outBytes > 0) scratch.free(this.#out);
    this.#outBytes = 0;
    this.#out = scratch.allocate(bytes);
    this.#outBytes = bytes;
  }

  #bytes(at: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.#context.buffer(this.#context.home, at + length), at, length);
  }
}

function concat(texts: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const text of texts) {
    all.set(text, at);
    at += text.length;
  }
  return all;
}
