import type { BatchColumn, RowBatch } from '../../../segments/incremental/row-batch.js';
import { MAX_STAGED_ROWS } from '../../../segments/incremental/row-store.js';
import { JSON_ROW, type JsonRowsKernel } from '../../../vectors/kernels/wasm-kernels.js';
import { isText, type PlainFields } from './plain-fields.js';
import type { ParserMemory } from './parser-memory.js';
import type { TextDictionary } from './text-dictionary.js';

const TEXT_BYTES = 1 << 19;
/** Zeros behind the texts, which end every loop of the kernel. */
const PADDING = 32;
/** Records that lie closer together than this in one buffer are copied with what is between them. */
const MAX_GAP = 256;
const FULL_FIELD = 6;

/** Many JSON objects read into columns by one call of a kernel. */
export class PlainBatch {
  readonly #memory: ParserMemory;
  readonly #kernel: JsonRowsKernel;
  readonly #fields: PlainFields;
  readonly #dictionaries: readonly (TextDictionary | undefined)[];
  readonly #schema: number;
  readonly #text: number;
  readonly #ranges: number;
  readonly #columns: number;
  readonly #outcome: number;
  readonly #places: readonly { readonly values: number; readonly nulls: number }[];
  #numRecords = 0;
  /** Bytes of the text area that are taken. */
  #used = 0;
  /** Records of one buffer that wait to be copied at once: from `#from` to `#to` of it, to `#used` on. */
  #source: ArrayBufferLike | undefined;
  #from = 0;
  #to = 0;

  constructor(
    memory: ParserMemory,
    kernel: JsonRowsKernel,
    fields: PlainFields,
    dictionaries: readonly (TextDictionary | undefined)[],
    schema: number,
  ) {
    this.#memory = memory;
    this.#kernel = kernel;
    this.#fields = fields;
    this.#dictionaries = dictionaries;
    this.#schema = schema;
    this.#text = memory.allocate(TEXT_BYTES + PADDING);
    this.#ranges = memory.allocate(MAX_STAGED_ROWS * 8);
    this.#columns = memory.allocate(fields.fields.length * 8);
    this.#outcome = memory.allocate(4);
    this.#places = fields.fields.map(() => ({
      values: memory.allocate(MAX_STAGED_ROWS * 8),
      nulls: memory.allocate(MAX_STAGED_ROWS),
    }));
    const words = this.#places.flatMap(({ values, nulls }) => [values, nulls]);
    memory.words.set(words, this.#columns >> 2);
  }

  clear(): void {
    this.#numRecords = 0;
    this.#used = 0;
    this.#source = undefined;
  }

  /** Adds a record. @returns false when it has no room */
  push(bytes: Uint8Array): boolean {
    const { buffer, byteOffset: from, length } = bytes;
    if (this.#numRecords === MAX_STAGED_ROWS) return false;
    if (buffer !== this.#source || from < this.#to || from - this.#to > MAX_GAP) {
      this.#copy();
      this.#source = buffer;
      this.#from = from;
    }
    const at = this.#used + from - this.#from;
    if (at + length > TEXT_BYTES) return false;
    this.#to = from + length;
    const { words } = this.#memory;
    const range = (this.#ranges >> 2) + this.#numRecords * 2;
    words[range] = this.#text + at;
    words[range + 1] = length;
    this.#numRecords++;
    return true;
  }

  /** The rows of the records up to the first that is not plain; none at all when that is the first. */
  read(): RowBatch | undefined {
    this.#copy();
    const memory = this.#memory;
    const schema = this.#schema;
    const end = this.#text + this.#used;
    memory.bytes.fill(0, end, end + PADDING);
    let numRows = 0;
    for (;;) {
      numRows = this.#kernel(this.#ranges, this.#numRecords, schema, this.#columns, this.#fields.time, this.#outcome);
      if (numRows > 0 || memory.words[this.#outcome >> 2] !== JSON_ROW.full) break;
      // Numbers of a dictionary may begin anew, which is why rows before the one that finds it full come first.
      const length = memory.words[(this.#ranges >> 2) + 1]!;
      this.#dictionaries[memory.words[(schema >> 2) + FULL_FIELD]!]!.makeRoom(length);
    }
    this.clear();
    return numRows === 0 ? undefined : this.#batch(numRows);
  }

  #copy(): void {
    if (this.#source === undefined) return;
    const length = this.#to - this.#from;
    this.#memory.bytes.set(new Uint8Array(this.#source, this.#from, length), this.#text + this.#used);
    this.#used += length;
    this.#source = undefined;
    this.#to = 0;
  }

  #batch(numRows: number): RowBatch {
    const { dimensions, inputs, time } = this.#fields;
    const columns = this.#fields.fields.map((_, field) => this.#column(field, numRows));
    const { values } = this.#places[time]!;
    return {
      numRows,
      times: this.#memory.doubles.subarray(values >> 3, (values >> 3) + numRows),
      dimensions: dimensions.map((field) => columns[field]!),
      inputs: inputs.map((field) => columns[field]!),
    };
  }

  #column(field: number, numRows: number): BatchColumn {
    const { words, doubles, bytes } = this.#memory;
    const { values, nulls } = this.#places[field]!;
    const dictionary = this.#dictionaries[field];
    if (isText(this.#fields.fields[field]!)) {
      const numbers = words.subarray(values >> 2, (values >> 2) + numRows);
      return { kind: 'texts', numbers, texts: dictionary!.texts() };
    }
    const flags = bytes.subarray(nulls, nulls + numRows);
    return {
      kind: 'numbers',
      values: doubles.subarray(values >> 3, (values >> 3) + numRows),
      nulls: flags.includes(1) ? flags : undefined,
    };
  }
}
