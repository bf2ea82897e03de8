import type { AggregatorSpec } from '../../query/native-query.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { BlockInfo, ColumnSet } from './column-set.js';
import type { InputRow, RowValue } from './input-row.js';
import { LateRows } from './late-rows.js';
import { metricInputs } from './metric-inputs.js';
import type { BatchColumn } from './row-batch.js';
import { MAX_STAGED_ROWS, type RowStore, type StagedRows } from './row-store.js';

/** A metric that a single row determines without an aggregator: a constant, or one of the row's inputs. */
type RowMetric = { readonly constant: number } | { readonly input: number };

/** How to fill the metrics of single rows, or undefined when one of them needs an aggregator (sketches, first, filtered). */
export function rowMetrics(metrics: readonly AggregatorSpec[]): readonly RowMetric[] | undefined {
  const inputs = metricInputs(metrics);
  const found: RowMetric[] = [];
  for (const metric of metrics) {
    if (metric.type === 'count') found.push({ constant: 1 });
    else if (metric.type === 'sum' || metric.type === 'min' || metric.type === 'max') {
      found.push({
        input: inputs.findIndex((input) => input.fieldName === metric.fieldName && input.type === metric.kind),
      });
    } else return undefined;
  }
  return found;
}

/** Blocks of one kind: one that takes rows, and the number that the next has. */
interface Lane {
  readonly isLate: boolean;
  /** Undefined until the first row. */
  open: BlockInfo | undefined;
  nextBlock: number;
  /** Staged rows of this lane: the first `staged`. */
  readonly rows: Uint32Array;
  staged: number;
}

/** Rows as they come, appended in place, late ones apart: a view is a length of each open block. */
export class AppendStore implements RowStore {
  readonly blocks: BlockInfo[] = [];
  readonly #columns: ColumnSet;
  readonly #metrics: readonly RowMetric[];
  readonly #late = new LateRows();
  readonly #lanes: readonly [recent: Lane, late: Lane] = [newLane(false, 0), newLane(true, 1)];
  #numBlocks = 2;
  #numRows = 0;
  #ascending = true;
  #lastTimeMs = Number.NEGATIVE_INFINITY;
  #staged: StagedRows | undefined;

  constructor(columns: ColumnSet, metrics: readonly RowMetric[]) {
    this.#columns = columns;
    this.#metrics = metrics;
  }

  get numRows(): number {
    return this.#numRows;
  }

  get ascending(): boolean {
    return this.#ascending;
  }

  add(row: InputRow, timeMs: number): void {
    const lane = this.#laneOf(timeMs);
    const room = roomOf(lane);
    this.#write(room === 0 ? lane.nextBlock : lane.open!.block, (BLOCK_ROWS - room) % BLOCK_ROWS, row, timeMs);
    // Nothing below throws: a row counts only when all of its columns are written.
    this.#count(lane, timeMs);
  }

  /** Rows are written behind the last, where nobody reads: they count from `commit` on, and are written over otherwise. */
  stage(staged: StagedRows): void {
    const { times, rows, n } = staged;
    this.#staged = staged;
    for (const lane of this.#lanes) lane.staged = 0;
    for (let i = 0; i < n; i++) {
      const row = rows[i]!;
      const lane = this.#laneOf(times[row]!);
      lane.rows[lane.staged++] = row;
    }
    for (const lane of this.#lanes) {
      const room = roomOf(lane);
      const here = Math.min(room, lane.staged);
      if (here > 0) this.#writeMany(lane.open!.block, BLOCK_ROWS - room, staged, lane.rows, here);
      const rest = lane.staged - here;
      if (rest > 0) this.#writeMany(lane.nextBlock, 0, staged, lane.rows.subarray(here), rest);
    }
  }

  commit(): void {
    const { times } = this.#staged!;
    this.#staged = undefined;
    for (const lane of this.#lanes) {
      for (let i = 0; i < lane.staged; i++) this.#count(lane, times[lane.rows[i]!]!);
    }
  }

  seal(): void {
    // Rows are queryable as soon as they are added.
  }

  isFixed({ numRows }: BlockInfo): boolean {
    return numRows === BLOCK_ROWS;
  }

  #laneOf(timeMs: number): Lane {
    return this.#lanes[this.#late.isLate(timeMs) ? 1 : 0];
  }

  /** Makes the row that was written behind the last of a lane one of its rows. */
  #count(lane: Lane, timeMs: number): void {
    if (roomOf(lane) === 0) {
      const { isLate } = lane;
      lane.open = { block: lane.nextBlock, isLate, numRows: 0, minTimeMs: timeMs, maxTimeMs: timeMs };
      lane.nextBlock = this.#numBlocks++;
      this.blocks.push(lane.open);
    }
    const open = lane.open!;
    open.numRows++;
    this.#numRows++;
    if (timeMs < open.minTimeMs) open.minTimeMs = timeMs;
    if (timeMs > open.maxTimeMs) open.maxTimeMs = timeMs;
    if (timeMs < this.#lastTimeMs) this.#ascending = false;
    this.#lastTimeMs = timeMs;
    this.#late.note(timeMs);
  }

  #writeMany(block: number, at: number, { batch, times }: StagedRows, chosen: Uint32Array, n: number): void {
    const { time, dimensions, metrics } = this.#columns;
    time.setMany(block, at, { kind: 'numbers', values: times, nulls: undefined }, chosen, n);
    dimensions.forEach((column, slot) => {
      const values = batch.dimensions[slot];
      if (values !== undefined) column.setMany(block, at, values, chosen, n);
      else for (let i = 0; i < n; i++) column.set(block, at + i, null);
    });
    metrics.forEach((column, i) => {
      const metric = this.#metrics[i]!;
      if ('input' in metric) column.setMany(block, at, batch.inputs[metric.input]!, chosen, n);
      else column.setMany(block, at, constant(metric.constant), chosen, n);
    });
  }

  #write(block: number, at: number, row: InputRow, timeMs: number): void {
    const columns = this.#columns;
    columns.time.set(block, at, timeMs);
    const dimensions = columns.dimensions;
    const values = row.dimensions;
    for (let slot = 0; slot < dimensions.length; slot++)
      dimensions[slot]!.set(block, at, slot < values.length ? values[slot] : null);
    for (let i = 0; i < this.#metrics.length; i++) columns.metrics[i]!.set(block, at, valueOf(this.#metrics[i]!, row));
  }
}

function newLane(isLate: boolean, nextBlock: number): Lane {
  return { isLate, open: undefined, nextBlock, rows: new Uint32Array(MAX_STAGED_ROWS), staged: 0 };
}

function roomOf({ open }: Lane): number {
  return open === undefined ? 0 : BLOCK_ROWS - open.numRows;
}

const constants = new Map<number, BatchColumn>();

function constant(value: number): BatchColumn {
  let column = constants.get(value);
  if (column === undefined) {
    column = { kind: 'numbers', values: new Float64Array(MAX_STAGED_ROWS).fill(value), nulls: undefined };
    constants.set(value, column);
  }
  return column;
}

function valueOf(metric: RowMetric, row: InputRow): RowValue {
  return 'constant' in metric ? metric.constant : row.inputs[metric.input];
}
