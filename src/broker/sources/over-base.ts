import type { Filter, NativeQuery } from '../../query/native-query.js';

/** A query over filtered data is one over the data itself, with one more filter. */
export function overBase<Q extends NativeQuery>(query: Q): Q {
  if (query.dataSource.type !== 'filter') return query;
  const { base, filter, virtualColumns } = query.dataSource;
  const own = new Set(query.virtualColumns.map(({ name }) => name));
  return overBase({
    ...query,
    dataSource: base,
    filter: both(filter, query.filter),
    virtualColumns: [...virtualColumns.filter(({ name }) => !own.has(name)), ...query.virtualColumns],
  });
}

/** Rows that two filters keep; null keeps all. */
export function both(a: Filter | null, b: Filter | null): Filter | null {
  if (a === null || b === null) return a ?? b;
  return { type: 'and', fields: [a, b] };
}
