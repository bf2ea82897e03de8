import { findTimeZone, UTC } from '../../common/time-zone.js';
import type { JsonObject } from '../../query/json-fields.js';
import type { SqlCellOptions } from './sql-cell.js';

/** How the context of a statement wants values written. */
export function cellOptions(context: JsonObject): SqlCellOptions {
  const zoneName = context['sqlTimeZone'];
  const stringify = context['sqlStringifyArrays'];
  return {
    zone: typeof zoneName === 'string' ? (findTimeZone(zoneName) ?? UTC) : UTC,
    stringifyArrays: stringify !== false && stringify !== 'false',
  };
}
