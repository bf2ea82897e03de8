import type { ColumnType } from '../../common/column-type.js';
import type { ExprValue } from '../../expressions/expr.js';
import { textOf } from '../heap/value-column.js';

/** A value as it is looked up among right keys of `type`; null when it can match none. Keys of several columns are put together. */
export function keyOf(value: ExprValue, type: ColumnType, matchesNull: boolean): string | null {
  const cast = castTo(value, type);
  if (cast === null) return matchesNull ? 'n' : null;
  return `${cast.length}:${cast}`;
}

function castTo(value: ExprValue, type: ColumnType): string | null {
  if (value === null) return null;
  switch (type) {
    case 'LONG':
      return longText(value);
    case 'DOUBLE':
    case 'FLOAT': {
      const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
      return Number.isNaN(number) && typeof value === 'string' ? null : String(number + 0);
    }
    default:
      return textOf(value);
  }
}

/** A double that is no whole number equals no long; a text must be one. */
function longText(value: ExprValue): string | null {
  if (typeof value === 'bigint') return String(value);
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) return String(BigInt(value.replace(/^\+/, '')));
  return Number.isInteger(number) ? String(BigInt(number)) : null;
}
