import { SegmentPartials } from '../engine/cache/segment-partials.js';
import { mergeSegments } from '../engine/cut/merge-segments.js';
import { inBlockOrder } from '../engine/scan/block-order.js';
import type { Interval } from '../common/interval.js';
import { formatInterval } from '../common/iso-time.js';
import { leafColumns } from '../plan/leaf-columns.js';
import type { AnalyzeLeaf, LeafPlan, NodeLeaf } from '../plan/leaf-plan.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import type { SegmentBlocks } from '../memory/block-ref.js';
import type { LeafClient, LeafRequest, LeafResponse } from '../protocol/leaf.js';
import type { ColumnAnalysis, SegmentAnalysis } from '../protocol/segment-analysis.js';
import type { EnginePool } from '../runtime/engine-pool.js';
import type { Table } from '../vectors/table.js';
import type { IndexerNode } from './indexer-node.js';
import { runByBlocks } from './run-by-blocks.js';
import { StreamDictionaries } from './stream-dictionaries.js';

/** Heap for partials of full blocks. */
const PARTIALS_BYTES = 64 * 2 ** 20;

/** Answers leaves over the rows that a stream has beyond its committed offsets: a pinned view of the task's sequences. */
export class StreamLeaf implements LeafClient<NodeLeaf> {
  readonly #arenas: ArenaPool;
  readonly #indexer: IndexerNode;
  readonly #pool: EnginePool;
  readonly #partials = new SegmentPartials(PARTIALS_BYTES);

  constructor(indexer: IndexerNode, pool: EnginePool, arenas: ArenaPool) {
    this.#indexer = indexer;
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
    let holders = 1;
    const release = (): void => {
      if (--holders === 0) view.release();
    };
    try {
      if (plan.kind === 'analyze')
        return { kind: 'partial', table: analyze(plan, view.blocks), to: view.to, rowsScanned: 0 };
      const segments = pruneByTime(view.blocks, plan.intervals);
      const dictionaries = new StreamDictionaries(segments, view.arenas);
      const { priority } = request;
      const home = this.#arenas.homeArena();
      const arenas = [...this.#arenas.handles(), ...view.arenas];
      let rowsScanned = 0;
      const run = async (part: LeafPlan, of: readonly SegmentBlocks[]): Promise<Table> => {
        holders++;
        const options = { plan: part, segments: of, home, arenas, signal, priority, onReleased: release };
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
      return { kind: 'partial', table, to: view.to, rowsScanned, blocks };
    } finally {
      release();
    }
  }
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
