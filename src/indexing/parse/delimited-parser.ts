import { isUtf8 } from 'node:buffer';
import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import { metricInputs } from '../../segments/incremental/metric-inputs.js';
import { autoDimension, stringDimension } from '../../segments/incremental/row-schema.js';
import { tryParseDouble, tryParseLong } from '../../vectors/number-text.js';
import type { DataSchema } from '../spec/data-schema.js';
import type { DelimitedFormat } from '../spec/input-format.js';
import { splitCsv, splitPlain } from './delimited-line.js';
import type { RowAssembler } from './row-assembler.js';
import type { RowHandler, RowParser } from './row-handler.js';

/** Lines of delimited fields; csv with quotes, tsv without. */
export class DelimitedParser implements RowParser {
  readonly #format: DelimitedFormat;
  readonly #assembler: RowAssembler;
  readonly #dimensions: DimensionList;
  readonly #timestampColumn: string;
  readonly #inputNames: readonly string[];
  readonly #discovery: 'none' | 'string' | 'auto';
  readonly #exclusions: ReadonlySet<string>;
  readonly #fields: string[] = [];
  #numFields = 0;
  #linesToSkip = 0;
  #needsHeader = false;
  /** Position in the line by column name; of the dimensions by slot and of the metric inputs, -1 = not there. */
  #positions = new Map<string, number>();
  #timestampAt = -1;
  #dimensionAt: number[] = [];
  #inputAt: number[] = [];

  constructor(schema: DataSchema, format: DelimitedFormat, dimensions: DimensionList, assembler: RowAssembler) {
    this.#format = format;
    this.#assembler = assembler;
    this.#dimensions = dimensions;
    this.#timestampColumn = schema.timestampSpec.column;
    this.#inputNames = metricInputs(schema.metricsSpec).map((input) => input.fieldName);
    this.#discovery = schema.dimensionsSpec.discovery;
    this.#exclusions = new Set(schema.dimensionsSpec.exclusions);
    if (format.columns !== null) this.#setColumns(format.columns);
    this.startFile();
  }

  startFile(): void {
    this.#linesToSkip = this.#format.skipHeaderRows;
    this.#needsHeader = this.#format.findColumnsFromHeader;
  }

  parse(bytes: Uint8Array, handler: RowHandler): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#linesToSkip > 0) {
      this.#linesToSkip--;
      return;
    }
    if (!isUtf8(buffer)) return handler.onUnparseable('Unable to parse row: it is not UTF-8');
    const line = buffer.toString('utf8');
    if (line === '') return;
    this.#numFields = this.#split(line);
    if (this.#numFields < 0) return handler.onUnparseable('Unable to parse row: a quoted field does not end');
    if (this.#needsHeader) {
      this.#needsHeader = false;
      const names = this.#fields.slice(0, this.#numFields).map((name, i) => (name === '' ? `column_${i + 1}` : name));
      this.#setColumns(this.#format.columns ?? names);
      return;
    }
    this.#row(handler);
  }

  #split(line: string): number {
    const { type, delimiter } = this.#format;
    return type === 'csv' ? splitCsv(line, this.#fields) : splitPlain(line, delimiter, this.#fields);
  }

  #row(handler: RowHandler): void {
    const assembler = this.#assembler;
    const problem = assembler.begin(this.#timestampAt < this.#numFields ? this.#fields[this.#timestampAt] : undefined);
    if (problem !== undefined) return handler.onUnparseable(problem);
    const size = this.#dimensions.size;
    while (this.#dimensionAt.length < size) this.#locateDimension(this.#dimensionAt.length);
    for (let slot = 0; slot < size; slot++) assembler.setDimension(slot, this.#value(this.#dimensionAt[slot]!));
    for (let i = 0; i < this.#inputAt.length; i++) assembler.setInput(i, this.#value(this.#inputAt[i]!));
    handler.onRow(assembler.finish(), assembler.errors.count, assembler.errors.reason);
  }

  #value(at: number): unknown {
    if (at < 0 || at >= this.#numFields) return null;
    const text = this.#fields[at]!;
    const { listDelimiter, tryParseNumbers } = this.#format;
    if (listDelimiter !== null && text.includes(listDelimiter)) {
      const parts = text.split(listDelimiter);
      return tryParseNumbers ? parts.map(parsed) : parts;
    }
    return tryParseNumbers ? parsed(text) : text;
  }

  #setColumns(columns: readonly string[]): void {
    this.#positions = new Map(columns.map((column, i) => [column, i]));
    this.#timestampAt = this.#positions.get(this.#timestampColumn) ?? -1;
    this.#inputAt = this.#inputNames.map((name) => this.#positions.get(name) ?? -1);
    if (this.#discovery !== 'none') {
      for (const column of columns) {
        if (this.#exclusions.has(column)) continue;
        this.#dimensions.add(this.#discovery === 'auto' ? autoDimension(column) : stringDimension(column));
      }
    }
    this.#dimensionAt = [];
  }

  #locateDimension(slot: number): void {
    this.#dimensionAt.push(this.#positions.get(this.#dimensions.schemas[slot]!.name) ?? -1);
  }
}

function parsed(text: string): unknown {
  return tryParseLong(text) ?? tryParseDouble(text) ?? text;
}
