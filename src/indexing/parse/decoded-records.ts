import { type FieldPath, type JsonRecord, ObjectFields } from './object-fields.js';
import type { FlattenSpec } from '../spec/flatten-spec.js';
import type { RecordSink, RecordSource } from './record-format.js';

/** Turns the bytes of one message into an object. */
export interface MessageDecoder {
  /** @throws Error saying what is wrong with the message */
  decode(bytes: Uint8Array): JsonRecord;
  prepare?(records: Iterable<Uint8Array | null>): Promise<void> | undefined;
}

/** Messages of a binary format, one record each. */
export class DecodedRecords extends ObjectFields implements RecordSource<JsonRecord, FieldPath> {
  readonly #format: string;
  readonly #decoder: MessageDecoder;

  /** @param format its name, for errors */
  constructor(format: string, decoder: MessageDecoder, flatten: FlattenSpec) {
    super(flatten);
    this.#format = format;
    this.#decoder = decoder;
  }

  records(bytes: Uint8Array | null, sink: RecordSink<JsonRecord>): void {
    if (bytes === null || bytes.length === 0) return;
    let record: JsonRecord;
    try {
      record = this.#decoder.decode(bytes);
    } catch (error) {
      return sink.onUnparseable(`Fail to decode ${this.#format} message: ${(error as Error).message}`);
    }
    sink.onRecord(record);
  }

  prepare(records: Iterable<Uint8Array | null>): Promise<void> | undefined {
    return this.#decoder.prepare?.(records);
  }
}
