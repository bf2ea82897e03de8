import type { ColumnType } from '../common/column-type.js';
import { doubleToString } from '../common/java-number.js';
import { mismatched } from './query-errors.js';
import { kindOf, shown } from './json-fields.js';
import type { MatchValue } from './native-query.js';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);

/**
 * A literal in the form that typed filters keep: LONG as decimal text, DOUBLE and FLOAT as number, STRING as text. Null when the
 * literal is null or does not read as that type.
 * @throws DruidError INVALID_INPUT for an array or object
 */
export function parseMatchValue(json: unknown, type: ColumnType): MatchValue | null {
  if (json === undefined || json === null) return null;
  if (typeof json === 'object')
    throw mismatched(`Cannot compare a column of type [${type}] to an ${kindOf(json)} value`);
  switch (type) {
    case 'LONG':
      return longText(json);
    // Druid's expressions know no FLOAT: a literal of that type is a double until a FLOAT column rounds it.
    case 'DOUBLE':
    case 'FLOAT':
      return decimal(json);
    default:
      return typeof json === 'number' && !Number.isInteger(json) ? doubleToString(json) : shown(json);
  }
}

function longText(json: unknown): string | null {
  if (typeof json === 'bigint') return saturated(json);
  if (typeof json === 'string' && /^[+-]?\d+$/.test(json)) return saturated(BigInt(json.replace('+', '')));
  const value = decimal(json);
  return value === null || Number.isNaN(value) ? null : saturated(BigInt(Math.trunc(clamp(value))));
}

function clamp(value: number): number {
  return Math.max(-1e19, Math.min(1e19, value));
}

function saturated(value: bigint): string {
  return String(value > MAX_LONG ? MAX_LONG : value < MIN_LONG ? MIN_LONG : value);
}

function decimal(json: unknown): number | null {
  if (typeof json === 'number') return json;
  if (typeof json === 'bigint') return Number(json);
  if (typeof json === 'boolean') return json ? 1 : 0;
  if (typeof json !== 'string') return null;
  if (DECIMAL.test(json)) return Number(json);
  return /^[+-]?(Infinity|NaN)$/.test(json) ? Number(json) : null;
}
