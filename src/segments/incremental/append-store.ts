import type { AggregatorSpec } from '../../query/native-query.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { BlockInfo, ColumnSet } from './column-set.js';
import type { InputRow, RowValue } from './input-row.js';
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

/** Rows as they come, appended in place: a view is a length. */
export class AppendStore implements RowStore {
  readonly blocks: BlockInfo[] = [];
  readonly #columns: ColumnSet;
  readonly #metrics: readonly RowMetric[];
  #open: BlockInfo = { block: -1, numRows: BLOCK_ROWS, minTimeMs: 0, maxTimeMs: 0 };
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
    const isNew = this.#open.numRows === BLOCK_ROWS;
    const block = isNew ? this.#open.block + 1 : this.#open.block;
    const at = isNew ? 0 : this.#open.numRows;
    this.#write(block, at, row, timeMs);
    // Nothing below throws: a row counts only when all of its columns are written.
    if (isNew) {
      this.#open = { block, numRows: 0, minTimeMs: timeMs, maxTimeMs: timeMs };
      this.blocks.push(this.#open);
    }
    this.#open.numRows++;
    this.#numRows++;
    this.#noteTime(timeMs);
  }

  /** Rows are written behind the last, where nobody reads: they count from `commit` on, and are written over otherwise. */
  stage(staged: StagedRows): void {
    this.#staged = staged;
    const room = BLOCK_ROWS - this.#open.numRows;
    const here = Math.min(room, staged.n);
    if (here > 0) this.#writeMany(this.#open.block, this.#open.numRows, staged, 0, here);
    if (here < staged.n) this.#writeMany(this.#open.block + 1, 0, staged, here, staged.n - here);
  }

  commit(): void {
    const { times, rows, n } = this.#staged!;
    for (let i = 0; i < n; i++) {
      const timeMs = times[rows[i]!]!;
      if (this.#open.numRows === BLOCK_ROWS) {
        this.#open = { block: this.#open.block + 1, numRows: 0, minTimeMs: timeMs, maxTimeMs: timeMs };
        this.blocks.push(this.#open);
      }
      this.#open.numRows++;
      this.#noteTime(timeMs);
    }
    this.#numRows += n;
    this.#staged = undefined;
  }

  seal(): void {
    // Rows are queryable as soon as they are added.
  }

  #noteTime(timeMs: number): void {
    const open = this.#open;
    if (timeMs < open.minTimeMs) open.minTimeMs = timeMs;
    if (timeMs > open.maxTimeMs) open.maxTimeMs = timeMs;
    if (timeMs < this.#lastTimeMs) this.#ascending = false;
    this.#lastTimeMs = timeMs;
  }

  #writeMany(block: number, at: number, { batch, times, rows }: StagedRows, first: number, n: number): void {
    const chosen = first === 0 ? rows : rows.subarray(first);
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
