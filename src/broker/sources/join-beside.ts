import { joinKeys } from '../../engine/join/join-condition.js';
import { rightColumns } from '../../engine/join/right-columns.js';
import type { LookupSource } from '../../lookups/lookup-source.js';
import { leafColumns } from '../../plan/leaf-columns.js';
import { type LeafQuery, lowerNativeQuery } from '../../plan/lower-native.js';
import type { DataSource } from '../../query/data-source.js';
import { lookupContext } from './lookup-context.js';
import { both } from './over-base.js';
import type { RowSource } from './row-source.js';

/**
 * A query over a table joined with rows of distinct keys as one over the table itself, whose columns of the right side are virtual: it runs
 * beside the data, and a key of a dictionary is looked up once. Null where the join is of another kind.
 */
export async function joinBeside<Q extends LeafQuery>(
  query: Q,
  rows: RowSource,
  lookups: LookupSource,
): Promise<Q | null> {
  const { dataSource } = query;
  if (dataSource.type !== 'join' || !isOverTables(dataSource.left)) return null;
  const { left, joinType, condition, rightPrefix, leftFilter } = dataSource;
  const names = leafColumns(lowerNativeQuery(query));
  if (names === null || (joinType !== 'INNER' && joinType !== 'LEFT')) return null;
  const { keys, never } = joinKeys(condition, rightPrefix, lookupContext(lookups));
  const right = never ? null : rightColumns(await rows.right(dataSource, query), keys, rightPrefix, names);
  if (right === null) return null;
  const isInner = joinType === 'INNER';
  const matches = isInner ? ({ type: 'selector', dimension: right.matched.name, value: '1' } as const) : null;
  const own = new Set(query.virtualColumns.map(({ name }) => name));
  const added = [...dataSource.virtualColumns, ...right.columns, ...(isInner ? [right.matched] : [])];
  return {
    ...query,
    dataSource: left,
    filter: both(both(leftFilter, matches), query.filter),
    virtualColumns: [...added.filter(({ name }) => !own.has(name)), ...query.virtualColumns],
  };
}

function isOverTables(dataSource: DataSource): boolean {
  if (dataSource.type === 'join') return isOverTables(dataSource.left);
  return dataSource.type === 'filter' ? isOverTables(dataSource.base) : dataSource.type === 'tables';
}
