import type { LeafPlan } from '../../../src/plan/leaf-plan.js';
import { groupedLeaf } from '../../support/run-leaf.js';

const EVER_MS = 1e15;

/** Plans that the fixture's threads treat in a way of their own. From `allocating` on, each block takes scratch that is not freed. */
export const TAG = {
  big: 1,
  small: 2,
  other: 3,
  job: 4,
  allocating: 10,
  exiting: 11,
  failing: 12,
  endless: 13,
} as const;

export type Tag = (typeof TAG)[keyof typeof TAG];

/** Counts rows; its first instant carries the tag. */
export function countingPlan(tag: Tag): LeafPlan {
  return groupedLeaf({ intervals: [{ startMs: tag - EVER_MS, endMs: EVER_MS }] });
}

export function tagOf(plan: LeafPlan): number {
  return plan.intervals[0]!.startMs + EVER_MS;
}
