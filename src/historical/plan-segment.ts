import { planBlocks, type SegmentFacts } from '../engine/plan-blocks.js';
import type { SegmentRow } from '../metadata/metadata-store.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { SegmentDescriptor } from '../segments/format/descriptor.js';
import type { SegmentWant } from './block-loader.js';

/** What a leaf reads of one stored segment, from its descriptor alone. */
export function planSegment(plan: LeafPlan, row: SegmentRow, descriptor: SegmentDescriptor): SegmentWant {
  return { row, descriptor, ...planBlocks(plan, factsOf(descriptor)) };
}

/** Made once for each descriptor that is in memory. */
const FACTS = new WeakMap<SegmentDescriptor, SegmentFacts>();

function factsOf(descriptor: SegmentDescriptor): SegmentFacts {
  let facts = FACTS.get(descriptor);
  if (facts === undefined) {
    facts = newFacts(descriptor);
    FACTS.set(descriptor, facts);
  }
  return facts;
}

function newFacts(descriptor: SegmentDescriptor): SegmentFacts {
  return {
    numBlocks: descriptor.numBlocks,
    columnTypes: Object.fromEntries(descriptor.columns.map(({ name, type }) => [name, type])),
    blockTimeRange: (block) => descriptor.blockTimeRange(block),
    zone(name, block) {
      const column = descriptor.column(name);
      return column === undefined ? undefined : descriptor.zoneRef(column, block);
    },
  };
}
