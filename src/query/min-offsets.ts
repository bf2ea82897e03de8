import type { OffsetVector } from '../metadata/offset-vector.js';
import type { JsonObject } from './json-fields.js';
import { badContext } from './query-errors.js';

/** By supervisor id: every row below these offsets must be in the answer. */
export type MinOffsets = Readonly<Record<string, OffsetVector>>;

/**
 * Context key `minOffsets` (Millrace): `{supervisor id: {partition: offset}}`, as a state has them.
 * @throws DruidError INVALID_INPUT in the envelope of a context error
 */
export function minOffsetsOf(raw: JsonObject): MinOffsets | null {
  const value = raw['minOffsets'];
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw misshapen();
  for (const vector of Object.values(value)) {
    if (!isObject(vector) || !Object.values(vector).every(isOffset)) throw misshapen();
  }
  return value as MinOffsets;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function misshapen(): Error {
  return badContext(
    'Expected key [minOffsets] to be {supervisor: {partition: offset}}, with whole offsets of 0 or more',
  );
}
