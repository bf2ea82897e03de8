/** Typed access to members of parsed JSON, with the conversions between scalars that Jackson makes. Null counts as absent. */
import type { ColumnType } from '../common/column-type.js';
import { jsonText } from '../common/json-write.js';
import { mismatched, missingType, refused, unknownType } from './query-errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** @throws DruidError INVALID_INPUT when it is not an object */
export function asObject(json: unknown, baseClass: string): JsonObject {
  if (isObject(json)) return json;
  throw mismatched(`Cannot construct instance of \`org.apache.druid.${baseClass}\` from ${kindOf(json)} value`);
}

/** The `type` member. @throws DruidError INVALID_INPUT when it is absent */
export function typeOf(fields: JsonObject, baseClass: string): string {
  const type = optionalText(fields, 'type');
  if (type === null) throw missingType(baseClass);
  return type;
}

/** Fails as Druid does for a type that it does not know; for its other types returns. */
export function assertKnownType(type: string, baseClass: string, known: ReadonlySet<string>): void {
  if (!known.has(type)) throw unknownType(type, baseClass, known);
}

/** A string; numbers and booleans become text. */
export function optionalText(fields: JsonObject, key: string): string | null {
  return scalarText(fields[key]);
}

/** @throws DruidError INVALID_INPUT with `problem` when the member is absent */
export function requiredText(fields: JsonObject, key: string, javaClass: string, problem: string): string {
  const text = optionalText(fields, key);
  if (text === null) throw refused(javaClass, problem);
  return text;
}

/** @throws DruidError INVALID_INPUT when the value is an array or object */
export function scalarText(value: unknown): string | null {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (value === null) return null;
      throw mismatched(`Cannot deserialize value of type \`java.lang.String\` from ${kindOf(value)} value`);
  }
}

export function flag(fields: JsonObject, key: string, byDefault: boolean): boolean {
  const value = fields[key];
  if (value === undefined || value === null || value === '') return byDefault;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw mismatched(`Cannot deserialize value of type \`boolean\` from [${shown(value)}]`);
}

/** A whole number of at most 2^53; text is read, fractions are cut, as Jackson does. */
export function wholeNumber(fields: JsonObject, key: string, byDefault: number): number {
  const value = fields[key];
  if (value === undefined || value === null || value === '') return byDefault;
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value)) return Number(value);
  throw mismatched(`Cannot deserialize value of type \`long\` from [${shown(value)}]: not a valid long value`);
}

/** A number as a double; text is read. */
export function realNumber(fields: JsonObject, key: string, byDefault: number): number {
  const value = fields[key];
  if (value === undefined || value === null || value === '') return byDefault;
  const number = toReal(value);
  if (number !== null) return number;
  throw mismatched(`Cannot deserialize value of type \`double\` from [${shown(value)}]: not a valid double value`);
}

/** @throws DruidError INVALID_INPUT for elements that are no numbers */
export function realList(fields: JsonObject, key: string): number[] {
  return list(fields, key).map((value) => realNumber({ value }, 'value', 0));
}

function toReal(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^[+-]?(Infinity|NaN)$/.test(text)) return Number(text);
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}

/** The elements of an array, or [] when the member is absent. A single value counts as an array of one for `singles`. */
export function list(fields: JsonObject, key: string): readonly unknown[] {
  const value = fields[key];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw mismatched(`Cannot deserialize value of type \`java.util.ArrayList\` from ${kindOf(value)} value`);
}

export function textList(fields: JsonObject, key: string): (string | null)[] {
  return list(fields, key).map(scalarText);
}

const SCALARS = new Set<string>(['STRING', 'LONG', 'DOUBLE', 'FLOAT']);
const ARRAYS: Readonly<Record<string, ColumnType>> = {
  STRING: 'ARRAY<STRING>',
  LONG: 'ARRAY<LONG>',
  DOUBLE: 'ARRAY<DOUBLE>',
  FLOAT: 'ARRAY<DOUBLE>',
};

/** A column type by its name; undefined when it is none. Elements of arrays are doubles where Druid has floats. @source Druid `segment/column/Types.java` */
export function findColumnType(name: string): ColumnType | undefined {
  const upper = name.toUpperCase();
  if (SCALARS.has(upper)) return upper as ColumnType;
  if (upper === 'COMPLEX') return 'COMPLEX<unknown>';
  const element = /^(STRING|LONG|DOUBLE)_ARRAY$/.exec(upper)?.[1] ?? /^ARRAY<(.*)>$/.exec(name)?.[1];
  if (element !== undefined) return ARRAYS[element.toUpperCase()];
  const complex = /^COMPLEX<(.*)>$/.exec(name);
  return complex ? `COMPLEX<${complex[1]!}>` : undefined;
}

/** A value as error messages show it. */
export function shown(json: unknown): string {
  return typeof json === 'string' ? json : jsonText(json);
}

/** JSON kinds in Jackson's words. */
export function kindOf(json: unknown): string {
  if (json === null || json === undefined) return 'null';
  if (Array.isArray(json)) return 'Array';
  switch (typeof json) {
    case 'object':
      return 'Object';
    case 'string':
      return 'String';
    case 'boolean':
      return 'Boolean';
    default:
      return 'Number';
  }
}
