/** Formats of text lines. @source Druid `CsvInputFormat.java`, `DelimitedInputFormat.java`, `RegexInputFormat.java` */
import { invalidInput } from '../../common/druid-error.js';
import { linearRegex } from '../../common/linear-regex.js';
import { boolean, cannotConstruct, integer, type JsonObject, optionalString, stringArray } from './json-reader.js';

export interface DelimitedFormat {
  readonly type: 'csv' | 'tsv';
  /** null: the first line names them. */
  readonly columns: readonly string[] | null;
  readonly findColumnsFromHeader: boolean;
  readonly skipHeaderRows: number;
  readonly delimiter: string;
  /** Separates the values of a multi-value field; null = none. */
  readonly listDelimiter: string | null;
  readonly tryParseNumbers: boolean;
}

export interface RegexFormat {
  readonly type: 'regex';
  readonly pattern: string;
  /** null: `column_1`, `column_2`, …, one for each group. */
  readonly columns: readonly string[] | null;
  readonly listDelimiter: string | null;
}

/** Druid's default list delimiter, control-A. */
const LIST_DELIMITER = '\u0001';

export function parseDelimited(spec: JsonObject, type: 'csv' | 'tsv', delimiter: string): DelimitedFormat {
  const findColumnsFromHeader = boolean(spec, 'findColumnsFromHeader', boolean(spec, 'hasHeaderRow', false));
  const columns = stringArray(spec, 'columns') ?? null;
  if (!findColumnsFromHeader && (columns === null || columns.length === 0)) {
    throw invalidInput('Either [columns] or [findColumnsFromHeader] must be set');
  }
  if (columns && new Set(columns).size < columns.length) throw invalidInput('columns must not name a column twice');
  for (const column of columns ?? []) {
    if (column.includes(delimiter)) throw invalidInput(`Column[${column}] has the delimiter[${delimiter}] in its name`);
  }
  if (delimiter === '') throw invalidInput('delimiter must not be empty');
  const listDelimiter = optionalString(spec, 'listDelimiter') ?? LIST_DELIMITER;
  if (listDelimiter === delimiter)
    throw invalidInput(`Cannot have same delimiter and list delimiter of [${delimiter}]`);
  return {
    type,
    columns: columns && columns.length > 0 ? columns : null,
    findColumnsFromHeader,
    skipHeaderRows: integer(spec, 'skipHeaderRows', 0),
    delimiter,
    listDelimiter: listDelimiter === '' ? null : listDelimiter,
    tryParseNumbers: boolean(spec, 'tryParseNumbers', false),
  };
}

export function parseRegex(spec: JsonObject): RegexFormat {
  const pattern = optionalString(spec, 'pattern');
  if (pattern === undefined) throw cannotConstruct('org.apache.druid.data.input.impl.RegexInputFormat', 'pattern');
  try {
    linearRegex(pattern);
  } catch (error) {
    throw invalidInput(`pattern [${pattern}] cannot be used: ${(error as Error).message}`);
  }
  const listDelimiter = optionalString(spec, 'listDelimiter') ?? LIST_DELIMITER;
  return {
    type: 'regex',
    pattern,
    columns: stringArray(spec, 'columns') ?? null,
    listDelimiter: listDelimiter === '' ? null : listDelimiter,
  };
}
