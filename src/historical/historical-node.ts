import type { Interval } from '../common/interval.js';
import { intersect } from '../common/interval.js';
import { mergePartials } from '../engine/merge.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import type { SlotCache } from '../memory/slot-cache.js';
import type { SegmentRow } from '../metadata/metadata-store.js';
import type { MetadataView } from '../metadata/metadata-view.js';
import type { LeafPlan, NodeLeaf } from '../plan/leaf-plan.js';
import type { SegmentBlocks } from '../memory/block-ref.js';
import type { LeafClient, LeafRequest, LeafResponse, SegmentTarget } from '../protocol/leaf.js';
import type { EnginePool } from '../runtime/engine-pool.js';
import type { SegmentDescriptor } from '../segments/format/descriptor.js';
import type { Table } from '../vectors/table.js';
import { analyzeSegments } from './analyze.js';
import { BlockLoader, type LoadedValue, type PinnedBlocks, type WantedColumns } from './block-loader.js';
import { DescriptorCache } from './descriptor-cache.js';
import type { SegmentFiles } from './segment-files.js';
import { wantedColumns } from './wanted-columns.js';

/** A query pins at most this share of the memory budget at a time; more data is taken window by window. */
const WINDOW_SHARE = 0.25;

export interface HistoricalOptions {
  readonly view: MetadataView;
  readonly files: SegmentFiles;
  readonly arenas: ArenaPool;
  readonly cache: SlotCache<LoadedValue>;
  readonly pool: EnginePool;
}

interface OpenSegment {
  readonly row: SegmentRow;
  readonly clip: Interval | null;
  readonly descriptor: SegmentDescriptor;
}

/** Runs leaves over stored segments: any segment, at any time, by reading the column blocks that it lacks. */
export class HistoricalNode implements LeafClient<NodeLeaf> {
  readonly #view: MetadataView;
  readonly #files: SegmentFiles;
  readonly #arenas: ArenaPool;
  readonly #pool: EnginePool;
  readonly #descriptors: DescriptorCache;
  readonly #loader: BlockLoader;

  constructor(options: HistoricalOptions) {
    this.#view = options.view;
    this.#files = options.files;
    this.#arenas = options.arenas;
    this.#pool = options.pool;
    this.#descriptors = new DescriptorCache(options.files);
    this.#loader = new BlockLoader(options.files, options.arenas, options.cache);
  }

