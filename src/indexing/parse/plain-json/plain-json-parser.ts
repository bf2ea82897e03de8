import { isUtf8 } from 'node:buffer';
import type { InputRow, RowValue } from '../../../segments/incremental/input-row.js';
import type { RowBatch } from '../../../segments/incremental/row-batch.js';
import type { InternedText } from '../../../segments/incremental/interned-text.js';
import { MAX_STAGED_ROWS } from '../../../segments/incremental/row-store.js';
import { bindJsonRows, JSON_ROW, type JsonRowKernel, loadKernelModule } from '../../../vectors/kernels/wasm-kernels.js';
import type { BatchParser, MessageContext, RowHandler, RowParser } from '../row-handler.js';
import { PlainBatch } from './plain-batch.js';
import { isText, type PlainFields } from './plain-fields.js';
import { ParserMemory } from './parser-memory.js';
import { TextDictionary } from './text-dictionary.js';

/** Longer records are left to the general parser. */
const MAX_RECORD_BYTES = 1 << 16;
/** Zeros behind a record, which end every loop of the kernel. */
const PADDING = 32;
const FIELD_BYTES = 16;
const MIN_RECORDS = 4;
const MAX_SKIP = 256;
const MAX_POSITIONS = 256;
const POWERS = 23;
/** Words of a schema; the layout is the kernel's (assembly/json-row.ts). */
const SCHEMA_WORDS = 16;
const FULL_FIELD = 6;
const HAS_VALUE = 1;

/**
 * Rows out of JSON objects whose fields are plain: read by a kernel that knows the schema, without an object for the record and without a string for a value that was seen
 * before. What is not plain goes to the general parser, so that rows are the same as if it had read all of them.
 */
