import type { LeafPlan } from '../plan/leaf-plan.js';
import type { DataSourceMetadataQuery, TimeBoundaryQuery } from '../query/native-query.js';
import type { Table } from '../vectors/table.js';
import type { AnswerBody } from './answer.js';

/** Reads the minimum and maximum of `__time` from the merged partial of a timeBoundary or dataSourceMetadata query. */
export function boundaryAnswer(
  query: TimeBoundaryQuery | DataSourceMetadataQuery,
  plan: LeafPlan,
  merged: Table,
): AnswerBody & { kind: 'timeBoundary' | 'dataSourceMetadata' } {
  const minTimeMs = extreme(plan, merged, 'min');
  const maxTimeMs = extreme(plan, merged, 'max');
  if (query.queryType === 'dataSourceMetadata')
    return { kind: 'dataSourceMetadata', maxIngestedEventTimeMs: maxTimeMs };
  return { kind: 'timeBoundary', query, minTimeMs, maxTimeMs };
}

function extreme(plan: LeafPlan, merged: Table, type: 'min' | 'max'): number | null {
  if (plan.kind !== 'grouped' || merged.numRows === 0) return null;
  const index = plan.aggregators.findIndex((aggregator) => aggregator.type === type);
  const column = merged.columns[merged.names.findIndex((name) => name.startsWith(`a${index}.`))];
  if (column?.type !== 'LONG' || column.nulls?.[0] === 1) return null;
  return Number(column.values[0]);
}
