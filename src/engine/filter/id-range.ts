import type { Dictionary } from '../../vectors/block.js';
import type { TextHint } from './value-predicate.js';

/** The ids [first, last] of a sorted dictionary whose values lie in a range. */
export function idRange(dictionary: Dictionary, range: TextHint & { kind: 'range' }): readonly [number, number] {
  const first = range.low === null ? 1 : firstId(dictionary, range.low, range.lowOpen);
  const end = range.high === null ? dictionary.size + 1 : firstId(dictionary, range.high, !range.highOpen);
  return [first, end - 1];
}

/** The first id whose value is at least (`isAfter`: greater than) the given one. */
function firstId(dictionary: Dictionary, value: string, isAfter: boolean): number {
  let low = 1;
  let high = dictionary.size + 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = dictionary.value(middle);
    if (found < value || (isAfter && found === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
