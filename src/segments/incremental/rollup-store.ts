import { createAggregator } from '../../aggregators/create-aggregator.js';
import type { GroupedAggregator } from '../../aggregators/grouped-aggregator.js';
import type { AggregatorSpec, Filter } from '../../query/native-query.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import { allRows, type RowFilter } from '../../vectors/selection.js';
import { chooseBlocks } from './block-consolidation.js';
import type { BlockInfo, ColumnSet } from './column-set.js';
import type { DimensionList } from './dimension-list.js';
import { GroupTable } from './group-table.js';
import type { IndexColumn } from './index-column.js';
import type { InputRow } from './input-row.js';
import { BATCH_ROWS, MetricBatch } from './metric-batch.js';
import { metricInputs } from './metric-inputs.js';
import type { RowStore, StagedRows } from './row-store.js';
import { storedColumn } from './stored-column.js';
import { cellOf, numbersOf } from './table-cell.js';

/** Compiles the filter of a filtered metric; the engine's, handed down because this folder lies below it. */
export type IngestFilterCompiler = (filter: Filter) => RowFilter;

/**
 * Rows grouped by (time, dimensions). The open groups are on the heap of the ingesting thread and not queryable; sealing writes
 * them as a block of exactly their size, with metrics in their stored form. Without rollup each row is a group of its own.
 */
export class RollupStore implements RowStore {
  blocks: BlockInfo[] = [];
  readonly #columns: ColumnSet;
  readonly #metrics: readonly AggregatorSpec[];
  readonly #compileFilter: IngestFilterCompiler;
  readonly #groups: GroupTable;
  readonly #batch: MetricBatch;
  readonly #groupOfRow = new Uint32Array(BATCH_ROWS);
  readonly #rollup: boolean;
  #aggregators: GroupedAggregator[] = [];
  #staged: StagedRows | undefined;
  #nextBlock = 0;
  #numSealed = 0;
  #ascending = true;
  #lastTimeMs = Number.NEGATIVE_INFINITY;

  constructor(
    columns: ColumnSet,
    dimensions: DimensionList,
    metrics: readonly AggregatorSpec[],
    rollup: boolean,
    compileFilter: IngestFilterCompiler,
  ) {
    this.#columns = columns;
    this.#metrics = metrics;
    this.#rollup = rollup;
    this.#compileFilter = compileFilter;
    this.#groups = new GroupTable(dimensions);
    this.#batch = new MetricBatch(metricInputs(metrics));
    this.#reset();
  }

  get numRows(): number {
    return this.#numSealed + this.#groups.size;
  }

  get ascending(): boolean {
    return this.#ascending;
  }

