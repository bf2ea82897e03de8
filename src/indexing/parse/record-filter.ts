import { compileFilter } from '../../engine/filter/compile-filter.js';
import { doubleToString } from '../../common/java-number.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import { filterColumns } from '../../query/filter-columns.js';
import type { Filter } from '../../query/native-query.js';
import { MetricBatch } from '../../segments/incremental/metric-batch.js';
import type { MetricInput } from '../../segments/incremental/metric-inputs.js';
import { allRows, type RowFilter } from '../../vectors/selection.js';
import { HugeNumber } from './huge-number.js';
import type { RecordFormat } from './record-format.js';

/** Whether the filter of a transformSpec is true for a record: fields are compared as strings, as in a table of one row. */
export class RecordFilter<R, F> {
  readonly #format: RecordFormat<R, F>;
  readonly #filter: RowFilter;
  readonly #columns: readonly MetricInput[];
  readonly #fields: readonly F[];
  readonly #values: unknown[] = [];
  readonly #row: MetricBatch;

  constructor(filter: Filter, format: RecordFormat<R, F>) {
    this.#format = format;
    this.#filter = compileFilter(filter);
    const names = new Set(filterColumns(filter));
    names.delete(TIME_COLUMN);
    this.#columns = [...names].map((fieldName) => ({ fieldName, type: 'value' }));
    this.#fields = this.#columns.map(({ fieldName }) => format.field(fieldName));
    this.#row = new MetricBatch(this.#columns);
  }

  /** @throws ExpressionError */
  accepts(record: R, timeMs: number): boolean {
    this.#fields.forEach((field, i) => {
      this.#values[i] = asStrings(this.#format.read(record, field));
    });
    this.#row.add(timeMs, this.#values);
    try {
      return this.#filter.narrow(this.#row.block(this.#columns), allRows(1)).count === 1;
    } finally {
      this.#row.clear();
    }
  }
}

function asStrings(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : doubleToString(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (value instanceof HugeNumber) return String(value);
      return Array.isArray(value) ? value.map(asStrings) : value;
  }
}
