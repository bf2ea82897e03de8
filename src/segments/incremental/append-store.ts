import type { AggregatorSpec } from '../../query/native-query.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { BlockInfo, ColumnSet } from './column-set.js';
import type { InputRow, RowValue } from './input-row.js';
import { metricInputs } from './metric-inputs.js';
import type { RowStore } from './row-store.js';

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
    const open = this.#open;
    open.numRows++;
    if (timeMs < open.minTimeMs) open.minTimeMs = timeMs;
    if (timeMs > open.maxTimeMs) open.maxTimeMs = timeMs;
    if (timeMs < this.#lastTimeMs) this.#ascending = false;
    this.#lastTimeMs = timeMs;
    this.#numRows++;
  }

  seal(): void {
    // Rows are queryable as soon as they are added.
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

function valueOf(metric: RowMetric, row: InputRow): RowValue {
  return 'constant' in metric ? metric.constant : row.inputs[metric.input];
}
