/** What a query reads from. @source Druid `DataSource.java`, `*DataSource.java` */
import { type ColumnType, TIME_COLUMN } from '../common/column-type.js';
import type { DataSource } from './data-source.js';
import {
  asObject,
  findColumnType,
  isObject,
  type JsonObject,
  kindOf,
  list,
  optionalText,
  requiredText,
  scalarText,
} from './json-fields.js';
import { parseFilter, parseOptionalFilter } from './parse-filter.js';
import { QueryScope } from './parse-scope.js';
import { parseVirtualColumn } from './parse-virtual-columns.js';
import { mismatched, refused, unsupported } from './query-errors.js';

const JOIN = 'query.JoinDataSource';

/**
 * A name (a table) or a spec; an unknown type means `table`, as in Druid.
 * @throws DruidError INVALID_INPUT
 */
export function parseDataSource(json: unknown, scope: QueryScope): DataSource {
  if (!isObject(json)) return { type: 'tables', names: [tableName(json)] };
  switch (optionalText(json, 'type')) {
    case 'union':
      return parseUnion(json, scope);
    case 'lookup':
      return { type: 'lookup', lookup: requiredText(json, 'lookup', 'query.LookupDataSource', 'lookup') };
    case 'inline':
      return parseInline(json);
    case 'query':
      if (!isObject(json['query'])) throw refused('query.QueryDataSource', "'query' must be nonnull");
      return { type: 'query', query: scope.request.parseSubquery(json['query']) };
    case 'join':
      return parseJoin(json, scope);
    case 'unnest':
      return parseUnnest(json, scope);
    case 'filter':
      return filtered(baseOf(json, 'query.FilteredDataSource', scope), json['filter'], scope);
    case 'restrict':
      return parseRestricted(json, scope);
    default:
      return { type: 'tables', names: [tableName(json['name'])] };
  }
}

function tableName(json: unknown): string {
  if (json !== undefined && json !== null && typeof json === 'object') {
    throw mismatched(`Cannot construct instance of \`org.apache.druid.query.DataSource\` from ${kindOf(json)} value`);
  }
  const name = scalarText(json);
  if (name === null || name === '') throw refused('query.TableDataSource', "'name' must be nonnull");
  return name;
}

function parseUnion(fields: JsonObject, scope: QueryScope): DataSource {
  const members = list(fields, 'dataSources').map((member) => parseDataSource(member, scope));
  if (members.length === 0) {
    throw refused('query.UnionDataSource', "'dataSources' must be non-null and non-empty for 'union'");
  }
  if (!members.every((member) => member.type === 'tables')) return { type: 'union', dataSources: members };
  const names = members.flatMap((member) => member.names);
  // A table that is named twice is read twice.
  return new Set(names).size < names.length ? { type: 'union', dataSources: members } : { type: 'tables', names };
}

function parseInline(fields: JsonObject): DataSource {
  const javaClass = 'query.InlineDataSource';
  for (const key of ['columnNames', 'rows']) {
    if (!Array.isArray(fields[key])) throw refused(javaClass, `'${key}' must be nonnull`);
  }
  const columnNames = list(fields, 'columnNames').map((name) => scalarText(name) ?? '');
  const hasTypes = fields['columnTypes'] !== undefined && fields['columnTypes'] !== null;
  const columnTypes = hasTypes ? list(fields, 'columnTypes').map(inlineType) : columnNames.map(() => null);
  if (columnTypes.length !== columnNames.length) {
    throw refused(javaClass, 'columnNames and columnTypes must be the same length');
  }
  const rows = list(fields, 'rows').map((row) => list({ row }, 'row').map(plainValue));
  return { type: 'inline', columnNames, columnTypes, rows };
}

function inlineType(json: unknown): ColumnType | null {
  const name = scalarText(json);
  if (name === null || name === '') return null;
  return findColumnType(name) ?? null;
}

/** Integers beyond 2^53 as decimal text, so that what leaves the parser survives JSON. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainValue(member)]));
}

function baseOf(fields: JsonObject, javaClass: string, scope: QueryScope): DataSource {
  const base = fields['base'];
  if (base === undefined || base === null) throw refused(javaClass, "'base' must be nonnull");
  return parseDataSource(base, scope);
}

function filtered(base: DataSource, json: unknown, scope: QueryScope): DataSource {
  if (json === undefined || json === null) return base;
  const own = new QueryScope(scope.request);
  const filter = parseFilter(json, own);
  return { type: 'filter', base, filter, virtualColumns: own.derivedColumns };
}

/** A security policy: of rows, or none. */
function parseRestricted(fields: JsonObject, scope: QueryScope): DataSource {
  const base = baseOf(fields, 'query.RestrictedDataSource', scope);
  const policy = asObject(fields['policy'], 'query.policy.Policy');
  return optionalText(policy, 'type') === 'row' ? filtered(base, policy['rowFilter'], scope) : base;
}

function parseUnnest(fields: JsonObject, scope: QueryScope): DataSource {
  const base = baseOf(fields, 'query.UnnestDataSource', scope);
  const own = new QueryScope(scope.request);
  const virtualColumn = parseVirtualColumn(fields['virtualColumn'], own);
  if (own.derivedColumns.length > 0) throw unsupported('a derived virtualColumn of unnest, here', virtualColumn.type);
  const unnestFilter = parseOptionalFilter(fields['unnestFilter'], own);
  return { type: 'unnest', base, virtualColumn, unnestFilter, virtualColumns: own.derivedColumns };
}

const JOIN_TYPES = ['INNER', 'LEFT', 'RIGHT', 'FULL'] as const;

function parseJoin(fields: JsonObject, scope: QueryScope): DataSource {
  for (const key of ['left', 'right']) {
    if (fields[key] === undefined || fields[key] === null) throw refused(JOIN, `${key} cannot be null`);
  }
  const left = parseDataSource(fields['left'], scope);
  const right = parseDataSource(fields['right'], scope);
  const rightPrefix = optionalText(fields, 'rightPrefix') ?? '';
  assertPrefix(rightPrefix);
  const condition = requiredText(fields, 'condition', JOIN, 'condition cannot be null');
  scope.inputsOf(condition, JOIN);
  const typeName = requiredText(fields, 'joinType', JOIN, 'joinType cannot be null').toUpperCase();
  const joinType = JOIN_TYPES.find((type) => type === typeName);
  if (joinType === undefined) {
    throw refused('segment.join.JoinType', `No enum constant org.apache.druid.segment.join.JoinType.${typeName}`);
  }
  const own = new QueryScope(scope.request);
  const leftFilter = parseOptionalFilter(fields['leftFilter'], own);
  if (leftFilter !== null && left.type !== 'tables') {
    throw refused(JOIN, 'left filter is only supported if left data source is direct table access');
  }
  return {
    type: 'join',
    left,
    right,
    rightPrefix,
    condition,
    joinType,
    leftFilter,
    virtualColumns: own.derivedColumns,
  };
}

function assertPrefix(prefix: string): void {
  if (prefix === '') throw refused(JOIN, 'Join clause cannot have null or empty prefix');
  if (TIME_COLUMN.startsWith(prefix)) {
    throw refused(JOIN, `Join clause cannot have prefix[${prefix}], since it would shadow ${TIME_COLUMN}`);
  }
}
