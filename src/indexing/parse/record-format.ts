/** The seam between formats and rows: a format cuts bytes into records and reads their fields. */
import type { MessageContext } from './row-handler.js';

/** R: a record, valid until the next one. F: a field, found once and read from many records. */
export interface RecordFormat<R, F> {
  field(name: string): F;
  /** null or undefined: not there. */
  read(record: R, field: F): unknown;
  /** Names of the fields that discovery may take. */
  names(record: R): readonly string[];
  /** Discovery takes fields that have only been null yet: those of lines that all have the same columns. */
  readonly hasFixedColumns: boolean;
}

export interface RecordSink<R> {
  onRecord(record: R): void;
  onUnparseable(reason: string): void;
}

export interface RecordSource<R, F> extends RecordFormat<R, F> {
  /** @param bytes null for a message without a value; only read until the call returns */
  records(bytes: Uint8Array | null, sink: RecordSink<R>, message: MessageContext | undefined): void;
  startFile?(): void;
  prepare?(records: Iterable<Uint8Array | null>): Promise<void> | undefined;
}
