import { invalidInput } from '../../common/druid-error.js';
import { isObject, type JsonObject } from '../../query/json-fields.js';
import type { SqlParameter } from '../../sql/planned-statement.js';
import type { NamePatterns } from './metadata-results.js';

/** A request by its JSON name and its members. */
export interface AvaticaRequest {
  readonly name: string;
  readonly fields: JsonObject;
}

/** @throws DruidError INVALID_INPUT when it is no request of Avatica */
export function readRequest(body: unknown): AvaticaRequest {
  if (!isObject(body) || typeof body['request'] !== 'string') throw invalidInput('Request has no [request]');
  return { name: body['request'], fields: body };
}

/** @throws DruidError INVALID_INPUT when it is absent */
export function connectionIdOf(fields: JsonObject): string {
  const handle = fields['statementHandle'];
  const id = fields['connectionId'] ?? (isObject(handle) ? handle['connectionId'] : undefined);
  if (typeof id !== 'string') throw invalidInput('Request has no [connectionId]');
  return id;
}

/** @throws DruidError INVALID_INPUT when it is absent */
export function statementIdOf(fields: JsonObject): number {
  const handle = fields['statementHandle'];
  const id = fields['statementId'] ?? (isObject(handle) ? handle['id'] : undefined);
  if (id === undefined || id === null || !Number.isInteger(Number(id)))
    throw invalidInput('Request has no [statementId]');
  return Number(id);
}

/** @throws DruidError INVALID_INPUT when it is absent */
export function sqlOf(fields: JsonObject): string {
  if (typeof fields['sql'] !== 'string') throw invalidInput('Request has no [sql]');
  return fields['sql'];
}

/** The first of the members that is a number, else -1: no limit. */
export function limitOf(fields: JsonObject, ...names: readonly string[]): number {
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined && value !== null) return Number(value);
  }
  return -1;
}

export function namePatterns(fields: JsonObject): NamePatterns {
  const text = (name: string): string | null => (typeof fields[name] === 'string' ? fields[name] : null);
  const types = fields['typeList'];
  return {
    catalog: text('catalog'),
    schemaPattern: text('schemaPattern'),
    tableNamePattern: text('tableNamePattern'),
    columnNamePattern: text('columnNamePattern'),
    typeList: Array.isArray(types) ? types.map(String) : null,
  };
}

/** SQL types of the representations in which drivers send parameters. */
const PARAMETER_TYPES: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  CHARACTER: 'VARCHAR',
  PRIMITIVE_CHAR: 'VARCHAR',
  BYTE: 'BIGINT',
  PRIMITIVE_BYTE: 'BIGINT',
  SHORT: 'BIGINT',
  PRIMITIVE_SHORT: 'BIGINT',
  INTEGER: 'INTEGER',
  PRIMITIVE_INT: 'INTEGER',
  LONG: 'BIGINT',
  PRIMITIVE_LONG: 'BIGINT',
  BIG_INTEGER: 'BIGINT',
  FLOAT: 'FLOAT',
  PRIMITIVE_FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
  PRIMITIVE_DOUBLE: 'DOUBLE',
  BIG_DECIMAL: 'DOUBLE',
  NUMBER: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  PRIMITIVE_BOOLEAN: 'BOOLEAN',
  JAVA_SQL_TIMESTAMP: 'TIMESTAMP',
  JAVA_UTIL_DATE: 'TIMESTAMP',
  JAVA_SQL_DATE: 'DATE',
  ARRAY: 'ARRAY',
  NULL: 'NULL',
};

/** @throws DruidError INVALID_INPUT for a representation that cannot be a parameter */
export function parametersOf(fields: JsonObject): readonly SqlParameter[] {
  const values = fields['parameterValues'];
  if (!Array.isArray(values)) return [];
  return values.map((entry: unknown) => {
    if (!isObject(entry)) return { type: 'NULL', value: null };
    const rep = String(entry['type']);
    const type = PARAMETER_TYPES[rep];
    if (type === undefined) throw invalidInput(`Parameters of type [${rep}] are not supported`);
    return { type, value: valueOf(rep, entry['value'] ?? null) };
  });
}

const DAY_MS = 86_400_000;

/** Dates come as days, all other times as milliseconds. */
function valueOf(rep: string, value: unknown): unknown {
  return rep === 'JAVA_SQL_DATE' && (typeof value === 'number' || typeof value === 'bigint')
    ? Number(value) * DAY_MS
    : value;
}
