import { assert } from '../../common/assert.js';
import { type ColumnType, TIME_COLUMN } from '../../common/column-type.js';
import type { FlatPart, NamedColumn } from './flat-column.js';
import { flatten } from './flatten.js';
import type { MergeInput } from './merge-input.js';

/** Names of all columns but `__time`: those of `first` in their order, then others as inputs list them. */
export function columnNames(
  inputs: readonly MergeInput[],
  first: readonly string[],
  last: readonly string[],
): readonly string[] {
  const present = new Set(inputs.flatMap((input) => Object.keys(input.columnTypes)));
  present.delete(TIME_COLUMN);
  const fixed = new Set([...first, ...last]);
  const others = [...present].filter((name) => !fixed.has(name));
  return [...first.filter((name) => present.has(name)), ...others, ...last.filter((name) => present.has(name))];
}

/** One column of all inputs in one piece, null where an input lacks it. */
export async function readColumn(inputs: readonly MergeInput[], name: string): Promise<NamedColumn> {
  const parts: FlatPart[] = [];
  let type: ColumnType | undefined;
  let declared: ColumnType = 'STRING';
  for (const input of inputs) {
    const own = input.columnTypes[name];
    const vectors = own === undefined ? [] : await input.column(name);
    let hasValues = false;
    input.blockRows.forEach((numRows, block) => {
      const vector = vectors[block];
      parts.push({ numRows, vector });
      // An `auto` column without values calls itself STRING: that says nothing.
      if (vector !== undefined && !(vector.kind === 'string' && vector.dictionary.size === 0)) hasValues = true;
    });
    if (own === undefined) continue;
    declared = own;
    if (hasValues) type = type === undefined ? own : widerType(type, own);
  }
  const result = type ?? declared;
  return { name, type: result, column: flatten(result, parts) };
}

/** The type that holds the values of both. */
function widerType(a: ColumnType, b: ColumnType): ColumnType {
  if (a === b) return a;
  if (a === 'COMPLEX<json>' || b === 'COMPLEX<json>') return 'COMPLEX<json>';
  assert(!a.startsWith('COMPLEX') && !b.startsWith('COMPLEX'), `Columns of types [${a}] and [${b}] cannot be merged`);
  const isArray = a.startsWith('ARRAY') || b.startsWith('ARRAY');
  const scalars = [scalarOf(a), scalarOf(b)];
  if (scalars.includes('STRING')) return isArray ? 'ARRAY<STRING>' : 'STRING';
  if (scalars.includes('DOUBLE')) return isArray ? 'ARRAY<DOUBLE>' : 'DOUBLE';
  return isArray ? 'ARRAY<LONG>' : 'LONG';
}

function scalarOf(type: ColumnType): 'STRING' | 'LONG' | 'DOUBLE' {
  if (type.includes('STRING')) return 'STRING';
  return type.includes('LONG') ? 'LONG' : 'DOUBLE';
}
