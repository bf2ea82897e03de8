import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import type { Table } from '../../vectors/table.js';
import { GroupedRun } from '../grouped/grouped-run.js';
import type { LeafRun, RunSegment } from '../run.js';

/** The general path under a cut: each segment's groups are kept apart. */
export class SegmentRuns implements LeafRun {
  readonly done = false;
  readonly ofSegments: Table[] = [];
  readonly #plan: GroupedLeaf;
  readonly #segments: readonly RunSegment[];
  readonly #runs = new Map<number, GroupedRun>();

  constructor(plan: GroupedLeaf, segments: readonly RunSegment[]) {
    this.#plan = plan;
    this.#segments = segments;
  }

  add(segment: number, block: number): void {
    let run = this.#runs.get(segment);
    if (run === undefined) {
      run = new GroupedRun(this.#plan, this.#segments);
      this.#runs.set(segment, run);
    }
    run.add(segment, block);
  }

  leave(): Table {
    for (const [segment, run] of this.#runs) this.ofSegments.push({ ...run.leave(), segment });
    return new GroupedRun(this.#plan, this.#segments).leave();
  }

  /** Every thread gives its own partials. */
  finish(): null {
    return null;
  }
}
