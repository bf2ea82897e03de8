import type { Interval } from '../common/interval.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { Table } from '../vectors/table.js';
import type { FixedState } from './fixed-state.js';
import { timeRange } from './scan-rows.js';

/** Segments and real-time rows of which none has a time between those of another group. */
export interface TimeGroup {
  readonly segments: { readonly dataSource: string; readonly segment: VisibleSegment }[];
  readonly tables: Table[];
}

interface Item {
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly addTo: (group: TimeGroup) => void;
}

/** In ascending order of time; within a group what is given has the order in which it was given. */
export function timeGroups(fixed: FixedState, realtime: readonly Table[], intervals: readonly Interval[]): TimeGroup[] {
  const items: Item[] = realtime.flatMap((table) => {
    const range = timeRange(table);
    return range === undefined ? [] : [{ ...range, addTo: ({ tables }: TimeGroup) => void tables.push(table) }];
  });
  for (const [dataSource, segments] of fixed.segments) {
    for (const segment of segments) {
      const { minTimeMs, maxTimeMs } = segment.row;
      if (!intervals.some(({ startMs, endMs }) => startMs <= maxTimeMs && minTimeMs < endMs)) continue;
      const addTo = (group: TimeGroup): void => void group.segments.push({ dataSource, segment });
      items.push({ minTimeMs, maxTimeMs, addTo });
    }
  }
  return grouped(items);
}

function grouped(items: readonly Item[]): TimeGroup[] {
  const inOrder = items.toSorted((a, b) => a.minTimeMs - b.minTimeMs);
  const members: { readonly items: Set<Item>; endMs: number }[] = [];
  for (const item of inOrder) {
    const open = members.at(-1);
    if (open !== undefined && item.minTimeMs <= open.endMs) {
      open.items.add(item);
      open.endMs = Math.max(open.endMs, item.maxTimeMs);
    } else members.push({ items: new Set([item]), endMs: item.maxTimeMs });
  }
  return members.map(({ items: of }) => {
    const group: TimeGroup = { segments: [], tables: [] };
    for (const item of items) if (of.has(item)) item.addTo(group);
    return group;
  });
}
