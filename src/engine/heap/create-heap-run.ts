import { AssertionFailure } from '../../common/assert.js';
import type { LeafPlan } from '../../plan/leaf-plan.js';
import { GroupedRun } from '../grouped/grouped-run.js';
import { planLookup } from '../plan-lookup.js';
import { type LeafRun, NO_ARENA, type RunContext, type RunSegment } from '../run.js';
import { ScanRun } from '../scan/scan-run.js';
import { withVirtualColumns } from '../virtual/with-virtual-columns.js';

/** Makes a plan executable over segments on the heap of this thread, which kernels cannot read. */
export function createHeapRun(plan: LeafPlan, segments: readonly RunSegment[]): LeafRun {
  const lookup = planLookup(plan);
  const context: RunContext = {
    segments,
    home: NO_ARENA,
    kernels: noArena,
    scratch: noArena,
    buffer: noArena,
    exchange: { take: () => undefined, offer: () => false },
    isComplete: () => false,
    ...(lookup !== undefined && { lookup }),
  };
  const whole = withVirtualColumns(plan, context);
  return plan.kind === 'scan' ? new ScanRun(plan, whole) : new GroupedRun(plan, whole.segments);
}

function noArena(arena: number): never {
  throw new AssertionFailure(`A run over the heap asked for arena [${arena}]`);
}
