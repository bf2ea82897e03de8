/** What CAST may be written for. @source Calcite `SqlTypeCoercionRule.java` (not the lenient one), `SqlCastFunction#checkOperandTypes` */
import type { SqlType, SqlTypeName } from './sql-type.js';

const NUMBERS = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DECIMAL', 'FLOAT', 'REAL', 'DOUBLE'] as const;
const TEXTS = ['CHAR', 'VARCHAR'] as const;
const EVERYTHING = [...NUMBERS, ...TEXTS, 'BOOLEAN', 'DATE', 'TIMESTAMP'] as const;

/** By target: the scalar types that can be cast to it. */
const SOURCES: ReadonlyMap<SqlTypeName, ReadonlySet<SqlTypeName>> = new Map(
  Object.entries({
    ...Object.fromEntries(NUMBERS.map((name) => [name, [...NUMBERS, ...TEXTS, 'TIMESTAMP'] as const])),
    CHAR: EVERYTHING,
    VARCHAR: EVERYTHING,
    BOOLEAN: ['BOOLEAN', ...TEXTS, ...NUMBERS],
    DATE: ['DATE', 'TIMESTAMP', ...TEXTS],
    TIMESTAMP: ['TIMESTAMP', 'DATE', ...TEXTS, ...NUMBERS],
  } satisfies Record<string, readonly SqlTypeName[]>).map(([to, from]) => [
    to as SqlTypeName,
    new Set<SqlTypeName>(from),
  ]),
);
const SCALARS: ReadonlySet<SqlTypeName> = new Set(EVERYTHING);

/** Whether values of a type can be cast to another; of types that are no scalars it is known when they are cast. */
export function isCastable(from: SqlType, to: SqlType): boolean {
  return !SCALARS.has(from.name) || SOURCES.get(to.name)?.has(from.name) !== false;
}
