/** The seam between bytes and rows: what a parser is given and what it reports. */
import type { InputRow } from '../../segments/incremental/input-row.js';

export interface RowHandler {
  /**
   * A row, valid until the handler returns. `failedFields` counts values that could not be converted and are null now:
   * a row with any is Druid's `processedWithError`. `reason` says why, only then.
   */
  onRow(row: InputRow, failedFields: number, reason: string | undefined): void;
  /** A record that gives no row at all: Druid's `unparseable`. */
  onUnparseable(reason: string): void;
}

export interface RowParser {
  /**
   * Parses one record: a message of a stream or a line of a file (for JSON also several objects in a row). An empty record has no row.
   * @param bytes only read until the call returns
   */
  parse(bytes: Uint8Array, handler: RowHandler): void;
  /** Forgets what the last file said of itself (its header line). */
  startFile(): void;
}
