import type { ColumnType } from '../../common/column-type.js';
import { compileExpression } from '../../expressions/compile.js';
import { ExprArray, type ExprValue, typeOf } from '../../expressions/expr.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import { evaluateRow } from '../../expressions/multi-value.js';
import { virtualInputs } from '../../plan/virtual-inputs.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { takeRows } from '../../vectors/take-rows.js';
import { cellReader } from '../heap/cell-reader.js';
import type { RowBatch } from '../heap/row-batch.js';
import { valueColumn } from '../heap/value-column.js';

/**
 * A row for each element of an array or of a multi-value row, with the element as column `virtualColumn.name`; rows with a null or empty array
 * are dropped, a null element stays. @source Druid `UnnestColumnValueSelectorCursor.java`
 */
export function unnestBatch(batch: RowBatch, virtualColumn: VirtualColumn, context: FunctionContext): RowBatch {
  const { table, types } = batch;
  const valuesOf = rowValues(batch, virtualColumn, context);
  const rows: number[] = [];
  const elements: ExprValue[] = [];
  for (let row = 0; row < table.numRows; row++) {
    for (const element of valuesOf(row)) {
      rows.push(row);
      elements.push(element);
    }
  }
  const type = typeOfElements(elements);
  const kept = takeRows(table, Uint32Array.from(rows));
  const { name } = virtualColumn;
  const others = table.names.flatMap((other, i) => (other === name ? [] : [i]));
  return {
    ...batch,
    table: {
      numRows: rows.length,
      names: [...others.map((i) => kept.names[i]!), name],
      columns: [...others.map((i) => kept.columns[i]!), valueColumn(elements, type)],
    },
    types: { ...types, [name]: type },
  };
}

function rowValues(
  { table, types }: RowBatch,
  virtualColumn: VirtualColumn,
  context: FunctionContext,
): (row: number) => readonly ExprValue[] {
  const reader = (name: string) => cellReader(table.columns[table.names.indexOf(name)], types[name] ?? 'STRING');
  if (virtualColumn.type !== 'expression') {
    const found = virtualInputs(virtualColumn).find((name) => table.names.includes(name));
    if (found === undefined) return () => [];
    const read = reader(found);
    return (row) => elementsOf(read(row));
  }
  const compiled = compileExpression(virtualColumn.expression, context);
  const reads = compiled.inputs.map(reader);
  const isMultiValue = compiled.inputs.map((name) => table.columns[table.names.indexOf(name)]?.type === 'STRINGS');
  return (row) =>
    elementsOf(
      evaluateRow(
        compiled,
        reads.map((read) => read(row)),
        isMultiValue,
      ),
    );
}

function elementsOf(value: ExprValue): readonly ExprValue[] {
  if (value instanceof ExprArray) return value.values;
  return value === null ? [] : [value];
}

function typeOfElements(elements: readonly ExprValue[]): ColumnType {
  let type: ColumnType = 'STRING';
  for (const element of elements) {
    const found = typeOf(element);
    if (found === null) continue;
    if (found === 'LONG' && type !== 'DOUBLE') type = 'LONG';
    else if (found === 'DOUBLE') type = 'DOUBLE';
    else return found === 'STRING' ? 'STRING' : 'COMPLEX<json>';
  }
  return type;
}
