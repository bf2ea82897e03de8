import type { PostAggregatorSpec } from '../../query/native-query.js';
import type { TableColumn } from '../../vectors/table.js';
import { doubleToLong } from '../../vectors/number-text.js';
import { doubleColumn, toDoubles } from './column-values.js';

type Spec<T extends string> = Extract<PostAggregatorSpec, { readonly type: T }>;
type Operation = (left: number, right: number) => number;

const OPERATIONS: Readonly<Record<Spec<'arithmetic'>['fn'], Operation>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? 0 : left / right),
  quotient: (left, right) => left / right,
  pow: (left, right) => left ** right,
};

/** Doubles from left to right; null as soon as an operand is null. @source Druid `ArithmeticPostAggregator.java` */
export function arithmetic(fn: Spec<'arithmetic'>['fn'], fields: readonly TableColumn[], numRows: number): TableColumn {
  const [first, ...others] = fields.map((field) => toDoubles(field, numRows));
  const values = first?.values.slice() ?? new Float64Array(numRows);
  const nulls = first?.nulls.slice() ?? new Uint8Array(numRows);
  const apply = OPERATIONS[fn];
  for (const operand of others) {
    for (let row = 0; row < numRows; row++) {
      if (operand.nulls[row] === 1) nulls[row] = 1;
      values[row] = apply(values[row]!, operand.values[row]!);
    }
  }
  return doubleColumn({ values, nulls });
}

/** The greatest or least of the operands that are not null. @source Druid `DoubleGreatestPostAggregator.java` and its kin */
export function extreme(
  type: 'doubleGreatest' | 'doubleLeast' | 'longGreatest' | 'longLeast',
  fields: readonly TableColumn[],
  numRows: number,
): TableColumn {
  const sign = type.endsWith('Greatest') ? 1 : -1;
  return type.startsWith('double') ? extremeDouble(sign, fields, numRows) : extremeLong(sign, fields, numRows);
}

function extremeDouble(sign: number, fields: readonly TableColumn[], numRows: number): TableColumn {
  const values = new Float64Array(numRows);
  const nulls = new Uint8Array(numRows).fill(1);
  for (const field of fields) {
    const operand = toDoubles(field, numRows);
    for (let row = 0; row < numRows; row++) {
      if (operand.nulls[row] === 1) continue;
      if (nulls[row] === 0 && sign * (operand.values[row]! - values[row]!) <= 0) continue;
      values[row] = operand.values[row]!;
      nulls[row] = 0;
    }
  }
  return doubleColumn({ values, nulls });
}

function extremeLong(sign: number, fields: readonly TableColumn[], numRows: number): TableColumn {
  const values = new BigInt64Array(numRows);
  const nulls = new Uint8Array(numRows).fill(1);
  for (const field of fields) {
    const read = longReader(field, numRows);
    for (let row = 0; row < numRows; row++) {
      const value = read(row);
      if (value === null) continue;
      const isBetter = nulls[row] === 1 || (sign > 0 ? value > values[row]! : value < values[row]!);
      if (!isBetter) continue;
      values[row] = value;
      nulls[row] = 0;
    }
  }
  return { type: 'LONG', values, nulls: nulls.includes(1) ? nulls : null };
}

function longReader(column: TableColumn, numRows: number): (row: number) => bigint | null {
  if (column.type === 'LONG') return (row) => (column.nulls?.[row] === 1 ? null : column.values[row]!);
  const doubles = toDoubles(column, numRows);
  return (row) => (doubles.nulls[row] === 1 ? null : doubleToLong(doubles.values[row]!));
}

/** A constant of Druid's number types in every row. */
export function constantColumn(value: number | string, numRows: number): TableColumn {
  const isLong = typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isSafeInteger(value);
  if (isLong) {
    return { type: 'LONG', values: new BigInt64Array(numRows).fill(BigInt(value)), nulls: null };
  }
  return { type: 'DOUBLE', values: new Float64Array(numRows).fill(Number(value)), nulls: null };
}
