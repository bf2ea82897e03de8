import type { ColumnType } from '../../common/column-type.js';
import { parseJson } from '../../common/json-read.js';
import type { ArrayVector } from '../../vectors/block.js';
import { ArrayDictionary } from './array-dictionary.js';

/** Arrays that came as JSON text (null: no array), as a vector of their elements. */
export function arrayVector(texts: readonly (string | null)[], type: ColumnType): ArrayVector {
  const offsets = new Uint32Array(texts.length + 1);
  const elements: unknown[] = [];
  texts.forEach((text, row) => {
    if (text !== null) for (const element of parseJson(text) as readonly unknown[]) elements.push(element);
    offsets[row + 1] = elements.length;
  });
  const nulls = Uint8Array.from(texts, (text) => (text === null ? 1 : 0));
  return { kind: 'array', offsets, elements: elementVector(elements, type), ...(nulls.includes(1) && { nulls }) };
}

function elementVector(values: readonly unknown[], type: ColumnType): ArrayVector['elements'] {
  const nulls = Uint8Array.from(values, (value) => (value === null ? 1 : 0));
  switch (type) {
    case 'ARRAY<LONG>':
      return {
        kind: 'long',
        base: 0,
        values: BigInt64Array.from(values, (value) => BigInt((value ?? 0) as number)),
        nulls,
      };
    case 'ARRAY<DOUBLE>':
      return { kind: 'double', values: Float64Array.from(values, Number), nulls };
    default: {
      const ids = new Map<string, number>();
      const rows = Uint32Array.from(values, (value) => {
        if (value === null) return 0;
        const text = String(value);
        const id = ids.get(text) ?? ids.size + 1;
        ids.set(text, id);
        return id;
      });
      return { kind: 'string', ids: rows, dictionary: new ArrayDictionary([...ids.keys()]) };
    }
  }
}

/** The type of arrays given as JSON texts; `COMPLEX<json>` where a text is anything else. */
export function typeOfTexts(texts: readonly (string | null)[]): ColumnType {
  let type: ColumnType = 'ARRAY<LONG>';
  for (const text of texts) {
    if (text === null) continue;
    if (!text.startsWith('[')) return 'COMPLEX<json>';
    for (const element of parseJson(text) as readonly unknown[]) {
      if (element === null) continue;
      if (typeof element === 'object' || typeof element === 'boolean') return 'COMPLEX<json>';
      if (typeof element === 'string') type = 'ARRAY<STRING>';
      else if (type === 'ARRAY<LONG>' && typeof element === 'number' && !Number.isInteger(element))
        type = 'ARRAY<DOUBLE>';
    }
    // Doubles that are whole still have their point in the text.
    if (type === 'ARRAY<LONG>' && text.includes('.')) type = 'ARRAY<DOUBLE>';
  }
  return type;
}
