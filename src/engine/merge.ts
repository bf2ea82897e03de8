import { createAggregator } from '../aggregators/create-aggregator.js';
import { assert } from '../common/assert.js';
import type { GroupedLeaf, LeafPlan } from '../plan/leaf-plan.js';
import { joinScans } from './scan/join-scans.js';
import { TableBuilder } from '../vectors/table-builder.js';
import type { Table, TableColumn } from '../vectors/table.js';
import { compileFilter } from './filter/compile-filter.js';
import { createDimensionValues, type DimensionValues } from './grouped/dimension-values.js';
import { GroupKeys } from './grouped/group-keys.js';

/**
 * Merges partials of one plan into one of the same form; associative and commutative. Groups meet by value. Scan partials are put one
 * after the other.
 */
export function mergePartials(plan: LeafPlan, partials: readonly Table[]): Table {
  const filled = partials.filter((partial) => partial.numRows > 0);
  const [first] = filled.length === 0 ? partials : filled;
  if (filled.length <= 1 && first !== undefined) return first;
  return plan.kind === 'grouped' ? mergeGrouped(plan, filled) : joinScans(filled);
}

function mergeGrouped(plan: GroupedLeaf, partials: readonly Table[]): Table {
  const isAll = plan.granularity.type === 'all';
  const values = plan.dimensions.map((dimension) => createDimensionValues(dimension.outputType));
  const times: number[] = [];
  const timeNumbers = new Map<number, number>();
  const keys = new GroupKeys(1 + values.length);
  const aggregators = plan.aggregators.map((spec) => createAggregator(spec, compileFilter));
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const partial of partials) {
    const t = partial.columns[0];
    assert(t?.type === 'DOUBLE', 'Partial has no column [t]');
    const numbers = values.map((dimension, i) => valueNumbers(partial.columns[1 + i]!, dimension));
    const groupOf = new Uint32Array(partial.numRows);
    const key = new Uint32Array(1 + values.length);
    for (let row = 0; row < partial.numRows; row++) {
      const time = isAll ? 0 : t.values[row]!;
      if (isAll) earliestMs = Math.min(earliestMs, t.values[row]!);
      let number = timeNumbers.get(time);
      if (number === undefined) {
        number = times.push(time) - 1;
        timeNumbers.set(time, number);
      }
      key[0] = number;
      for (let i = 0; i < numbers.length; i++) key[i + 1] = numbers[i]![row]!;
      groupOf[row] = keys.intern(key);
    }
    let at = 1 + values.length;
    for (const aggregator of aggregators) {
      aggregator.ensure(keys.size);
      aggregator.mergeState(partial.columns.slice(at, at + aggregator.stateNames.length), groupOf);
      at += aggregator.stateNames.length;
    }
  }
  const table = new TableBuilder(keys.size);
  const starts = Float64Array.from(keys.part(0), (number) => (isAll ? earliestMs : times[number]!));
  table.add('t', { type: 'DOUBLE', values: starts, nulls: null });
  values.forEach((dimension, i) => table.add(`d${i}`, dimension.column(keys.part(i + 1))));
  aggregators.forEach((aggregator, i) => {
    aggregator.ensure(keys.size);
    aggregator.exportState().forEach((column, k) => table.add(`a${i}.${aggregator.stateNames[k]}`, column));
  });
  return table.build();
}

/** The number of each row's value, looked up once per dictionary entry where there is a dictionary. */
function valueNumbers(column: TableColumn, values: DimensionValues): Uint32Array {
  switch (column.type) {
    case 'STRING': {
      const byId = new Uint32Array(column.dictionary.length);
      const numbers = new Uint32Array(column.ids.length);
      for (let row = 0; row < numbers.length; row++) {
        const id = column.ids[row]!;
        if (id < 0) continue;
        if (byId[id] === 0) byId[id] = values.ofText(column.dictionary[id]!);
        numbers[row] = byId[id]!;
      }
      return numbers;
    }
    case 'JSON':
      return Uint32Array.from(column.texts, (text) => (text === null ? 0 : values.ofText(text)));
    case 'LONG': {
      const words = new Uint32Array(column.values.buffer, column.values.byteOffset, column.values.length * 2);
      return Uint32Array.from(column.values, (_, row) =>
        column.nulls?.[row] === 1 ? 0 : values.ofLong(words[2 * row + 1]!, words[2 * row]!),
      );
    }
    case 'DOUBLE':
    case 'FLOAT': {
      const reals: ArrayLike<number> = column.values;
      return Uint32Array.from({ length: reals.length }, (_, row) =>
        column.nulls?.[row] === 1 ? 0 : values.ofDouble(reals[row]!),
      );
    }
    case 'STRINGS':
    case 'BINARY':
      throw new TypeError(`Dimension cannot be of column type [${column.type}]`);
  }
}
