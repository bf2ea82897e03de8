import { doubleToString, formatDouble, formatFloat } from '../common/java-number.js';
import { jsonString } from '../common/json-write.js';
import type { ColumnVector } from '../vectors/block.js';
import { doubleToLong, tryParseDouble } from '../vectors/number-text.js';
import type { TableColumn } from '../vectors/table.js';
import { stringColumn } from './expression-column.js';
import { grown, nullsOfUnseen } from './grouped-aggregator.js';
import { parseAsLong } from './numeric-input.js';

/** The values that `first`, `last`, `any` and `singleValue` keep, one per group: null until read or loaded. */
export interface PairValues {
  ensure(numGroups: number): void;
  /** Takes the value of a row of a column; a missing column is null. */
  read(group: number, vector: ColumnVector | undefined, row: number): void;
  /** Bytes that the value takes; null when it is null. */
  byteLength(group: number): number | null;
  /** Writes a value that is not null. */
  write(group: number, target: DataView, at: number): void;
  /** Takes bytes that `write` made; null = a null value. */
  load(group: number, source: DataView | null, from: number, to: number): void;
  /** The value as JSON. */
  json(group: number): string;
  finish(numGroups: number): TableColumn;
}

/** 64-bit integers; 8 bytes little-endian. */
export class LongPairValues implements PairValues {
  #values = new BigInt64Array(0);
  #seen = new Uint8Array(0);

