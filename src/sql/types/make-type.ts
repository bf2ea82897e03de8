import type { SqlType, SqlTypeName } from './sql-type.js';

interface TypeDetails {
  readonly precision?: number | null;
  readonly scale?: number | null;
  readonly element?: SqlType;
  readonly complexName?: string;
}

/** A type of a name; not nullable unless said. */
export function makeType(name: SqlTypeName, nullable = false, details: TypeDetails = {}): SqlType {
  return {
    name,
    nullable,
    precision: details.precision ?? null,
    scale: details.scale ?? null,
    element: details.element ?? null,
    complexName: details.complexName ?? null,
    fields: null,
  };
}

/** The same type with the nullability given. */
export function withNullable(type: SqlType, nullable: boolean): SqlType {
  return type.nullable === nullable ? type : { ...type, nullable };
}
