import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import type { ColumnVector, Dictionary, LongVector, UnsignedIds } from '../../vectors/block.js';
import { toAutoType } from '../incremental/auto-type.js';
import type { FlatColumn, FlatPart } from './flat-column.js';
import { type MergedDictionary, mergeDictionaries } from './merge-dictionaries.js';
import { vectorFromValues, valueAt } from './vector-values.js';

/** Joins the blocks of a column into one piece of `type`; a block of another type is converted value by value. */
export function flatten(type: ColumnType, parts: readonly FlatPart[]): FlatColumn {
  const own = parts.map((part) => convert(type, part));
  switch (type) {
    case 'STRING':
      return flattenStrings(own);
    case 'LONG':
      return flattenLongs(own);
    case 'DOUBLE':
      return flattenDoubles(own);
    case 'FLOAT':
      return flattenFloats(own);
    case 'ARRAY<STRING>':
    case 'ARRAY<LONG>':
    case 'ARRAY<DOUBLE>':
      return flattenArrays(type, own);
    default:
      return flattenBinary(own);
  }
}

const KINDS: Readonly<Record<string, readonly ColumnVector['kind'][]>> = {
  STRING: ['string', 'multiString'],
  LONG: ['long'],
  DOUBLE: ['double'],
  FLOAT: ['float'],
};

function convert(type: ColumnType, part: FlatPart): FlatPart {
  const { vector, numRows } = part;
  if (vector === undefined) return part;
  const fits = type.startsWith('ARRAY')
    ? vector.kind === 'array' && vector.elements.kind === ELEMENT_KINDS[type]
    : (KINDS[type] ?? ['binary']).includes(vector.kind);
  if (fits) return part;
  const values: unknown[] = [];
  for (let row = 0; row < numRows; row++) values.push(toAutoType(valueAt(vector, row), type));
  return { numRows, vector: vectorFromValues(type, values) };
}

const ELEMENT_KINDS: Readonly<Record<string, ColumnVector['kind']>> = {
  'ARRAY<STRING>': 'string',
  'ARRAY<LONG>': 'long',
  'ARRAY<DOUBLE>': 'double',
};

function rowsOf(parts: readonly FlatPart[]): number {
  let total = 0;
  for (const part of parts) total += part.numRows;
  return total;
}

/** Null flags of all parts, or null when there is no null. */
function joinNulls(parts: readonly FlatPart[]): Uint8Array | null {
  const isNull = ({ vector }: FlatPart): boolean =>
    vector === undefined || ('nulls' in vector && vector.nulls !== undefined);
  if (!parts.some(isNull)) return null;
  const nulls = new Uint8Array(rowsOf(parts));
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector === undefined) nulls.fill(1, at, at + numRows);
    else if ('nulls' in vector && vector.nulls !== undefined) nulls.set(vector.nulls.subarray(0, numRows), at);
    at += numRows;
  }
  return nulls.includes(1) ? nulls : null;
}

function flattenDoubles(parts: readonly FlatPart[]): FlatColumn {
  const values = new Float64Array(rowsOf(parts));
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'double') values.set(vector.values.subarray(0, numRows), at);
    at += numRows;
  }
  return { kind: 'double', values, nulls: joinNulls(parts) };
}

function flattenFloats(parts: readonly FlatPart[]): FlatColumn {
  const values = new Float32Array(rowsOf(parts));
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'float') values.set(vector.values.subarray(0, numRows), at);
    at += numRows;
  }
  return { kind: 'float', values, nulls: joinNulls(parts) };
}

function flattenLongs(parts: readonly FlatPart[]): FlatColumn {
  const nulls = joinNulls(parts);
  if (parts.some(({ vector, numRows }) => vector?.kind === 'long' && isWide(vector, numRows))) {
    return { kind: 'wide', values: joinWide(parts), nulls };
  }
  const values = new Float64Array(rowsOf(parts));
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'long') copyLongs(vector, numRows, values, at);
    at += numRows;
  }
  return { kind: 'long', values, nulls };
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function isWide({ values }: LongVector, numRows: number): boolean {
  if (!(values instanceof BigInt64Array)) return false;
  for (let i = 0; i < numRows; i++) if (values[i]! > MAX_SAFE || values[i]! < -MAX_SAFE) return true;
  return false;
}

function copyLongs({ values, base }: LongVector, numRows: number, into: Float64Array, at: number): void {
  if (values instanceof BigInt64Array) {
    for (let i = 0; i < numRows; i++) into[at + i] = Number(values[i]!);
    return;
  }
  into.set(values.subarray(0, numRows), at);
  if (base !== 0) for (let i = at; i < at + numRows; i++) into[i] = into[i]! + base;
}

