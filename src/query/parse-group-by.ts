/** What only groupBy has: having, limitSpec, subtotals. @source Druid `HavingSpec.java`, `DefaultLimitSpec.java` */
import {
  asObject,
  assertKnownType,
  flag,
  isObject,
  type JsonObject,
  kindOf,
  list,
  optionalText,
  requiredText,
  textList,
  typeOf,
  wholeNumber,
} from './json-fields.js';
import type { HavingSpec, LimitSpec, OrderByColumn } from './native-query.js';
import { parseStringOrdering } from './parse-dimension.js';
import { parseExtractionFn } from './parse-extraction-fn.js';
import { parseFilter } from './parse-filter.js';
import { QueryScope } from './parse-scope.js';
import { mismatched, refused } from './query-errors.js';

const HAVING = 'query.groupby.having.HavingSpec';
const HAVING_TYPES = new Set('always and dimSelector equalTo filter greaterThan lessThan not or'.split(' '));
const LIMIT = 'query.groupby.orderby.DefaultLimitSpec';
/** Java's largest int: Druid's "no limit". */
const NO_LIMIT = 2_147_483_647;

/** null when absent. @throws DruidError INVALID_INPUT */
export function parseHaving(json: unknown, scope: QueryScope): HavingSpec | null {
  return json === undefined || json === null ? null : parseHavingSpec(json, scope);
}

function parseHavingSpec(json: unknown, scope: QueryScope): HavingSpec {
  const fields = asObject(json, HAVING);
  const type = typeOf(fields, HAVING);
  switch (type) {
    case 'always':
      return { type };
    case 'and':
    case 'or':
      return { type, havingSpecs: list(fields, 'havingSpecs').map((member) => parseHavingSpec(member, scope)) };
    case 'not':
      return { type, havingSpec: parseHavingSpec(fields['havingSpec'], scope) };
    case 'greaterThan':
    case 'lessThan':
    case 'equalTo':
      return parseComparison(type, fields);
    case 'dimSelector':
      return parseDimSelector(fields, scope);
    case 'filter': {
      const own = new QueryScope(scope.request);
      if (!isObject(fields['filter'])) throw refused('query.groupby.having.DimFilterHavingSpec', 'filter');
      const filter = parseFilter(fields['filter'], own);
      return { type, filter, virtualColumns: own.derivedColumns, finalize: flag(fields, 'finalize', true) };
    }
    default:
      assertKnownType(type, HAVING, HAVING_TYPES);
      throw refused(HAVING, `Unknown having type [${type}]`);
  }
}

/** With an extraction function it is a filter of what that gives. */
function parseDimSelector(fields: JsonObject, scope: QueryScope): HavingSpec {
  const javaClass = 'query.groupby.having.DimensionSelectorHavingSpec';
  const dimension = requiredText(fields, 'dimension', javaClass, "Must have attribute 'dimension'");
  const value = optionalText(fields, 'value');
  const fn = fields['extractionFn'];
  if (fn === undefined || fn === null) return { type: 'dimSelector', dimension, value };
  const own = new QueryScope(scope.request);
  const extracted = own.derive({ type: 'extraction', column: dimension, extractionFn: parseExtractionFn(fn) });
  return {
    type: 'filter',
    filter: { type: 'selector', dimension: extracted, value },
    virtualColumns: own.derivedColumns,
    finalize: true,
  };
}

function parseComparison(type: 'greaterThan' | 'lessThan' | 'equalTo', fields: JsonObject): HavingSpec {
  const javaClass = `query.groupby.having.${type[0]!.toUpperCase()}${type.slice(1)}HavingSpec`;
  const aggregation = requiredText(fields, 'aggregation', javaClass, 'aggregation must not be null');
  const text = requiredText(fields, 'value', javaClass, 'value must not be null');
  const value = Number(text === '' ? Number.NaN : text);
  if (Number.isNaN(value) && text !== 'NaN')
    throw mismatched(`Cannot deserialize value of type \`java.lang.Number\` from String "${text}": not a valid number`);
  return { type, aggregation, value };
}

/**
 * null when absent or of no known type (Druid's default is a limitSpec that does nothing).
 * @throws DruidError INVALID_INPUT
 */
export function parseLimitSpec(json: unknown): LimitSpec | null {
  if (json === undefined || json === null) return null;
  const fields = asObject(json, 'query.groupby.orderby.LimitSpec');
  if (optionalText(fields, 'type') !== 'default') return null;
  const limit = wholeNumber(fields, 'limit', NO_LIMIT);
  const offset = wholeNumber(fields, 'offset', 0);
  if (offset < 0) throw refused(LIMIT, `offset[${offset}] must be >= 0`);
  if (limit <= 0) throw refused(LIMIT, `limit[${limit}] must be > 0`);
  return { limit: limit >= NO_LIMIT ? null : limit, offset, columns: list(fields, 'columns').map(parseOrderByColumn) };
}

function parseOrderByColumn(json: unknown): OrderByColumn {
  if (typeof json === 'string') return { dimension: json, direction: 'ascending', dimensionOrder: 'lexicographic' };
  if (!isObject(json)) throw mismatched(`Cannot build an OrderByColumnSpec from a [${kindOf(json)}]`);
  const direction = optionalText(json, 'direction')?.toLowerCase() ?? '';
  return {
    dimension: requiredText(json, 'dimension', 'query.groupby.orderby.OrderByColumnSpec', 'dimension must not be null'),
    // Any prefix will do, and whatever is no direction means ascending.
    direction: direction !== '' && 'descending'.startsWith(direction) ? 'descending' : 'ascending',
    dimensionOrder: parseStringOrdering(json['dimensionOrder'], 'lexicographic'),
  };
}

/** @throws DruidError INVALID_INPUT for a column that is no output of the query */
export function assertOrderColumns(
  limitSpec: LimitSpec | null,
  outputs: ReadonlySet<string>,
  queryClass: string,
): void {
  for (const { dimension, direction, dimensionOrder } of limitSpec?.columns ?? []) {
    if (outputs.has(dimension)) continue;
    const spec = `OrderByColumnSpec{dimension='${dimension}', direction='${direction}', dimensionComparator='${dimensionOrder}'}`;
    throw refused(queryClass, `Unknown column in order clause[${spec}]`);
  }
}

/** null when absent. @throws DruidError INVALID_INPUT for subtotals over unknown dimensions */
export function parseSubtotals(
  fields: JsonObject,
  dimensions: readonly string[],
  queryClass: string,
): readonly (readonly string[])[] | null {
  if (fields['subtotalsSpec'] === undefined || fields['subtotalsSpec'] === null) return null;
  return list(fields, 'subtotalsSpec').map((subtotal) => {
    const names = textList({ subtotal }, 'subtotal').map((name) => name ?? '');
    if (names.some((name) => !dimensions.includes(name))) {
      throw refused(queryClass, `Subtotal spec [${names.join(', ')}] is either not a subset of top level dimensions.`);
    }
    return names;
  });
}
