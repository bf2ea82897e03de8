import { createLeafRun } from '../../src/engine/leaf-run.js';
import { mergePartials } from '../../src/engine/merge.js';
import type { GroupedLeaf, LeafPlan } from '../../src/plan/leaf-plan.js';
import type { AggregatorSpec, DimensionSpec } from '../../src/query/native-query.js';
import type { Table } from '../../src/vectors/table.js';
import type { TestSegment } from './blocks.js';

export const EVER = [{ startMs: -1e15, endMs: 1e15 }];

export function dimension(name: string, outputType: DimensionSpec['outputType'] = 'STRING'): DimensionSpec {
  return { type: 'default', dimension: name, outputName: name, outputType };
}

export const count: AggregatorSpec = { type: 'count', name: 'n' };

export function groupedLeaf(parts: Partial<GroupedLeaf>): GroupedLeaf {
  return {
    kind: 'grouped',
    intervals: EVER,
    granularity: { type: 'all' },
    filter: null,
    dimensions: [],
    aggregators: [count],
    fillEmptyBuckets: false,
    ...parts,
  };
}

/** Runs a plan as so many threads would, block by block in turn, and merges. */
export function runLeaf(plan: LeafPlan, segments: readonly TestSegment[], threads = 1): Table {
  const runs = Array.from({ length: threads }, () => createLeafRun(plan));
  let next = 0;
  for (const { segment, blocks } of segments) {
    for (const block of blocks) {
      const run = runs[next++ % threads]!;
      if (!run.done) run.add(segment, block);
    }
  }
  return mergePartials(
    plan,
    runs.map((run) => run.finish()),
  );
}
