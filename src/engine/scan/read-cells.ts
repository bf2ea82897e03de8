import type { ColumnType } from '../../common/column-type.js';
import type {
  BinaryVector,
  ColumnVector,
  LongVector,
  MultiStringVector,
  StoredVector,
  StringVector,
} from '../../vectors/block.js';
import type { TableColumn } from '../../vectors/table.js';
import { arrayText } from '../cell-text.js';
import { elements, type MemoryOf } from './cell-writers.js';

/** Rows of a block as a list. */
export interface RowList {
  readonly rows: Uint16Array;
  readonly count: number;
}

/** The cells of one column at the selected rows; `type` is the segment's type of the column, undefined when it has none. */
export function readCells(vector: ColumnVector | undefined, type: ColumnType | undefined, list: RowList): TableColumn {
  switch (vector?.kind) {
    case undefined:
      return { type: 'STRING', ids: new Int32Array(list.count).fill(-1), dictionary: [] };
    case 'string':
      return readStrings(vector, list);
    case 'multiString':
      return readMultiStrings(vector, list);
    case 'long':
      return { type: 'LONG', values: readLongs(vector, list), nulls: readNulls(vector.nulls, list) };
    case 'double': {
      const values = new Float64Array(list.count);
      for (let i = 0; i < list.count; i++) values[i] = vector.values[list.rows[i]!]!;
      return { type: 'DOUBLE', values, nulls: readNulls(vector.nulls, list) };
    }
    case 'float': {
      const values = new Float32Array(list.count);
      for (let i = 0; i < list.count; i++) values[i] = vector.values[list.rows[i]!]!;
      return { type: 'FLOAT', values, nulls: readNulls(vector.nulls, list) };
    }
    case 'binary':
      return readBinary(vector, type === 'COMPLEX<json>', list);
    case 'array': {
      const texts = Array.from({ length: list.count }, (_, i) => arrayText(vector, list.rows[i]!));
      return { type: 'JSON', texts, ...(type !== undefined && { valueType: type }) };
    }
  }
}

/** Decimals at the selected rows, of which no others are decoded; undefined for other forms. */
export function readDecimals(
  stored: StoredVector | undefined,
  numRows: number,
  memory: MemoryOf,
  list: RowList,
): TableColumn | undefined {
  if (stored?.kind !== 'ints' || stored.logical !== 'double' || stored.type === null) return undefined;
  const { arena, base, nulls } = stored;
  const stores = elements(stored.type, arena, stored.values, numRows, memory);
  const power = 10 ** stored.scale;
  const values = new Float64Array(list.count);
  for (let i = 0; i < list.count; i++) values[i] = (base + Number(stores[list.rows[i]!])) / power;
  const isNull = nulls === 0 ? undefined : elements('u8', arena, nulls, numRows, memory);
  return { type: 'DOUBLE', values, nulls: readNulls(isNull as Uint8Array | undefined, list) };
}

/** Values of any kind, which Druid calls FLOAT for want of a type. */
export function untypedCells(textAt: (row: number) => string | null, list: RowList): TableColumn {
  const texts = Array.from({ length: list.count }, (_, i) => textAt(list.rows[i]!));
  return { type: 'JSON', texts, valueType: 'FLOAT' };
}

function readLongs(vector: LongVector, list: RowList): BigInt64Array {
  const values = new BigInt64Array(list.count);
  if (vector.values instanceof BigInt64Array) {
    for (let i = 0; i < list.count; i++) values[i] = vector.values[list.rows[i]!]!;
    return values;
  }
  const words = new Int32Array(values.buffer);
  for (let i = 0; i < list.count; i++) {
    const value = vector.base + vector.values[list.rows[i]!]!;
    words[2 * i] = value | 0;
    words[2 * i + 1] = Math.floor(value / 4294967296);
  }
  return values;
}

function readNulls(nulls: Uint8Array | undefined, list: RowList): Uint8Array | null {
  if (nulls === undefined) return null;
  const taken = new Uint8Array(list.count);
  for (let i = 0; i < list.count; i++) taken[i] = nulls[list.rows[i]!]!;
  return taken.includes(1) ? taken : null;
}

/** Dictionary ids of one column, numbered anew as they come: a result holds only the values that it shows. */
class CellDictionary {
  readonly values: string[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #vector: StringVector | MultiStringVector;

  constructor(vector: StringVector | MultiStringVector) {
    this.#vector = vector;
  }

  numberOf(id: number): number {
    if (id === 0) return -1;
    let number = this.#numbers.get(id);
    if (number === undefined) {
      number = this.values.push(this.#vector.dictionary.value(id)) - 1;
      this.#numbers.set(id, number);
    }
    return number;
  }
}

function readStrings(vector: StringVector, list: RowList): TableColumn {
  const dictionary = new CellDictionary(vector);
  const ids = new Int32Array(list.count);
  for (let i = 0; i < list.count; i++) ids[i] = dictionary.numberOf(vector.ids[list.rows[i]!]!);
  return { type: 'STRING', ids, dictionary: dictionary.values };
}

function readMultiStrings(vector: MultiStringVector, list: RowList): TableColumn {
  const dictionary = new CellDictionary(vector);
  const offsets = new Uint32Array(list.count + 1);
  for (let i = 0; i < list.count; i++) {
    const row = list.rows[i]!;
    offsets[i + 1] = offsets[i]! + vector.offsets[row + 1]! - vector.offsets[row]!;
  }
  const ids = new Int32Array(offsets[list.count]!);
  let at = 0;
  for (let i = 0; i < list.count; i++) {
    const end = vector.offsets[list.rows[i]! + 1]!;
    for (let k = vector.offsets[list.rows[i]!]!; k < end; k++) ids[at++] = dictionary.numberOf(vector.ids[k]!);
  }
  return { type: 'STRINGS', offsets, ids, dictionary: dictionary.values };
}

/** JSON is shown as it is, a sketch as base64 of its image. */
function readBinary(vector: BinaryVector, isJson: boolean, list: RowList): TableColumn {
  const texts = Array.from({ length: list.count }, (_, i) => {
    const row = list.rows[i]!;
    if (vector.nulls?.[row] === 1) return null;
    const { buffer, byteOffset } = vector.bytes;
    const from = vector.offsets[row]!;
    const bytes = Buffer.from(buffer, byteOffset + from, vector.offsets[row + 1]! - from);
    return bytes.toString(isJson ? 'utf8' : 'base64');
  });
  if (isJson) return { type: 'JSON', texts };
  const dictionary = [...new Set(texts.filter((text) => text !== null))];
  const numbers = new Map(dictionary.map((text, number) => [text, number]));
  const ids = Int32Array.from(texts, (text) => (text === null ? -1 : numbers.get(text)!));
  return { type: 'STRING', ids, dictionary };
}
