import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { type PlacementNode, placeSegment } from '../common/rendezvous.js';
import type { MetadataStore, NodeRow, SegmentRow } from '../metadata/metadata-store.js';
import type { MetadataView } from '../metadata/metadata-view.js';
import type { SegmentFiles } from './segment-files.js';

const CONCURRENT_FETCHES = 4;
const WARM_MS = 2000;
/** Also without a commit: nodes come and go, and a failed fetch is tried again. */
const REVIEW_MS = 2000;
/** Local copies are looked through when the node has started: until then queries find out by themselves what is there. */
const LISTING_DELAY_MS = 500;
/** Copies found that are announced in one transaction: a commit of others waits for one such write at most. */
const ANNOUNCED_TOGETHER = 1000;
/** Segments placed without a pause: a hash for each and every node, some microseconds. */
const PLACED_AT_ONCE = 500;

export interface PrefetcherOptions {
  readonly nodeId: string;
  readonly store: MetadataStore;
  readonly view: MetadataView;
  readonly files: SegmentFiles;
  /** Live historicals, this one included. */
  readonly historicals: () => readonly NodeRow[];
  readonly replicas: number;
  /** Prepares a segment whose copy has come for those who will ask for it. */
  readonly warm: (row: SegmentRow, signal: AbortSignal) => Promise<void>;
  /** Once, when the copies of earlier runs were looked through. */
  readonly onListed: (kept: number, removed: number) => void;
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
  readonly #stopping = new AbortController();
  /** Copies of earlier runs that are not announced yet. */
  #found: Set<string> | undefined = new Set();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  /** Of what the last complete review knew: nothing is to be done while it is the same. */
  #reviewed = '';
  /** Segments whose copies came while an announcement was being written go with the next one. */
  #next: { readonly ids: string[]; readonly written: Promise<void> } | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: PrefetcherOptions) {
    this.#options = options;
  }

  /** Segments with a whole local copy. */
  get loaded(): number {
    return this.#loaded.size;
  }

  /** Everything else happens in the background. */
  start(): void {
    this.#unsubscribe = this.#options.view.onChange(() => this.#review());
    this.#timer = setInterval(() => this.#review(), REVIEW_MS);
    this.#timer.unref();
    this.#review();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    await this.#working;
  }

  /** The local copy proved corrupt and was set aside: it is no longer announced, and fetched again. */
  lost(segmentPath: string): void {
    this.#found?.delete(segmentPath);
    this.#reviewed = '';
    for (const [id, path] of this.#loaded) {
      if (path !== segmentPath) continue;
      this.#loaded.delete(id);
      void this.#options.store
        .announceReplicas(this.#options.nodeId, [], [id])
        .catch((error: unknown) => this.#options.onError(error, id));
    }
    this.#review();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #review(): void {
    if (this.#stopped) return;
    if (this.#working !== undefined) {
      this.#again = true;
      return;
    }
    this.#working = this.#work()
      .catch((error: unknown) => {
        this.#reviewed = '';
        if (!this.#stopped) this.#options.onError(error, '');
      })
      .finally(() => {
        this.#working = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#review();
      });
  }

  async #work(): Promise<void> {
    if (this.#found !== undefined) await this.#adopt(this.#found);
    const { view, historicals } = this.#options;
    const nodes = historicals().map((node) => ({ id: node.id, weight: 1 }));
    const seen = `${view.s} ${nodes.map((node) => node.id).join(' ')}`;
    if (seen === this.#reviewed) return;
    this.#reviewed = seen;
    const mine = await this.#placedHere(nodes);
    const missing = [...mine.values()].filter((row) => !this.#loaded.has(row.id)).reverse();
    const queue = missing[Symbol.iterator]();
    await Promise.all(Array.from({ length: CONCURRENT_FETCHES }, () => this.#fetchFrom(queue)));
    await this.#drop([...this.#loaded.keys()].filter((id) => !mine.has(id)));
  }

  /** Announces the copies of earlier runs that are still wanted here, and removes the others. */
  async #adopt(found: Set<string>): Promise<void> {
    const { files, store, view, nodeId, historicals, onListed } = this.#options;
    // A try before this one may have ended half way.
    found.clear();
    this.#loaded.clear();
    if (await files.hasCopies()) {
      await pause(LISTING_DELAY_MS, undefined, { signal: this.#stopping.signal, ref: false });
    }
    await store.clearReplicas(nodeId);
    for await (const paths of files.listLocal()) {
      for (const path of paths) found.add(path);
      if (this.#stopped) return;
    }
    const listed = found.size;
    await view.refresh();
    const mine = await this.#placedHere(historicals().map((node) => ({ id: node.id, weight: 1 })));
    const rows = [...mine.values()];
    for (let i = 0; i < rows.length && !this.#stopped; i += ANNOUNCED_TOGETHER) {
      const kept = rows.slice(i, i + ANNOUNCED_TOGETHER).filter((row) => found.delete(row.path));
      if (kept.length === 0) continue;
      for (const row of kept) this.#loaded.set(row.id, row.path);
      await store.announceReplicas(
        nodeId,
        kept.map((row) => row.id),
        [],
      );
    }
    if (this.#stopped) return;
    this.#found = undefined;
    for (const path of found) await files.drop(path);
    if (listed > 0) onListed(listed - found.size, found.size);
  }

  /** Used segments of which this node should have a copy, by id. */
  async #placedHere(nodes: readonly PlacementNode[]): Promise<ReadonlyMap<string, SegmentRow>> {
    const { view, nodeId, replicas } = this.#options;
    const rows = view.segments();
    if (nodes.length <= replicas) return new Map(rows.map((row) => [row.id, row]));
    const mine = new Map<string, SegmentRow>();
    for (const [i, row] of rows.entries()) {
      if (i % PLACED_AT_ONCE === PLACED_AT_ONCE - 1) await nextTurn();
      if (placeSegment(row.id, nodes, replicas).includes(nodeId)) mine.set(row.id, row);
    }
    return mine;
  }

  async #fetchFrom(queue: Iterator<SegmentRow>): Promise<void> {
    const { files, onLoaded, onError } = this.#options;
    for (let next = queue.next(); next.done !== true && !this.#stopped; next = queue.next()) {
      const row = next.value;
      try {
        if (!(await files.fetch(row.path))) throw new Error(`Segment [${row.id}] is missing in deep storage`);
        await this.#warm(row);
        await this.#announce(row.id);
        this.#loaded.set(row.id, row.path);
        onLoaded(row);
      } catch (error) {
        // The next review tries again.
        this.#reviewed = '';
        onError(error, row.id);
      }
    }
  }

  /** For so long at most: whoever waits for the announcement can do without. */
  async #warm(row: SegmentRow): Promise<void> {
    const giveUp = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(WARM_MS)]);
    // A query will tell what is wrong with it.
    await this.#options.warm(row, giveUp).catch(() => undefined);
  }

  #announce(id: string): Promise<void> {
    if (this.#next === undefined) {
      const { store, nodeId } = this.#options;
      const ids: string[] = [];
      const written = this.#writing.then(() => {
        this.#next = undefined;
        return store.announceReplicas(nodeId, ids, []);
      });
      this.#writing = written.catch(() => {});
      this.#next = { ids, written };
    }
    this.#next.ids.push(id);
    return this.#next.written;
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
