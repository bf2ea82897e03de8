import type { ColumnType } from '../../common/column-type.js';
import { compileExpression } from '../../expressions/compile.js';
import { ExprArray, type ExprValue, typeOf } from '../../expressions/expr.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import { evaluateRow } from '../../expressions/multi-value.js';
import { virtualInputs } from '../../plan/virtual-inputs.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { takeColumn, takeRows } from '../../vectors/take-rows.js';
import type { Table } from '../../vectors/table.js';
import { cellReader } from '../heap/cell-reader.js';
import type { RowBatch } from '../heap/row-batch.js';
import { valueColumn } from '../heap/value-column.js';

/**
 * A row for each element of an array or of a multi-value row, with the element as column `virtualColumn.name`; rows with a null or empty array
 * are dropped, a null element stays. @source Druid `UnnestColumnValueSelectorCursor.java`
 */
export function unnestBatch(batch: RowBatch, virtualColumn: VirtualColumn, context: FunctionContext): RowBatch {
  const { table, types } = batch;
  const distinct = new DistinctElements();
  const valuesOf = rowValues(batch, virtualColumn, context);
  const numbersOf = oncePerString(table, virtualColumn, (row) => distinct.numbers(valuesOf(row)));
  const lists = Array.from({ length: table.numRows }, (_, row) => numbersOf(row));
  const numRows = lists.reduce((sum, list) => sum + list.length, 0);
  const rows = new Uint32Array(numRows);
  const elements = new Uint32Array(numRows);
  let at = 0;
  lists.forEach((list, row) => {
    for (let i = 0; i < list.length; i++, at++) {
      rows[at] = row;
      elements[at] = list[i]!;
    }
  });
  const type = typeOfElements(distinct.values);
  const kept = takeRows(table, rows);
  const { name } = virtualColumn;
  const others = table.names.flatMap((other, i) => (other === name ? [] : [i]));
  return {
    ...batch,
    table: {
      numRows,
      names: [...others.map((i) => kept.names[i]!), name],
      columns: [...others.map((i) => kept.columns[i]!), takeColumn(valueColumn(distinct.values, type), elements)],
    },
    types: { ...types, [name]: type },
  };
}

/** Elements with a number each; equal ones have one. */
class DistinctElements {
  readonly values: ExprValue[] = [];
  readonly #numbers = new Map<ExprValue, number>();

  numbers(elements: readonly ExprValue[]): readonly number[] {
    return elements.map((element) => {
      let number = this.#numbers.get(element);
      if (number === undefined) {
        number = this.values.push(element) - 1;
        this.#numbers.set(element, number);
      }
      return number;
    });
  }
}

/** What is made of a single column of strings is made once for each of them. */
function oncePerString(
  table: Table,
  virtualColumn: VirtualColumn,
  numbersOf: (row: number) => readonly number[],
): (row: number) => readonly number[] {
  const [name, ...others] = virtualInputs(virtualColumn);
  const column = name === undefined || others.length > 0 ? undefined : table.columns[table.names.indexOf(name)];
  if (column?.type !== 'STRING') return numbersOf;
  const known: (readonly number[] | undefined)[] = [];
  return (row) => (known[column.ids[row]! + 1] ??= numbersOf(row));
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
