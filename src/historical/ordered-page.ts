import { intersect } from '../common/interval.js';
import type { ScanLeaf } from '../plan/leaf-plan.js';
import type { SegmentWant } from './block-loader.js';

interface BlockTimes {
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly numRows: number;
}

/**
 * Of a scan in order of time with a limit and without a filter: leaves out the blocks whose rows all come after enough rows of others, which
 * descriptors tell. Nothing of them is loaded.
 */
export function narrowOrdered(plan: ScanLeaf, wants: readonly SegmentWant[]): readonly SegmentWant[] {
  const { order, maxRows, filter, over } = plan;
  if (order === 'none' || maxRows === null || filter !== null || over !== undefined) return wants;
  const isDescending = order === 'descending';
  const whole = wants.flatMap((want) => blocksOf(want).filter((times) => isWhole(plan, times)));
  // By the row that comes last.
  whole.sort((a, b) => (isDescending ? b.minTimeMs - a.minTimeMs : a.maxTimeMs - b.maxTimeMs));
  let left = maxRows;
  const last = whole.find(({ numRows }) => (left -= numRows) <= 0);
  if (last === undefined) return wants;
  const isNeeded = ({ minTimeMs, maxTimeMs }: BlockTimes): boolean =>
    isDescending ? maxTimeMs >= last.minTimeMs : minTimeMs <= last.maxTimeMs;
  return wants.map((want) => {
    const times = blocksOf(want);
    if (times.every(isNeeded)) return want;
    const blocks = Int32Array.from(times.flatMap((block, i) => (isNeeded(block) ? [numberOf(want, i)] : [])));
    const kept = new Set(blocks);
    const columns = want.columns.map((column) => ({
      ...column,
      blocks: column.blocks?.filter((block) => kept.has(block)) ?? null,
    }));
    return { ...want, blocks, columns: blocks.length === 0 ? [] : columns };
  });
}

function blocksOf({ descriptor, blocks }: SegmentWant): BlockTimes[] {
  return Array.from({ length: blocks?.length ?? descriptor.numBlocks }, (_, i) => {
    const block = blocks?.[i] ?? i;
    return { ...descriptor.blockTimeRange(block), numRows: descriptor.blockRows(block) };
  });
}

function numberOf({ blocks }: SegmentWant, index: number): number {
  return blocks?.[index] ?? index;
}

/** Whether all rows of a block are asked for. */
function isWhole({ intervals }: ScanLeaf, { minTimeMs, maxTimeMs }: BlockTimes): boolean {
  const range = { startMs: minTimeMs, endMs: maxTimeMs + 1 };
  return intervals.some((interval) => {
    const both = intersect(interval, range);
    return both !== undefined && both.startMs === range.startMs && both.endMs === range.endMs;
  });
}