function joinWide(parts: readonly FlatPart[]): BigInt64Array {
  const joined = new BigInt64Array(rowsOf(parts));
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'long') {
      const { values, base } = vector;
      if (values instanceof BigInt64Array) joined.set(values.subarray(0, numRows), at);
      else for (let i = 0; i < numRows; i++) joined[at + i] = BigInt(base + values[i]!);
    }
    at += numRows;
  }
  return joined;
}

function flattenBinary(parts: readonly FlatPart[]): FlatColumn {
  const offsets = new Uint32Array(rowsOf(parts) + 1);
  let numBytes = 0;
  for (const { vector, numRows } of parts)
    if (vector?.kind === 'binary') numBytes += vector.offsets[numRows]! - vector.offsets[0]!;
  assert(numBytes < 2 ** 32, 'A column of more than 4 GiB cannot be merged at once');
  const bytes = new Uint8Array(numBytes);
  let row = 0;
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'binary') {
      const start = vector.offsets[0]!;
      bytes.set(vector.bytes.subarray(start, vector.offsets[numRows]), at);
      for (let i = 0; i < numRows; i++) offsets[row + i] = at + vector.offsets[i]! - start;
      at += vector.offsets[numRows]! - start;
    } else for (let i = 0; i < numRows; i++) offsets[row + i] = at++;
    row += numRows;
  }
  offsets[row] = at;
  return { kind: 'binary', offsets, bytes, nulls: joinNulls(parts) };
}

function flattenArrays(
  type: 'ARRAY<STRING>' | 'ARRAY<LONG>' | 'ARRAY<DOUBLE>',
  parts: readonly FlatPart[],
): FlatColumn {
  const offsets = new Uint32Array(rowsOf(parts) + 1);
  const elementParts: FlatPart[] = [];
  let row = 0;
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'array') {
      assert(vector.offsets[0] === 0, 'Offsets of a list vector begin at 0');
      for (let i = 0; i < numRows; i++) offsets[row + i] = at + vector.offsets[i]!;
      const numElements = vector.offsets[numRows]!;
      elementParts.push({ numRows: numElements, vector: vector.elements });
      at += numElements;
    } else offsets.fill(at, row, row + numRows);
    row += numRows;
  }
  offsets[row] = at;
  const elements = flatten(type.slice(6, -1) as ColumnType, elementParts);
  return { kind: 'array', offsets, elements, nulls: joinNulls(parts) };
}

/** The narrowest ids that hold a dictionary's. */
function makeIds(size: number, length: number): UnsignedIds {
  if (size < 256) return new Uint8Array(length);
  return size < 65_536 ? new Uint16Array(length) : new Uint32Array(length);
}

function flattenStrings(parts: readonly FlatPart[]): FlatColumn {
  const dictionaries: Dictionary[] = [];
  for (const { vector } of parts)
    if (vector?.kind === 'string' || vector?.kind === 'multiString') dictionaries.push(vector.dictionary);
  const merged = mergeDictionaries(dictionaries);
  return parts.some(({ vector }) => vector?.kind === 'multiString')
    ? flattenLists(parts, merged)
    : flattenSingle(parts, merged);
}

function flattenSingle(parts: readonly FlatPart[], { dictionary, remaps }: MergedDictionary): FlatColumn {
  const ids = makeIds(dictionary.size, rowsOf(parts));
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'string') remapIds(vector.ids, numRows, remaps.get(vector.dictionary.key)!, ids, at);
    at += numRows;
  }
  return { kind: 'string', ids, dictionary };
}

/** A null row is a list of one null, which an empty list is not. */
function flattenLists(parts: readonly FlatPart[], { dictionary, remaps }: MergedDictionary): FlatColumn {
  const offsets = new Uint32Array(rowsOf(parts) + 1);
  let total = 0;
  for (const { vector, numRows } of parts) {
    total += vector?.kind === 'multiString' ? vector.offsets[numRows]! - vector.offsets[0]! : numRows;
  }
  const ids = makeIds(dictionary.size, total);
  let row = 0;
  let at = 0;
  for (const { vector, numRows } of parts) {
    if (vector?.kind === 'string' || vector?.kind === 'multiString') {
      const remap = remaps.get(vector.dictionary.key)!;
      for (let i = 0; i < numRows; i++) {
        offsets[row + i] = at;
        const from = vector.kind === 'string' ? i : vector.offsets[i]!;
        const to = vector.kind === 'string' ? i + 1 : vector.offsets[i + 1]!;
        for (let j = from; j < to; j++) ids[at++] = remap[vector.ids[j]!]!;
      }
    } else offsets.fill(at, row, row + numRows);
    row += numRows;
  }
  offsets[row] = at;
  return { kind: 'multiString', offsets, ids: ids.subarray(0, at), dictionary };
}

function remapIds(ids: UnsignedIds, n: number, remap: Uint32Array, into: UnsignedIds, at: number): void {
  for (let i = 0; i < n; i++) into[at + i] = remap[ids[i]!]!;
}