  add(row: InputRow, timeMs: number): void {
    if (this.#groups.size === BLOCK_ROWS) this.seal();
    const group = this.#rollup
      ? this.#groups.find(timeMs, row.dimensions)
      : this.#groups.append(timeMs, row.dimensions);
    this.#groupOfRow[this.#batch.numRows] = group;
    this.#batch.add(row.timestampMs, row.inputs);
    if (this.#batch.numRows === BATCH_ROWS) this.#aggregate();
  }

  /** Groups are on the heap: rows that begin no block find room. */
  stage(staged: StagedRows): void {
    if (this.#groups.size + staged.n > BLOCK_ROWS) this.seal();
    this.#staged = staged;
  }

  commit(): void {
    const { batch, times, rows, n } = this.#staged!;
    this.#staged = undefined;
    if (this.#batch.numRows + n > BATCH_ROWS) this.#aggregate();
    this.#groups.addMany(batch, times, rows, n, this.#rollup, this.#groupOfRow, this.#batch.numRows);
    this.#batch.addMany(batch, rows, n);
    if (this.#batch.numRows === BATCH_ROWS) this.#aggregate();
  }

  seal(): void {
    const numRows = this.#groups.size;
    if (numRows === 0) return;
    this.#aggregate();
    const block = this.#nextBlock++;
    const info = this.#writeGroups(block, numRows);
    this.#writeMetrics(block, numRows);
    this.blocks.push(info);
    this.#numSealed += numRows;
    this.#reset();
    this.#consolidate();
  }

  #reset(): void {
    this.#groups.clear();
    this.#aggregators = this.#metrics.map((metric) => createAggregator(metric, this.#compileFilter));
  }

  #aggregate(): void {
    const numRows = this.#batch.numRows;
    if (numRows === 0) return;
    const groups = this.#groupOfRow.subarray(0, numRows);
    this.#aggregators.forEach((aggregator, i) => {
      aggregator.ensure(this.#groups.size);
      aggregator.aggregate(this.#batch.block(metricInputs([this.#metrics[i]!])), allRows(numRows), groups);
    });
    this.#batch.clear();
  }

  #writeGroups(block: number, numRows: number): BlockInfo {
    const groups = this.#groups;
    const info: BlockInfo = {
      block,
      numRows,
      minTimeMs: Number.POSITIVE_INFINITY,
      maxTimeMs: Number.NEGATIVE_INFINITY,
    };
    this.#columns.time.begin(block, numRows);
    for (let group = 0; group < numRows; group++) {
      const timeMs = groups.timeMs(group);
      this.#columns.time.set(block, group, timeMs);
      if (timeMs < info.minTimeMs) info.minTimeMs = timeMs;
      if (timeMs > info.maxTimeMs) info.maxTimeMs = timeMs;
      if (timeMs < this.#lastTimeMs) this.#ascending = false;
      this.#lastTimeMs = timeMs;
    }
    const dimensions = this.#columns.dimensions;
    for (let slot = 0; slot < dimensions.length; slot++) {
      const column = dimensions[slot]!;
      column.begin(block, numRows);
      const texts = groups.texts(slot);
      if (texts !== undefined) column.setMany(block, 0, texts, firstNumbers(numRows), numRows);
      else for (let group = 0; group < numRows; group++) column.set(block, group, groups.value(group, slot));
    }
    return info;
  }

  #writeMetrics(block: number, numRows: number): void {
    this.#columns.metrics.forEach((column, i) => {
      const stored = storedColumn(this.#metrics[i]!, this.#aggregators[i]!);
      column.begin(block, numRows);
      const numbers = numbersOf(stored, numRows);
      if (numbers !== undefined) column.setMany(block, 0, numbers, firstNumbers(numRows), numRows);
      else for (let group = 0; group < numRows; group++) column.set(block, group, cellOf(stored, group));
    });
  }

  /** Keeps the number of blocks small: views taken each second would leave thousands. */
  #consolidate(): void {
    const chosen = chooseBlocks(this.blocks);
    if (chosen.length === 0) return;
    const block = this.#nextBlock++;
    const merged: BlockInfo = {
      block,
      numRows: 0,
      minTimeMs: Number.POSITIVE_INFINITY,
      maxTimeMs: Number.NEGATIVE_INFINITY,
    };
    for (const info of chosen) {
      merged.numRows += info.numRows;
      merged.minTimeMs = Math.min(merged.minTimeMs, info.minTimeMs);
      merged.maxTimeMs = Math.max(merged.maxTimeMs, info.maxTimeMs);
    }
    const all: readonly IndexColumn[] = [this.#columns.time, ...this.#columns.dimensions, ...this.#columns.metrics];
    for (const column of all) column.copy(chosen, block, merged.numRows);
    for (const info of chosen) for (const column of all) column.drop(info.block);
    this.#ascending = false;
    this.blocks = [...this.blocks.filter((info) => !chosen.includes(info)), merged];
  }
}

let numbers = new Uint32Array(0);

/** 0, 1, … up to at least `n`. */
function firstNumbers(n: number): Uint32Array {
  if (n > numbers.length) numbers = Uint32Array.from({ length: Math.max(n, BLOCK_ROWS) }, (_, i) => i);
  return numbers;
}
