import { setMaxListeners } from 'node:events';
import type { Interval } from '../common/interval.js';
import { intersect } from '../common/interval.js';
import { inInterval, SegmentPartials } from '../engine/cache/segment-partials.js';
import { mergeSegments } from '../engine/cut/merge-segments.js';
import { mergePartials } from '../engine/merge.js';
import { DictionarySpaces } from '../engine/spaces/dictionary-spaces.js';
import { NodeSpaces } from '../engine/spaces/node-spaces.js';
import { inBlockOrder } from '../engine/scan/block-order.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import type { SlotCache } from '../memory/slot-cache.js';
import type { SegmentRow } from '../metadata/metadata-store.js';
import type { MetadataView } from '../metadata/metadata-view.js';
import type { RecentPlans } from '../plan/recent-plans.js';
import { forPart } from '../plan/whole-cut.js';
import type { GroupedLeaf, LeafPlan, NodeLeaf } from '../plan/leaf-plan.js';
import type { LeafClient, LeafRequest, LeafResponse, SegmentTarget } from '../protocol/leaf.js';
import type { EnginePool } from '../runtime/engine-pool.js';
import type { EngineOutcome } from '../runtime/open-query.js';
import type { SegmentDescriptor } from '../segments/format/descriptor.js';
import type { Table } from '../vectors/table.js';
import { analyzeSegments } from './analyze.js';
import { BlockLoader, type SegmentWant } from './block-loader.js';
import { DescriptorCache } from './descriptor-cache.js';
import { narrowOrdered } from './ordered-page.js';
import { PageProgress } from './page-progress.js';
import { pageWindows, pinWindows } from './pin-windows.js';
import { planSegment } from './plan-segment.js';
import { QuerySpaces } from './query-spaces.js';
import { countPartial, isCountOnly } from './count-only.js';
import { rowCounts } from './row-counts.js';
import type { SegmentFiles } from './segment-files.js';

/** A query pins at most this share of the memory budget at a time; more data is taken window by window. */
const WINDOW_SHARE = 0.25;
/** Of the memory budget, beside it: values of dimensions by which segments meet. */
const SPACES_SHARE = 0.25;
const DICTIONARIES_SHARE = 0.0625;
/** Heap for partials of single segments. */
const PARTIALS_BYTES = 64 * 2 ** 20;

export interface HistoricalOptions {
  readonly view: Pick<MetadataView, 'segment' | 'refresh'>;
  readonly files: SegmentFiles;
  readonly arenas: ArenaPool;
  /** What it may use of the arenas at a time, and beside them; their whole budget when absent. */
  readonly budgetBytes?: number;
  readonly cache: SlotCache;
  readonly pool: EnginePool;
  /** What this node is asked. */
  readonly recentPlans: RecentPlans;
}

/** Below every query. */
const WARMING_PRIORITY = -1_000_000;

/** What the work on a leaf needs of its request. */
interface AskedLeaf extends Pick<LeafRequest<NodeLeaf>, 'dataSource' | 'priority' | 'cache'> {
  /** Places of segments in the leaf, which is their time order. */
  placeOf(row: SegmentRow): number;
  readonly blocks: { read: number; all: number };
  /** Groups get their places in the node's spaces also for a single segment, as if there were others. */
  readonly isWarming?: true;
}

interface OpenSegment {
  readonly row: SegmentRow;
  readonly clip: Interval | null;
  readonly descriptor: SegmentDescriptor;
}

/** Runs leaves over stored segments: any segment, at any time, by reading the column blocks that it lacks. */
export class HistoricalNode implements LeafClient<NodeLeaf> {
  readonly #view: HistoricalOptions['view'];
  readonly #files: SegmentFiles;
  readonly #arenas: ArenaPool;
  readonly #budgetBytes: number;
  readonly #pool: EnginePool;
  readonly #descriptors: DescriptorCache;
  readonly #loader: BlockLoader;
  readonly #partials: SegmentPartials;
  readonly #spaces: NodeSpaces;
  readonly #dictionaries: DictionarySpaces;
  readonly #recent: RecentPlans;

