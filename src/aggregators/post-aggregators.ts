import type { PostAggregatorSpec } from '../query/native-query.js';
import type { TableColumn } from '../vectors/table.js';

/**
 * The columns of post-aggregators over finished values, in declared order; each sees the aggregators and the ones before it by name.
 * @param columns finished columns by name; not changed
 */
export function computePostAggregators(
  specs: readonly PostAggregatorSpec[],
  columns: ReadonlyMap<string, TableColumn>,
  numRows: number,
): Map<string, TableColumn> {
  const visible = new Map(columns);
  const computed = new Map<string, TableColumn>();
  for (const spec of specs) {
    const column = compute(spec, visible, numRows);
    visible.set(spec.name, column);
    computed.set(spec.name, column);
  }
  return computed;
}

function compute(spec: PostAggregatorSpec, columns: ReadonlyMap<string, TableColumn>, numRows: number): TableColumn {
  switch (spec.type) {
    case 'constant':
      return Number.isSafeInteger(spec.value)
        ? { type: 'LONG', values: new BigInt64Array(numRows).fill(BigInt(spec.value)), nulls: null }
        : { type: 'DOUBLE', values: new Float64Array(numRows).fill(spec.value), nulls: null };
    case 'fieldAccess':
    case 'finalizingFieldAccess':
    case 'hyperUniqueCardinality':
      return columns.get(spec.fieldName) ?? { type: 'JSON', texts: Array.from({ length: numRows }, () => null) };
    case 'arithmetic':
      return arithmetic(spec, columns, numRows);
  }
}

/** Doubles from left to right; null as soon as an operand is null. @source Druid `ArithmeticPostAggregator.java` */
function arithmetic(
  spec: PostAggregatorSpec & { type: 'arithmetic' },
  columns: ReadonlyMap<string, TableColumn>,
  numRows: number,
): TableColumn {
  const operands = spec.fields.map((field) => toDoubles(compute(field, columns, numRows), numRows));
  const [first, ...others] = operands;
  const values = first?.values.slice() ?? new Float64Array(numRows);
  const nulls = first?.nulls.slice() ?? new Uint8Array(numRows);
  const apply = OPERATIONS[spec.fn];
  for (const operand of others) {
    for (let row = 0; row < numRows; row++) {
      if (operand.nulls[row] === 1) nulls[row] = 1;
      values[row] = apply(values[row]!, operand.values[row]!);
    }
  }
  const anyNull = nulls.includes(1);
  if (anyNull) for (let row = 0; row < numRows; row++) if (nulls[row] === 1) values[row] = 0;
  return { type: 'DOUBLE', values, nulls: anyNull ? nulls : null };
}

type Operation = (left: number, right: number) => number;

const OPERATIONS: Readonly<Record<'+' | '-' | '*' | '/' | 'quotient' | 'pow', Operation>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? 0 : left / right),
  quotient: (left, right) => left / right,
  pow: (left, right) => left ** right,
};

/** Values as doubles; what is no number is null. */
function toDoubles(column: TableColumn, numRows: number): { values: Float64Array; nulls: Uint8Array } {
  const nulls = new Uint8Array(numRows);
  switch (column.type) {
    case 'LONG':
      if (column.nulls !== null) nulls.set(column.nulls);
      return { values: Float64Array.from(column.values, Number), nulls };
    case 'DOUBLE':
    case 'FLOAT':
      if (column.nulls !== null) nulls.set(column.nulls);
      return { values: Float64Array.from(column.values), nulls };
    default:
      return { values: new Float64Array(numRows), nulls: nulls.fill(1) };
  }
}
