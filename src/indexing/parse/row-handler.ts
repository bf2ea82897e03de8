/** The seam between bytes and rows: what a parser is given and what it reports. */
import type { NamedLookups } from '../../query/native-query.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import type { RowBatch } from '../../segments/incremental/row-batch.js';
import type { StreamRecord } from '../../streams/stream-source.js';

export interface RowHandler {
  /**
   * A row, valid until the handler returns. `failedFields` counts values that could not be converted and are null now:
   * a row with any is Druid's `processedWithError`. `reason` says why, only then.
   */
  onRow(row: InputRow, failedFields: number, reason: string | undefined): void;
  /** A record that gives no row at all: Druid's `unparseable`. */
  onUnparseable(reason: string): void;
  /** A row that the transformSpec's filter does not want: Druid's `thrownAway`. */
  onFiltered(): void;
}

/** What a message of a stream has besides its value. */
export type MessageContext = Pick<StreamRecord, 'key' | 'timestampMs' | 'headers' | 'topic'>;

/** Many records at once, of those that a fast reader understands: each is one good row. */
export interface BatchParser {
  /** Adds a record to the next batch. @returns false when the batch is to be read first, or the record is for `parse` */
  push(bytes: Uint8Array | null): boolean;
  /**
   * The rows of the records that were pushed, from the first to the last before one that is for `parse`; undefined when there is none. Records after the
   * last row must be pushed again. Valid until the next call.
   */
  read(): RowBatch | undefined;
}

export interface RowParser {
  /** Absent when records of the schema or format cannot be read so. */
  readonly batches?: BatchParser;
  /**
   * Parses one record: a message of a stream or a line of a file (for JSON also several objects in a row). An empty record has no row.
   * @param bytes null for a message without a value; only read until the call returns
   */
  parse(bytes: Uint8Array | null, handler: RowHandler, message?: MessageContext): void;
  /** Forgets what the last file said of itself (its header line). */
  startFile(): void;
  /**
   * Fetches what these records need and is not there yet: schemas by number. Undefined when nothing is missing, which is known at once.
   * @throws what must be tried again: the registry does not answer
   */
  prepare?(records: Iterable<Uint8Array | null>): Promise<void> | undefined;
  /** Takes lookups as they are from now on; absent where no transform can name one. */
  useLookups?(lookups: NamedLookups): void;
}

/** Rows out of records that are objects already: of files in formats of their own, or of stored segments. */
export interface ObjectRowParser {
  parseRecord(record: Readonly<Record<string, unknown>>, handler: RowHandler): void;
}
