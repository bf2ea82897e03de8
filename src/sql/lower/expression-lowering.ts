import type { Rex } from '../rex/rex.js';
import { fold } from './fold.js';
import { lowerAggregate } from './lower-aggregate.js';
import { lowerExpression } from './lower-expression.js';
import { lowerFilter } from './lower-filter.js';
import type { ExpressionLowering, LoweringContext, NativeSignature } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import { tuplePostAggregator } from './tuple-post-aggregator.js';

/** What planning of relations uses of this folder. */
export const expressionLowering: ExpressionLowering = {
  lowerExpression,
  lowerFilter,
  lowerAggregate,
  lowerPostAggregator,
  fold,
};

function lowerPostAggregator(
  rex: Rex,
  name: string,
  signature: NativeSignature,
  context: LoweringContext,
): Readonly<Record<string, unknown>> {
  const ofTuples = tuplePostAggregator(rex, name, signature);
  if (ofTuples !== undefined) return ofTuples;
  const { expression, column, type } = lowerExpression(rex, signature, context);
  if (column !== null) return { type: 'fieldAccess', name, fieldName: column };
  return { type: 'expression', name, expression, outputType: type ?? nativeTypeOf(rex.type) };
}
