import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { ExpressionColumn } from './expression-column.js';
import { ExtractionColumn } from './extraction-column.js';
import { FallbackColumn } from './fallback-column.js';
import { JoinedColumn } from './joined-column.js';
import { NestedFieldColumn } from './nested-field-column.js';
import { ValueFilteredColumn } from './value-filtered-column.js';
import type { VirtualDefinition } from './virtual-definition.js';

/** Virtual columns ready to run in one thread, by name. @throws ExpressionError for an expression that does not compile */
export function compileVirtualColumns(
  columns: readonly VirtualColumn[],
  context: FunctionContext,
): ReadonlyMap<string, VirtualDefinition> {
  return new Map(columns.map((column) => [column.name, compile(column, context)]));
}

function compile(column: VirtualColumn, context: FunctionContext): VirtualDefinition {
  switch (column.type) {
    case 'expression':
      return new ExpressionColumn(column, context);
    case 'nested-field':
      return new NestedFieldColumn(column);
    case 'value-filtered':
      return new ValueFilteredColumn(column);
    case 'fallback':
      return new FallbackColumn(column);
    case 'extraction':
      return new ExtractionColumn(column, context);
    case 'joined':
      return new JoinedColumn(column);
  }
}
