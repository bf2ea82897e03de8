import type { ColumnType } from '../common/column-type.js';
import type { SegmentFacts } from '../engine/plan-blocks.js';
import type { SegmentDescriptor } from '../segments/format/descriptor.js';

/** Goes with the descriptor. */
const kept = new WeakMap<SegmentDescriptor, SegmentFacts>();

/** What planning wants to know of a segment. */
export function segmentFacts(descriptor: SegmentDescriptor): SegmentFacts {
  let facts = kept.get(descriptor);
  if (facts === undefined) {
    const columnTypes: Record<string, ColumnType> = {};
    for (const { name, type } of descriptor.columns) columnTypes[name] = type;
    facts = {
      numBlocks: descriptor.numBlocks,
      columnTypes,
      blockTimeRange: (block) => descriptor.blockTimeRange(block),
      zone: (name, block) => {
        const column = descriptor.column(name);
        return column && descriptor.zoneRef(column, block);
      },
    };
    kept.set(descriptor, facts);
  }
  return facts;
}
