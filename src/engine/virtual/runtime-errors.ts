import { ExpressionError } from '../../expressions/expr.js';
import { failedToRun } from '../../query/query-errors.js';

/** Runs what may fail on a value, as `1 / x` does. @throws DruidError in Druid's form of it */
export function runtimeErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const isDivision = error.message === '/ by zero';
    const errorClass = isDivision ? 'java.lang.ArithmeticException' : 'org.apache.druid.java.util.common.IAE';
    throw failedToRun(error.message, errorClass);
  }
}
