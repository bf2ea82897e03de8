/**
 * Inputs of metrics for a few thousand rows, as a block that aggregators read: rows are collected here one by one, and aggregated
 * many at a time. Lives on the heap of the ingesting thread.
 */
import { imageColumn } from '../../aggregators/images.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import type { Block, ColumnVector, Dictionary } from '../../vectors/block.js';
import { heapBlock } from '../../vectors/heap-block.js';
import { nextIndexKey } from './index-key.js';
import type { RowValue } from './input-row.js';
import type { MetricInput } from './metric-inputs.js';
import { type BatchColumn, batchValue, type RowBatch } from './row-batch.js';
import { NumberMap } from './interned-text.js';

export const BATCH_ROWS = 4096;
/** A dictionary of inputs lives over batches, so that aggregators can remember what they found out of each value; not for ever. */
const MAX_DICTIONARY_SIZE = 100_000;

interface InputColumn {
  set(row: number, value: RowValue): void;
  setMany(row: number, values: BatchColumn, rows: Uint32Array, n: number): void;
  vector(numRows: number): ColumnVector;
  /** After the rows were aggregated. */
  clear(): void;
}

class LongInput implements InputColumn {
  readonly #values = new BigInt64Array(BATCH_ROWS);
  readonly #words = new Int32Array(this.#values.buffer);
  readonly #nulls = new Uint8Array(BATCH_ROWS);

  set(row: number, value: RowValue): void {
    this.#nulls[row] = value === null || value === undefined ? 1 : 0;
    if (typeof value === 'bigint') this.#values[row] = value;
    else {
      const number = typeof value === 'number' ? value : 0;
      this.#words[2 * row] = number | 0;
      // |number| < 2^53: the high word is the floor of the quotient, and `|0` of the number above is its low word.
      this.#words[2 * row + 1] = Math.floor(number / 4_294_967_296);
    }
  }

  setMany(row: number, column: BatchColumn, rows: Uint32Array, n: number): void {
    if (column.kind !== 'numbers') return setEach(this, row, column, rows, n);
    const { values, nulls } = column;
    const words = this.#words;
    for (let i = 0; i < n; i++) {
      const number = values[rows[i]!]!;
      words[2 * (row + i)] = number | 0;
      words[2 * (row + i) + 1] = Math.floor(number / 4_294_967_296);
    }
    fillNulls(this.#nulls, row, nulls, rows, n);
  }

  vector(numRows: number): ColumnVector {
    return {
      kind: 'long',
      base: 0,
      values: this.#values.subarray(0, numRows),
      nulls: this.#nulls.subarray(0, numRows),
    };
  }

  clear(): void {
    // Rows are overwritten.
  }
}

class DoubleInput implements InputColumn {
  readonly #values = new Float64Array(BATCH_ROWS);
  readonly #nulls = new Uint8Array(BATCH_ROWS);

  set(row: number, value: RowValue): void {
    const isNull = value === null || value === undefined;
    this.#nulls[row] = isNull ? 1 : 0;
    this.#values[row] = isNull ? 0 : Number(value);
  }

