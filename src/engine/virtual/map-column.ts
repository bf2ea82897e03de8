import type { ColumnType } from '../../common/column-type.js';
import { asDouble, asLong } from '../../expressions/coercion.js';
import { ExprComplex } from '../../expressions/expr.js';
import type { ColumnVector, Dictionary, MultiStringVector, StringVector } from '../../vectors/block.js';
import type { Selection } from '../../vectors/selection.js';
import { buildVector, narrowIds } from './build-vector.js';
import type { DictionaryMap } from './dictionary-map.js';
import { wholeVector } from './long-vector.js';
import type { VirtualSource } from './virtual-definition.js';

/** A function of one single-valued dictionary column: computed once per value, rows are looked up. */
export function mapStrings(
  vector: StringVector,
  map: DictionaryMap,
  type: ColumnType,
  { numRows, wanted }: VirtualSource,
): ColumnVector {
  const { dictionary, ids } = vector;
  if (type === 'STRING') {
    const whole = map.whole(dictionary);
    if (whole !== undefined) {
      const mapped = translate(ids, whole.ids, numRows);
      return { kind: 'string', ids: narrowIds(mapped, whole.dictionary.size), dictionary: whole.dictionary };
    }
  } else if (type === 'LONG' || type === 'DOUBLE') {
    const mapped = mapNumbers(vector, map, type, numRows, wanted);
    if (mapped !== undefined) return mapped;
  }
  const valueOf = (row: number) => map.valueAt(dictionary, ids[row]!);
  return buildVector(valueOf, { type, numRows, wanted, dictionary: map.texts });
}

/**
 * The same of a multi-value column, value by value, with text as the result; undefined where the function gives something for a row without
 * values, or several texts for one.
 */
export function mapMultiStrings(vector: MultiStringVector, map: DictionaryMap): MultiStringVector | undefined {
  const whole = map.whole(vector.dictionary);
  if (whole === undefined || whole.ids[0] !== 0) return undefined;
  const ids = translate(vector.ids, whole.ids, vector.ids.length);
  const { dictionary } = whole;
  return { kind: 'multiString', offsets: vector.offsets, ids: narrowIds(ids, dictionary.size), dictionary };
}

function translate(ids: StringVector['ids'], table: Uint32Array, n: number): Uint32Array {
  const out = new Uint32Array(n);
  for (let i = 0; i < n; i++) out[i] = table[ids[i]!]!;
  return out;
}

/** undefined when a number does not fit a double. */
function mapNumbers(
  { ids, dictionary }: StringVector,
  map: DictionaryMap,
  type: 'LONG' | 'DOUBLE',
  n: number,
  wanted: Selection,
): ColumnVector | undefined {
  const table = numberTable(ids, dictionary, map, type, wanted);
  if (table === undefined) return undefined;
  const values = new Float64Array(n);
  const nulls = new Uint8Array(n);
  let hasNull = 0;
  for (let i = 0; i < n; i++) {
    const id = ids[i]!;
    values[i] = table.values[id]!;
    const isNull = table.nulls[id] === 0 ? 0 : 1;
    nulls[i] = isNull;
    hasNull |= isNull;
  }
  const some = hasNull === 1 ? nulls : undefined;
  if (type === 'LONG') return wholeVector(values, table.min, table.max, some);
  return { kind: 'double', values, ...(some !== undefined && { nulls: some }) };
}

interface NumberTable {
  readonly values: Float64Array;
  /** 2 = no row has asked for it. */
  readonly nulls: Uint8Array;
  readonly min: number;
  readonly max: number;
}

function numberTable(
  ids: StringVector['ids'],
  dictionary: Dictionary,
  map: DictionaryMap,
  type: 'LONG' | 'DOUBLE',
  wanted: Selection,
): NumberTable | undefined {
  const values = new Float64Array(dictionary.size + 1);
  const nulls = new Uint8Array(dictionary.size + 1).fill(2);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < wanted.count; i++) {
    const id = ids[wanted.rows === null ? i : wanted.rows[i]!]!;
    if (nulls[id] !== 2) continue;
    const result = map.valueAt(dictionary, id);
    const cast = result instanceof ExprComplex ? null : type === 'LONG' ? asLong(result) : asDouble(result);
    nulls[id] = cast === null ? 1 : 0;
    if (cast === null) continue;
    const value = Number(cast);
    if (type === 'LONG' && !Number.isSafeInteger(value)) return undefined;
    values[id] = value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { values, nulls, min, max };
}
