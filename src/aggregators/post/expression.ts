import { compileExpression } from '../../expressions/compile.js';
import { type ExprType, ExpressionError, type ExprValue } from '../../expressions/expr.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import { castTo } from '../../expressions/coercion.js';
import type { TableColumn } from '../../vectors/table.js';
import { expressionColumn } from '../expression-column.js';
import { failedToCompute, valueReader } from './column-values.js';

/**
 * An expression over finalised values, row by row; a name that nothing has is null.
 * @source Druid `ExpressionPostAggregator.java`
 */
export function expressionPostAggregator(
  text: string,
  outputType: ExprType | null,
  finished: (name: string) => TableColumn | undefined,
  numRows: number,
  context: FunctionContext,
): TableColumn {
  const compiled = compileExpression(text, context);
  const columns = compiled.inputs.map(finished);
  const readers = columns.map((column) => (column === undefined ? (): ExprValue => null : valueReader(column)));
  const row: ExprValue[] = [];
  const values: ExprValue[] = [];
  try {
    for (let i = 0; i < numRows; i++) {
      readers.forEach((read, k) => {
        row[k] = read(i);
      });
      const value = compiled.evaluate(row);
      values.push(outputType === null ? value : castTo(value, outputType));
    }
  } catch (error) {
    if (error instanceof ExpressionError) throw failedToCompute(error.message, 'org.apache.druid.java.util.common.IAE');
    throw error;
  }
  const typeOf = (name: string): ExprType | null => exprType(finished(name));
  return expressionColumn(values, outputType ?? compiled.outputType(typeOf));
}

function exprType(column: TableColumn | undefined): ExprType | null {
  switch (column?.type) {
    case 'LONG':
      return 'LONG';
    case 'DOUBLE':
    case 'FLOAT':
      return 'DOUBLE';
    case 'STRING':
    case 'IDS':
      return 'STRING';
    default:
      return null;
  }
}
