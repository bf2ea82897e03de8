import { toPlainRows } from '../../engine/heap/plain-rows.js';
import { joinKeys } from '../../engine/join/join-condition.js';
import type { LookupSource } from '../../lookups/lookup-source.js';
import type { RowStep, RowSteps } from '../../plan/row-steps.js';
import type { LeafQuery } from '../../plan/lower-native.js';
import type { DataSource } from '../../query/data-source.js';
import { lookupContext } from './lookup-context.js';
import { belowFilter, belowJoin, belowUnnest, type Needs } from './needs.js';
import type { RowSource } from './row-source.js';

/** Right rows that travel with a plan to every node and thread. */
const MAX_RIGHT_ROWS = 50_000;

export interface StepsBeside {
  /** The tables at the bottom. */
  readonly tables: DataSource & { readonly type: 'tables' };
  readonly over: RowSteps;
}

/**
 * A data source as steps over the tables at its bottom, which run beside the data: filters, unnests, and joins that keep left rows only. Null
 * where there are none, or a right side is too large to be sent.
 */
export async function stepsBeside(
  query: LeafQuery,
  needs: Needs,
  rows: RowSource,
  lookups: LookupSource,
): Promise<StepsBeside | null> {
  const context = lookupContext(lookups);
  const of = async (dataSource: DataSource, wanted: Needs): Promise<StepsBeside | null> => {
    switch (dataSource.type) {
      case 'tables': {
        const { columns, filter, virtualColumns } = wanted;
        return { tables: dataSource, over: { columns, filter, virtualColumns, steps: [] } };
      }
      case 'filter': {
        const base = await of(dataSource.base, belowFilter(dataSource, wanted));
        const { filter, virtualColumns } = dataSource;
        // The scan of a table has filtered already.
        if (base === null || base.over.steps.length === 0) return base;
        return withSteps(base, [{ type: 'filter', filter, virtualColumns }]);
      }
      case 'unnest': {
        const base = await of(dataSource.base, belowUnnest(dataSource, wanted));
        const { virtualColumn, unnestFilter: filter, virtualColumns } = dataSource;
        const unnest: RowStep = { type: 'unnest', virtualColumn };
        return (
          base && withSteps(base, filter === null ? [unnest] : [unnest, { type: 'filter', filter, virtualColumns }])
        );
      }
      case 'join': {
        const { joinType, condition, rightPrefix } = dataSource;
        if (joinType !== 'INNER' && joinType !== 'LEFT') return null;
        const { keys } = joinKeys(condition, rightPrefix, context);
        const base = await of(dataSource.left, belowJoin(dataSource, keys, wanted));
        if (base === null) return null;
        const found = await rows.right(dataSource, query);
        const right = found.table.numRows > MAX_RIGHT_ROWS ? null : toPlainRows(found);
        return right && withSteps(base, [{ type: 'join', joinType, condition, rightPrefix, right }]);
      }
      case 'union':
      case 'inline':
      case 'lookup':
      case 'query':
        return null;
    }
  };
  return of(query.dataSource, needs);
}

function withSteps({ tables, over }: StepsBeside, steps: readonly RowStep[]): StepsBeside {
  return { tables, over: { ...over, steps: [...over.steps, ...steps] } };
}