  async run(request: LeafRequest<NodeLeaf>, signal: AbortSignal): Promise<LeafResponse> {
    const { plan, target } = request;
    if (target.kind !== 'segments') return { kind: 'refused', reason: 'this part of the node serves segments' };
    const rows = await this.#rows(target.segments);
    if (rows === undefined) return { kind: 'refused', reason: 'a segment is not known here (yet)' };
    const segments = await this.#open(target.segments, rows);
    signal.throwIfAborted();
    if (plan.kind === 'analyze') {
      return { kind: 'partial', table: await analyzeSegments(plan, segments, this.#files), rowsScanned: 0 };
    }
    const partials: Table[] = [];
    let rowsScanned = 0;
    for (const [intervals, part] of byIntervals(plan, segments)) {
      const outcome = await this.#runPart({ ...plan, intervals }, part, signal);
      partials.push(...outcome.partials);
      rowsScanned += outcome.rowsScanned;
    }
    return { kind: 'partial', table: mergePartials(plan, partials), rowsScanned };
  }

  /** Rows of the asked segments; a commit that this node has not seen yet is waited for. */
  async #rows(targets: readonly SegmentTarget[]): Promise<SegmentRow[] | undefined> {
    const find = (): (SegmentRow | undefined)[] => targets.map((target) => this.#view.segment(target.id));
    let rows = find();
    if (rows.includes(undefined)) {
      await this.#view.refresh();
      rows = find();
    }
    return rows.every((row) => row !== undefined) ? rows : undefined;
  }

  async #open(targets: readonly SegmentTarget[], rows: readonly SegmentRow[]): Promise<OpenSegment[]> {
    return Promise.all(
      rows.map(async (row, i) => ({ row, clip: targets[i]!.clip, descriptor: await this.#descriptors.get(row) })),
    );
  }

  async #runPart(
    plan: LeafPlan,
    segments: readonly OpenSegment[],
    signal: AbortSignal,
  ): Promise<{ partials: readonly Table[]; rowsScanned: number }> {
    const partials: Table[] = [];
    let rowsScanned = 0;
    let rowsFound = 0;
    for (const window of this.#windows(plan, segments)) {
      signal.throwIfAborted();
      const pinned: PinnedBlocks[] = [];
      try {
        const blocks: SegmentBlocks[] = [];
        for (const { segment, numbers } of window.parts) {
          const pins = await this.#loader.pin(segment.row, segment.descriptor, window.wanted, numbers);
          pinned.push(pins);
          blocks.push(segmentBlocks(segment, pins));
        }
        const outcome = await this.#pool.run({ plan, segments: blocks, arenas: this.#arenas.handles(), signal });
        partials.push(...outcome.partials);
        rowsScanned += outcome.rowsScanned;
        rowsFound += outcome.partials.reduce((sum, table) => sum + table.numRows, 0);
      } finally {
        for (const pins of pinned) pins.release();
      }
      if (plan.kind === 'scan' && plan.order === 'none' && plan.maxRows !== null && rowsFound >= plan.maxRows) break;
    }
    return { partials, rowsScanned };
  }

  /** Cuts the wanted blocks into windows that fit the share of memory that one query may pin. A segment without a wanted block still counts. */
  *#windows(
    plan: LeafPlan,
    segments: readonly OpenSegment[],
  ): Generator<{ wanted: WantedColumns; parts: readonly { segment: OpenSegment; numbers: number[] }[] }> {
    const wanted = wantedColumns(plan);
    const limit = this.#arenas.budgetBytes * WINDOW_SHARE;
    let parts: { segment: OpenSegment; numbers: number[] }[] = [];
    let bytes = 0;
    for (const segment of segments) {
      let part = { segment, numbers: [] as number[] };
      parts.push(part);
      for (const block of this.#loader.blocksIn(segment.descriptor, plan.intervals)) {
        const size = this.#loader.bytesOf(segment.descriptor, wanted, block);
        if (bytes + size > limit && bytes > 0) {
          yield { wanted, parts };
          part = { segment, numbers: [] };
          parts = [part];
          bytes = 0;
        }
        part.numbers.push(block);
        bytes += size;
      }
    }
    if (parts.length > 0) yield { wanted, parts };
  }
}

/** Segments that newer versions hide in part run with the plan's intervals cut to what is left of them. */
function byIntervals(plan: LeafPlan, segments: readonly OpenSegment[]): Map<readonly Interval[], OpenSegment[]> {
  const parts = new Map<readonly Interval[], OpenSegment[]>();
  const whole = segments.filter((segment) => segment.clip === null);
  if (whole.length > 0) parts.set(plan.intervals, whole);
  for (const segment of segments) {
    if (segment.clip === null) continue;
    const { clip } = segment;
    parts.set(
      plan.intervals.flatMap((interval) => intersect(interval, clip) ?? []),
      [segment],
    );
  }
  return parts;
}

function segmentBlocks({ row, descriptor }: OpenSegment, pins: PinnedBlocks): SegmentBlocks {
  return {
    segmentId: row.id,
    dataSource: row.dataSource,
    intervalStartMs: row.intervalStartMs,
    intervalEndMs: row.intervalEndMs,
    minTimeMs: row.minTimeMs,
    maxTimeMs: row.maxTimeMs,
    columnTypes: Object.fromEntries(descriptor.columns.map((column) => [column.name, column.type])),
    immutable: true,
    blocks: pins.blocks,
  };
}
