/** Virtual columns. @source Druid `VirtualColumns.java`, `segment/virtual/*.java` */
import { type ColumnType, TIME_COLUMN } from '../common/column-type.js';
import {
  asObject,
  assertKnownType,
  findColumnType,
  flag,
  isObject,
  type JsonObject,
  list,
  optionalText,
  requiredText,
  typeOf,
  wholeNumber,
} from './json-fields.js';
import { parseDimensionSpec, parseKeptPattern, parseKeptValues } from './parse-dimension.js';
import { parseJsonPath } from './parse-json-path.js';
import type { ParseScope } from './parse-scope.js';
import { refused } from './query-errors.js';
import type { PathPart, VirtualColumn } from './virtual-column.js';

const BASE = 'segment.VirtualColumn';
const ALL = 'segment.VirtualColumns';
const KNOWN = new Set('expression fallback mv-filtered mv-prefix-filtered mv-regex-filtered nested-field'.split(' '));

/** A virtual column with the columns that it reads. */
interface Defined {
  readonly column: VirtualColumn;
  readonly inputs: readonly string[];
}

/**
 * The virtual columns of a query and what they are derived from, each after those that it reads.
 * @throws DruidError INVALID_INPUT for names that cannot be, repeat, or depend on themselves
 */
export function parseVirtualColumns(json: unknown, scope: ParseScope): readonly VirtualColumn[] {
  const elements = isObject(json) ? [json] : list({ virtualColumns: json }, 'virtualColumns');
  const defined = new Map<string, Defined>();
  for (const element of elements) {
    const one = parseDefined(element, scope);
    const { name } = one.column;
    if (name === '') throw refused(ALL, 'Empty or null virtualColumn name');
    if (name === TIME_COLUMN) throw refused(ALL, `virtualColumn name[${name}] not allowed`);
    if (defined.has(name)) throw refused(ALL, `Duplicate virtualColumn name[${name}]`);
    defined.set(name, one);
  }
  for (const column of scope.derivedColumns) {
    if ('column' in column) defined.set(column.name, { column, inputs: [column.column] });
  }
  return ordered(defined);
}

/** A virtual column that stands alone, as that of an `unnest` data source. @throws DruidError INVALID_INPUT */
export function parseVirtualColumn(json: unknown, scope: ParseScope): VirtualColumn {
  return parseDefined(json, scope).column;
}

/** @throws DruidError INVALID_INPUT for a cycle */
function ordered(defined: ReadonlyMap<string, Defined>): VirtualColumn[] {
  const done = new Set<string>();
  const open = new Set<string>();
  const columns: VirtualColumn[] = [];
  const visit = (name: string): void => {
    const one = defined.get(name);
    if (one === undefined || done.has(name)) return;
    if (open.has(name)) throw refused(ALL, `Self-referential column[${name}]`);
    open.add(name);
    one.inputs.forEach(visit);
    open.delete(name);
    done.add(name);
    columns.push(one.column);
  };
  for (const name of defined.keys()) visit(name);
  return columns;
}

function parseDefined(json: unknown, scope: ParseScope): Defined {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  assertKnownType(type, BASE, KNOWN);
  switch (type) {
    case 'expression':
      return parseExpression(fields, scope);
    case 'nested-field':
      return parseNestedField(fields);
    case 'fallback':
      return parseFallback(fields, scope);
    default:
      return parseFiltered(type, fields, scope);
  }
}

function parseExpression(fields: JsonObject, scope: ParseScope): Defined {
  const javaClass = 'segment.virtual.ExpressionVirtualColumn';
  const name = requiredText(fields, 'name', javaClass, 'name');
  const expression = requiredText(fields, 'expression', javaClass, 'expression');
  const inputs = scope.inputsOf(expression, javaClass);
  const outputType = parseType(fields, 'outputType');
  return { column: { type: 'expression', name, expression, outputType }, inputs };
}

function parseType(fields: JsonObject, key: string): ColumnType | null {
  const name = optionalText(fields, key);
  return name === null ? null : (findColumnType(name) ?? null);
}

function parseNestedField(fields: JsonObject): Defined {
  const javaClass = 'segment.virtual.NestedFieldVirtualColumn';
  const columnName = requiredText(fields, 'columnName', javaClass, 'columnName');
  const name = requiredText(fields, 'outputName', javaClass, 'outputName');
  return {
    column: {
      type: 'nested-field',
      name,
      columnName,
      expectedType: parseType(fields, 'expectedType'),
      path: parsePath(fields, javaClass),
      processFromRaw: flag(fields, 'processFromRaw', false),
    },
    inputs: [columnName],
  };
}

function parsePath(fields: JsonObject, javaClass: string): readonly PathPart[] {
  const path = optionalText(fields, 'path');
  const hasParts = Array.isArray(fields['pathParts']);
  if (hasParts) {
    return list(fields, 'pathParts').map((json) => {
      const part = asObject(json, 'segment.nested.NestedPathPart');
      if (typeOf(part, 'segment.nested.NestedPathPart') === 'arrayElement') return wholeNumber(part, 'index', 0);
      return requiredText(part, 'field', 'segment.nested.NestedPathField', 'field');
    });
  }
  if (path === null) throw refused(javaClass, 'Must define exactly one of [path] or [pathParts]');
  const parts = parseJsonPath(path, flag(fields, 'useJqSyntax', false));
  if (parts === undefined) throw refused(javaClass, `JSONPath [${path}] is invalid`);
  return parts;
}

function parseFallback(fields: JsonObject, scope: ParseScope): Defined {
  const javaClass = 'segment.virtual.FallbackVirtualColumn';
  const name = requiredText(fields, 'name', javaClass, 'name');
  const columns = list(fields, 'columns').map((json) => parseDimensionSpec(json, scope).dimension);
  if (columns.length === 0) throw refused(javaClass, 'columns must not be null or empty');
  return { column: { type: 'fallback', name, columns }, inputs: columns };
}

function parseFiltered(type: string, fields: JsonObject, scope: ParseScope): Defined {
  const title = type === 'mv-filtered' ? 'List' : type === 'mv-regex-filtered' ? 'Regex' : 'Prefix';
  const javaClass = `segment.virtual.${title}FilteredVirtualColumn`;
  const name = requiredText(fields, 'name', javaClass, 'name');
  if (fields['delegate'] === undefined || fields['delegate'] === null) throw refused(javaClass, 'delegate');
  const column = parseDimensionSpec(fields['delegate'], scope).dimension;
  const keep =
    type === 'mv-filtered'
      ? parseKeptValues(fields, flag(fields, 'isAllowList', true), javaClass)
      : type === 'mv-regex-filtered'
        ? parseKeptPattern(fields, javaClass)
        : { kind: 'prefix' as const, prefix: requiredText(fields, 'prefix', javaClass, 'prefix must not be null') };
  return { column: { type: 'value-filtered', name, column, keep }, inputs: [column] };
}