  constructor(options: HistoricalOptions) {
    const { files, arenas, cache, pool, budgetBytes = arenas.budgetBytes } = options;
    this.#budgetBytes = budgetBytes;
    this.#view = options.view;
    this.#files = files;
    this.#arenas = arenas;
    this.#pool = pool;
    this.#recent = options.recentPlans;
    this.#descriptors = new DescriptorCache(files);
    this.#loader = new BlockLoader({
      files,
      arenas,
      cache,
      run: (job, transfer) => pool.job('load', job, { transfer }),
      onForget: (segments) => pool.forget({ segments }),
    });
    this.#partials = new SegmentPartials(PARTIALS_BYTES);
    this.#spaces = new NodeSpaces(budgetBytes * SPACES_SHARE, (key) => this.#partials.forgetSpace(key));
    this.#dictionaries = new DictionarySpaces(budgetBytes * DICTIONARIES_SHARE);
  }

  async run(request: LeafRequest<NodeLeaf>, signal: AbortSignal): Promise<LeafResponse> {
    // Every part of the work listens to it.
    setMaxListeners(0, signal);
    const { plan, target } = request;
    if (target.kind !== 'segments') return { kind: 'refused', reason: 'this part of the node serves segments' };
    const rows = await this.#rows(target.segments);
    if (rows === undefined) return { kind: 'refused', reason: 'a segment is not known here (yet)' };
    if (plan.kind === 'analyze') {
      const segments = await this.#open(target.segments, rows);
      return { kind: 'partial', table: await analyzeSegments(plan, segments, this.#files, signal), rowsScanned: 0 };
    }
    const asked = { ...request, placeOf: placesOf(rows), blocks: { read: 0, all: 0 } };
    const outcome =
      plan.kind === 'grouped'
        ? await this.#runGrouped(plan, target.segments, rows, asked, signal)
        : await this.#runSegments(plan, target.segments, rows, asked, signal);
    const { rowsScanned, rowsSkipped } = outcome;
    const { blocks } = asked;
    return { kind: 'partial', table: mergeSegments(plan, outcome.partials), rowsScanned, rowsSkipped, blocks };
  }

  /**
   * Asks a segment what was asked of its data source lately, so that its columns are in memory, and what threads make of them, before anyone
   * waits for it.
   */
  async warm(row: SegmentRow, signal: AbortSignal): Promise<void> {
    setMaxListeners(0, signal);
    for (const plan of this.#recent.reaching(row.dataSource, row.minTimeMs, row.maxTimeMs)) {
      signal.throwIfAborted();
      const asked: AskedLeaf = {
        dataSource: row.dataSource,
        priority: WARMING_PRIORITY,
        cache: { use: false, populate: false },
        placeOf: () => 0,
        blocks: { read: 0, all: 0 },
        isWarming: true,
      };
      await this.#runSegments(forPart(plan), [{ id: row.id, clip: null }], [row], asked, signal);
    }
  }

  /** Segments whose partials are known are not opened at all; those whose partials are to be kept run one by one. */
  async #runGrouped(
    plan: GroupedLeaf,
    targets: readonly SegmentTarget[],
    rows: readonly SegmentRow[],
    request: AskedLeaf,
    signal: AbortSignal,
  ): Promise<EngineOutcome> {
    // What newer versions hide in part is cut to what is left: its partial is of this query only.
    const whole = targets.flatMap((target, i) => (target.clip === null ? [i] : []));
    const split = this.#partials.split(
      plan,
      whole.map((i) => rows[i]!),
      request.cache,
    );
    const inPlace = (table: Table, place: number): Table => ({ ...table, segment: whole[place]! });
    const partials = split.found.map(({ place, table }) => inPlace(table, place));
    const isCut = split.mayCut && split.found.length + split.separate.length + split.cut.length === 0;
    const asked = isCut ? plan : forPart(plan);
    const run = async (places: readonly number[], intervals = plan.intervals): Promise<EngineOutcome> =>
      this.#runSegments(
        { ...asked, intervals },
        places.map((i) => targets[i]!),
        places.map((i) => rows[i]!),
        request,
        signal,
      );
    const clipped = targets.flatMap((target, i) => (target.clip === null ? [] : [i]));
    const together = [...split.together.map((place) => whole[place]!), ...clipped];
    const outcomes = await Promise.all([
      ...(together.length > 0 ? [run(together)] : []),
      ...split.separate.map(async (place) => {
        const outcome = await run([whole[place]!]);
        const partial = mergePartials(plan, outcome.partials);
        split.put(place, partial);
        return { ...outcome, partials: [inPlace(partial, place)] };
      }),
      ...split.cut.flatMap(({ place, unknown, rest }) => [
        ...(rest.length > 0 ? [run([whole[place]!], rest)] : []),
        ...unknown.map(async (piece) => {
          const outcome = await run([whole[place]!], [piece]);
          const partial = mergePartials(plan, outcome.partials);
          split.put(place, partial, piece);
          return { ...outcome, partials: [inPlace(inInterval(plan, rows[whole[place]!]!, partial), place)] };
        }),
      ]),
    ]);
    let rowsScanned = 0;
    for (const outcome of outcomes) {
      partials.push(...outcome.partials);
      rowsScanned += outcome.rowsScanned;
    }
    const merged = mergeSegments(plan, partials);
    if (asked.wholeCut === undefined) split.noteMerged(merged);
    return { partials: [merged], rowsScanned, rowsSkipped: 0 };
  }

  async #runSegments(
    plan: LeafPlan,
    targets: readonly SegmentTarget[],
    rows: readonly SegmentRow[],
    request: AskedLeaf,
    signal: AbortSignal,
  ): Promise<EngineOutcome> {
    const segments = await this.#open(targets, rows);
    signal.throwIfAborted();
    const partials: Table[] = [];
    const page = PageProgress.of(plan);
    let rowsScanned = 0;
    const parts = byIntervals(plan, segments);
    const asked = parts.length > 1 ? forPart(plan) : plan;
    for (const [intervals, part] of parts) {
      if (isCountOnly(asked)) {
        partials.push(await this.#countPart({ ...asked, intervals }, part, request));
        continue;
      }
      const outcome = await this.#runPart({ ...asked, intervals }, part, request, page, signal);
      partials.push(...outcome.partials);
      rowsScanned += outcome.rowsScanned;
      if (page?.isOver === true) break;
    }
    return { partials, rowsScanned, rowsSkipped: page?.rowsSkipped ?? 0 };
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
    request: AskedLeaf,
    page: PageProgress | null,
    signal: AbortSignal,
  ): Promise<Omit<EngineOutcome, 'rowsSkipped'>> {
    const all = wantsOf(plan, segments, request);
    const wants = plan.kind === 'scan' ? narrowOrdered(plan, all) : all;
    const windows = page === null ? this.#windows(wants) : await this.#pageWindows(plan, wants, page);
    const isOne = Array.isArray(windows) && windows.length === 1;
    const part = isOne ? plan : forPart(plan);
    const spaces = this.#querySpaces(plan, request.dataSource, request.isWarming ? 2 : segments.length);
    const partials: Table[] = [];
    let rowsScanned = 0;
    try {
      for (const window of windows) {
        signal.throwIfAborted();
        const outcome = await this.#runWindow(page?.next(plan) ?? part, window, spaces, request, signal);
        partials.push(...outcome.partials);
        rowsScanned += outcome.rowsScanned;
        page?.take(outcome);
        if (page?.isOver === true) break;
      }
    } finally {
      spaces.release();
    }
    return { partials, rowsScanned };
  }

  /** Rows are counted here, without the engine's threads: all but those of a block or two from metadata. */
  async #countPart(plan: GroupedLeaf, segments: readonly OpenSegment[], request: AskedLeaf): Promise<Table> {
    const wants = wantsOf(plan, segments, request);
    const counts = await rowCounts(this.#loader, this.#arenas, wants, plan.intervals);
    return countPartial(
      plan,
      segments.map(({ descriptor }) => descriptor),
      counts,
    );
  }

  /** Parts of what is wanted that fit the share of memory that one query may pin. */
  #windows(wants: readonly SegmentWant[]): readonly SegmentWant[][] {
    return pinWindows(this.#loader, wants, this.#budgetBytes * WINDOW_SHARE);
  }

  /** Without a filter nothing but the blocks of the page; else small parts at first, since few of them may be needed. */
  async #pageWindows(
    plan: LeafPlan,
    wants: readonly SegmentWant[],
    page: PageProgress,
  ): Promise<Iterable<readonly SegmentWant[]>> {
    if (plan.filter !== null) return this.#growingWindows(wants, page.rowsLeft);
    const counts = await rowCounts(this.#loader, this.#arenas, wants, plan.intervals);
    const windows = this.#windows(page.narrow(wants, counts));
    // Also a run without a block gives a table.
    return windows.length === 0 ? [[]] : windows;
  }

  *#growingWindows(wants: readonly SegmentWant[], numRows: number): Generator<readonly SegmentWant[]> {
    for (const part of pageWindows(wants, numRows)) yield* this.#windows(part);
  }

  async #runWindow(
    plan: LeafPlan,
    window: readonly SegmentWant[],
    spaces: QuerySpaces,
    { priority, placeOf }: AskedLeaf,
    signal: AbortSignal,
  ): Promise<EngineOutcome> {
    const pinning = this.#loader.pin(window);
    const pinned = pinning instanceof Promise ? await pinning : pinning;
    // The threads hold the pins until they have left; this side needs them until ids are bound.
    let holders = 2;
    const release = (): void => {
      if (--holders === 0) pinned.release();
    };
    try {
      const slices = await spaces.place(pinned).catch((error: unknown) => {
        release();
        throw error;
      });
      const home = this.#arenas.homeArena();
      const outcome = await this.#pool.run({
        plan,
        segments: slices,
        home,
        arenas: this.#arenas.handles(),
        signal,
        priority,
        onReleased: release,
      });
      const partials = inBlockOrder(plan, outcome.partials).map((table) => placed(table, window, placeOf));
      return { ...outcome, partials: spaces.bind(partials, pinned) };
    } finally {
      release();
    }
  }

  #querySpaces(plan: LeafPlan, dataSource: string, numSegments: number): QuerySpaces {
    return new QuerySpaces(plan, dataSource, numSegments, {
      loader: this.#loader,
      spaces: this.#spaces,
      dictionaries: this.#dictionaries,
      run: (job) => this.#pool.job('remap', job, { arenas: this.#arenas.handles() }),
      memory: (arena) => this.#arenas.buffer(arena),
    });
  }
}