  ensure(numGroups: number): void {
    this.#seen = grown(this.#seen, numGroups);
    if (this.#values.length >= numGroups) return;
    const longer = new BigInt64Array(this.#seen.length);
    longer.set(this.#values);
    this.#values = longer;
  }

  read(group: number, vector: ColumnVector | undefined, row: number): void {
    const value = longAt(vector, row);
    this.#seen[group] = value === null ? 0 : 1;
    this.#values[group] = value ?? 0n;
  }

  byteLength(group: number): number | null {
    return this.#seen[group] === 0 ? null : 8;
  }

  write(group: number, target: DataView, at: number): void {
    target.setBigInt64(at, this.#values[group]!, true);
  }

  load(group: number, source: DataView | null, from: number): void {
    this.#seen[group] = source === null ? 0 : 1;
    if (source !== null) this.#values[group] = source.getBigInt64(from, true);
  }

  json(group: number): string {
    return this.#seen[group] === 0 ? 'null' : String(this.#values[group]);
  }

  finish(numGroups: number): TableColumn {
    const values = this.#values.slice(0, numGroups);
    for (let group = 0; group < numGroups; group++) if (this.#seen[group] === 0) values[group] = 0n;
    return { type: 'LONG', values, nulls: nullsOfUnseen(this.#seen, numGroups) };
  }
}

/** DOUBLE and FLOAT; 8 bytes little-endian. */
export class RealPairValues implements PairValues {
  readonly #isFloat: boolean;
  #values = new Float64Array(0);
  #seen = new Uint8Array(0);

  constructor(isFloat: boolean) {
    this.#isFloat = isFloat;
  }

  ensure(numGroups: number): void {
    this.#seen = grown(this.#seen, numGroups);
    this.#values = grown(this.#values, numGroups);
  }

  read(group: number, vector: ColumnVector | undefined, row: number): void {
    const value = doubleAt(vector, row);
    this.#seen[group] = value === null ? 0 : 1;
    this.#values[group] = this.#isFloat ? Math.fround(value ?? 0) : (value ?? 0);
  }

  byteLength(group: number): number | null {
    return this.#seen[group] === 0 ? null : 8;
  }

  write(group: number, target: DataView, at: number): void {
    target.setFloat64(at, this.#values[group]!, true);
  }

  load(group: number, source: DataView | null, from: number): void {
    this.#seen[group] = source === null ? 0 : 1;
    this.#values[group] = source === null ? 0 : source.getFloat64(from, true);
  }

  json(group: number): string {
    if (this.#seen[group] === 0) return 'null';
    return this.#isFloat ? formatFloat(this.#values[group]!) : formatDouble(this.#values[group]!);
  }

  finish(numGroups: number): TableColumn {
    const values = this.#values.slice(0, numGroups);
    const nulls = nullsOfUnseen(this.#seen, numGroups);
    return this.#isFloat
      ? { type: 'FLOAT', values: Float32Array.from(values), nulls }
      : { type: 'DOUBLE', values, nulls };
  }
}

/** Strings, cut to so many characters as Druid does; UTF-8. @source Druid `StringUtils#fastLooseChop` */
export class StringPairValues implements PairValues {
  readonly #maxLength: number;
  readonly #takesAll: boolean;
  readonly #values: (string | null)[] = [];

  /** @param takesAll of a row with several values, all as one text; else the first */
  constructor(maxStringBytes: number, takesAll = true) {
    this.#maxLength = maxStringBytes;
    this.#takesAll = takesAll;
  }

  ensure(numGroups: number): void {
    while (this.#values.length < numGroups) this.#values.push(null);
  }

  read(group: number, vector: ColumnVector | undefined, row: number): void {
    this.#values[group] = stringAt(vector, row, this.#takesAll)?.slice(0, this.#maxLength) ?? null;
  }

  byteLength(group: number): number | null {
    const value = this.#values[group] ?? null;
    return value === null ? null : Buffer.byteLength(value, 'utf8');
  }

  write(group: number, target: DataView, at: number): void {
    bufferOf(target).write(this.#values[group]!, at, 'utf8');
  }

  load(group: number, source: DataView | null, from: number, to: number): void {
    this.#values[group] = source === null ? null : bufferOf(source).toString('utf8', from, to);
  }

  json(group: number): string {
    const value = this.#values[group] ?? null;
    return value === null ? 'null' : jsonString(value);
  }

  finish(numGroups: number): TableColumn {
    return stringColumn(this.#values.slice(0, numGroups));
  }
}

function bufferOf(view: DataView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/** The bytes of a value, null when it is null. */
export function pairBytes(values: PairValues, group: number): Uint8Array | null {
  const length = values.byteLength(group);
  if (length === null) return null;
  const bytes = new Uint8Array(length);
  values.write(group, viewOf(bytes), 0);
  return bytes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function longAt(vector: ColumnVector | undefined, row: number): bigint | null {
  switch (vector?.kind) {
    case 'long':
      if (vector.nulls?.[row] === 1) return null;
      if (vector.values instanceof BigInt64Array) return vector.values[row]!;
      return BigInt(vector.base + vector.values[row]!);
    case 'double':
    case 'float':
      return vector.nulls?.[row] === 1 ? null : doubleToLong(vector.values[row]!);
    default: {
      const text = stringAt(vector, row);
      return text === null ? null : parseAsLong(text);
    }
  }
}

function doubleAt(vector: ColumnVector | undefined, row: number): number | null {
  switch (vector?.kind) {
    case 'long':
      return vector.nulls?.[row] === 1 ? null : vector.base + Number(vector.values[row]!);
    case 'double':
    case 'float':
      return vector.nulls?.[row] === 1 ? null : vector.values[row]!;
    default: {
      const text = stringAt(vector, row);
      return text === null ? null : tryParseDouble(text);
    }
  }
}

/** Several values are written as Java writes a list. */
function stringAt(vector: ColumnVector | undefined, row: number, takesAll = true): string | null {
  switch (vector?.kind) {
    case 'string': {
      const id = vector.ids[row]!;
      return id === 0 ? null : vector.dictionary.value(id);
    }
    case 'multiString': {
      const ids = Array.from(vector.ids.subarray(vector.offsets[row], vector.offsets[row + 1]));
      const texts = ids.map((id) => (id === 0 ? null : vector.dictionary.value(id)));
      return texts.length <= 1 || !takesAll ? (texts[0] ?? null) : `[${texts.map(String).join(', ')}]`;
    }
    case 'long': {
      const value = longAt(vector, row);
      return value === null ? null : String(value);
    }
    case 'double':
      return vector.nulls?.[row] === 1 ? null : doubleToString(vector.values[row]!);
    case 'float':
      return vector.nulls?.[row] === 1 ? null : formatFloat(vector.values[row]!);
    default:
      return null;
  }
}
