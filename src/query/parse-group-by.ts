/** What only groupBy has: having, limitSpec, subtotals. @source Druid `HavingSpec.java`, `DefaultLimitSpec.java` */
import {
  asObject,
  assertKnownType,
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
import { mismatched, refused, unsupported } from './query-errors.js';

const HAVING = 'query.groupby.having.HavingSpec';
const HAVING_TYPES = new Set('always and dimSelector equalTo filter greaterThan lessThan not or'.split(' '));
const LIMIT = 'query.groupby.orderby.DefaultLimitSpec';
/** Java's largest int: Druid's "no limit". */
const NO_LIMIT = 2_147_483_647;

/** null when absent. @throws DruidError INVALID_INPUT, or UNSUPPORTED for `filter` */
export function parseHaving(json: unknown): HavingSpec | null {
  return json === undefined || json === null ? null : parseHavingSpec(json);
}

function parseHavingSpec(json: unknown): HavingSpec {
  const fields = asObject(json, HAVING);
  const type = typeOf(fields, HAVING);
  switch (type) {
    case 'always':
      return { type };
    case 'and':
    case 'or':
      return { type, havingSpecs: list(fields, 'havingSpecs').map(parseHavingSpec) };
    case 'not':
      return { type, havingSpec: parseHavingSpec(fields['havingSpec']) };
    case 'greaterThan':
    case 'lessThan':
    case 'equalTo':
      return parseComparison(type, fields);
    case 'dimSelector':
      if (isObject(fields['extractionFn']))
        throw unsupported('extraction functions in having, here', optionalText(fields['extractionFn'], 'type') ?? '?');
      return {
        type,
        dimension: requiredText(
          fields,
          'dimension',
          'query.groupby.having.DimensionSelectorHavingSpec',
          "Must have attribute 'dimension'",
        ),
        value: optionalText(fields, 'value'),
      };
    default:
      assertKnownType(type, HAVING, HAVING_TYPES);
      throw unsupported('the having type', type);
  }
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

/** @throws DruidError INVALID_INPUT for subtotals over unknown dimensions, else UNSUPPORTED when there are any */
export function refuseSubtotals(fields: JsonObject, dimensions: readonly string[], queryClass: string): void {
  if (fields['subtotalsSpec'] === undefined || fields['subtotalsSpec'] === null) return;
  for (const subtotal of list(fields, 'subtotalsSpec')) {
    const names = textList({ subtotal }, 'subtotal');
    if (names.some((name) => name === null || !dimensions.includes(name))) {
      throw refused(queryClass, `Subtotal spec [${names.join(', ')}] is either not a subset of top level dimensions.`);
    }
  }
  throw unsupported('the groupBy property', 'subtotalsSpec');
}
