import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import type { RowStep } from '../../plan/row-steps.js';
import { filterBatch } from '../heap/filter-batch.js';
import { fromPlainRows } from '../heap/plain-rows.js';
import type { RowBatch } from '../heap/row-batch.js';
import { HashJoin } from '../join/hash-join.js';
import { joinKeys } from '../join/join-condition.js';
import { unnestBatch } from '../unnest/unnest-batch.js';

/** Steps of one thread and query: hash tables are made when the first rows come. */
export class RowStepper {
  readonly #steps: readonly RowStep[];
  readonly #context: FunctionContext;
  readonly #joins = new Map<RowStep, HashJoin>();

  constructor(steps: readonly RowStep[], context: FunctionContext) {
    this.#steps = steps;
    this.#context = context;
  }

  /** The rows that come out, part by part. */
  *run(batch: RowBatch, from = 0): Generator<RowBatch, void> {
    const step = this.#steps[from];
    if (step === undefined) {
      yield batch;
      return;
    }
    for (const rows of this.#apply(step, batch)) yield* this.run(rows, from + 1);
  }

  #apply(step: RowStep, batch: RowBatch): Iterable<RowBatch> {
    switch (step.type) {
      case 'filter':
        return [filterBatch(batch, step.filter, step.virtualColumns)];
      case 'unnest':
        return [unnestBatch(batch, step.virtualColumn, this.#context)];
      case 'join':
        return this.#joinOf(step).join(batch);
    }
  }

  #joinOf(step: RowStep & { type: 'join' }): HashJoin {
    let join = this.#joins.get(step);
    if (join === undefined) {
      const { condition, rightPrefix, joinType, right } = step;
      const { keys, never } = joinKeys(condition, rightPrefix, this.#context);
      join = new HashJoin({ keys, never, joinType, rightPrefix, right: fromPlainRows(right) });
      this.#joins.set(step, join);
    }
    return join;
  }
}
