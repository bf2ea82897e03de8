import type { StoredVector } from '../../vectors/block.js';
import type { IntType, KeyWidth, Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import type { CellWriter } from './cell-writers.js';
import type { RowList } from './read-cells.js';
import type { TextBuffer } from './text-buffer.js';

/** Rows [first, first + count) of a list, with a cursor each. */
export interface TextRows {
  readonly list: RowList;
  readonly first: number;
  readonly count: number;
  /** The rows' numbers in scratch of the home arena, u16. */
  readonly rowsAt: Pointer;
  readonly cursorsAt: Pointer;
  /** While cells are measured the length of each row's text so far, then where the next text of the row goes in the home arena. */
  readonly cursors: Uint32Array;
}

/** The JSON texts of a column's cells. */
export interface CellTexts {
  /** Adds the lengths of the texts. */
  measure(rows: TextRows): void;
  /** Puts the texts that were measured last at the cursors, which go behind them. */
  write(rows: TextRows): void;
}

/** What kernels do for a column; `measure` is false where some cell's text is not for them. */
interface KernelTexts {
  measure(rows: TextRows): boolean;
  write(rows: TextRows): void;
}

/** Texts that are made one by one. */
export class WrittenCells implements CellTexts {
  readonly #context: RunContext;
  readonly #text: TextBuffer;
  /** Appends one cell's text to the buffer, by the row's place in its list and its number. */
  readonly append: (index: number, row: number) => void;
  #ends = new Uint32Array(0);

  /** @param append to `text` */
  constructor(context: RunContext, text: TextBuffer, append: (index: number, row: number) => void) {
    this.#context = context;
    this.#text = text;
    this.append = append;
  }

  measure({ list, first, count, cursors }: TextRows): void {
    this.#text.length = 0;
    if (this.#ends.length < count) this.#ends = new Uint32Array(count);
    let start = 0;
    for (let i = 0; i < count; i++) {
      this.append(first + i, list.rows[first + i]!);
      const end = this.#text.length;
      this.#ends[i] = end;
      cursors[i]! += end - start;
      start = end;
    }
  }

  write({ count, cursors }: TextRows): void {
    const { bytes, length } = this.#text;
    const last = count === 0 ? 0 : cursors[count - 1]! + length;
    const out = new Uint8Array(this.#context.buffer(this.#context.home, last));
    let start = 0;
    for (let i = 0; i < count; i++) {
      const end = this.#ends[i]!;
      const at = cursors[i]!;
      for (let j = start; j < end; j++) out[at + j - start] = bytes[j]!;
      cursors[i] = at + end - start;
      start = end;
    }
  }
}

/** A column in the home arena: kernels make its texts, and `other` those of rows where one is not plain. */
export class StoredCells implements CellTexts {
  readonly #kernel: KernelTexts;
  readonly #other: () => CellTexts;
  #made: CellTexts | undefined;
  #isPlain = true;

  private constructor(kernel: KernelTexts, other: () => CellTexts) {
    this.#kernel = kernel;
    this.#other = other;
  }

  /** undefined when kernels cannot read the column. */
  static create(stored: StoredVector, context: RunContext, other: () => CellTexts): StoredCells | undefined {
    const kernel = kernelTexts(stored, context);
    return kernel && new StoredCells(kernel, other);
  }

  measure(rows: TextRows): void {
    const before = rows.cursors.slice();
    this.#isPlain = this.#kernel.measure(rows);
    if (this.#isPlain) return;
    rows.cursors.set(before);
    this.#made ??= this.#other();
    this.#made.measure(rows);
  }

  write(rows: TextRows): void {
    if (this.#isPlain) this.#kernel.write(rows);
    else this.#made!.write(rows);
  }
}

/** Text of a stored column's cells as `write` appends it. */
export function writtenBy(write: CellWriter, text: TextBuffer, context: RunContext): WrittenCells {
  return new WrittenCells(context, text, (_, row) => write(row));
}

function kernelTexts(stored: StoredVector, context: RunContext): KernelTexts | undefined {
  if (stored.kind === 'ids' && stored.width !== null) return idTexts(stored, stored.width, context);
  if (stored.kind === 'ints' && stored.type !== null) return intTexts(stored, stored.type, context);
  return undefined;
}

function idTexts(
  { arena, ids, dictionary }: StoredVector & { kind: 'ids' },
  width: KeyWidth,
  context: RunContext,
): KernelTexts | undefined {
  const { utf8 } = dictionary;
  if (arena !== context.home || utf8?.arena !== context.home) return undefined;
  const kernels = context.kernels(context.home);
  const [measure, write] = [kernels.measureIds(width), kernels.writeIds(width)];
  const [offsets, bytes] = [utf8.offsets.byteOffset, utf8.bytes.byteOffset];
  return {
    measure: ({ rowsAt, count, cursorsAt }) => measure(ids, offsets, bytes, rowsAt, count, cursorsAt) === 1,
    write: ({ rowsAt, count, cursorsAt }) => write(ids, offsets, bytes, rowsAt, count, cursorsAt),
  };
}

function intTexts(
  { arena, logical, values, base, scale, nulls }: StoredVector & { kind: 'ints' },
  type: IntType,
  context: RunContext,
): KernelTexts | undefined {
  if (arena !== context.home) return undefined;
  const kernels = context.kernels(context.home);
  const [measure, write] = [kernels.measureInts(type), kernels.writeInts(type)];
  const shown = logical === 'long' ? -1 : scale;
  return {
    measure: ({ rowsAt, count, cursorsAt }) => measure(values, base, shown, nulls, rowsAt, count, cursorsAt) === 1,
    write: ({ rowsAt, count, cursorsAt }) => write(values, base, shown, nulls, rowsAt, count, cursorsAt),
  };
}
