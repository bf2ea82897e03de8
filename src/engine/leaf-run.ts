import type { LeafPlan, ScanLeaf } from '../plan/leaf-plan.js';
import { SegmentRuns } from './cut/segment-runs.js';
import { DenseRun } from './dense/dense-run.js';
import { GroupedRun } from './grouped/grouped-run.js';
import { planLookup } from './plan-lookup.js';
import type { LeafRun, RunContext } from './run.js';
import type { RowSteps } from '../plan/row-steps.js';
import { tableScan } from '../plan/table-scan.js';
import { PageRun } from './scan/page-run.js';
import { ScanRun } from './scan/scan-run.js';
import { SteppedRun } from './steps/stepped-run.js';
import { withVirtualColumns } from './virtual/with-virtual-columns.js';

/** Makes a plan executable on the blocks of a task, in one of its threads. Nothing is allocated before the first block. */
export function createLeafRun(plan: LeafPlan, context: RunContext): LeafRun {
  const lookup = planLookup(plan);
  const known = lookup === undefined ? context : withLookup(context, lookup);
  if (plan.over !== undefined) return steppedRun(plan, plan.over, known);
  const whole = withVirtualColumns(plan, known);
  if (plan.kind === 'scan') return scanRun(plan, whole);
  const dense = DenseRun.create(plan, whole);
  if (dense !== undefined) return dense;
  const isCut = plan.segmentCut !== null && plan.segmentCut.by !== 'dimension' && whole.segments.length > 1;
  return isCut ? new SegmentRuns(plan, whole.segments) : new GroupedRun(plan, whole.segments);
}

function steppedRun(plan: LeafPlan, over: RowSteps, context: RunContext): LeafRun {
  const scan = tableScan(plan.intervals, over);
  return new SteppedRun(plan, over, scan, withVirtualColumns(scan, context));
}

function scanRun(plan: ScanLeaf, context: RunContext): LeafRun {
  if (plan.order === 'none' && plan.maxRows !== null) return new PageRun(plan, plan.maxRows, context);
  return new ScanRun(plan, context);
}

function withLookup(context: RunContext, lookup: NonNullable<RunContext['lookup']>): RunContext {
  return {
    segments: context.segments,
    home: context.home,
    kernels: (arena) => context.kernels(arena),
    scratch: (arena) => context.scratch(arena),
    buffer: (arena, end) => context.buffer(arena, end),
    exchange: context.exchange,
    isComplete: (segment) => context.isComplete(segment),
    lookup,
  };
}
