import type { ColumnType } from '../../common/column-type.js';
import type { ColumnVector, MultiStringVector, StringVector } from '../../vectors/block.js';
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
    const texts = mapTexts(vector, map, numRows, wanted);
    if (texts !== undefined) return texts;
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

/** undefined when the result for some row is several texts. */
function mapTexts(
  { ids, dictionary }: StringVector,
  map: DictionaryMap,
  n: number,
  wanted: Selection,
): StringVector | undefined {
  const mapped = new Uint32Array(n);
  for (let i = 0; i < wanted.count; i++) {
    const row = wanted.rows === null ? i : wanted.rows[i]!;
    const id = map.textIdAt(dictionary, ids[row]!);
    if (id === undefined) return undefined;
    mapped[row] = id;
  }
  const view = map.texts.view();
  return { kind: 'string', ids: narrowIds(mapped, view.size), dictionary: view };
}

function translate(ids: StringVector['ids'], table: Uint32Array, n: number): Uint32Array {
  const out = new Uint32Array(n);
  for (let i = 0; i < n; i++) out[i] = table[ids[i]!]!;
  return out;
}

/** undefined when a number does not fit a double. */
function mapNumbers(
  vector: StringVector,
  map: DictionaryMap,
  type: 'LONG' | 'DOUBLE',
  n: number,
  wanted: Selection,
): ColumnVector | undefined {
  const { ids } = vector;
  const table = map.numbers(vector, type, wanted);
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
