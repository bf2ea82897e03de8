import type { LookupSource } from '../../lookups/lookup-source.js';
import { namedBy } from '../../lookups/named-lookups.js';
import type { LeafPlan } from '../../plan/leaf-plan.js';
import type { RowSteps } from '../../plan/row-steps.js';
import type { AggregatorSpec, HavingSpec, NativeQuery, PostAggregatorSpec } from '../../query/native-query.js';
import type { VirtualColumn } from '../../query/virtual-column.js';

/** The plan with the registered lookups that its virtual columns name; one that is not registered stays unknown. */
export function withLookups<P extends LeafPlan>(plan: P, lookups: LookupSource): P {
  const { over, virtualColumns } = plan;
  const aggregators = plan.kind === 'grouped' ? plan.aggregators.flatMap(aggregatorExpressions) : [];
  const own = [...(over === undefined ? [] : ofSteps(over)), ...virtualColumns, ...aggregators.map(asColumn)];
  const found = namedBy(own, lookups);
  return found === undefined ? plan : { ...plan, lookups: found };
}

/** The query with the registered lookups that its own expressions name: those of aggregators, post-aggregators and having. */
export function withQueryLookups<Q extends NativeQuery>(query: Q, lookups: LookupSource): Q {
  if (!('postAggregations' in query)) return query;
  const expressions = [
    ...query.aggregations.flatMap(aggregatorExpressions),
    ...query.postAggregations.flatMap(postAggregatorExpressions),
  ];
  const having = 'having' in query && query.having !== null ? havingColumns(query.having) : [];
  const found = namedBy([...expressions.map(asColumn), ...having], lookups);
  return found === undefined ? query : { ...query, lookups: found };
}

function asColumn(expression: string): VirtualColumn {
  return { type: 'expression', name: '', expression, outputType: null };
}

function aggregatorExpressions(spec: AggregatorSpec): readonly string[] {
  if (spec.type === 'filtered') return aggregatorExpressions(spec.aggregator);
  if (spec.type !== 'expression') return [];
  const { initialValue, initialCombineValue, fold, combine, compare, finalize } = spec;
  return [initialValue, initialCombineValue, fold, combine, compare, finalize].filter((text) => text !== null);
}

function postAggregatorExpressions(spec: PostAggregatorSpec): readonly string[] {
  if (spec.type === 'expression') return [spec.expression];
  if ('fields' in spec) return spec.fields.flatMap(postAggregatorExpressions);
  return 'field' in spec ? postAggregatorExpressions(spec.field) : [];
}

function havingColumns(having: HavingSpec): readonly VirtualColumn[] {
  switch (having.type) {
    case 'and':
    case 'or':
      return having.havingSpecs.flatMap(havingColumns);
    case 'not':
      return havingColumns(having.havingSpec);
    case 'filter':
      return having.virtualColumns;
    default:
      return [];
  }
}

/** What steps compute; a join's condition counts as a column. */
function ofSteps({ virtualColumns, steps }: RowSteps): readonly VirtualColumn[] {
  const inSteps = steps.flatMap((step): readonly VirtualColumn[] => {
    if (step.type === 'filter') return step.virtualColumns;
    if (step.type === 'unnest') return [step.virtualColumn];
    return [asColumn(step.condition)];
  });
  return [...virtualColumns, ...inSteps];
}
