import type { HashInput } from './hash-input.js';

const NULL_TEXT = '\u0000';
const SEPARATOR = 1;

/** Separates two fields of a row hashed as one value (`cardinality` with `byRow`). */
export function putCardinalityFieldEnd(input: HashInput): void {
  input.putByte(0);
}

/**
 * Puts one string field of a row: a single value as it is, several sorted so that their order does not matter;
 * a field without any value puts nothing. Numbers of a row go in with `putLong`, `putDouble`, `putFloat`; null puts
 * nothing.
 * @source Druid `cardinality/types/StringCardinalityAggregatorColumnSelectorStrategy.java`
 */
export function putCardinalityStrings(input: HashInput, values: readonly (string | null)[]): void {
  if (values.length === 1) {
    const only = values[0];
    if (only !== null && only !== undefined) input.putChars(only);
    return;
  }
  if (values.every((value) => value === null)) return;
  const sorted = values.map((value) => value ?? NULL_TEXT).toSorted();
  sorted.forEach((value, i) => {
    if (i !== 0) input.putChar(SEPARATOR);
    input.putChars(value);
  });
}
