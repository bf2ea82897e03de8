import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import type { Filter } from '../../query/native-query.js';
import type { Block, StoredVector } from '../../vectors/block.js';
import type { KernelSet } from '../../vectors/kernels/kernel-set.js';
import type { RunContext, RunSegment } from '../run.js';
import { BlockSelector } from '../select/block-selector.js';
import { type BlockCodes, BlockKeys, type RowKeys } from './block-keys.js';
import { type BlockBuckets, blockBuckets, kernelRows, RowCutter, type RowSet } from './block-rows.js';
import { addZone, FeedPasses, type FeedWork } from './feed-passes.js';
import { exactZone, FeedReader } from './feed-values.js';
import { type Feed, type LeafShape, segmentFits } from './leaf-shape.js';
import { Localizer } from './localize.js';
import { OtherPasses } from './other-passes.js';
import type { ReusedBuffers } from './reused-buffers.js';
import { RowPicks } from './row-picks.js';
import type { StateSet } from './state-set.js';
import type { TaskLayouts } from './task-layouts.js';

const BITSET_BYTES = 8192;

/** Adds blocks to state sets: selects rows, makes their keys, runs the passes. Belongs to one thread. */
export class BlockAdder {
  readonly #buffers: ReusedBuffers;
  readonly #shape: LeafShape;
  readonly #starts: Float64Array;
  readonly #layouts: TaskLayouts;
  readonly #kernels: KernelSet;
  readonly #selectors: readonly BlockSelector[];
  readonly #feeds: FeedReader;
  readonly #keys: BlockKeys;
  readonly #cutter: RowCutter;
  readonly #passes: FeedPasses;
  readonly #others: OtherPasses;
  /** By filter: its feeds. */
  readonly #feedsOf: readonly (readonly (readonly [Feed, number])[])[];

  constructor(
    plan: GroupedLeaf,
    shape: LeafShape,
    starts: Float64Array,
    layouts: TaskLayouts,
    buffers: ReusedBuffers,
    context: RunContext,
  ) {
    const { home } = context;
    this.#buffers = buffers;
    const localizer = new Localizer(context, this.#buffers);
    this.#shape = shape;
    this.#starts = starts;
    this.#layouts = layouts;
    this.#kernels = context.kernels(home);
    this.#selectors = shape.filters.map(
      (filter) => new BlockSelector({ intervals: plan.intervals, filter: bothFilters(plan.filter, filter) }, context),
    );
    this.#feeds = new FeedReader(context, this.#buffers, localizer);
    this.#keys = new BlockKeys(context, this.#buffers, localizer, this.#feeds, starts);
    this.#cutter = new RowCutter(
      this.#kernels,
      () => this.#buffers.get('bits', BITSET_BYTES),
      (pointer, count) => new Uint16Array(context.buffer(home, pointer + 2 * count), pointer, count),
    );
    this.#passes = new FeedPasses(this.#kernels);
    this.#others = new OtherPasses(shape, context, new RowPicks(context, this.#buffers, localizer, this.#feeds));
    this.#feedsOf = shape.filters.map((_, filter) =>
      shape.feeds.flatMap((feed, place) => (feed.filter === filter ? [[feed, place] as const] : [])),
    );
  }

  /** @returns false, with nothing added, when the block has a column in a form that only the general path reads */
  add(set: StateSet, segment: RunSegment, segmentIndex: number, block: Block): boolean {
    if (!segmentFits(this.#shape, segment)) return false;
    const selection = this.#selectors[0]!.select(segment, block);
    if (selection.kind === 'none') return true;
    if (block.focus !== undefined) {
      if (!isWhole(selection, block)) block.focus(this.#selectors[0]!.toRows(selection));
      if (!this.#shape.feeds.every(({ column }) => isNumeric(block.stored(column)))) return false;
    }
    const codes = this.#codesOf(segmentIndex, set.isLocal, block);
    if (codes === undefined) return false;
    const buckets = blockBuckets(block, this.#starts);
    const rows = kernelRows(selection);
    const keys =
      set.tables === null
        ? this.#keys.dense(set, codes, block, buckets, rows)
        : this.#keys.hashed(set, codes, block, buckets, rows);
    this.#addFilter(set, 0, block, selection, buckets, keys);
    for (let filter = 1; filter < this.#selectors.length; filter++) {
      const matched = this.#selectors[filter]!.select(segment, block);
      if (matched.kind !== 'none') this.#addFilter(set, filter, block, matched, buckets, keys);
    }
    return true;
  }

  #codesOf(segment: number, isLocal: boolean, block: Block): BlockCodes[] | undefined {
    const known = this.#layouts.codes(segment, isLocal);
    const found: BlockCodes[] = [];
    for (let i = 0; i < known.length; i++) {
      const codes = this.#keys.codes(block, this.#shape.dimensions[i]!, i, known[i]!);
      if (codes === undefined) return undefined;
      found.push(codes);
    }
    return found;
  }

  #addFilter(
    set: StateSet,
    filter: number,
    block: Block,
    selection: RowSet['selection'],
    buckets: BlockBuckets,
    keys: RowKeys,
  ): void {
    const isOneGroup = isWhole(selection, block) && keys.keys === 0 && buckets.cuts === null;
    const bucketStride = set.tables === null ? set.layout.groupsPerBucket : 0;
    const work: FeedWork[] = [];
    for (const [feed, place] of this.#feedsOf[filter]!) {
      const zone = block.zone(feed.column);
      const exact = isOneGroup && !feed.sum ? exactZone(zone) : undefined;
      if (zone?.kind === 'null') set.trackNulls(place, filter);
      else if (exact !== undefined) {
        if (exact.nullCount > 0) set.trackNulls(place, filter);
        addZone(set, feed, place, exact, block.numRows, keys.keyBase + buckets.first * bucketStride);
      } else {
        const values = this.#feeds.read(feed, place, block, set.feeds[place]!);
        if (values === 'missing') set.trackNulls(place, filter);
        else {
          if (values.nulls !== 0) set.trackNulls(place, filter);
          work.push({ feed, place, values });
        }
      }
    }
    const selector = this.#selectors[filter]!;
    this.#cutter.each(selection, buckets, (part) => {
      const keyBase = keys.keyBase + part.bucket * bucketStride;
      this.#passes.add(set, filter, work, part.selection, keys, keyBase, block.numRows, selector);
      this.#others.add(set, filter, block, part.selection, keys, keyBase, selector);
    });
  }
}

function bothFilters(a: Filter | null, b: Filter | null): Filter | null {
  if (a === null || b === null) return a ?? b;
  return { type: 'and', fields: [a, b] };
}

function isWhole(selection: RowSet['selection'], block: Block): boolean {
  return selection.kind === 'range' && selection.from === 0 && selection.to === block.numRows;
}

/** A virtual column of numbers has several a row where it is made of several texts. */
function isNumeric(stored: StoredVector | undefined): boolean {
  return stored === undefined || stored.kind === 'ints' || stored.kind === 'reals';
}
