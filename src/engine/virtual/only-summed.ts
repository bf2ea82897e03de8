import type { LeafPlan } from '../../plan/leaf-plan.js';
import { aggregatorColumns } from '../../query/aggregator-columns.js';
import { filterColumns } from '../../query/filter-columns.js';
import type { AggregatorSpec } from '../../query/native-query.js';

/**
 * Columns of which a plan asks nothing but sums of doubles: where their inputs are decimals, such sums may be made of exact scaled integers,
 * which differ from products of doubles in the last digits at most, and are the same in whatever order rows are added.
 */
export function onlySummed(plan: LeafPlan): ReadonlySet<string> {
  if (plan.kind !== 'grouped') return new Set();
  const summed = new Set<string>();
  const others = new Set<string>(plan.dimensions.map(({ dimension }) => dimension));
  if (plan.filter !== null) for (const name of filterColumns(plan.filter)) others.add(name);
  const note = (spec: AggregatorSpec): void => {
    if (spec.type === 'filtered') {
      for (const name of filterColumns(spec.filter)) others.add(name);
      note(spec.aggregator);
    } else if (spec.type === 'sum' && spec.kind === 'double')
      for (const name of aggregatorColumns(spec)) summed.add(name);
    else for (const name of aggregatorColumns(spec)) others.add(name);
  };
  plan.aggregators.forEach(note);
  for (const name of others) summed.delete(name);
  return summed;
}
