import { isUtf8 } from 'node:buffer';
import { DruidError } from '../../common/druid-error.js';
import { isDeeperThan, parseJson } from '../../common/json-read.js';
import type { JsonFormat } from '../spec/input-format.js';
import { HugeNumber } from './huge-number.js';
import { splitObjects } from './json-objects.js';
import { type FieldPath, type JsonRecord, ObjectFields } from './object-fields.js';
import type { RecordSink, RecordSource } from './record-format.js';

/** Keeps to error messages that hold no more than a glimpse of the record. */
const MAX_SHOWN = 100;
/** @source Jackson `StreamReadConstraints.DEFAULT_MAX_DEPTH`, which Druid reads with */
const MAX_DEPTH = 1000;

/** Records of JSON objects; `JSON.parse` is faster than anything that JavaScript can do by itself. */
export class JsonRecords implements RecordSource<JsonRecord, FieldPath> {
  readonly hasFixedColumns = false;
  readonly #fields: ObjectFields;
  /** Record as text, and its form with exact integers once one was needed. */
  #text = '';
  #exact: JsonRecord | undefined;

  constructor(format: JsonFormat) {
    this.#fields = new ObjectFields(format.flatten);
  }

  /** Every field is the member of its own name. */
  get hasPlainFields(): boolean {
    return this.#fields.isPlain;
  }

  field(name: string): FieldPath {
    return this.#fields.field(name);
  }

  names(record: JsonRecord): readonly string[] {
    return this.#fields.names(record);
  }

  /** A field's value, integers beyond 2^53 as bigint, and a `HugeNumber` for what no double can hold. */
  read(object: JsonRecord, path: FieldPath): unknown {
    const value = this.#fields.read(object, path);
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return new HugeNumber(value);
    if (typeof value === 'number' ? !mayHaveLostBits(value) : !Array.isArray(value) || !value.some(mayHaveLostBits))
      return value;
    this.#exact ??= exactRecord(this.#text);
    return this.#exact === undefined ? value : this.#fields.read(this.#exact, path);
  }

  records(bytes: Uint8Array | null, sink: RecordSink<JsonRecord>): void {
    if (bytes === null) return;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!isUtf8(buffer)) return sink.onUnparseable('Unable to parse row: it is not UTF-8');
    const text = buffer.toString('utf8');
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch (error) {
      return this.#several(text, error, sink);
    }
    this.#one(record, text, sink);
  }

  /** Several objects in one record, or no JSON at all: then none of it counts, as in Druid. */
  #several(text: string, error: unknown, sink: RecordSink<JsonRecord>): void {
    if (text.trim() === '') return;
    const parts = splitObjects(text);
    const records: unknown[] = [];
    try {
      if (parts === undefined) throw error;
      for (const part of parts) records.push(JSON.parse(part));
    } catch {
      return sink.onUnparseable(`Unable to parse row [${text.slice(0, MAX_SHOWN)}] into JSON`);
    }
    records.forEach((record, i) => this.#one(record, parts?.[i] ?? text, sink));
  }

  #one(record: unknown, text: string, sink: RecordSink<JsonRecord>): void {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      return sink.onUnparseable(`Unable to parse row [${text.slice(0, MAX_SHOWN)}] into JSON: it is no object`);
    }
    if (text.length > 2 * MAX_DEPTH && isDeeperThan(record, MAX_DEPTH)) {
      const reason = `it nests deeper than [${MAX_DEPTH}] levels`;
      return sink.onUnparseable(`Unable to parse row [${text.slice(0, MAX_SHOWN)}] into JSON: ${reason}`);
    }
    this.#text = text;
    this.#exact = undefined;
    sink.onRecord(record as JsonRecord);
  }
}

function mayHaveLostBits(value: unknown): boolean {
  return (
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 64
  );
}

function exactRecord(text: string): JsonRecord | undefined {
  try {
    return parseJson(text) as JsonRecord;
  } catch (error) {
    // Nested too deep for an exact reading: the rounded one has to do.
    if (error instanceof DruidError) return undefined;
    throw error;
  }
}
