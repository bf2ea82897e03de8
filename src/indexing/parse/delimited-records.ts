import { isUtf8 } from 'node:buffer';
import { tryParseDouble, tryParseLong } from '../../vectors/number-text.js';
import type { DelimitedFormat } from '../spec/text-format.js';
import { splitCsv, splitPlain } from './delimited-line.js';
import type { RecordSink, RecordSource } from './record-format.js';

/** A column's place in the lines of the current file. */
interface Column {
  readonly name: string;
  /** -1 = not there. */
  at: number;
}

/** Lines of delimited fields; csv with quotes, tsv without. A record is the number of its fields. */
export class DelimitedRecords implements RecordSource<number, Column> {
  readonly hasFixedColumns = true;
  readonly #format: DelimitedFormat;
  readonly #fields: (string | null)[] = [];
  readonly #columns: Column[] = [];
  #names: readonly string[] = [];
  #linesToSkip = 0;
  #needsHeader = false;
  /** Why no line of the file can be read. */
  #badHeader: string | undefined;

  constructor(format: DelimitedFormat) {
    this.#format = format;
    if (format.columns !== null) this.#names = format.columns;
    this.startFile();
  }

  startFile(): void {
    this.#linesToSkip = this.#format.skipHeaderRows;
    this.#needsHeader = this.#format.findColumnsFromHeader;
    this.#badHeader = undefined;
  }

  /** Lines may be read by position: they have no numbers that are found out, and no delimiter of several bytes. */
  get isPlain(): boolean {
    const { tryParseNumbers, delimiter, listDelimiter } = this.#format;
    return !tryParseNumbers && isByte(delimiter) && (listDelimiter === null || isByte(listDelimiter));
  }

  /** The columns of the next line, undefined when it is a header or to be skipped. */
  get knownNames(): readonly string[] | undefined {
    const isKnown = this.#linesToSkip === 0 && !this.#needsHeader && this.#badHeader === undefined;
    return isKnown ? this.#names : undefined;
  }

  /** The delimiter and two bytes that lines read by position do not have, as the kernel wants them. */
  get stopBytes(): number {
    const { type, delimiter, listDelimiter } = this.#format;
    const of = (text: string): number => text.charCodeAt(0);
    return of(delimiter) | (of(listDelimiter ?? delimiter) << 8) | (of(type === 'csv' ? '"' : delimiter) << 16);
  }

  field(name: string): Column {
    const column = { name, at: this.#names.lastIndexOf(name) };
    this.#columns.push(column);
    return column;
  }

  names(): readonly string[] {
    return this.#names;
  }

  read(numFields: number, { at }: Column): unknown {
    if (at < 0 || at >= numFields) return null;
    const { listDelimiter, tryParseNumbers } = this.#format;
    const text = this.#fields[at]!;
    return text === null ? null : listedValue(text, listDelimiter, tryParseNumbers);
  }

  records(bytes: Uint8Array | null, sink: RecordSink<number>): void {
    if (bytes === null) return;
    if (this.#linesToSkip > 0) {
      this.#linesToSkip--;
      return;
    }
    if (this.#badHeader !== undefined) return sink.onUnparseable(this.#badHeader);
    const text = textOf(bytes);
    if (text === undefined) return sink.onUnparseable('Unable to parse row: it is not UTF-8');
    const line = this.#needsHeader && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    if (line === '') return;
    const { type, delimiter } = this.#format;
    const numFields = type === 'csv' ? splitCsv(line, this.#fields) : splitPlain(line, delimiter, this.#fields);
    if (numFields < 0) return sink.onUnparseable('Unable to parse row: a quoted field does not end');
    if (!this.#needsHeader) return sink.onRecord(numFields);
    this.#needsHeader = false;
    const header = this.#fields.slice(0, numFields).map((name, i) => name || `column_${i + 1}`);
    this.#names = this.#format.columns ?? header;
    const twice = new Set(this.#names.filter((name, i) => this.#names.indexOf(name) < i));
    if (twice.size > 0) {
      this.#badHeader = `Duplicate column entries found : [${[...twice].join(', ')}]`;
      return sink.onUnparseable(this.#badHeader);
    }
    for (const column of this.#columns) column.at = this.#names.lastIndexOf(column.name);
  }
}

const BYTE_ORDER_MARK = '\ufeff';

function isByte(text: string): boolean {
  return text.length === 1 && text.charCodeAt(0) < 0x80;
}

/** undefined when it is not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

/** A field, cut into its values where there are several. */
export function listedValue(text: string, listDelimiter: string | null, parsesNumbers: boolean): unknown {
  if (listDelimiter !== null && text.includes(listDelimiter)) {
    const parts = text.split(listDelimiter);
    return parsesNumbers ? parts.map(parsed) : parts;
  }
  return parsesNumbers ? parsed(text) : text;
}

/** @source Druid `ParserUtils.java`, Apache Commons `NumberUtils.isCreatable` */
function parsed(text: string): unknown {
  return isCreatable(text) ? (tryParseLong(text) ?? tryParseDouble(text) ?? text) : text;
}

/** Digits after a leading zero must be octal, though they are read as decimal ones; `008` is a text. */
function isCreatable(text: string): boolean {
  if (/^[+-]?0\d/.test(text) && !text.includes('.')) return /^[+-]?0[0-7]+$/.test(text);
  return /^[+-]?(?:\d|\.\d)/.test(text);
}
