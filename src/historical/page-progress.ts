import type { LeafPlan, ScanLeaf } from '../plan/leaf-plan.js';
import type { EngineOutcome } from '../runtime/open-query.js';
import type { SegmentWant } from './block-loader.js';
import { partOfWant } from './pin-windows.js';

/** What is still to come of a page of a scan, while parts of the data are run in their order. */
export class PageProgress {
  /** Rows before the page that were left out so far. */
  rowsSkipped = 0;
  #skip: number;
  /** Rows up to the end of the page, those to skip included. */
  #left: number;

  private constructor(skip: number, maxRows: number) {
    this.#skip = skip;
    this.#left = maxRows;
  }

  /** null for a leaf that needs all of its data. */
  static of(plan: LeafPlan): PageProgress | null {
    if (plan.kind !== 'scan' || plan.order !== 'none' || plan.maxRows === null) return null;
    return new PageProgress(plan.skipRows ?? 0, plan.maxRows);
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Rows up to the end of the page. */
  get rowsLeft(): number {
    return this.#left;
  }

  /** The plan for the next part. */
  next(plan: LeafPlan): LeafPlan {
    const rest: Pick<ScanLeaf, 'skipRows' | 'maxRows'> = { skipRows: this.#skip, maxRows: this.#left };
    return plan.kind === 'scan' ? { ...plan, ...rest } : plan;
  }

  take({ partials, rowsSkipped }: EngineOutcome): void {
    this.#skipped(rowsSkipped);
    this.#left -= partials.reduce((sum, { numRows }) => sum + numRows, 0);
  }

  /**
   * The blocks that have rows of the page, when it is known how many rows each has; those before it are passed over.
   * @param counts by segment, in the order of its blocks to visit
   */
  narrow(wants: readonly SegmentWant[], counts: readonly Float64Array[]): SegmentWant[] {
    const kept: SegmentWant[] = [];
    let before = 0;
    const end = this.#left;
    const skip = this.#skip;
    for (const [i, want] of wants.entries()) {
      const rows = counts[i]!;
      let first = 0;
      while (first < rows.length && before + rows[first]! <= skip) {
        before += rows[first]!;
        this.#skipped(rows[first]!);
        first++;
      }
      let last = first;
      while (last < rows.length && before < end) before += rows[last++]!;
      if (last > first) kept.push(partOfWant(want, first, last));
      if (before >= end) break;
    }
    return kept;
  }

  #skipped(rows: number): void {
    this.rowsSkipped += rows;
    this.#skip -= rows;
    this.#left -= rows;
  }
}
