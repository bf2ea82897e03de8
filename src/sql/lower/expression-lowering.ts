import { fold } from './fold.js';
import { lowerAggregate } from './lower-aggregate.js';
import { lowerExpression } from './lower-expression.js';
import { lowerFilter } from './lower-filter.js';
import type { ExpressionLowering } from './native-expression.js';

/** Lowering of expressions, for the planner of relations. */
export const expressionLowering: ExpressionLowering = {
  lowerExpression,
  lowerFilter,
  lowerAggregate: (call, name, signature, registry, _existing, context) =>
    lowerAggregate(call, name, signature, registry, context),
  lowerPostAggregator: (rex, name, signature, context) => {
    const { expression, type } = lowerExpression(rex, signature, context);
    return { type: 'expression', name, expression, outputType: type };
  },
  fold,
};
