import { formatDouble } from '../common/java-number.js';
import type { ArrayVector, LongVector } from '../vectors/block.js';

/** The 64-bit value of a row as decimal digits. */
export function longText(vector: LongVector, row: number): string {
  return vector.values instanceof BigInt64Array
    ? String(vector.values[row])
    : String(vector.base + vector.values[row]!);
}

/** JSON text of an array cell; null when the cell is null. */
export function arrayText(vector: ArrayVector, row: number): string | null {
  if (vector.nulls?.[row] === 1) return null;
  const parts: string[] = [];
  const elements = vector.elements;
  for (let at = vector.offsets[row]!; at < vector.offsets[row + 1]!; at++) {
    if (elements.kind === 'string') {
      const id = elements.ids[at]!;
      parts.push(id === 0 ? 'null' : JSON.stringify(elements.dictionary.value(id)));
    } else if (elements.nulls?.[at] === 1) {
      parts.push('null');
    } else {
      parts.push(elements.kind === 'long' ? longText(elements, at) : formatDouble(elements.values[at]!));
    }
  }
  return `[${parts.join(',')}]`;
}
