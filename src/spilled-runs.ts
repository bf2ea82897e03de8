/** Composition: what an indexer spilled to disk is read by the parts of a historical. */
import type { Core } from './core.js';
import { MemoryDeepStorage } from './deep-storage/memory.js';
import { HistoricalNode } from './historical/historical-node.js';
import { SegmentFiles } from './historical/segment-files.js';
import type { RunReader } from './indexing/answer/stream-leaf.js';
import type { SegmentRow } from './metadata/metadata-store.js';
import type { NodeLeaf } from './plan/leaf-plan.js';
import type { LeafRequest, LeafResponse } from './protocol/leaf.js';

/** Of the memory budget: runs are few, and soon published. */
const BUDGET_SHARE = 0.25;

/** Asked for now, and by how many. */
interface AskedRow {
  readonly row: SegmentRow;
  uses: number;
}

/** Segments of runs, named by their directories. They have no other copy than that on this disk. */
export class SpilledRuns implements RunReader {
  readonly #files: SegmentFiles;
  readonly #node: HistoricalNode;
  readonly #asked = new Map<string, AskedRow>();
  /** Corrupt, and not forgotten yet. */
  readonly #lost = new Set<string>();
  /** Told of each segment that turns out corrupt. */
  onLost: (segmentPath: string) => void = () => {};

  constructor({ arenas, cache, pool, recentPlans, log, metrics }: Core, directory: string) {
    this.#files = new SegmentFiles({
      cacheDir: directory,
      deepStorage: new MemoryDeepStorage(),
      onCorruption: (segmentPath, corruption) => {
        this.#lost.add(segmentPath);
        log.error('run on disk is corrupt: set aside, its rows are read again', { segmentPath, err: corruption });
        const dataSource = this.#asked.get(segmentPath)?.row.dataSource ?? '';
        metrics.count('millrace_corruptions_total', { data_source: dataSource });
        this.onLost(segmentPath);
      },
    });
    const view = { segment: (path: string) => this.#asked.get(path)?.row, refresh: async () => {} };
    const budgetBytes = arenas.budgetBytes * BUDGET_SHARE;
    this.#node = new HistoricalNode({ view, files: this.#files, arenas, budgetBytes, cache, pool, recentPlans });
  }

  async run(
    rows: readonly SegmentRow[],
    request: Omit<LeafRequest<NodeLeaf>, 'target' | 'cache'>,
    signal: AbortSignal,
  ): Promise<LeafResponse> {
    for (const row of rows) {
      const asked = this.#asked.get(row.path);
      if (asked === undefined) this.#asked.set(row.path, { row, uses: 1 });
      else asked.uses++;
    }
    try {
      const segments = rows.map(({ path }) => ({ id: path, clip: null }));
      // Segments of several tasks may have the same id, by which partials would be kept.
      const cache = { use: false, populate: false };
      return await this.#node.run({ ...request, target: { kind: 'segments', segments }, cache }, signal);
    } catch (error) {
      if (!rows.some(({ path }) => this.#lost.has(path))) throw error;
      return { kind: 'refused', reason: 'rows on disk are corrupt, and are read again from the stream' };
    } finally {
      for (const { path } of rows) {
        const asked = this.#asked.get(path)!;
        if (--asked.uses === 0) this.#asked.delete(path);
      }
    }
  }

  /** Removes a segment that is read no more. */
  async forget(segmentPath: string): Promise<void> {
    await this.#files.drop(segmentPath);
    this.#lost.delete(segmentPath);
  }

  async close(): Promise<void> {
    await this.#files.close();
  }
}
