/** Parts of expressions as text. */
import type { ColumnType } from '../../common/column-type.js';
import { doubleToString } from '../../common/java-number.js';
import { parseMatchValue } from '../match-value.js';

/** A column name, quoted. */
export function identifier(column: string): string {
  return `"${escaped(column, '"')}"`;
}

/**
 * A literal of a column type; arrays in Druid's notation with their element type.
 * @returns null when the value is null or does not read as that type
 * @throws DruidError INVALID_INPUT for an array or object where the type is none
 */
export function literalText(json: unknown, type: ColumnType): string | null {
  if (!type.startsWith('ARRAY<')) return scalarLiteral(json, type);
  if (json === undefined || json === null) return null;
  const element = type.slice('ARRAY<'.length, -1) as ColumnType;
  const elements = (Array.isArray(json) ? json : [json]).map((value) => scalarLiteral(value, element) ?? 'null');
  return `${type}[${elements.join(', ')}]`;
}

function scalarLiteral(json: unknown, type: ColumnType): string | null {
  const value = parseMatchValue(json, type);
  if (value === null) return null;
  if (typeof value === 'number') return doubleToString(value);
  return type === 'LONG' ? value : `'${escaped(value, "'")}'`;
}

function escaped(text: string, quote: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
}
