import type { RowValue } from './input-row.js';
import type { TextSource } from './interned-text.js';

/** Distinct texts with numbers from 1 on. */
export interface BatchTexts {
  readonly source: TextSource;
  /** The largest number. */
  readonly size: number;
  text(number: number): string;
  /** Where the UTF-8 of a text lies, for a source that holds bytes: it need not make a string. */
  readonly utf8?: Utf8Texts;
}

/** Text `n` is the bytes from `offsets[n - 1]` to `offsets[n]`. */
export interface Utf8Texts {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** A column of a batch: numbers of texts, 0 = null; or numbers of the column's type (safe integers for LONG). */
export type BatchColumn =
  | { readonly kind: 'texts'; readonly numbers: Uint32Array; readonly texts: BatchTexts }
  | {
      readonly kind: 'numbers';
      readonly values: Float64Array;
      /** 1 = null; undefined when no row is. */
      readonly nulls: Uint8Array | undefined;
    };

/** Parsed rows as columns: valid until its maker reads the next. Counterpart of many `InputRow`s. */
export interface RowBatch {
  readonly numRows: number;
  /** Epoch ms as read, before truncation to query granularity. */
  readonly times: Float64Array;
  /** By slot of the DimensionList. */
  readonly dimensions: readonly BatchColumn[];
  /** By position in `metricInputs(metrics)`. */
  readonly inputs: readonly BatchColumn[];
}

/** A value as rows have it. */
export function batchValue(column: BatchColumn, row: number): RowValue {
  if (column.kind === 'numbers') return column.nulls?.[row] === 1 ? null : column.values[row];
  const number = column.numbers[row]!;
  return number === 0 ? null : column.texts.text(number);
}
