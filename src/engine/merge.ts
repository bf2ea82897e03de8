import { createAggregator } from '../aggregators/create-aggregator.js';
import { assert } from '../common/assert.js';
import type { GroupedLeaf, LeafPlan } from '../plan/leaf-plan.js';
import { commonSpace, distinctIds, textsOfIds } from '../vectors/ids-column.js';
import { TableBuilder } from '../vectors/table-builder.js';
import type { Table, TableColumn } from '../vectors/table.js';
import { compileFilter } from './filter/compile-filter.js';
import { createDimensionValues, type DimensionValues } from './grouped/dimension-values.js';
import { type KeyNumbers, meetGroups, type MetGroups } from './merge-numbers.js';
import { lookupContext } from './plan-lookup.js';
import { joinScans } from './scan/join-scans.js';

/**
 * Merges partials of one plan into one of the same form; associative and commutative. Groups meet by value: by id where all partials
 * have their ids from one space, which then stays ids. Scan partials are put one after the other.
 */
export function mergePartials(plan: LeafPlan, partials: readonly Table[]): Table {
  const filled = partials.filter((partial) => partial.numRows > 0);
  const [first] = filled.length === 0 ? partials : filled;
  if (filled.length <= 1 && first !== undefined) return first;
  return plan.kind === 'grouped' ? mergeGrouped(plan, filled) : joinScans(filled);
}

/** Groups of one partial that are equal under `plan` become one: what is left when it lost dimensions. */
export function regroup(plan: GroupedLeaf, partial: Table): Table {
  return partial.numRows === 0 ? partial : mergeGrouped(plan, [partial]);
}

/** The groups of rows of several partials, numbered over all of them. */
export function meetPartials(plan: GroupedLeaf, partials: readonly Table[]): MetGroups {
  return meet(plan, partials.map(timesOf), dimensionKeys(plan, partials), partials);
}

function mergeGrouped(plan: GroupedLeaf, partials: readonly Table[]): Table {
  const isAll = plan.granularity.type === 'all';
  const times = partials.map(timesOf);
  const dimensions = dimensionKeys(plan, partials);
  const met = meet(plan, times, dimensions, partials);
  const table = new TableBuilder(met.size);
  table.add('t', { type: 'DOUBLE', values: isAll ? earliest(times, met.size) : take(times, met), nulls: null });
  dimensions.forEach((key, i) => table.add(`d${i}`, key.column(taken(key.numbers, met))));
  addStates(table, plan, partials, met);
  return table.build();
}

function dimensionKeys(plan: GroupedLeaf, partials: readonly Table[]): DimensionKey[] {
  return plan.dimensions.map(({ outputType }, i) =>
    dimensionKey(
      partials.map((partial) => partial.columns[1 + i]!),
      outputType,
    ),
  );
}

function meet(
  { granularity }: GroupedLeaf,
  times: readonly Float64Array[],
  dimensions: readonly KeyNumbers[],
  partials: readonly Table[],
): MetGroups {
  const parts: KeyNumbers[] = granularity.type === 'all' ? [...dimensions] : [timeKey(times), ...dimensions];
  return meetGroups(
    parts,
    partials.map(({ numRows }) => numRows),
  );
}

/** Merges the states of all partials group by group, aggregator after aggregator. */
function addStates(table: TableBuilder, plan: GroupedLeaf, partials: readonly Table[], met: MetGroups): void {
  let at = 1 + plan.dimensions.length;
  plan.aggregators.forEach((spec, i) => {
    const aggregator = createAggregator(spec, compileFilter, lookupContext(plan));
    const width = aggregator.stateNames.length;
    aggregator.ensure(met.size);
    partials.forEach((partial, k) => aggregator.mergeState(partial.columns.slice(at, at + width), met.groups[k]!));
    aggregator.exportState().forEach((column, k) => table.add(`a${i}.${aggregator.stateNames[k]}`, column));
    at += width;
  });
}

function timesOf(partial: Table): Float64Array {
  const t = partial.columns[0];
  assert(t?.type === 'DOUBLE', 'Partial has no column [t]');
  return t.values;
}

function earliest(times: readonly Float64Array[], numRows: number): Float64Array {
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const values of times) for (const ms of values) earliestMs = Math.min(earliestMs, ms);
  return new Float64Array(numRows).fill(earliestMs);
}

/** Rows of one bucket mostly lie together, so the last one is tried first. */
function timeKey(times: readonly Float64Array[]): KeyNumbers {
  const known = new Map<number, number>();
  let lastMs = Number.NaN;
  let last = 0;
  const numbers = times.map((values) => {
    const found = new Uint32Array(values.length);
    for (let row = 0; row < found.length; row++) {
      const ms = values[row]!;
      if (ms !== lastMs) {
        last = known.get(ms) ?? known.size;
        if (last === known.size) known.set(ms, last);
        lastMs = ms;
      }
      found[row] = last;
    }
    return found;
  });
  return { size: known.size, numbers };
}

interface DimensionKey extends KeyNumbers {
  /** The values with these numbers, one row each. */
  column(numbers: Uint32Array): TableColumn;
}

function dimensionKey(
  columns: readonly TableColumn[],
  outputType: Parameters<typeof createDimensionValues>[0],
): DimensionKey {
  const space = commonSpace(columns);
  if (space !== undefined) {
    const numbers = columns.map((column) => (column.type === 'IDS' ? column.ids : new Uint32Array(0)));
    return { size: space.size + 1, numbers, column: (ids) => ({ type: 'IDS', ids, space }) };
  }
  const values = createDimensionValues(outputType);
  const numbers = columns.map((column) => valueNumbers(column, values));
  return { size: values.size + 1, numbers, column: (ofGroups) => values.column(ofGroups) };
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
    case 'IDS': {
      const { numbers: places, ids } = distinctIds(column);
      const known = Uint32Array.from(textsOfIds(column.space, ids), (text) => values.ofText(text));
      return Uint32Array.from(places, (place) => (place < 0 ? 0 : known[place]!));
    }
    case 'JSON':
      return Uint32Array.from(column.texts, (text) => (text === null ? 0 : values.ofArray(text)));
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

/** What each group's first row has. */
function taken(numbers: readonly Uint32Array[], { firstRows }: MetGroups): Uint32Array {
  return gather(numbers, firstRows, new Uint32Array(firstRows.length));
}

function take(times: readonly Float64Array[], { firstRows }: MetGroups): Float64Array {
  return gather(times, firstRows, new Float64Array(firstRows.length));
}

/** Rows ascend and count over all tables. */
function gather<T extends Uint32Array | Float64Array>(tables: readonly T[], rows: Uint32Array, out: T): T {
  let at = 0;
  let base = 0;
  for (const values of tables) {
    const end = base + values.length;
    for (; at < rows.length && rows[at]! < end; at++) out[at] = values[rows[at]! - base]!;
    base = end;
  }
  return out;
}
