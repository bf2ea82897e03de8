import { invalidInput } from '../../common/druid-error.js';
import type { Rex } from '../rex/rex.js';
import { call } from '../rex/rex-tools.js';
import type { TypeName } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType, SqlTypeName } from '../types/sql-type.js';

const NAMES: ReadonlySet<string> = new Set([
  'CHAR',
  'VARCHAR',
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'FLOAT',
  'REAL',
  'DOUBLE',
  'DECIMAL',
  'DATE',
  'TIME',
  'TIMESTAMP',
]);

/** The type that a name in CAST means. @throws DruidError for a type that is not known */
export function sqlTypeOf(type: TypeName): SqlType {
  if (type.name === 'ARRAY' && type.element !== null) {
    return makeType('ARRAY', true, { element: withNullable(sqlTypeOf(type.element), true) });
  }
  const complex = /^COMPLEX<(.+)>$/i.exec(type.name);
  if (complex !== null) return makeType('OTHER', true, { complexName: complex[1]! });
  if (!NAMES.has(type.name)) throw errorAt(`Unknown identifier '${type.name}'`, type.at);
  const name = type.name as SqlTypeName;
  const precision = name === 'TIMESTAMP' ? 3 : type.precision;
  if (name === 'TIME') throw invalidInput(`Type [TIME] is not supported`, { sourceType: 'sql' });
  return makeType(name, false, { precision, scale: type.scale });
}

/** As `to`, by a cast where the name of the type differs. */
export function castTo(rex: Rex, to: SqlType): Rex {
  const text = (t: SqlType): boolean => t.name === 'VARCHAR' || t.name === 'CHAR';
  if (rex.type.name === to.name || to.name === 'ANY' || (text(rex.type) && text(to))) return rex;
  if (rex.kind === 'literal' && rex.value === null) return { ...rex, type: withNullable(to, true) };
  return call('CAST', [rex], withNullable(to, rex.type.nullable));
}
