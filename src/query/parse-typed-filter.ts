/** Filters that compare by the rules of a type. @source Druid `EqualityFilter.java`, `RangeFilter.java`, `TypedInFilter.java` */
import type { ColumnType } from '../common/column-type.js';
import { jsonText } from '../common/json-write.js';
import { arrayComparison, containsFilter } from './desugar/boolean-column.js';
import { literalText } from './desugar/expression-text.js';
import { findColumnType, flag, type JsonObject, list, requiredText, shown } from './json-fields.js';
import { parseMatchValue } from './match-value.js';
import type { Filter, MatchValue } from './native-query.js';
import type { ParseScope } from './parse-scope.js';
import { refused } from './query-errors.js';

interface TypedColumn {
  readonly column: string;
  readonly matchValueType: ColumnType;
}

/** `column` and `matchValueType` of a typed filter; `prefix` is that of the member names of the type. */
function typedColumn(fields: JsonObject, javaClass: string, name: string, key = 'matchValueType'): TypedColumn {
  const column = requiredText(fields, 'column', javaClass, `Invalid ${name} filter, column cannot be null`);
  const problem = `Invalid ${name} filter on column [${column}], ${key}`;
  const typeName = requiredText(fields, key, javaClass, `${problem} cannot be null`);
  const matchValueType = findColumnType(typeName);
  if (matchValueType === undefined) throw refused(javaClass, `${problem} cannot be null`);
  return { column, matchValueType };
}

const isComplex = (type: ColumnType): boolean => type.startsWith('COMPLEX<');

/** Compares with no value: false, and unknown for nulls. */
const noValue = ({ column, matchValueType }: TypedColumn): Filter => ({
  type: 'inType',
  column,
  matchValueType,
  values: [],
});

/** Nested values compare as such; other complex ones equal nothing that a request can say. */
function equalsComplex({ column, matchValueType }: TypedColumn, value: unknown): Filter {
  if (matchValueType !== 'COMPLEX<json>') return noValue({ column, matchValueType });
  return { type: 'equals', column, matchValueType, matchValue: jsonText(value) };
}

const isArray = (type: ColumnType): boolean => type.startsWith('ARRAY<');

/** @throws DruidError INVALID_INPUT */
export function parseEquals(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.EqualityFilter';
  const { column, matchValueType } = typedColumn(fields, javaClass, 'equality');
  const given = fields['matchValue'];
  if (isComplex(matchValueType) && given !== undefined && given !== null) {
    return equalsComplex({ column, matchValueType }, given);
  }
  const matchValue = isArray(matchValueType)
    ? literalText(fields['matchValue'], matchValueType)
    : parseMatchValue(fields['matchValue'], matchValueType);
  if (matchValue === null) {
    throw refused(javaClass, `Invalid equality filter on column [${column}], matchValue cannot be null`);
  }
  if (isArray(matchValueType)) return arrayComparison(column, '==', String(matchValue), scope);
  return { type: 'equals', column, matchValueType, matchValue };
}

/** @throws DruidError INVALID_INPUT */
export function parseRange(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.RangeFilter';
  const { column, matchValueType } = typedColumn(fields, javaClass, 'range');
  const hasBound = (fields['lower'] ?? fields['upper'] ?? null) !== null;
  if (isComplex(matchValueType) && hasBound) return noValue({ column, matchValueType });
  const bound = (key: 'lower' | 'upper'): MatchValue | null => {
    const value = isArray(matchValueType)
      ? literalText(fields[key], matchValueType)
      : parseMatchValue(fields[key], matchValueType);
    if (value === null && fields[key] !== undefined && fields[key] !== null) {
      throw refused(
        javaClass,
        `Invalid range filter on column [${column}], ${key} bound [${shown(fields[key])}] cannot be parsed as specified match value type [${matchValueType}]`,
      );
    }
    return value;
  };
  const lower = bound('lower');
  const upper = bound('upper');
  if (lower === null && upper === null) {
    throw refused(
      javaClass,
      `Invalid range filter on column [${column}], lower and upper cannot be null at the same time`,
    );
  }
  const lowerOpen = flag(fields, 'lowerOpen', false);
  const upperOpen = flag(fields, 'upperOpen', false);
  if (!isArray(matchValueType)) return { type: 'range', column, matchValueType, lower, upper, lowerOpen, upperOpen };
  const bounds: Filter[] = [];
  if (lower !== null) bounds.push(arrayComparison(column, lowerOpen ? '>' : '>=', String(lower), scope));
  if (upper !== null) bounds.push(arrayComparison(column, upperOpen ? '<' : '<=', String(upper), scope));
  return { type: 'and', fields: bounds };
}

/** @throws DruidError INVALID_INPUT */
export function parseInType(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.TypedInFilter';
  const { column, matchValueType } = typedColumn(fields, javaClass, 'IN');
  const hasValues = Array.isArray(fields['values']);
  if (hasValues === Array.isArray(fields['sortedValues'])) {
    throw refused(
      javaClass,
      `Invalid IN filter on column [${column}], exactly one of values or sortedValues must be non-null`,
    );
  }
  const elements = list(fields, hasValues ? 'values' : 'sortedValues');
  if (isComplex(matchValueType)) return oneOfComplex({ column, matchValueType }, elements);
  if (isArray(matchValueType)) return oneOfArrays(column, matchValueType, elements, scope);
  return {
    type: 'inType',
    column,
    matchValueType,
    values: [...new Set(elements.map((element) => parseMatchValue(element, matchValueType)))],
  };
}

function oneOfComplex(column: TypedColumn, elements: readonly unknown[]): Filter {
  if (elements.length === 0) return { type: 'false' };
  const fields = elements.map(
    (element): Filter => (element === null ? { type: 'null', column: column.column } : equalsComplex(column, element)),
  );
  return { type: 'or', fields };
}

function oneOfArrays(column: string, type: ColumnType, elements: readonly unknown[], scope: ParseScope): Filter {
  if (elements.length === 0) return { type: 'false' };
  const fields = elements.map((element): Filter => {
    const literal = literalText(element, type);
    return literal === null ? { type: 'null', column } : arrayComparison(column, '==', literal, scope);
  });
  return { type: 'or', fields };
}

/** @throws DruidError INVALID_INPUT */
export function parseArrayContains(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.ArrayContainsElementFilter';
  const key = 'elementMatchValueType';
  const { column, matchValueType } = typedColumn(fields, javaClass, 'array_contains', key);
  return containsFilter(column, literalText(fields['elementMatchValue'], matchValueType) ?? 'null', scope);
}
