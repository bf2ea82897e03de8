import { ETERNITY } from '../common/interval.js';
import type { SegmentRow } from '../metadata/metadata-store.js';
import type { MetadataView } from '../metadata/metadata-view.js';

/** Used segments of a data source that no newer version overshadows wholly, in time order, each once. */
export function visibleRows(view: MetadataView, dataSource: string): SegmentRow[] {
  const byId = new Map<string, SegmentRow>();
  for (const { row } of view.visible(dataSource, ETERNITY)) byId.set(row.id, row);
  return [...byId.values()];
}

/** Used segments of a data source, overshadowed ones included, in time order. */
export function usedRows(view: MetadataView, dataSource: string): SegmentRow[] {
  return view
    .segments()
    .filter((row) => row.dataSource === dataSource)
    .sort((a, b) => a.intervalStartMs - b.intervalStartMs || a.intervalEndMs - b.intervalEndMs || order(a.id, b.id));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
