import { type TimestampParser, timestampParser } from '../../common/timestamp-format.js';
import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import type { InputRow, RowValue } from '../../segments/incremental/input-row.js';
import { metricInputs } from '../../segments/incremental/metric-inputs.js';
import type { DataSchema } from '../spec/data-schema.js';
import { type Converter, dimensionConverter, FieldErrors, metricConverter, shown } from './convert.js';

/** Builds the one reused row out of raw field values: parses the timestamp and converts values to their columns' types. */
export class RowAssembler {
  readonly row: { timestampMs: number; readonly dimensions: RowValue[]; readonly inputs: RowValue[] } = {
    timestampMs: 0,
    dimensions: [],
    inputs: [],
  };
  readonly errors = new FieldErrors();
  readonly #parseTimestamp: TimestampParser;
  readonly #missingTimestampMs: number | null;
  readonly #list: DimensionList;
  readonly #dimensionConverters: Converter[] = [];
  readonly #inputConverters: readonly Converter[];

  constructor(schema: DataSchema, dimensions: DimensionList) {
    this.#parseTimestamp = timestampParser(schema.timestampSpec.format);
    this.#missingTimestampMs = schema.timestampSpec.missingValueMs;
    this.#list = dimensions;
    this.#inputConverters = metricInputs(schema.metricsSpec).map((input) => metricConverter(input));
  }

  /** Starts a row. @returns why it is unparseable, or undefined */
  begin(timestamp: unknown): string | undefined {
    this.errors.clear();
    const ms =
      timestamp === undefined || timestamp === null ? this.#missingTimestampMs : this.#parseTimestamp(timestamp);
    if (ms === null || ms === undefined || !Number.isSafeInteger(ms))
      return `Timestamp[${shown(timestamp ?? null)}] is unparseable!`;
    this.row.timestampMs = ms;
    return undefined;
  }

  /** Replaces the row's time by epoch ms. @returns why it is unparseable, or undefined */
  setTime(value: unknown): string | undefined {
    const ms = typeof value === 'string' ? Number(value) : value;
    if (typeof ms !== 'number' || !Number.isFinite(ms)) return `Timestamp[${shown(value ?? null)}] is unparseable!`;
    this.row.timestampMs = Math.trunc(ms);
    return undefined;
  }

  setDimension(slot: number, raw: unknown): void {
    while (this.#dimensionConverters.length <= slot) {
      const next = this.#dimensionConverters.length;
      this.#dimensionConverters.push(dimensionConverter(this.#list.schemas[next]!));
    }
    this.row.dimensions[slot] =
      raw === undefined || raw === null ? null : this.#dimensionConverters[slot]!(raw, this.errors);
  }

  setInput(position: number, raw: unknown): void {
    this.row.inputs[position] =
      raw === undefined || raw === null ? null : this.#inputConverters[position]!(raw, this.errors);
  }

  /** The finished row. */
  finish(): InputRow {
    return this.row;
  }
}
