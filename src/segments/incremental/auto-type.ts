/** How the type of an `auto` dimension follows from its values. @source Druid `AutoTypeColumnIndexer.java` */
import type { ColumnType } from '../../common/column-type.js';
import { doubleToString } from '../../common/java-number.js';
import { jsonText } from '../../common/json-write.js';
import type { RowValue } from './input-row.js';

const LONG = 1;
const DOUBLE = 2;
const STRING = 4;
const ARRAY = 8;
const JSON_VALUE = 16;

/** A set of kinds of values: union is `|`, nothing seen is 0. */
export type AutoKinds = number;

const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);

export function kindsOf(value: RowValue): AutoKinds {
  switch (typeof value) {
    case 'boolean':
      return LONG;
    case 'number':
      return Number.isSafeInteger(value) ? LONG : DOUBLE;
    case 'bigint':
      return value >= MIN_LONG && value <= MAX_LONG ? LONG : DOUBLE;
    case 'string':
      return STRING;
    case 'object':
      return value === null ? 0 : Array.isArray(value) ? kindsOfArray(value) : JSON_VALUE;
    default:
      return 0;
  }
}

function kindsOfArray(values: readonly RowValue[]): AutoKinds {
  let kinds = ARRAY;
  for (const value of values) kinds |= typeof value === 'object' && value !== null ? JSON_VALUE : kindsOf(value);
  return kinds;
}

/** The narrowest type that holds all of the kinds; STRING when only nulls were seen. */
export function typeOfKinds(kinds: AutoKinds): ColumnType {
  if (kinds & JSON_VALUE) return 'COMPLEX<json>';
  if (kinds & ARRAY) return kinds & STRING ? 'ARRAY<STRING>' : kinds & DOUBLE ? 'ARRAY<DOUBLE>' : 'ARRAY<LONG>';
  if (kinds & STRING || kinds === 0) return 'STRING';
  return kinds & DOUBLE ? 'DOUBLE' : 'LONG';
}

/** The value in the form that a column of the type takes. */
export function toAutoType(value: RowValue, type: ColumnType): RowValue {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'LONG':
      return typeof value === 'boolean' ? Number(value) : value;
    case 'DOUBLE':
      return Number(value);
    case 'STRING':
      return scalarText(value);
    case 'ARRAY<LONG>':
      return (Array.isArray(value) ? value : [value]).map((element) => toAutoType(element, 'LONG'));
    case 'ARRAY<DOUBLE>':
      return (Array.isArray(value) ? value : [value]).map((element) => toAutoType(element, 'DOUBLE'));
    case 'ARRAY<STRING>':
      return (Array.isArray(value) ? value : [value]).map((element) => toAutoType(element, 'STRING'));
    default:
      return jsonText(value);
  }
}

function scalarText(value: RowValue): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : doubleToString(value);
  return String(value);
}