export class PlainJsonParser implements RowParser {
  readonly batches: BatchParser;
  readonly #general: RowParser;
  readonly #fields: PlainFields;
  readonly #memory = new ParserMemory();
  readonly #kernel: JsonRowKernel;
  readonly #dictionaries: readonly (TextDictionary | undefined)[];
  readonly #row: { timestampMs: number; readonly dimensions: RowValue[]; readonly inputs: RowValue[] } = {
    timestampMs: 0,
    dimensions: [],
    inputs: [],
  };
  readonly #text: number;
  readonly #schema: number;
  readonly #values: number;
  readonly #tags: number;

  /** @param general for records that are not plain */
  constructor(fields: PlainFields, general: RowParser) {
    this.#general = general;
    this.#fields = fields;
    const memory = this.#memory;
    const kernels = bindJsonRows(loadKernelModule(), memory.memory);
    this.#kernel = kernels.row;
    this.#text = memory.allocate(MAX_RECORD_BYTES + PADDING);
    this.#values = memory.allocate(fields.fields.length * 8);
    this.#tags = memory.allocate(fields.fields.length);
    this.#dictionaries = fields.fields.map((field) => (isText(field) ? new TextDictionary(memory) : undefined));
    this.#schema = this.#writeSchema();
    this.batches = new PlainBatches(new PlainBatch(memory, kernels.rows, fields, this.#dictionaries, this.#schema));
  }

  startFile(): void {
    this.#general.startFile();
  }

  parse(bytes: Uint8Array | null, handler: RowHandler, message?: MessageContext): void {
    if (bytes === null || bytes.length > MAX_RECORD_BYTES || !this.#read(bytes)) {
      return this.#general.parse(bytes, handler, message);
    }
    handler.onRow(this.#fill(), 0, undefined);
  }

  /** Whether the record is a plain one, whose values now are in place. */
  #read(bytes: Uint8Array): boolean {
    const memory = this.#memory;
    memory.bytes.set(bytes, this.#text);
    memory.bytes.fill(0, this.#text + bytes.length, this.#text + bytes.length + PADDING);
    let outcome = this.#kernel(this.#text, bytes.length, this.#schema);
    while (outcome === JSON_ROW.full) {
      this.#dictionaries[memory.words[(this.#schema >> 2) + FULL_FIELD]!]!.makeRoom(bytes.length);
      outcome = this.#kernel(this.#text, bytes.length, this.#schema);
    }
    if (outcome === JSON_ROW.left || memory.bytes[this.#tags + this.#fields.time] !== HAS_VALUE) return false;
    return outcome === JSON_ROW.whole || isUtf8(bytes);
  }

  #fill(): InputRow {
    const row = this.#row;
    const { dimensions, inputs, time } = this.#fields;
    row.timestampMs = this.#memory.doubles[(this.#values >> 3) + time]!;
    for (let slot = 0; slot < dimensions.length; slot++) row.dimensions[slot] = this.#value(dimensions[slot]!);
    for (let i = 0; i < inputs.length; i++) {
      const value = this.#value(inputs[i]!);
      row.inputs[i] = typeof value === 'object' && value !== null ? value.text : value;
    }
    return row;
  }

  #value(field: number): number | InternedText | null {
    const memory = this.#memory;
    if (memory.bytes[this.#tags + field] !== HAS_VALUE) return null;
    const value = memory.doubles[(this.#values >> 3) + field]!;
    const dictionary = this.#dictionaries[field];
    return dictionary === undefined ? value : dictionary.text(value);
  }

  #writeSchema(): number {
    const memory = this.#memory;
    const { fields } = this.#fields;
    const schema = memory.allocate(SCHEMA_WORDS * 4);
    const table = memory.allocate(fields.length * FIELD_BYTES);
    const order = memory.allocate(MAX_POSITIONS * 4);
    const powers = memory.allocate(POWERS * 8);
    const scratch = memory.allocate(8);
    const keys = fields.map(({ name }) => this.#writeKey(name));
    // Only now do the views last: nothing is allocated any more before the first record.
    for (const [i, { kind }] of fields.entries()) {
      const key = keys[i]!;
      memory.words.set([key.pointer, key.length, kind, this.#dictionaries[i]?.pointer ?? 0], (table >> 2) + i * 4);
    }
    memory.words.fill(0xffff_ffff, order >> 2, (order >> 2) + MAX_POSITIONS);
    for (let power = 0; power < POWERS; power++) memory.doubles[(powers >> 3) + power] = 10 ** power;
    memory.words.set([fields.length, table, order, powers, this.#values, this.#tags, 0, 0, scratch], schema >> 2);
    return schema;
  }

  #writeKey(name: string): { readonly pointer: number; readonly length: number } {
    const bytes = Buffer.from(name, 'utf8');
    const pointer = this.#memory.allocate(bytes.length + 8);
    this.#memory.bytes.set(bytes, pointer);
    return { pointer, length: bytes.length };
  }
}

/** Records that are not plain end a batch: with many of them, batches are smaller, so that few records are copied in vain. */
class PlainBatches implements BatchParser {
  readonly #batch: PlainBatch;
  #maxRecords = MAX_STAGED_ROWS;
  #numRecords = 0;
  /** Records to leave alone, for there was no row when it was tried last; and how many next time. */
  #toSkip = 0;
  #nextSkip = 1;

  constructor(batch: PlainBatch) {
    this.#batch = batch;
  }

  push(bytes: Uint8Array | null): boolean {
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return false;
    }
    if (bytes === null || bytes.length === 0 || bytes.length > MAX_RECORD_BYTES) return false;
    if (this.#numRecords >= this.#maxRecords || !this.#batch.push(bytes)) return false;
    this.#numRecords++;
    return true;
  }

  read(): RowBatch | undefined {
    const wanted = this.#numRecords;
    this.#numRecords = 0;
    if (wanted === 0) return undefined;
    const batch = this.#batch.read();
    const numRows = batch?.numRows ?? 0;
    this.#toSkip = numRows === 0 ? this.#nextSkip : 0;
    this.#nextSkip = numRows === 0 ? Math.min(MAX_SKIP, this.#nextSkip * 2) : 1;
    const next = numRows < wanted ? numRows * 2 : this.#maxRecords * 2;
    this.#maxRecords = Math.min(MAX_STAGED_ROWS, Math.max(MIN_RECORDS, next));
    return batch;
  }
}
