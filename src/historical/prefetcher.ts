import { placeSegment } from '../common/rendezvous.js';
import type { MetadataStore, NodeRow, SegmentRow } from '../metadata/metadata-store.js';
import type { MetadataView } from '../metadata/metadata-view.js';
import type { SegmentFiles } from './segment-files.js';

const CONCURRENT_FETCHES = 4;
/** Also without a change: nodes come and go, and a failed fetch is tried again. */
const REVIEW_MS = 2000;

export interface PrefetcherOptions {
  readonly nodeId: string;
  readonly store: MetadataStore;
  readonly view: MetadataView;
  readonly files: SegmentFiles;
  /** Live historicals, this one included. */
  readonly historicals: () => readonly NodeRow[];
  readonly replicas: number;
  readonly onLoaded: (row: SegmentRow) => void;
  readonly onDropped: (segmentId: string) => void;
  readonly onError: (error: unknown, segmentId: string) => void;
}

/**
 * Keeps local copies of the segments that placement gives this node, and tells the metadata store which are whole. A segment that is
 * no longer used or placed here is dropped. Queries never wait for this: they read what they need from deep storage.
 */
export class Prefetcher {
  readonly #options: PrefetcherOptions;
  /** Announced segments: id → path. */
  readonly #loaded = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(options: PrefetcherOptions) {
    this.#options = options;
  }

  /** Segments with a whole local copy. */
  get loaded(): number {
    return this.#loaded.size;
  }

  async start(): Promise<void> {
    await this.#options.store.clearReplicas(this.#options.nodeId);
    this.#unsubscribe = this.#options.view.onChange(() => this.#review());
    this.#timer = setInterval(() => this.#review(), REVIEW_MS);
    this.#timer.unref();
    this.#review();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    await this.#working;
  }

  /** The local copy proved corrupt and was set aside: it is no longer announced, and fetched again. */
  lost(segmentPath: string): void {
    for (const [id, path] of this.#loaded) {
      if (path !== segmentPath) continue;
      this.#loaded.delete(id);
      void this.#options.store
        .announceReplicas(this.#options.nodeId, [], [id])
        .catch((error: unknown) => this.#options.onError(error, id));
    }
    this.#review();
  }

  #review(): void {
    if (this.#stopped) return;
    if (this.#working !== undefined) {
      this.#again = true;
      return;
    }
    this.#working = this.#work()
      .catch((error: unknown) => this.#options.onError(error, ''))
      .finally(() => {
        this.#working = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#review();
      });
  }

  async #work(): Promise<void> {
    const { view } = this.#options;
    const mine = view.segments().filter((row) => this.#isMine(row));
    const missing = mine.filter((row) => !this.#loaded.has(row.id)).reverse();
    const queue = missing[Symbol.iterator]();
    await Promise.all(Array.from({ length: CONCURRENT_FETCHES }, () => this.#fetchFrom(queue)));
    const wanted = new Set(mine.map((row) => row.id));
    await this.#drop([...this.#loaded.keys()].filter((id) => !wanted.has(id)));
  }

  #isMine(row: SegmentRow): boolean {
    const nodes = this.#options.historicals().map((node) => ({ id: node.id, weight: 1 }));
    if (nodes.length <= this.#options.replicas) return true;
    return placeSegment(row.id, nodes, this.#options.replicas).includes(this.#options.nodeId);
  }

  async #fetchFrom(queue: Iterator<SegmentRow>): Promise<void> {
    const { files, store, nodeId, onLoaded, onError } = this.#options;
    for (let next = queue.next(); next.done !== true && !this.#stopped; next = queue.next()) {
      const row = next.value;
      try {
        if (!(await files.fetch(row.path))) throw new Error(`Segment [${row.id}] is missing in deep storage`);
        await store.announceReplicas(nodeId, [row.id], []);
        this.#loaded.set(row.id, row.path);
        onLoaded(row);
      } catch (error) {
        onError(error, row.id);
      }
    }
  }

  async #drop(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { files, store, nodeId, onDropped } = this.#options;
    await store.announceReplicas(nodeId, [], ids);
    for (const id of ids) {
      const path = this.#loaded.get(id);
      this.#loaded.delete(id);
      if (path !== undefined) await files.drop(path);
      onDropped(id);
    }
  }
}
