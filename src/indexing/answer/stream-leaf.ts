import { SegmentPartials } from '../../engine/cache/segment-partials.js';
import { mergeSegments } from '../../engine/cut/merge-segments.js';
import { inBlockOrder } from '../../engine/scan/block-order.js';
import type { Interval } from '../../common/interval.js';
import { formatInterval } from '../../common/iso-time.js';
import { leafColumns } from '../../plan/leaf-columns.js';
import type { AnalyzeLeaf, LeafPlan, NodeLeaf } from '../../plan/leaf-plan.js';
import { forPart } from '../../plan/whole-cut.js';
import type { ArenaPool } from '../../memory/arena-pool.js';
import type { SegmentBlocks } from '../../memory/block-ref.js';
import type { SegmentRow } from '../../metadata/metadata-store.js';
import type { LeafClient, LeafRequest, LeafResponse } from '../../protocol/leaf.js';
import type { ColumnAnalysis, SegmentAnalysis } from '../../protocol/segment-analysis.js';
import type { EnginePool } from '../../runtime/engine-pool.js';
import type { Table } from '../../vectors/table.js';
import type { StreamView } from '../stream/group-ownership.js';
import type { IndexerNode } from '../stream/indexer-node.js';
import { runByBlocks } from './run-by-blocks.js';
import { StreamDictionaries } from './stream-dictionaries.js';

type Partial = Extract<LeafResponse, { kind: 'partial' }>;

/** Heap for partials of full blocks. */
const PARTIALS_BYTES = 64 * 2 ** 20;

/** Runs leaves over segments of runs on this node's disk, as a historical does over those that it has copies of. */
export interface RunReader {
  run(
    rows: readonly SegmentRow[],
    request: Omit<LeafRequest<NodeLeaf>, 'target' | 'cache'>,
    signal: AbortSignal,
  ): Promise<LeafResponse>;
}

/** Answers leaves over the rows that a stream has beyond its committed offsets: a pinned view of the task's sequences. */
export class StreamLeaf implements LeafClient<NodeLeaf> {
  readonly #runs: RunReader;
  readonly #arenas: ArenaPool;
  readonly #indexer: IndexerNode;
  readonly #pool: EnginePool;
  readonly #partials = new SegmentPartials(PARTIALS_BYTES);

  constructor(indexer: IndexerNode, runs: RunReader, pool: EnginePool, arenas: ArenaPool) {
    this.#indexer = indexer;
    this.#runs = runs;
    this.#arenas = arenas;
    this.#pool = pool;
  }