/** What is read of segments; counted. */
function wantsOf(plan: LeafPlan, segments: readonly OpenSegment[], { blocks }: AskedLeaf): readonly SegmentWant[] {
  return segments.map(({ row, descriptor }) => {
    const want = planSegment(plan, row, descriptor);
    blocks.read += want.blocks?.length ?? descriptor.numBlocks;
    blocks.all += descriptor.numBlocks;
    return want;
  });
}

/** Places in a list of rows; nothing is made before one is asked for. */
function placesOf(rows: readonly SegmentRow[]): AskedLeaf['placeOf'] {
  let places: Map<SegmentRow, number> | undefined;
  return (row) => {
    places ??= new Map(rows.map((other, place) => [other, place]));
    return places.get(row)!;
  };
}

/** A segment's partial with its place in the whole leaf, instead of that in the task. */
function placed(table: Table, window: readonly SegmentWant[], placeOf: AskedLeaf['placeOf']): Table {
  const { segment = window.length === 1 ? 0 : undefined } = table;
  return segment === undefined ? table : { ...table, segment: placeOf(window[segment]!.row) };
}

/**
 * Segments that newer versions hide in part run with the plan's intervals cut to what is left of them. A scan keeps the order of segments,
 * since a later page of it must find them in the same one.
 */
function byIntervals(plan: LeafPlan, segments: readonly OpenSegment[]): [readonly Interval[], OpenSegment[]][] {
  const parts: [readonly Interval[], OpenSegment[]][] = [];
  let whole: OpenSegment[] | undefined;
  for (const segment of segments) {
    const { clip } = segment;
    if (clip !== null && isHidden(plan, segment)) {
      parts.push([plan.intervals.flatMap((interval) => intersect(interval, clip) ?? []), [segment]]);
      if (plan.kind === 'scan') whole = undefined;
    } else if (whole !== undefined) whole.push(segment);
    else {
      whole = [segment];
      parts.push([plan.intervals, whole]);
    }
  }
  return parts;
}

/** Whether some row that the plan's intervals reach is not to be shown. */
function isHidden({ intervals }: LeafPlan, { row, clip }: OpenSegment): boolean {
  if (clip === null) return false;
  return intervals.some((interval) => {
    const reached = intersect(interval, { startMs: row.minTimeMs, endMs: row.maxTimeMs + 1 });
    return reached !== undefined && (reached.startMs < clip.startMs || reached.endMs > clip.endMs);
  });
}
