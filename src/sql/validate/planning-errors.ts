import { DruidError } from '../../common/druid-error.js';

/** What Druid's planner answers for relational trees that it has no rule for. */
export function unhandledPlan(): DruidError {
  return new DruidError('Unhandled Query Planning Failure, see broker logs for details', {
    category: 'UNSUPPORTED',
    persona: 'OPERATOR',
    errorCode: 'general',
  });
}

/** `Query could not be planned. A possible reason is […]` */
export function notPlanned(reason: string): DruidError {
  return new DruidError(`Query could not be planned. A possible reason is [${reason}]`, {
    category: 'INVALID_INPUT',
    persona: 'USER',
    errorCode: 'general',
  });
}
