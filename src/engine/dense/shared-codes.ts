import type { TableColumn } from '../../vectors/table.js';
import type { RunContext } from '../run.js';
import { idsColumn } from './export-set.js';
import type { TaskLayouts } from './task-layouts.js';

/** A dimension's column out of a segment's own ids, in the ids that the segments share; undefined where they share none. */
export function sharedColumn(
  layouts: TaskLayouts,
  segment: number,
  dimension: number,
  codes: Uint32Array,
  context: RunContext,
): TableColumn | undefined {
  const shared = layouts.codes(segment, false)[dimension]!;
  if (shared.kind !== 'space') return undefined;
  const space = layouts.spaces.shared(segment, dimension);
  if (shared.remap === null) return idsColumn(codes, space);
  const { arena, offset, length } = shared.remap;
  const remap = new Uint32Array(context.buffer(arena, offset + length), offset, length / 4);
  return idsColumn(
    codes.map((code) => remap[code]!),
    space,
  );
}
