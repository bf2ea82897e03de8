import { createAggregator, type FilterCompiler } from '../../aggregators/create-aggregator.js';
import { combiningSpec } from '../../aggregators/stored-metric.js';
import { assert } from '../../common/assert.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { AggregatorSpec } from '../../query/native-query.js';
import type { ColumnVector } from '../../vectors/block.js';
import { heapBlock } from '../../vectors/heap-block.js';
import { allRows } from '../../vectors/selection.js';
import type { TableColumn } from '../../vectors/table.js';
import { storedColumn } from '../incremental/stored-column.js';
import type { FlatColumn, FlatPart, NamedColumn } from './flat-column.js';
import { flatten } from './flatten.js';
import { gather } from './gather.js';

/**
 * Combines the stored metric values of equal rows.
 * @param rows row numbers in sorted order
 * @param groupStarts positions in `rows` where groups begin, and their end as the last entry
 * @returns the metric with one row a group
 */
export function combineMetric(
  spec: AggregatorSpec,
  metric: NamedColumn,
  rows: Uint32Array,
  groupStarts: Uint32Array,
  compileFilter: FilterCompiler,
): FlatColumn {
  const numGroups = groupStarts.length - 1;
  const parts: FlatPart[] = [];
  // One block of groups at a time: the state of a sketch is far larger than its image.
  for (let first = 0; first < numGroups; first += BLOCK_ROWS) {
    const end = Math.min(first + BLOCK_ROWS, numGroups);
    parts.push(combineGroups(spec, metric, rows, groupStarts.subarray(first, end + 1), compileFilter));
  }
  return flatten(metric.type, parts);
}

function combineGroups(
  spec: AggregatorSpec,
  metric: NamedColumn,
  rows: Uint32Array,
  starts: Uint32Array,
  compileFilter: FilterCompiler,
): FlatPart {
  const numRows = starts.length - 1;
  const combining = combiningSpec(spec);
  const aggregator = createAggregator(combining, compileFilter);
  aggregator.ensure(numRows);
  const groups = new Uint32Array(BLOCK_ROWS);
  let group = 0;
  const last = starts[numRows]!;
  for (let from = starts[0]!; from < last; from += BLOCK_ROWS) {
    const to = Math.min(from + BLOCK_ROWS, last);
    for (let position = from; position < to; position++) {
      while (position >= starts[group + 1]!) group++;
      groups[position - from] = group;
    }
    const vector = gather(metric.column, rows.subarray(from, to), undefined);
    const block = heapBlock(to - from, (name) => (name === metric.name ? vector : undefined));
    aggregator.aggregate(block, allRows(to - from), groups.subarray(0, to - from));
  }
  return { numRows, vector: toVector(storedColumn(combining, aggregator)) };
}

function toVector(column: TableColumn): ColumnVector {
  const nulls = 'nulls' in column && column.nulls !== null ? { nulls: column.nulls } : {};
  switch (column.type) {
    case 'LONG':
      return { kind: 'long', base: 0, values: column.values, ...nulls };
    case 'DOUBLE':
      return { kind: 'double', values: column.values, ...nulls };
    case 'FLOAT':
      return { kind: 'float', values: column.values, ...nulls };
    default:
      assert(column.type === 'BINARY', `Metrics are not stored as [${column.type}]`);
      return { kind: 'binary', offsets: column.offsets, bytes: column.bytes, ...nulls };
  }
}
