import { granularityFromJson } from '../common/granularity.js';
import { earliestTime } from '../engine/dense/time-buckets.js';
import type { GroupedLeaf, LeafPlan } from '../plan/leaf-plan.js';
import type { SegmentDescriptor } from '../segments/format/descriptor.js';
import type { Table } from '../vectors/table.js';
import { TableBuilder } from '../vectors/table-builder.js';

/** Whether a plan asks for nothing but how many rows lie in its intervals. */
export function isCountOnly(plan: LeafPlan): plan is GroupedLeaf {
  return (
    plan.kind === 'grouped' &&
    plan.filter === null &&
    plan.dimensions.length === 0 &&
    plan.over === undefined &&
    plan.aggregators.length > 0 &&
    plan.aggregators.every(({ type }) => type === 'count') &&
    granularityFromJson(plan.granularity).isAll
  );
}

/**
 * The partial of a plan that only counts (its layout: `GroupedLeaf`).
 * @param counts rows in the plan's intervals, by segment and block
 */
export function countPartial(
  plan: GroupedLeaf,
  segments: readonly Pick<SegmentDescriptor, 'minTimeMs' | 'maxTimeMs'>[],
  counts: readonly Float64Array[],
): Table {
  const earliestMs = earliestTime(plan, segments);
  let numRows = 0;
  for (const ofSegment of counts) for (const count of ofSegment) numRows += count;
  const hasGroup = numRows > 0 || (plan.fillEmptyBuckets && Number.isFinite(earliestMs));
  const numGroups = hasGroup ? 1 : 0;
  const table = new TableBuilder(numGroups);
  table.add('t', { type: 'DOUBLE', values: new Float64Array(numGroups).fill(earliestMs), nulls: null });
  plan.aggregators.forEach((_, i) => {
    const values = new BigInt64Array(numGroups).fill(BigInt(numRows));
    table.add(`a${i}.count`, { type: 'LONG', values, nulls: null });
  });
  return table.build();
}