  async run(request: LeafRequest<NodeLeaf>, signal: AbortSignal): Promise<LeafResponse> {
    const { plan, target } = request;
    if (target.kind !== 'stream') return { kind: 'refused', reason: 'this part of the node serves streams' };
    const columns = plan.kind === 'analyze' ? [] : leafColumns(plan);
    const { supervisorId, group, epoch, from } = target;
    const view = await this.#indexer.view({ supervisorId, group, epoch, from, columns });
    if (view.kind === 'refused') return view;
    // The threads hold the view until they have left; this side needs it until ids are strings.
    let holders = 0;
    const hold = (): (() => void) => {
      holders++;
      return () => {
        if (--holders === 0) view.release();
      };
    };
    const release = hold();
    try {
      if (view.runs.length === 0) return { ...(await this.#inMemory(request, plan, view, hold, signal)), to: view.to };
      const part = forPart(plan);
      const [stored, live] = await allSettled([
        this.#runs.run(view.runs, { ...request, plan: part }, signal),
        this.#inMemory(request, part, view, hold, signal),
      ]);
      if (stored.kind === 'refused') return stored;
      return { ...joined(plan, stored, live, view.runs.length), to: view.to };
    } finally {
      release();
    }
  }

  /** @param hold one more holder of the view, until the function that it returns is called */
  async #inMemory(
    request: LeafRequest<NodeLeaf>,
    plan: NodeLeaf,
    view: Pick<Extract<StreamView, { kind: 'view' }>, 'blocks' | 'arenas'>,
    hold: () => () => void,
    signal: AbortSignal,
  ): Promise<Partial> {
    if (plan.kind === 'analyze') return { kind: 'partial', table: analyze(plan, view.blocks), rowsScanned: 0 };
    const segments = pruneByTime(view.blocks, plan.intervals);
    const dictionaries = new StreamDictionaries(segments, view.arenas);
    const { priority } = request;
    const home = this.#arenas.homeArena();
    const arenas = [...this.#arenas.handles(), ...view.arenas];
    let rowsScanned = 0;
    const run = async (part: LeafPlan, of: readonly SegmentBlocks[]): Promise<Table> => {
      const options = { plan: part, segments: of, home, arenas, signal, priority, onReleased: hold() };
      const outcome = await this.#pool.run(options);
      rowsScanned += outcome.rowsScanned;
      const partials = inBlockOrder(part, outcome.partials).map((partial) => dictionaries.toStrings(partial));
      return mergeSegments(part, partials);
    };
    const table =
      plan.kind === 'grouped'
        ? await runByBlocks(plan, segments, this.#partials, request.cache, run)
        : await run(plan, segments);
    const blocks = { read: numBlocks(segments), all: numBlocks(view.blocks) };
    return { kind: 'partial', table, rowsScanned, blocks };
  }
}

/** Rows that are read from disk and those in memory; the former are the older ones. */
function joined(plan: NodeLeaf, stored: Partial, live: Partial, numStored: number): Partial {
  const rowsScanned = stored.rowsScanned + live.rowsScanned;
  if (plan.kind === 'analyze') return { kind: 'partial', table: bothAnalyses(stored.table, live.table), rowsScanned };
  // Segments in memory come after those on disk.
  const { segment } = live.table;
  const later = segment === undefined ? live.table : { ...live.table, segment: segment + numStored };
  const blocks = {
    read: (stored.blocks?.read ?? 0) + (live.blocks?.read ?? 0),
    all: (stored.blocks?.all ?? 0) + (live.blocks?.all ?? 0),
  };
  return { kind: 'partial', table: mergeSegments(plan, [stored.table, later]), rowsScanned, blocks };
}

function bothAnalyses(a: Table, b: Table): Table {
  const texts = [a, b].flatMap(({ columns: [column] }) => (column?.type === 'JSON' ? column.texts : []));
  return { numRows: texts.length, names: ['analysis'], columns: [{ type: 'JSON', texts }] };
}

/** Both have ended, whatever came of them, before a failure is thrown: neither works on what the caller releases then. */
async function allSettled<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

function numBlocks(segments: readonly SegmentBlocks[]): number {
  return segments.reduce((sum, { blocks }) => sum + blocks.length, 0);
}

function pruneByTime(segments: readonly SegmentBlocks[], intervals: readonly Interval[]): SegmentBlocks[] {
  return segments.map((segment) => ({
    ...segment,
    blocks: segment.blocks.filter((block) =>
      intervals.some((i) => block.minTimeMs < i.endMs && block.maxTimeMs >= i.startMs),
    ),
  }));
}

/** A sequence's columns by name and type; what only a finished segment knows (sizes, minima) is left empty, as Druid does. */
function analyze(plan: AnalyzeLeaf, segments: readonly SegmentBlocks[]): Table {
  const texts = segments
    .filter((segment) => segment.blocks.length > 0)
    .map((segment): string => {
      const columns: Record<string, ColumnAnalysis> = {};
      for (const [name, type] of Object.entries(segment.columnTypes)) {
        const { toInclude } = plan;
        if (toInclude.type === 'none' || (toInclude.type === 'list' && !toInclude.columns.includes(name))) continue;
        columns[name] = emptyColumn(type);
      }
      const interval = formatInterval({ startMs: segment.intervalStartMs, endMs: segment.intervalEndMs });
      const analysis: SegmentAnalysis = {
        id: segment.segmentId,
        intervals: plan.analysisTypes.includes('interval') ? [interval] : null,
        columns,
        size: 0,
        numRows: segment.blocks.reduce((sum, block) => sum + block.numRows, 0),
        aggregators: null,
        timestampSpec: null,
        queryGranularity: null,
        rollup: null,
      };
      return JSON.stringify(analysis);
    });
  return { numRows: texts.length, names: ['analysis'], columns: [{ type: 'JSON', texts }] };
}

function emptyColumn(typeSignature: string): ColumnAnalysis {
  const type = /^COMPLEX<(.*)>$/.exec(typeSignature)?.[1] ?? typeSignature;
  return {
    typeSignature,
    type,
    hasMultipleValues: false,
    hasNulls: false,
    size: 0,
    cardinality: null,
    minValue: null,
    maxValue: null,
    errorMessage: null,
  };
}
