import { DruidError } from '../../common/druid-error.js';
import { formatIso } from '../../common/iso-time.js';
import { formatDouble, formatFloat } from '../../common/java-number.js';
import { jsonString } from '../../common/json-write.js';
import type { TimeZone } from '../../common/time-zone.js';
import type { OutputColumn } from '../../sql/planned-statement.js';
import type { TableColumn } from '../../vectors/table.js';
import { type CellText, cellText } from '../../vectors/column-text.js';

export interface SqlCellOptions {
  /** In which timestamps are printed. */
  readonly zone: TimeZone;
  /** Arrays as JSON within a string, as HTTP answers have them by default. */
  readonly stringifyArrays: boolean;
}

/**
 * JSON text of a value of an SQL result. The type that was planned decides, not that of the column that the engine answered with.
 * @throws DruidError INVALID_INPUT for types that Druid cannot return
 * @source Druid `sql/calcite/run/SqlResults.java`
 */
export function sqlCellText(column: TableColumn, output: OutputColumn, options: SqlCellOptions): CellText {
  const plain = cellText(column);
  const unless = (text: (plainText: string, row: number) => string): CellText => {
    return (row) => {
      const value = plain(row);
      return value === 'null' ? value : text(value, row);
    };
  };
  switch (output.sqlType.name) {
    case 'CHAR':
    case 'VARCHAR':
      return isText(column) ? plain : unless((value) => asString(value));
    case 'BOOLEAN':
      return unless((value) =>
        value === '0' || value === 'false' || value === '"false"' || value === '0.0' ? 'false' : 'true',
      );
    case 'TIMESTAMP':
    case 'DATE':
    case 'TIME':
      return timestampText(unless, options.zone);
    case 'TINYINT':
    case 'SMALLINT':
      throw notCoercible(output);
    case 'INTEGER':
    case 'BIGINT':
      return column.type === 'LONG' ? plain : unless(wholeNumber);
    case 'FLOAT':
      return column.type === 'FLOAT' ? plain : unless((value) => formatFloat(numberOf(value)));
    case 'REAL':
    case 'DOUBLE':
    case 'DECIMAL':
      return column.type === 'DOUBLE' ? plain : unless((value) => formatDouble(numberOf(value)));
    case 'ARRAY':
      return options.stringifyArrays ? unless((value) => jsonString(unquoted(value))) : unless(unquoted);
    case 'OTHER':
      return unless((value) => jsonString(value));
    default:
      return plain;
  }
}

/** A column of string type; several values of a row are a JSON array within a string. */
function isText(column: TableColumn): boolean {
  return column.type === 'STRING' || column.type === 'IDS';
}

function asString(value: string): string {
  return value.startsWith('"') ? value : jsonString(value);
}

function unquoted(value: string): string {
  return value.startsWith('"') ? (JSON.parse(value) as string) : value;
}

function timestampText(unless: (text: (value: string) => string) => CellText, zone: TimeZone): CellText {
  let last = '';
  let text = '';
  return unless((value) => {
    if (value !== last) {
      last = value;
      text = jsonString(formatIso(Math.trunc(numberOf(value)), zone));
    }
    return text;
  });
}

function numberOf(value: string): number {
  return Number(unquoted(value));
}

/** As Java's `longValue()`. */
function wholeNumber(value: string): string {
  const text = unquoted(value);
  if (/^-?\d+$/.test(text)) return text;
  const number = Math.trunc(Number(text));
  if (Number.isNaN(number)) return '0';
  const clamped = BigInt.asIntN(
    64,
    number >= 2 ** 63 ? 2n ** 63n - 1n : number <= -(2 ** 63) ? -(2n ** 63n) : BigInt(number),
  );
  return String(clamped);
}

function notCoercible({ name, sqlType }: OutputColumn): DruidError {
  return new DruidError(`Cannot coerce field [${name}] from type [java.lang.Integer] to type [${sqlType.name}]`, {
    category: 'INVALID_INPUT',
    errorCode: 'general',
  });
}

/** The value behind a JSON text for CSV: null is an empty field, strings lose their quotes. */
export function csvCell(text: string): string {
  if (text === 'null') return '';
  const value = text.startsWith('"') ? (JSON.parse(text) as string) : text;
  return csvField(value);
}

export function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
