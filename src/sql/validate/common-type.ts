import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { family } from './expression-rex.js';

const RANK = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DECIMAL', 'FLOAT', 'REAL', 'DOUBLE'];

/** The type of both; null when there is none. @source Calcite `leastRestrictive` */
export function common(a: SqlType, b: SqlType): SqlType | null {
  const nullable = a.nullable || b.nullable;
  if (a.name === 'NULL') return withNullable(b, true);
  if (b.name === 'NULL') return withNullable(a, true);
  if (a.name === b.name)
    return withNullable(a.name === 'CHAR' && a.precision !== b.precision ? makeType('VARCHAR') : a, nullable);
  if (family(a) !== family(b)) return null;
  if (family(a) === 'CHARACTER') return makeType('VARCHAR', nullable);
  if (family(a) !== 'NUMERIC') return null;
  const [low, high] = RANK.indexOf(a.name) < RANK.indexOf(b.name) ? [a, b] : [b, a];
  if (low.name === 'DECIMAL' && high.name === 'FLOAT') return makeType('DOUBLE', nullable);
  return withNullable(high, nullable);
}
