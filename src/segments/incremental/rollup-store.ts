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
import { LateRows } from './late-rows.js';
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
  readonly #late = new LateRows();

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
    this.#groups = new GroupTable(dimensions, (slot) => columns.dimensions[slot]?.dictionary);
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

  /** Groups are on the heap, but their texts are in the arena: they come first. */
  stage(staged: StagedRows): void {
    const { batch, times, rows, n } = staged;
    if (this.#groups.size + n > BLOCK_ROWS) this.seal();
    this.#groups.encode(batch, times, rows, n);
    this.#staged = staged;
  }

  commit(): void {
    const { batch, times, rows, n } = this.#staged!;
    this.#staged = undefined;
    if (this.#batch.numRows + n > BATCH_ROWS) this.#aggregate();
    this.#groups.addEncoded(times, rows, n, this.#rollup, this.#groupOfRow, this.#batch.numRows);
    this.#batch.addMany(batch, rows, n);
    if (this.#batch.numRows === BATCH_ROWS) this.#aggregate();
  }

  seal(): void {
    const numGroups = this.#groups.size;
    if (numGroups === 0) return;
    this.#aggregate();
    const { recent, late } = this.#byLateness(numGroups);
    const written: BlockInfo[] = [];
    if (recent.length > 0) written.push(this.#writeBlock(recent, false));
    if (late.length > 0) written.push(this.#writeBlock(late, true));
    this.blocks.push(...written);
    this.#numSealed += numGroups;
    for (let group = 0; group < numGroups; group++) this.#late.note(this.#groups.timeMs(group));
    this.#reset();
    this.#consolidate(false);
    this.#consolidate(true);
  }

  /** A block is written once. */
  isFixed(): boolean {
    return true;
  }

  #byLateness(numGroups: number): { readonly recent: Uint32Array; readonly late: Uint32Array } {
    const all = firstNumbers(numGroups);
    const isLate = (group: number): boolean => this.#late.isLate(this.#groups.timeMs(group));
    const late = all.filter(isLate);
    return { recent: late.length === 0 ? all : all.filter((group) => !isLate(group)), late };
  }

  #writeBlock(groups: Uint32Array, isLate: boolean): BlockInfo {
    const info = this.#writeGroups(this.#nextBlock++, groups, isLate);
    this.#writeMetrics(info.block, groups);
    return info;
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

  #writeGroups(block: number, chosen: Uint32Array, isLate: boolean): BlockInfo {
    const groups = this.#groups;
    const numRows = chosen.length;
    const info: BlockInfo = {
      block,
      isLate,
      numRows,
      minTimeMs: Number.POSITIVE_INFINITY,
      maxTimeMs: Number.NEGATIVE_INFINITY,
    };
    this.#columns.time.begin(block, numRows);
    for (let row = 0; row < numRows; row++) {
      const timeMs = groups.timeMs(chosen[row]!);
      this.#columns.time.set(block, row, timeMs);
      if (timeMs < info.minTimeMs) info.minTimeMs = timeMs;
      if (timeMs > info.maxTimeMs) info.maxTimeMs = timeMs;
      if (timeMs < this.#lastTimeMs) this.#ascending = false;
      this.#lastTimeMs = timeMs;
    }
    const dimensions = this.#columns.dimensions;
    for (let slot = 0; slot < dimensions.length; slot++) {
      const column = dimensions[slot]!;
      column.begin(block, numRows);
      const ids = groups.ids(slot, chosen);
      if (ids !== undefined) column.setIds(block, ids);
      else for (let row = 0; row < numRows; row++) column.set(block, row, groups.value(chosen[row]!, slot));
    }
    return info;
  }

  #writeMetrics(block: number, chosen: Uint32Array): void {
    const numRows = chosen.length;
    this.#columns.metrics.forEach((column, i) => {
      const stored = storedColumn(this.#metrics[i]!, this.#aggregators[i]!);
      column.begin(block, numRows);
      const numbers = numbersOf(stored, this.#groups.size);
      if (numbers !== undefined) column.setMany(block, 0, numbers, chosen, numRows);
      else for (let row = 0; row < numRows; row++) column.set(block, row, cellOf(stored, chosen[row]!));
    });
  }

  /** Keeps the number of blocks small: views taken each second would leave thousands. */
  #consolidate(isLate: boolean): void {
    const chosen = chooseBlocks(this.blocks.filter((info) => info.isLate === isLate));
    if (chosen.length === 0) return;
    const block = this.#nextBlock++;
    const merged: BlockInfo = {
      block,
      isLate,
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

/** 0, 1, … below `n`. */
function firstNumbers(n: number): Uint32Array {
  if (n > numbers.length) numbers = Uint32Array.from({ length: Math.max(n, BLOCK_ROWS) }, (_, i) => i);
  return numbers.subarray(0, n);
}
