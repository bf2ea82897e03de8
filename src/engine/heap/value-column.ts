import type { ColumnType } from '../../common/column-type.js';
import { formatDouble } from '../../common/java-number.js';
import { jsonText } from '../../common/json-write.js';
import { ExprArray, ExprComplex } from '../../expressions/expr.js';
import type { TableColumn } from '../../vectors/table.js';

/** Values of one column (bigint or number, string, boolean, array, object, null) as a column of `type`; what cannot be one is null. */
export function valueColumn(values: readonly unknown[], type: ColumnType): TableColumn {
  switch (type) {
    case 'LONG':
      return longs(values);
    case 'DOUBLE': {
      const numbers = Float64Array.from(values, numberOf);
      return { type: 'DOUBLE', values: numbers, nulls: notNumbers(values) };
    }
    case 'FLOAT': {
      const numbers = Float32Array.from(values, numberOf);
      return { type: 'FLOAT', values: numbers, nulls: notNumbers(values) };
    }
    case 'STRING':
      return values.some(isList) ? multiStrings(values) : strings(values);
    default:
      return {
        type: 'JSON',
        texts: values.map((value) => (value === null || value === undefined ? null : jsonText(plain(value)))),
      };
  }
}

/** The type that values have of themselves: what an inline column without a declared one is. */
export function typeOfValues(values: readonly unknown[]): ColumnType {
  let type: ColumnType | null = null;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'string') return 'STRING';
    if (isList(value)) return 'ARRAY<STRING>';
    if (typeof value === 'object') return 'COMPLEX<json>';
    const isWhole = typeof value === 'bigint' || typeof value === 'boolean' || Number.isSafeInteger(value);
    if (!isWhole || type === 'DOUBLE') type = 'DOUBLE';
    else type = 'LONG';
  }
  return type ?? 'STRING';
}

function isList(value: unknown): boolean {
  return Array.isArray(value) || value instanceof ExprArray;
}

function listOf(value: unknown): readonly unknown[] {
  if (value instanceof ExprArray) return value.values;
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function plain(value: unknown): unknown {
  if (value instanceof ExprArray) return value.values.map(plain);
  return value instanceof ExprComplex ? value.value : value;
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && value.trim() !== '') return Number(value);
  return Number.NaN;
}

function notNumbers(values: readonly unknown[]): Uint8Array | null {
  const nulls = Uint8Array.from(values, (value) => {
    if (typeof value === 'number') return 0;
    return Number.isNaN(numberOf(value)) ? 1 : 0;
  });
  return nulls.includes(1) ? nulls : null;
}

function longs(values: readonly unknown[]): TableColumn {
  const nulls = new Uint8Array(values.length);
  const numbers = BigInt64Array.from(values, (value, i) => {
    const long = longOf(value);
    if (long === null) nulls[i] = 1;
    return long ?? 0n;
  });
  return { type: 'LONG', values: numbers, nulls: nulls.includes(1) ? nulls : null };
}

function longOf(value: unknown): bigint | null {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value);
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) return BigInt.asIntN(64, BigInt(value.replace(/^\+/, '')));
  const number = numberOf(value);
  return Number.isFinite(number) ? BigInt.asIntN(64, BigInt(Math.trunc(number))) : null;
}

/** The text of a value as Druid casts it; null stays null. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : formatDouble(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return jsonText(plain(value));
}

/** Gives distinct strings their numbers. */
class Numbering {
  readonly dictionary: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string | null): number {
    if (text === null) return -1;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.dictionary.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

function strings(values: readonly unknown[]): TableColumn {
  const numbering = new Numbering();
  const ids = Int32Array.from(values, (value) => numbering.of(textOf(value)));
  return { type: 'STRING', ids, dictionary: numbering.dictionary };
}

function multiStrings(values: readonly unknown[]): TableColumn {
  const numbering = new Numbering();
  const offsets = new Uint32Array(values.length + 1);
  const ids: number[] = [];
  values.forEach((value, i) => {
    for (const one of listOf(value)) ids.push(numbering.of(textOf(one)));
    offsets[i + 1] = ids.length;
  });
  return { type: 'STRINGS', offsets, ids: Int32Array.from(ids), dictionary: numbering.dictionary };
}
