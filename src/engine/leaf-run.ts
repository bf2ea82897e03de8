import type { LeafPlan } from '../plan/leaf-plan.js';
import { DenseRun } from './dense/dense-run.js';
import { GroupedRun } from './grouped/grouped-run.js';
import type { LeafRun, RunContext, RunSegment } from './run.js';
import { ScanRun } from './scan/scan-run.js';
import { withVirtualColumns } from './virtual/with-virtual-columns.js';

/** Makes a plan executable on the blocks of a task, in one of its threads. Nothing is allocated before the first block. */
export function createLeafRun(plan: LeafPlan, context: RunContext): LeafRun {
  const whole = withVirtualColumns(plan, context);
  if (plan.kind === 'scan') return new ScanRun(plan, whole.segments);
  return DenseRun.create(plan, whole) ?? new GroupedRun(plan, whole.segments);
}

/** The same over segments on the heap of this thread, which kernels cannot read. */
export function createHeapRun(plan: LeafPlan, segments: readonly RunSegment[]): LeafRun {
  return plan.kind === 'scan' ? new ScanRun(plan, segments) : new GroupedRun(plan, segments);
}
