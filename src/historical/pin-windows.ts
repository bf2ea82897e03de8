import type { BlockLoader, SegmentWant } from './block-loader.js';

/**
 * Cuts what a query wants into parts that take about `limitBytes` of memory each, to be pinned and run one after another; usually one. A
 * segment that is cut is in several parts, one without a block to visit in one.
 */
export function pinWindows(loader: BlockLoader, wants: readonly SegmentWant[], limitBytes: number): SegmentWant[][] {
  const windows: SegmentWant[][] = [];
  let open: SegmentWant[] = [];
  let bytes = 0;
  for (const want of wants) {
    const sizes = loader.blockBytes(want);
    let first = 0;
    for (let i = 0; i < sizes.length; i++) {
      if (bytes > 0 && bytes + sizes[i]! > limitBytes) {
        if (i > first) open.push(partOfWant(want, first, i));
        windows.push(open);
        open = [];
        bytes = 0;
        first = i;
      }
      bytes += sizes[i]!;
    }
    open.push(first === 0 ? want : partOfWant(want, first, sizes.length));
  }
  if (open.length > 0) windows.push(open);
  return windows;
}

/**
 * For a scan that ends early: the first window has the first blocks with `numRows` rows among them, each later one four times as many as the one
 * before, so that a page at the beginning reads no more than it needs.
 */
export function* pageWindows(wants: readonly SegmentWant[], numRows: number): Generator<SegmentWant[]> {
  let left = numRows;
  let size = numRows;
  let open: SegmentWant[] = [];
  for (const want of wants) {
    const count = want.blocks?.length ?? want.descriptor.numBlocks;
    let first = 0;
    for (let i = 0; i < count; i++) {
      left -= want.descriptor.blockRows(want.blocks?.[i] ?? i);
      if (left > 0) continue;
      open.push(partOfWant(want, first, i + 1));
      yield open;
      open = [];
      first = i + 1;
      size *= 4;
      left = size;
    }
    if (first < count || count === 0) open.push(first === 0 ? want : partOfWant(want, first, count));
  }
  if (open.length > 0) yield open;
}

/** The blocks to visit from position `first` to `last` (exclusive). */
export function partOfWant(want: SegmentWant, first: number, last: number): SegmentWant {
  const blocks = want.blocks?.slice(first, last) ?? Int32Array.from({ length: last - first }, (_, i) => first + i);
  const [low, high] = [blocks[0]!, blocks[blocks.length - 1]!];
  const columns = want.columns.map((column) => ({
    ...column,
    blocks: column.blocks?.filter((block) => block >= low && block <= high) ?? null,
  }));
  return { ...want, blocks, columns };
}
