import type { NativeSignature } from './native-expression.js';
import type { Json } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';
import { ETERNITY } from './time-intervals.js';

export function offsetLimit(sort: { readonly offset: number; readonly limit: number | null }): Json {
  return {
    type: 'scan',
    offsetLimit: { offset: sort.offset, limit: sort.limit ?? -1 },
  };
}

export function windowJson(
  dataSource: Json,
  signature: NativeSignature,
  operators: readonly Json[],
  lowering: RelationLowering,
): Json {
  return {
    queryType: 'windowOperator',
    dataSource,
    intervals: {
      type: 'LegacySegmentSpec',
      intervals: [ETERNITY],
    },
    context: lowering.queryContext,
    outputSignature: signature.map(({ name, type }) => ({ name, type })),
    operatorDefinition: operators,
    leafOperators: [],
    granularity: { type: 'all' },
  };
}