  setMany(row: number, column: BatchColumn, rows: Uint32Array, n: number): void {
    if (column.kind !== 'numbers') return setEach(this, row, column, rows, n);
    const { values, nulls } = column;
    for (let i = 0; i < n; i++) this.#values[row + i] = values[rows[i]!]!;
    fillNulls(this.#nulls, row, nulls, rows, n);
  }

  vector(numRows: number): ColumnVector {
    return { kind: 'double', values: this.#values.subarray(0, numRows), nulls: this.#nulls.subarray(0, numRows) };
  }

  clear(): void {
    // Rows are overwritten.
  }
}

/** Distinct strings in order of appearance. */
class HeapDictionary implements Dictionary {
  readonly key = nextIndexKey();
  readonly sorted = false;
  readonly #values: string[] = [];
  readonly #ids = new Map<string, number>();

  get size(): number {
    return this.#values.length;
  }

  value(id: number): string {
    return this.#values[id - 1]!;
  }

  idOf(value: string): number {
    return this.#ids.get(value) ?? -1;
  }

  add(value: string): number {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = this.#values.push(value);
    this.#ids.set(value, id);
    return id;
  }
}

class StringInput implements InputColumn {
  readonly #offsets = new Uint32Array(BATCH_ROWS + 1);
  #ids = new Uint32Array(BATCH_ROWS);
  #dictionary = new HeapDictionary();
  #hasLists = false;
  #interned = new NumberMap();

  set(row: number, value: RowValue): void {
    let end = this.#offsets[row]!;
    if (Array.isArray(value)) {
      this.#hasLists = true;
      for (const element of value)
        end = this.#push(end, typeof element === 'string' ? this.#dictionary.add(element) : 0);
    } else end = this.#push(end, typeof value === 'string' ? this.#dictionary.add(value) : 0);
    this.#offsets[row + 1] = end;
  }

  setMany(row: number, column: BatchColumn, rows: Uint32Array, n: number): void {
    if (column.kind !== 'texts') return setEach(this, row, column, rows, n);
    const { numbers, texts } = column;
    const known = this.#interned.table(texts.source, texts.size);
    let end = this.#offsets[row]!;
    for (let i = 0; i < n; i++) {
      const number = numbers[rows[i]!]!;
      if (number !== 0 && known[number] === 0) known[number] = this.#dictionary.add(texts.text(number));
      end = this.#push(end, number === 0 ? 0 : known[number]!);
      this.#offsets[row + i + 1] = end;
    }
  }

  vector(numRows: number): ColumnVector {
    const dictionary = this.#dictionary;
    const ids = this.#ids.subarray(0, this.#offsets[numRows]);
    if (!this.#hasLists) return { kind: 'string', ids, dictionary };
    return { kind: 'multiString', offsets: this.#offsets.subarray(0, numRows + 1), ids, dictionary };
  }

  clear(): void {
    this.#hasLists = false;
    if (this.#dictionary.size <= MAX_DICTIONARY_SIZE) return;
    this.#dictionary = new HeapDictionary();
    this.#interned = new NumberMap();
  }

  #push(at: number, id: number): number {
    if (at === this.#ids.length) {
      const longer = new Uint32Array(at * 2);
      longer.set(this.#ids);
      this.#ids = longer;
    }
    this.#ids[at] = id;
    return at + 1;
  }
}

/** Values, or images of sketches (COMPLEX columns of stored rows): a batch with one image is read as images, and its values count as none. */
class ImagesOr implements InputColumn {
  readonly #values: InputColumn;
  readonly #images: (Uint8Array | undefined)[] = [];

  constructor(values: InputColumn) {
    this.#values = values;
  }

  set(row: number, value: RowValue): void {
    const isImage = value instanceof Uint8Array;
    this.#values.set(row, isImage ? null : value);
    if (isImage) this.#images[row] = value;
  }

  setMany(row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
    this.#values.setMany(row, values, rows, n);
  }

  vector(numRows: number): ColumnVector {
    if (this.#images.length === 0) return this.#values.vector(numRows);
    // An empty image is none.
    const { offsets, bytes } = imageColumn(Array.from({ length: numRows }, (_, row) => this.#images[row]));
    return { kind: 'binary', offsets, bytes };
  }

  clear(): void {
    this.#images.length = 0;
    this.#values.clear();
  }
}

function setEach(column: InputColumn, row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
  for (let i = 0; i < n; i++) column.set(row + i, batchValue(values, rows[i]!));
}

function fillNulls(flags: Uint8Array, row: number, nulls: Uint8Array | undefined, rows: Uint32Array, n: number): void {
  if (nulls === undefined) flags.fill(0, row, row + n);
  else for (let i = 0; i < n; i++) flags[row + i] = nulls[rows[i]!]!;
}

/** Collects the inputs of up to `BATCH_ROWS` rows. */
export class MetricBatch {
  readonly #inputs: readonly { readonly input: MetricInput; readonly column: InputColumn }[];
  readonly #times = new LongInput();
  #numRows = 0;

  constructor(inputs: readonly MetricInput[]) {
    this.#inputs = inputs.map((input) => ({ input, column: makeColumn(input) }));
  }

  get numRows(): number {
    return this.#numRows;
  }

  /** @param values by position in `inputs` */
  add(timeMs: number, values: readonly RowValue[]): void {
    const row = this.#numRows;
    this.#times.set(row, timeMs);
    for (let i = 0; i < this.#inputs.length; i++) this.#inputs[i]!.column.set(row, values[i]);
    this.#numRows = row + 1;
  }

  /** At most as many rows as there is room for. */
  addMany(batch: RowBatch, rows: Uint32Array, n: number): void {
    const row = this.#numRows;
    this.#times.setMany(row, { kind: 'numbers', values: batch.times, nulls: undefined }, rows, n);
    for (let i = 0; i < this.#inputs.length; i++) this.#inputs[i]!.column.setMany(row, batch.inputs[i]!, rows, n);
    this.#numRows = row + n;
  }

  /** The rows as aggregators of one metric see them: a field has the type that this metric reads. */
  block(inputsOfMetric: readonly MetricInput[]): Block {
    const n = this.#numRows;
    const vectors = new Map<string, ColumnVector>([[TIME_COLUMN, this.#times.vector(n)]]);
    for (const { input, column } of this.#inputs) {
      const isRead = inputsOfMetric.some(({ fieldName, type }) => fieldName === input.fieldName && type === input.type);
      // Read as a number and as text (in a filter): numbers serve both.
      if (isRead && !(input.type === 'value' && vectors.has(input.fieldName)))
        vectors.set(input.fieldName, column.vector(n));
    }
    return heapBlock(n, (name) => vectors.get(name));
  }

  clear(): void {
    this.#numRows = 0;
    for (const { column } of this.#inputs) column.clear();
  }
}

function makeColumn(input: MetricInput): InputColumn {
  const values = valueColumn(input);
  return input.takesImages === true ? new ImagesOr(values) : values;
}

function valueColumn(input: MetricInput): InputColumn {
  switch (input.type) {
    case 'long':
      return new LongInput();
    case 'double':
    case 'float':
      return new DoubleInput();
    case 'value':
      return new StringInput();
  }
}
