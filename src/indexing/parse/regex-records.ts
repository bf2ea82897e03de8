import { type LinearRegex, linearRegex } from '../../common/linear-regex.js';
import type { RegexFormat } from '../spec/text-format.js';
import { listedValue, textOf } from './delimited-records.js';
import type { RecordSink, RecordSource } from './record-format.js';

type Groups = readonly (string | null)[];

/** Lines by the groups of a regular expression. @source Druid `RegexReader.java` */
export class RegexRecords implements RecordSource<Groups, number> {
  readonly hasFixedColumns = true;
  readonly #regex: LinearRegex;
  readonly #pattern: string;
  readonly #listDelimiter: string | null;
  readonly #columns: readonly string[] | null;
  #numGroups = 0;

  constructor({ pattern, columns, listDelimiter }: RegexFormat) {
    this.#pattern = pattern;
    // Druid wants the whole line to match.
    this.#regex = linearRegex(`^(?:${pattern})$`);
    this.#columns = columns;
    this.#listDelimiter = listDelimiter;
  }

  /** The group of a column. */
  field(name: string): number {
    if (this.#columns !== null) return this.#columns.indexOf(name) + 1;
    return Number(/^column_([1-9]\d*)$/.exec(name)?.[1] ?? 0);
  }

  names(): readonly string[] {
    return this.#columns ?? Array.from({ length: this.#numGroups }, (_, i) => `column_${i + 1}`);
  }

  read(groups: Groups, group: number): unknown {
    const text = group === 0 ? null : groups[group];
    return text === null || text === undefined ? null : listedValue(text, this.#listDelimiter, false);
  }

  records(bytes: Uint8Array | null, sink: RecordSink<Groups>): void {
    if (bytes === null || bytes.length === 0) return;
    const line = textOf(bytes);
    if (line === undefined) return sink.onUnparseable('Unable to parse row: it is not UTF-8');
    const groups = this.#regex.exec(line);
    if (groups === null) return sink.onUnparseable(`Incorrect Regex: ${this.#pattern} . No match found.`);
    this.#numGroups = groups.length - 1;
    sink.onRecord(groups);
  }
}
