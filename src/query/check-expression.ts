import { compileExpression } from '../expressions/compile.js';
import { ExpressionError } from '../expressions/expr.js';
import type { FunctionContext } from '../expressions/functions/expr-function.js';

/** The columns that an expression reads, or Druid's words for what is wrong with it (`errorClass` is Java's). */
export type ExpressionVerdict =
  | { readonly inputs: readonly string[] }
  | { readonly problem: string; readonly errorClass: string };

/**
 * Lookups of the process that reads a request: none, as in Druid's router. One over a constant key, which is folded, fails there; others
 * are looked for when the query runs.
 */
const UNREACHED: FunctionContext = {
  lookup: (name) => () => {
    throw new ExpressionError(`Lookup [${name}] not found`);
  },
};

/** Compiles an expression of any column types. */
export function checkExpression(text: string): ExpressionVerdict {
  try {
    return { inputs: compileExpression(text, UNREACHED).inputs };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return asDruidSays(text, error.message);
  }
}

const NO_RIGHT_SIDE = /[-+*/%^<>=&|]\s*$/;

function asDruidSays(text: string, message: string): ExpressionVerdict {
  if (message.startsWith('Unable to parse') || message.startsWith('Expression')) {
    // Druid's parser goes on after a syntax error, and stumbles over what is not there.
    const called = 'org.apache.druid.math.expr.Expr.visit(org.apache.druid.math.expr.Expr$Shuttle)';
    const stumble = `Cannot invoke "${called}" because "this.right" is null`;
    return {
      problem: NO_RIGHT_SIDE.test(text) ? stumble : message,
      errorClass: 'java.lang.NullPointerException',
    };
  }
  const isCheck = message.startsWith('Function[');
  const errorClass = isCheck ? 'math.expr.ExpressionValidationException' : 'java.util.common.RE';
  return { problem: message, errorClass: `org.apache.druid.${errorClass}` };
}
