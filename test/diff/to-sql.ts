import { subtotalsOf } from './native-json.js';
import {
  COMPUTED,
  type Aggregate,
  type AggregatedQuery,
  type Column,
  type Filter,
  type RandomQuery,
} from './random-case.js';

const computed = new Map(COMPUTED.map(({ name, sql }) => [name, sql]));

/** A random query as DuckDB takes it, over a table with `ts` and a column `b0`, `b1`, … of bucket starts for each granularity. */
export function sqlQuery(query: RandomQuery): string {
  const where = [`ts >= ${query.fromMs}`, `ts < ${query.toMs}`];
  if (query.filter !== null) where.push(condition(query.filter));
  const from = `FROM t WHERE ${where.join(' AND ')}`;
  if (query.type === 'scan') return `SELECT ts, ${query.columns.map(columnSql).join(', ')} ${from}`;
  const bucket = `b${query.granularity}`;
  const values = [...query.aggregates.map((one) => `${aggregateSql(one)} AS ${one.name}`), ...postSql(query)];
  switch (query.type) {
    case 'timeseries': {
      const order = query.isDescending ? 'DESC' : 'ASC';
      return `SELECT ${bucket}, ${values.join(', ')} ${from} GROUP BY ${bucket} ORDER BY ${bucket} ${order}${limitSql(query.limit, 0)}`;
    }
    case 'topN': {
      const dimension = columnSql(query.dimension);
      const order = `${bucket}, ${query.metric} DESC NULLS LAST, ${dimension} NULLS FIRST`;
      return `SELECT ${bucket}, ${dimension}, ${values.join(', ')} ${from} GROUP BY ${bucket}, ${dimension} ORDER BY ${order}`;
    }
    case 'groupBy':
      return groupBySql(query, bucket, values, from);
  }
}

function groupBySql(
  query: RandomQuery & { type: 'groupBy' },
  bucket: string,
  values: readonly string[],
  from: string,
): string {
  const by = query.dimensions.map(columnSql);
  const { having } = query;
  const operators = { greaterThan: '>', lessThan: '<', equalTo: '=' } as const;
  const kept = having === null ? '' : ` WHERE ${having.name} ${operators[having.type]} ${having.value}`;
  const names = query.dimensions.map(({ name }) => `"${name}"`);
  const sets = query.hasSubtotals ? subtotalsOf(query) : [query.dimensions.map(({ name }) => name)];
  const parts = sets.map((set) => {
    const shown = query.dimensions.map(({ name }, i) =>
      set.includes(name) ? `${by[i]} AS "${name}"` : `NULL AS "${name}"`,
    );
    const groups = [bucket, ...by.filter((_, i) => set.includes(query.dimensions[i]!.name))];
    return `SELECT ${[`${bucket} AS bucket`, ...shown, ...values].join(', ')} ${from} GROUP BY ${groups.join(', ')}`;
  });
  const rows = `SELECT * FROM (${parts.join(' UNION ALL ')})${kept}`;
  if (query.hasSubtotals) return rows;
  const orders = query.orders.map(({ name, isDescending }) =>
    isDescending ? `"${name}" DESC NULLS LAST` : `"${name}" ASC NULLS FIRST`,
  );
  const order = ['bucket', ...orders, ...names.map((name) => `${name} ASC NULLS FIRST`)];
  return `${rows} ORDER BY ${order.join(', ')}${limitSql(query.limit, query.offset)}`;
}

function limitSql(limit: number | null, offset: number): string {
  return `${limit === null ? '' : ` LIMIT ${limit}`}${offset === 0 ? '' : ` OFFSET ${offset}`}`;
}

function columnSql({ name }: Column): string {
  return computed.get(name) ?? `"${name}"`;
}

function aggregateSql({ type, column, filter }: Aggregate): string {
  const plain = type === 'count' ? 'count(*)' : `${type}(${columnSql(column!)})`;
  return filter === null ? plain : `${plain} FILTER (WHERE ${condition(filter)})`;
}

/** Druid's arithmetic is that of doubles, and its division by zero is zero. */
function postSql({ post, aggregates }: AggregatedQuery): string[] {
  if (post === null) return [];
  const sqlOf = (name: string): string =>
    `CAST(${aggregateSql(aggregates.find((one) => one.name === name)!)} AS DOUBLE)`;
  const [left, right] = [sqlOf(post.left), sqlOf(post.right)];
  const value =
    post.fn === '/'
      ? `CASE WHEN ${right} = 0 AND ${left} IS NOT NULL THEN 0.0 ELSE ${left} / ${right} END`
      : `${left} ${post.fn} ${right}`;
  return [`${value} AS post`];
}

function condition(filter: Filter): string {
  switch (filter.type) {
    case 'eq':
      return `(${columnSql(filter.column)} = ${literal(filter.value)})`;
    case 'in': {
      const values = filter.values.filter((value) => value !== null).map(literal);
      const column = columnSql(filter.column);
      const among =
        values.length === 0
          ? `(CASE WHEN ${column} IS NULL THEN NULL ELSE false END)`
          : `${column} IN (${values.join(', ')})`;
      return filter.values.includes(null) ? `(${column} IS NULL OR ${among})` : `(${among})`;
    }
    case 'null':
      return `(${columnSql(filter.column)} IS NULL)`;
    case 'range': {
      const column = columnSql(filter.column);
      const equal = filter.isOpen ? '' : '=';
      const parts = [];
      if (filter.lower !== null) parts.push(`${column} >${equal} ${literal(filter.lower)}`);
      if (filter.upper !== null) parts.push(`${column} <${equal} ${literal(filter.upper)}`);
      return `(${parts.join(' AND ')})`;
    }
    case 'like':
      return `(${columnSql(filter.column)} LIKE ${literal(filter.pattern)})`;
    case 'expression':
      return filter.sql;
    case 'and':
    case 'or':
      return `(${filter.fields.map(condition).join(filter.type === 'and' ? ' AND ' : ' OR ')})`;
    case 'not':
      return `(NOT ${condition(filter.field)})`;
  }
}

function literal(value: string | number): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return Number.isInteger(value) ? String(value) : `CAST('${value}' AS DOUBLE)`;
}
