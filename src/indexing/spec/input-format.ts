/** How bytes become records. @source Druid `JsonInputFormat.java`, `CsvInputFormat.java`, `DelimitedInputFormat.java`, `JSONPathSpec.java` */
import { invalidInput } from '../../common/druid-error.js';
import { parseJsonPath } from './json-path.js';
import {
  boolean,
  integer,
  isObject,
  type JsonObject,
  optionalArray,
  optionalObject,
  optionalString,
  stringArray,
  typeOf,
  unknownType,
  unsupported,
} from './json-reader.js';

/** A field taken from inside a record: `steps` are object keys and array indexes from the root. */
export interface FlattenField {
  readonly name: string;
  readonly steps: readonly (string | number)[];
}

export interface JsonFormat {
  readonly type: 'json';
  readonly fields: readonly FlattenField[];
  /** Discovery also takes fields of the root that no `fields` entry names. */
  readonly useFieldDiscovery: boolean;
}

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

export type InputFormat = JsonFormat | DelimitedFormat;

const JAVA_CLASS = 'org.apache.druid.data.input.InputFormat';
const KNOWN_ELSEWHERE = ['avro_ocf', 'avro_stream', 'kafka', 'kinesis', 'orc', 'parquet', 'protobuf', 'regex'];
/** Druid's default list delimiter, control-A. */
const LIST_DELIMITER = '\u0001';

export function parseInputFormat(json: unknown): InputFormat {
  const type = typeOf(json, JAVA_CLASS);
  const spec = isObject(json) ? json : {};
  switch (type) {
    case 'json':
      return parseJsonFormat(spec);
    case 'csv':
      return parseDelimited(spec, 'csv', ',');
    case 'tsv':
      return parseDelimited(spec, 'tsv', optionalString(spec, 'delimiter') ?? '\t');
    default:
      if (KNOWN_ELSEWHERE.includes(type)) throw unsupported(`inputFormat [${type}] is not supported`);
      throw unknownType(type, JAVA_CLASS, ['csv', 'json', 'tsv']);
  }
}

function parseJsonFormat(spec: JsonObject): JsonFormat {
  const flatten = optionalObject(spec, 'flattenSpec');
  if (!flatten) return { type: 'json', fields: [], useFieldDiscovery: true };
  const fields = (optionalArray(flatten, 'fields') ?? []).map(parseFlattenField);
  const names = new Set(fields.map((field) => field.name));
  if (names.size < fields.length) throw invalidInput('flattenSpec must not name a field twice');
  return { type: 'json', fields, useFieldDiscovery: boolean(flatten, 'useFieldDiscovery', true) };
}

function parseFlattenField(json: unknown): FlattenField {
  if (typeof json === 'string') return { name: json, steps: [json] };
  if (!isObject(json)) throw invalidInput('A field of flattenSpec must be a name or an object');
  const name = optionalString(json, 'name');
  if (name === undefined) throw invalidInput('A field of flattenSpec must have a [name]');
  const type = optionalString(json, 'type') ?? 'root';
  const expr = optionalString(json, 'expr');
  switch (type) {
    case 'root':
      return { name, steps: [expr ?? name] };
    case 'path':
      if (expr === undefined) throw invalidInput(`Field [${name}] of flattenSpec must have an [expr]`);
      return { name, steps: parseJsonPath(expr) };
    case 'tree':
      return { name, steps: stringArray(json, 'nodes') ?? [] };
    default:
      throw unsupported(`Type [${type}] of field [${name}] in flattenSpec is not supported`);
  }
}

function parseDelimited(spec: JsonObject, type: 'csv' | 'tsv', delimiter: string): DelimitedFormat {
  const findColumnsFromHeader = boolean(spec, 'findColumnsFromHeader', boolean(spec, 'hasHeaderRow', false));
  const columns = stringArray(spec, 'columns') ?? null;
  if (!findColumnsFromHeader && (columns === null || columns.length === 0)) {
    throw invalidInput('Either [columns] or [findColumnsFromHeader] must be set');
  }
  if (columns && new Set(columns).size < columns.length) throw invalidInput('columns must not name a column twice');
  for (const column of columns ?? []) {
    if (column.includes(delimiter)) throw invalidInput(`Column[${column}] has the delimiter[${delimiter}] in its name`);
  }
  if (delimiter.length !== 1) throw invalidInput(`delimiter [${delimiter}] must be one character`);
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
