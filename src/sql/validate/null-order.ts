import type { Rex } from '../rex/rex.js';
import { booleanType, call } from '../rex/rex-tools.js';
import { makeType } from '../types/make-type.js';
import { literal } from './literal-rex.js';

interface Placed {
  readonly descending: boolean;
  readonly nullsFirst: boolean | null;
}

/**
 * NULLS FIRST and NULLS LAST where they are not what the engine does (null first ascending, last descending): an ascending key that goes before the key itself; null where none is
 * needed.
 * @param isGrouped grouping sets may make it null, whatever its type
 */
export function nullOrderKey(expression: Rex, { descending, nullsFirst }: Placed, isGrouped: boolean): Rex | null {
  if (nullsFirst === null || nullsFirst === !descending || !(expression.type.nullable || isGrouped)) return null;
  const integer = makeType('INTEGER');
  const [ofNull, ofOthers] = nullsFirst ? [0n, 1n] : [1n, 0n];
  const isNull = call('IS NULL', [expression], booleanType);
  return call('CASE', [isNull, literal(ofNull, integer), literal(ofOthers, integer)], integer);
}
