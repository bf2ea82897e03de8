import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType, SqlTypeName } from '../types/sql-type.js';

/** Result type of a call from the types of its operands; null = they do not fit. */
export type TypeRule = (operands: readonly SqlType[]) => SqlType | null;

const EXACT: ReadonlySet<SqlTypeName> = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']);
const ORDER: readonly SqlTypeName[] = [
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'DECIMAL',
  'FLOAT',
  'REAL',
  'DOUBLE',
];
const TEXT: ReadonlySet<SqlTypeName> = new Set(['CHAR', 'VARCHAR']);

export function isText(type: SqlType): boolean {
  return TEXT.has(type.name);
}

export function isExact(type: SqlType): boolean {
  return EXACT.has(type.name);
}

export function isNumeric(type: SqlType): boolean {
  return ORDER.includes(type.name);
}

export function isTime(type: SqlType): boolean {
  return type.name === 'TIMESTAMP' || type.name === 'DATE';
}

export function anyNullable(operands: readonly SqlType[]): boolean {
  return operands.some((o) => o.nullable);
}

/** Always this type; null if an operand can be. */
export function returns(name: SqlTypeName): TypeRule {
  return (operands) => makeType(name, anyNullable(operands), { precision: name === 'TIMESTAMP' ? 3 : null });
}

/** Always this type, and it may be null. */
export function returnsNullable(name: SqlTypeName): TypeRule {
  return () => makeType(name, true, { precision: name === 'TIMESTAMP' ? 3 : null });
}

export function returnsArray(name: SqlTypeName): TypeRule {
  return () => makeType('ARRAY', true, { element: makeType(name, true) });
}

export function operandType(index: number): TypeRule {
  return (operands) => withNullable(operands[index]!, anyNullable(operands));
}

/** Of `+ - * / %`. FLOAT stays FLOAT with whole numbers. */
export const arithmetic: TypeRule = ([a, b]) => {
  if (a === undefined || b === undefined) return null;
  const nullable = a.nullable || b.nullable;
  if (isTime(a) && b.name.startsWith('INTERVAL')) return withNullable(a, nullable);
  if (isTime(b) && a.name.startsWith('INTERVAL')) return withNullable(b, nullable);
  if (isTime(a) && isTime(b)) return makeType('BIGINT', nullable);
  if (a.name.startsWith('INTERVAL') || b.name.startsWith('INTERVAL'))
    return withNullable(a.name.startsWith('INTERVAL') ? a : b, nullable);
  const left = isText(a) || a.name === 'NULL' ? numberLike(b) : a;
  const right = isText(b) || b.name === 'NULL' ? numberLike(a) : b;
  if (!isNumeric(left) || !isNumeric(right)) return null;
  return withNullable(wider(left, right), nullable);
};

function numberLike(other: SqlType): SqlType {
  return isNumeric(other) ? other : makeType('DOUBLE');
}

function wider(a: SqlType, b: SqlType): SqlType {
  if (a.name === 'DECIMAL' && b.name === 'DECIMAL') return makeType('DECIMAL', false, { precision: 19, scale: 9 });
  if (a.name === 'FLOAT' || b.name === 'FLOAT') {
    const other = a.name === 'FLOAT' ? b : a;
    if (other.name === 'DOUBLE' || other.name === 'FLOAT' || isExact(other)) return makeType('FLOAT');
    return makeType('DOUBLE');
  }
  return ORDER.indexOf(a.name) >= ORDER.indexOf(b.name) ? a : b;
}

/** The type that all have in common. */
export const leastRestrictive: TypeRule = (operands) => {
  const known = operands.filter((o) => o.name !== 'NULL');
  const nullable = anyNullable(operands);
  const [first, ...others] = known;
  if (first === undefined) return makeType('NULL', true);
  let type: SqlType = first;
  for (const other of others) {
    if (type.name === other.name) {
      if (type.name === 'CHAR' && type.precision !== other.precision) type = makeType('VARCHAR');
    } else if (isText(type) && isText(other)) type = makeType('VARCHAR');
    else if (isNumeric(type) && isNumeric(other)) type = wider(type, other);
    else if (isTime(type) && isTime(other)) type = makeType('TIMESTAMP', false, { precision: 3 });
    else if (isText(type) || isText(other)) type = makeType('VARCHAR');
    else return null;
  }
  return withNullable(type, nullable);
};

export const sumType: TypeRule = ([a]) => {
  if (a === undefined) return null;
  if (isExact(a)) return makeType('BIGINT', true);
  if (a.name === 'FLOAT') return makeType('FLOAT', true);
  return isNumeric(a) || isText(a) || a.name === 'NULL' ? makeType('DOUBLE', true) : null;
};
