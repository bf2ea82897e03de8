import type { LeafPlan } from '../plan/leaf-plan.js';
import { GroupedRun } from './grouped/grouped-run.js';
import type { LeafRun } from './run.js';
import { ScanRun } from './scan/scan-run.js';

/** Makes a plan executable on blocks. */
export function createLeafRun(plan: LeafPlan): LeafRun {
  return plan.kind === 'grouped' ? new GroupedRun(plan) : new ScanRun(plan);
}
