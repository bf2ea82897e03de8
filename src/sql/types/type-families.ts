/** Families of types and what they have in common. @source Calcite `SqlTypeFamily`, `TypeCoercionImpl`; Druid `DruidTypeSystem` */
import { makeType, withNullable } from './make-type.js';
import type { SqlType, SqlTypeName } from './sql-type.js';

const INTEGERS: readonly SqlTypeName[] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'];
const REALS: readonly SqlTypeName[] = ['DECIMAL', 'FLOAT', 'REAL', 'DOUBLE'];

export function isText({ name }: SqlType): boolean {
  return name === 'CHAR' || name === 'VARCHAR';
}

export function isInteger({ name }: SqlType): boolean {
  return INTEGERS.includes(name);
}

export function isNumeric(type: SqlType): boolean {
  return isInteger(type) || REALS.includes(type.name);
}

export function isDatetime({ name }: SqlType): boolean {
  return name === 'TIMESTAMP' || name === 'DATE';
}

export function isInterval({ name }: SqlType): boolean {
  return name === 'INTERVAL_DAY_TIME' || name === 'INTERVAL_YEAR_MONTH';
}

export function isNullLiteral({ name }: SqlType): boolean {
  return name === 'NULL' || name === 'ANY';
}

/** A type as Calcite prints it in messages: `<VARCHAR>`, `<CHAR(3)>`, `<DECIMAL(2, 1)>`. */
export function typeText(type: SqlType): string {
  const { name, precision, scale } = type;
  if (name === 'ARRAY') return `<${type.element === null ? 'VARCHAR' : typeText(type.element).slice(1, -1)} ARRAY>`;
  if (name === 'OTHER' && type.complexName !== null) return `<COMPLEX<${type.complexName}>>`;
  if (name === 'DECIMAL' && precision !== null) return `<DECIMAL(${precision}, ${scale ?? 0})>`;
  if ((name === 'CHAR' || name === 'TIMESTAMP') && precision !== null) return `<${name}(${precision})>`;
  return `<${name}>`;
}

/** The type of an arithmetic operation: integers widen, a DECIMAL or DOUBLE makes DOUBLE, FLOAT stays FLOAT beside integers and doubles. */
export function arithmeticType(a: SqlType, b: SqlType): SqlType {
  const nullable = a.nullable || b.nullable;
  return withNullable(widerNumber(a, b), nullable);
}

function widerNumber(a: SqlType, b: SqlType): SqlType {
  if (isInteger(a) && isInteger(b)) return INTEGERS.indexOf(a.name) >= INTEGERS.indexOf(b.name) ? a : b;
  const names = [a.name, b.name];
  for (const name of ['FLOAT', 'DOUBLE', 'REAL'] as const) if (names.includes(name)) return makeType(name);
  return decimal(a, b);
}

function decimal(a: SqlType, b: SqlType): SqlType {
  const scale = Math.max(a.scale ?? 0, b.scale ?? 0);
  return makeType('DECIMAL', false, { precision: 19, scale });
}

/** The type that values of all of the types have; undefined when there is none. */
export function leastRestrictive(types: readonly SqlType[]): SqlType | undefined {
  const nullable = types.some((type) => type.nullable || isNullLiteral(type));
  const known = types.filter((type) => !isNullLiteral(type));
  const [first, ...rest] = known;
  if (first === undefined) return makeType('NULL', true);
  let common: SqlType | undefined = first;
  for (const type of rest) common = common === undefined ? undefined : commonOf(common, type);
  return common === undefined ? undefined : withNullable(common, nullable);
}

function commonOf(a: SqlType, b: SqlType): SqlType | undefined {
  if (isText(a) && isText(b)) {
    if (a.name === 'CHAR' && b.name === 'CHAR' && a.precision !== null && b.precision !== null) {
      return makeType('CHAR', false, { precision: Math.max(a.precision, b.precision) });
    }
    return makeType('VARCHAR');
  }
  if (a.name === b.name) {
    if (a.name !== 'ARRAY') return a;
    const element = leastRestrictive([a.element, b.element].filter((type) => type !== null));
    return element === undefined ? undefined : makeType('ARRAY', false, { element });
  }
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b);
  if (isDatetime(a) && isDatetime(b)) return makeType('TIMESTAMP', false, { precision: 3 });
  if (isText(a) || isText(b)) return a.name === 'ARRAY' || b.name === 'ARRAY' ? undefined : makeType('VARCHAR');
  return undefined;
}

function commonNumber(a: SqlType, b: SqlType): SqlType {
  if (isInteger(a) && isInteger(b)) return widerNumber(a, b);
  const names = [a.name, b.name];
  if (names.includes('DOUBLE') || names.includes('FLOAT') || names.includes('REAL')) return makeType('DOUBLE');
  return decimal(a, b);
}
