/** The seam between bytes and rows: what a parser is given and what it reports. */
import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import type { DataSchema } from '../spec/data-schema.js';
import type { InputFormat } from '../spec/input-format.js';
import { DelimitedParser } from './delimited-parser.js';
import { JsonParser } from './json-parser.js';
import { RowAssembler } from './row-assembler.js';

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

/** @param dimensions grows when the schema is discovered; the rows' `dimensions` follow its slots */
export function createRowParser(schema: DataSchema, format: InputFormat, dimensions: DimensionList): RowParser {
  const assembler = new RowAssembler(schema, dimensions);
  return format.type === 'json'
    ? new JsonParser(schema, format, dimensions, assembler)
    : new DelimitedParser(schema, format, dimensions, assembler);
}
