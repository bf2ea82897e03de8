import type { WindowProcessor } from '../../query/window-operator.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { type RowBatch, typeOfColumn } from '../heap/row-batch.js';
import { withNullRow } from '../join/null-row.js';
import { type FramedWork, framedAggregate } from './framed-aggregate.js';
import { framesOf } from './frames.js';
import { runStarts } from './partitions.js';
import { evaluated, type SelectParts } from './scan-rows.js';

export interface WindowRows {
  readonly batch: RowBatch;
  /** Where partitions begin, the number of rows last. */
  readonly partitions: Uint32Array;
}

export interface ProcessParts extends Omit<FramedWork, 'batch' | 'frames'>, SelectParts {}

/** The rows with the columns that a processor adds, partition by partition. */
export async function processWindow(
  { batch, partitions }: WindowRows,
  processor: WindowProcessor,
  parts: ProcessParts,
): Promise<RowBatch> {
  const { table } = batch;
  switch (processor.type) {
    case 'composing': {
      let rows = batch;
      for (const one of processor.processors) rows = await processWindow({ batch: rows, partitions }, one, parts);
      return rows;
    }
    case 'framedAgg': {
      const { frame, aggregations, virtualColumns } = processor;
      const frames = framesOf(table, partitions, frame);
      const whole = await evaluated(batch, virtualColumns, parts);
      let rows = batch;
      for (const spec of aggregations) {
        const values = await framedAggregate(spec, { ...parts, batch: whole, frames });
        rows = withColumn(rows, spec.name, takeColumn(values, frames.ofRow));
      }
      return rows;
    }
    case 'rowNumber':
      return withColumn(batch, processor.outputColumn, rowNumbers(partitions));
    case 'rank':
    case 'denseRank':
    case 'cumeDist':
      return withColumn(batch, processor.outputColumn, ranks(table, partitions, processor));
    case 'percentile':
      return withColumn(batch, processor.outputColumn, buckets(partitions, processor.numBuckets));
    case 'offset':
      return withTaken(batch, processor, shifted(partitions, processor.offset));
    case 'first':
    case 'last': {
      const { from, to, ofRow } = framesOf(table, partitions, processor.frame);
      const none = table.numRows;
      const isFirst = processor.type === 'first';
      return withTaken(
        batch,
        processor,
        ofRow.map((frame) => (from[frame] === to[frame] ? none : isFirst ? from[frame]! : to[frame]! - 1)),
      );
    }
  }
}

/** The rows with one more column, in place of one of its name. */
function withColumn(batch: RowBatch, name: string, column: TableColumn, type = typeOfColumn(column)): RowBatch {
  const { numRows, names, columns } = batch.table;
  const others = names.flatMap((other, i) => (other === name ? [] : [i]));
  return {
    ...batch,
    table: {
      numRows,
      names: [...others.map((i) => names[i]!), name],
      columns: [...others.map((i) => columns[i]!), column],
    },
    types: { ...batch.types, [name]: type },
  };
}

/** The input column's values of other rows; row number `numRows` means null. A column that does not exist gives nothing. */
function withTaken(
  batch: RowBatch,
  { inputColumn, outputColumn }: { readonly inputColumn: string; readonly outputColumn: string },
  rows: Uint32Array,
): RowBatch {
  const { table, types } = batch;
  const at = table.names.indexOf(inputColumn);
  if (at === -1) return batch;
  const padded = withNullRow({ numRows: table.numRows, names: [inputColumn], columns: [table.columns[at]!] });
  return withColumn(batch, outputColumn, takeColumn(padded.columns[0]!, rows), types[inputColumn]);
}

function shifted(partitions: Uint32Array, offset: number): Uint32Array {
  const numRows = partitions.at(-1) ?? 0;
  const rows = new Uint32Array(numRows);
  eachPartition(partitions, (start, end) => {
    for (let row = start; row < end; row++) {
      const other = row + offset;
      rows[row] = other >= start && other < end ? other : numRows;
    }
  });
  return rows;
}

function rowNumbers(partitions: Uint32Array): TableColumn {
  const numbers = new Uint32Array(partitions.at(-1) ?? 0);
  eachPartition(partitions, (start, end) => {
    for (let row = start; row < end; row++) numbers[row] = row - start + 1;
  });
  return longs(numbers);
}

/** The first buckets have one row more where the rows do not fit evenly. */
function buckets(partitions: Uint32Array, numBuckets: number): TableColumn {
  const numbers = new Uint32Array(partitions.at(-1) ?? 0);
  eachPartition(partitions, (start, end) => {
    const size = Math.floor((end - start) / numBuckets);
    const larger = (end - start) % numBuckets;
    for (let row = start; row < end; row++) {
      const i = row - start;
      const inLarger = larger * (size + 1);
      numbers[row] = 1 + (i < inLarger ? Math.floor(i / (size + 1)) : larger + Math.floor((i - inLarger) / size));
    }
  });
  return longs(numbers);
}

function ranks(
  table: Table,
  partitions: Uint32Array,
  processor: Extract<WindowProcessor, { readonly group: readonly string[] }>,
): TableColumn {
  const peers = runStarts(table, processor.group, partitions);
  const isShare = processor.type === 'cumeDist' || (processor.type === 'rank' && processor.asPercent);
  const values = new Float64Array(table.numRows);
  let peer = 0;
  eachPartition(partitions, (start, end) => {
    for (let number = 1; peers[peer]! < end; peer++, number++) {
      const [from, to] = [peers[peer]!, peers[peer + 1]!];
      let value = from - start + 1;
      if (processor.type === 'denseRank') value = number;
      else if (processor.type === 'cumeDist') value = (to - start) / (end - start);
      else if (isShare) value = end - start === 1 ? 0 : (from - start) / (end - start - 1);
      values.fill(value, from, to);
    }
  });
  return isShare ? { type: 'DOUBLE', values, nulls: null } : longs(Uint32Array.from(values));
}

function eachPartition(partitions: Uint32Array, visit: (start: number, end: number) => void): void {
  for (let p = 0; p + 1 < partitions.length; p++) visit(partitions[p]!, partitions[p + 1]!);
}

function longs(numbers: Uint32Array): TableColumn {
  const values = new BigInt64Array(numbers.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < numbers.length; i++) words[2 * i] = numbers[i]!;
  return { type: 'LONG', values, nulls: null };
}
