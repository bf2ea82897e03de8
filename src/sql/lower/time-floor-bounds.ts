import { parseGranularity } from '../../common/granularity.js';
import { type Bounds, boundsOf } from './value-bounds.js';

/** `__time` floored to a period, as native expression: period, origin, time zone. */
export const TIME_FLOOR = /^timestamp_floor\("__time",'([^']+)',(null|'[^']*'|\d*),'([^']+)'\)$/;

/** No instant. */
const NOTHING: Bounds = { lower: 1, upper: 0, lowerOpen: false, upperOpen: false };

/**
 * The bounds of `__time` within which its floor compares so with an instant; undefined for another expression or operator.
 * @source Druid `Expressions.buildTimeFloorFilter`
 */
export function timeFloorBounds(expression: string, operator: string, instantMs: number): Bounds | undefined {
  const [, period, origin, timeZone] = TIME_FLOOR.exec(expression) ?? [];
  if (origin !== 'null' && origin !== "''") return undefined;
  const buckets = parseGranularity({ type: 'period', period, timeZone });
  const start = buckets.bucketStart(instantMs);
  const end = buckets.bucketEnd(start);
  const isAligned = start === instantMs;
  switch (operator) {
    case '=':
      return isAligned ? { lower: start, upper: end, lowerOpen: false, upperOpen: true } : NOTHING;
    case '>':
      return boundsOf('>=', end);
    case '>=':
      return boundsOf('>=', isAligned ? start : end);
    case '<':
      return boundsOf('<', isAligned ? start : end);
    case '<=':
      return boundsOf('<', end);
    default:
      return undefined;
  }
}
