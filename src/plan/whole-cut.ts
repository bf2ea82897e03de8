import type { AggregatorSpec, GroupByQuery } from '../query/native-query.js';
import type { NodeLeaf, SegmentCut } from './leaf-plan.js';

/** The groups that a groupBy with a limit shows, as far as its leaf can tell them; undefined where it needs all. */
export function wholeCut(query: GroupByQuery): SegmentCut | undefined {
  const { limitSpec, having, subtotals, dimensions } = query;
  if (limitSpec === null || limitSpec.limit === null || having !== null || subtotals !== null) return undefined;
  const limit = limitSpec.offset + limitSpec.limit;
  const [first] = limitSpec.columns;
  const only = dimensions.length === 1 ? dimensions[0]! : undefined;
  const isText = only?.type === 'default' && only.outputType === 'STRING';
  if (first === undefined) return isText ? { limit, by: 'dimension', descending: false } : undefined;
  const descending = first.direction === 'descending';
  // A post-aggregator goes before an aggregator of its name, which goes before a dimension.
  if (query.postAggregations.some(({ name }) => name === first.dimension)) return undefined;
  const aggregator = query.aggregations.findLastIndex(({ name }) => name === first.dimension);
  const spec = query.aggregations[aggregator];
  if (spec !== undefined) return isNumeric(spec) ? { limit, by: { aggregator }, descending } : undefined;
  const isLexicographic = isText && first.dimension === only.outputName && first.dimensionOrder === 'lexicographic';
  return isLexicographic ? { limit, by: 'dimension', descending } : undefined;
}

/** Whether an aggregator's final values are in the order of its states. */
export function isNumeric(spec: AggregatorSpec): boolean {
  switch (spec.type) {
    case 'count':
    case 'sum':
    case 'min':
    case 'max':
      return true;
    case 'filtered':
      return isNumeric(spec.aggregator);
    default:
      return false;
  }
}

/** The plan for one of several parts of the work, none of which has whole groups. */
export function forPart<Plan extends NodeLeaf>(plan: Plan): Plan {
  if (plan.kind !== 'grouped' || plan.wholeCut === undefined) return plan;
  const { wholeCut: _, ...part } = plan;
  return part as unknown as Plan;
}
