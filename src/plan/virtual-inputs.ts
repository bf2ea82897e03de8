import { freeIdentifiers } from '../expressions/expr.js';
import { parseExpression } from '../expressions/parse-expression.js';
import type { VirtualColumn } from '../query/virtual-column.js';

export function virtualName(column: VirtualColumn): string {
  return column.name;
}

const known = new WeakMap<VirtualColumn, readonly string[]>();

/** The columns that a virtual column reads, stored or virtual. */
export function virtualInputs(column: VirtualColumn): readonly string[] {
  let inputs = known.get(column);
  if (inputs === undefined) {
    inputs = inputsOf(column);
    known.set(column, inputs);
  }
  return inputs;
}

function inputsOf(column: VirtualColumn): readonly string[] {
  switch (column.type) {
    case 'expression':
      return freeIdentifiers(parseExpression(column.expression));
    case 'nested-field':
      return [column.columnName];
    case 'fallback':
      return column.columns;
    case 'value-filtered':
    case 'extraction':
    case 'joined':
      return [column.column];
  }
}

/** The stored columns behind names, each once; a virtual column that names itself means the stored column that it shadows. */
export function storedColumns(names: Iterable<string>, virtualColumns: readonly VirtualColumn[]): Set<string> {
  if (virtualColumns.length === 0) return new Set(names);
  const byName = new Map(virtualColumns.map((column) => [column.name, column]));
  const stored = new Set<string>();
  const open = new Set<string>();
  const add = (name: string): void => {
    const column = open.has(name) ? undefined : byName.get(name);
    if (column === undefined) {
      stored.add(name);
      return;
    }
    open.add(name);
    for (const input of virtualInputs(column)) add(input);
    open.delete(name);
  };
  for (const name of names) add(name);
  return stored;
}
