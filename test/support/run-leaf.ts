import { textColumn } from '../../src/engine/dense/export-set.js';
import { createLeafRun } from '../../src/engine/leaf-run.js';
import { mergePartials } from '../../src/engine/merge.js';
import { inBlockOrder } from '../../src/engine/scan/block-order.js';
import type { LeafRun, RunContext, RunSegment } from '../../src/engine/run.js';
import type { GroupedLeaf, LeafPlan } from '../../src/plan/leaf-plan.js';
import type { AggregatorSpec, DimensionSpec } from '../../src/query/native-query.js';
import type { IdSpace, Table } from '../../src/vectors/table.js';
import type { TestSegment } from './blocks.js';
import { placeSegment } from './run-context.js';
import { type ThreadContext, threadContexts, TrackedArena } from './threads.js';

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
    virtualColumns: [],
    dimensions: [],
    aggregators: [count],
    fillEmptyBuckets: false,
    segmentCut: null,
    ...parts,
  };
}

const arena = new TrackedArena(1);

/** Runs a plan as so many threads would, block by block in turn, and merges; ids become strings. */
export function runLeaf(plan: LeafPlan, segments: readonly TestSegment[], threads = 1): Table {
  try {
    const placed = segments.map((segment) => placeSegment(segment, [arena]));
    return mergePartials(plan, runThreads(plan, threadContexts([arena], placed, threads), createLeafRun));
  } finally {
    arena.freeAll();
  }
}

/**
 * The partials that threads give which take blocks in turn and leave one after another.
 * @param threadOf which thread takes a block; in turn unless told
 */
export function runThreads(
  plan: LeafPlan,
  contexts: readonly ThreadContext[],
  create: (plan: LeafPlan, context: RunContext) => LeafRun,
  threadOf?: (segment: number, block: number) => number,
): Table[] {
  const segments = contexts[0]!.segments;
  const runs = contexts.map((context) => create(plan, context));
  const shares = contexts.map((): [number, number][] => []);
  let next = 0;
  segments.forEach((segment, s) => {
    for (let b = 0; b < segment.numBlocks; b++) {
      shares[threadOf === undefined ? next++ % contexts.length : threadOf(s, b) % contexts.length]!.push([s, b]);
    }
  });
  shares.forEach((share, t) => {
    for (const [i, [s, b]] of share.entries()) {
      const isWhole = share.filter(([segment]) => segment === s).length === segments[s]!.numBlocks;
      if (isWhole && !share.slice(i + 1).some(([segment]) => segment === s)) contexts[t]!.complete.add(s);
      if (!runs[t]!.done) runs[t]!.add(s, b);
    }
  });
  const left = runs.map((run) => run.leave());
  const whole = [...left, runs.at(-1)!.finish()].filter((partial) => partial !== null);
  const partials = [...whole, ...runs.flatMap((run) => run.ofSegments ?? [])];
  return inBlockOrder(plan, partials).map((partial) => bindIds(partial, segments));
}

/** Ids as strings, by the dictionary or shared space that they name. */
function bindIds(table: Table, segments: readonly RunSegment[]): Table {
  const columns = table.columns.map((column, i) => {
    if (column.type !== 'IDS') return column;
    return textColumn(column.ids, (id) => valueOf(segments, column.space.key, id, table.names[i]!));
  });
  return { ...table, columns };
}

function valueOf(segments: readonly RunSegment[], key: string, id: number, name: string): string {
  for (const segment of segments) {
    const shared = Object.values(segment.spaces ?? {}).find((space) => space.key === key) as IdSpace | undefined;
    if (shared?.value !== undefined) return shared.value(id);
    for (const column of Object.keys(segment.columnTypes)) {
      for (let b = segment.numBlocks - 1; b >= 0; b--) {
        const stored = segment.block(b).stored(column);
        if (stored?.kind === 'ids' && stored.dictionary.key === key) return stored.dictionary.value(id);
      }
    }
  }
  throw new Error(`Nothing holds id [${id}] of column [${name}]`);
}
