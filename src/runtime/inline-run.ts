import { assert } from '../common/assert.js';
import { createLeafRun } from '../engine/leaf-run.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import { openForRun, type QuerySegment } from './query-segments.js';
import type { EngineOutcome } from './open-query.js';

/** Runs a plan over segments of which no block is wanted, in this thread: what is known of them can still give empty buckets. */
export function runInline(plan: LeafPlan, segments: readonly QuerySegment[]): EngineOutcome {
  const run = createLeafRun(plan, {
    segments: segments.map((segment) => openForRun(segment, noMemory)),
    home: -1,
    kernels: noMemory,
    scratch: noMemory,
    buffer: noMemory,
    exchange: { take: () => undefined, offer: () => false },
    isComplete: () => false,
  });
  const partials = [run.leave(), run.finish()].filter((partial) => partial !== null);
  return { partials, rowsScanned: 0, rowsSkipped: 0 };
}

function noMemory(arena: number): never {
  assert(false, `A run without blocks asked for arena [${arena}]`);
}
