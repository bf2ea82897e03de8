import { isUtf8 } from 'node:buffer';
import type { InputRow, RowValue } from '../../../segments/incremental/input-row.js';
import type { InternedText } from '../../../segments/incremental/interned-text.js';
import { bindJsonRows, JSON_ROW, type JsonRowKernel, loadKernelModule } from '../../../vectors/kernels/wasm-kernels.js';
import type { BatchParser, MessageContext, RowHandler, RowParser } from '../row-handler.js';
import { PlainBatch } from './plain-batch.js';
import { MAX_RECORD_BYTES, PlainBatches } from './plain-batches.js';
import { isText, type PlainFields } from './plain-fields.js';
import { writePlainSchema } from './plain-schema.js';
import { ParserMemory } from './parser-memory.js';
import { TextDictionary } from './text-dictionary.js';

/** Zeros behind a record, which end every loop of the kernel. */
const PADDING = 32;
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
    this.#dictionaries = fields.fields.map((field) => (isText(field) ? new TextDictionary(memory) : undefined));
    const schema = writePlainSchema(memory, fields, this.#dictionaries);
    this.#schema = schema.pointer;
    this.#values = schema.values;
    this.#tags = schema.tags;
    this.batches = new PlainBatches(new PlainBatch(memory, kernels.rows, fields, this.#dictionaries, schema.pointer));
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
}
