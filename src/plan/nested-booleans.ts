import type { Filter } from '../query/filter-spec.js';
import type { VirtualColumn } from '../query/virtual-column.js';

const NUMBER_OF: Readonly<Record<string, string>> = { true: '1', false: '0' };

/**
 * Booleans within nested data are the numbers 1 and 0, also where their text is compared: `true` as a text equals them.
 * @source Druid `math/expr/ExprEval.java` (castForEqualityComparison, computeNumber)
 */
export function withNestedBooleans(filter: Filter | null, virtualColumns: readonly VirtualColumn[]): Filter | null {
  const nested = new Set(virtualColumns.flatMap(({ type, name }) => (type === 'nested-field' ? [name] : [])));
  return filter === null || nested.size === 0 ? filter : rewritten(filter, nested);
}

function rewritten(filter: Filter, nested: ReadonlySet<string>): Filter {
  switch (filter.type) {
    case 'and':
    case 'or':
      return { ...filter, fields: filter.fields.map((field) => rewritten(field, nested)) };
    case 'not':
    case 'istrue':
    case 'isfalse':
      return { ...filter, field: rewritten(filter.field, nested) };
    case 'equals': {
      const { column, matchValueType, matchValue } = filter;
      const number = matchValueType === 'STRING' && nested.has(column) ? numberOf(matchValue) : undefined;
      return number === undefined ? filter : { type: 'inType', column, matchValueType, values: [matchValue, number] };
    }
    case 'inType': {
      if (filter.matchValueType !== 'STRING' || !nested.has(filter.column)) return filter;
      return { ...filter, values: filter.values.flatMap((value) => [value, numberOf(value) ?? []].flat()) };
    }
    default:
      return filter;
  }
}

function numberOf(value: unknown): string | undefined {
  return typeof value === 'string' ? NUMBER_OF[value.toLowerCase()] : undefined;
}
