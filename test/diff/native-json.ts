import { GRANULARITIES } from './granularities.js';
import {
  COMPUTED,
  type Aggregate,
  type AggregatedQuery,
  type Filter,
  type Kind,
  type RandomQuery,
} from './random-case.js';

type Json = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<Kind, string>> = { string: 'STRING', long: 'LONG', double: 'DOUBLE' };

/** A random query as Druid takes it. */
export function nativeQuery(query: RandomQuery, dataSource: string): Json {
  const common = {
    queryType: query.type,
    dataSource,
    intervals: [`${new Date(query.fromMs).toISOString()}/${new Date(query.toMs).toISOString()}`],
    virtualColumns: COMPUTED.map(({ name, expression }) => ({ type: 'expression', name, expression })),
    filter: query.filter === null ? null : nativeFilter(query.filter),
    context: { skipEmptyBuckets: true },
  };
  if (query.type === 'scan') {
    const columns = ['__time', ...query.columns.map(({ name }) => name)];
    return { ...common, columns, order: query.order, resultFormat: 'compactedList' };
  }
  const aggregated = {
    ...common,
    granularity: GRANULARITIES[query.granularity]!.json,
    aggregations: query.aggregates.map(nativeAggregate),
    postAggregations: postAggregations(query),
  };
  switch (query.type) {
    case 'timeseries':
      return { ...aggregated, descending: query.isDescending, ...(query.limit !== null && { limit: query.limit }) };
    case 'topN':
      return { ...aggregated, dimension: query.dimension.name, metric: query.metric, threshold: 1000 };
    case 'groupBy':
      return { ...aggregated, ...grouping(query) };
  }
}

function grouping(query: RandomQuery & { type: 'groupBy' }): Json {
  const kinds = new Map(query.dimensions.map(({ name, kind }) => [name, kind]));
  return {
    dimensions: query.dimensions.map(({ name, kind }) => ({
      type: 'default',
      dimension: name,
      outputName: name,
      outputType: TYPES[kind],
    })),
    ...(query.having !== null && {
      having: { type: query.having.type, aggregation: query.having.name, value: query.having.value },
    }),
    ...(query.hasSubtotals
      ? { subtotalsSpec: subtotalsOf(query) }
      : {
          limitSpec: {
            type: 'default',
            columns: query.orders.map(({ name, isDescending }) => ({
              dimension: name,
              direction: isDescending ? 'descending' : 'ascending',
              dimensionOrder: kinds.get(name) === 'string' ? 'lexicographic' : 'numeric',
            })),
            ...(query.limit !== null && { limit: query.limit }),
            offset: query.offset,
          },
        }),
  };
}

/** All dimensions, the first alone, none. */
export function subtotalsOf(query: RandomQuery & { type: 'groupBy' }): readonly (readonly string[])[] {
  const names = query.dimensions.map(({ name }) => name);
  return names.length === 1 ? [names, []] : [names, names.slice(0, 1), []];
}

function postAggregations({ post }: AggregatedQuery): readonly Json[] {
  if (post === null) return [];
  const fields = [post.left, post.right].map((fieldName) => ({ type: 'fieldAccess', fieldName }));
  return [{ type: 'arithmetic', name: 'post', fn: post.fn, fields }];
}

function nativeAggregate({ name, type, column, filter }: Aggregate): Json {
  const operation = `${type[0]!.toUpperCase()}${type.slice(1)}`;
  const plain =
    type === 'count' ? { type, name } : { type: `${column!.kind}${operation}`, name, fieldName: column!.name };
  return filter === null ? plain : { type: 'filtered', filter: nativeFilter(filter), aggregator: plain };
}

function nativeFilter(filter: Filter): Json {
  switch (filter.type) {
    case 'eq': {
      const { column, value } = filter;
      return column.kind === 'string' && value !== ''
        ? { type: 'selector', dimension: column.name, value }
        : { type: 'equals', column: column.name, matchValueType: TYPES[column.kind], matchValue: value };
    }
    case 'in':
      return { type: 'in', dimension: filter.column.name, values: filter.values };
    case 'null':
      return { type: 'null', column: filter.column.name };
    case 'range': {
      const { column, lower, upper, isOpen } = filter;
      return {
        type: 'range',
        column: column.name,
        matchValueType: TYPES[column.kind],
        ...(lower !== null && { lower, lowerOpen: isOpen }),
        ...(upper !== null && { upper, upperOpen: isOpen }),
      };
    }
    case 'like':
      return { type: 'like', dimension: filter.column.name, pattern: filter.pattern };
    case 'expression':
      return { type: 'expression', expression: filter.expression };
    case 'and':
    case 'or':
      return { type: filter.type, fields: filter.fields.map(nativeFilter) };
    case 'not':
      return { type: 'not', field: nativeFilter(filter.field) };
  }
}
