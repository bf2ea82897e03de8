import type { Clock } from '../../platform/clock.js';
import type { MetadataStore, NodeRow } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';

/** A published sequence whose rows are still kept for queries that are fixed to a state before its publish. */
export interface PublishedSequence {
  readonly sequence: number;
  readonly s: number;
  readonly segmentIds: readonly string[];
}

interface Kept extends PublishedSequence {
  /** Monotonic; after it, nobody waits for historicals any more. */
  readonly loadDeadlineMs: number;
}

/** Nodes that were not heard of for this long hold no view. */
const NODE_TIMEOUT_MS = 10_000;

/**
 * Decides when the rows of a published sequence may go: historicals have loaded its segments (or had their time), and no live
 * broker will use a state before it.
 */
export class Handoff {
  readonly #store: MetadataStore;
  readonly #view: MetadataView;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  /** Oldest first. */
  readonly #kept: Kept[] = [];

  /** @param timeoutMs handoffConditionTimeout; 0 = wait for ever */
  constructor(store: MetadataStore, view: MetadataView, clock: Clock, timeoutMs: number) {
    this.#store = store;
    this.#view = view;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs;
  }

  get pending(): number {
    return this.#kept.length;
  }

  add(published: PublishedSequence): void {
    this.#kept.push({ ...published, loadDeadlineMs: this.#clock.monotonicMs() + this.#timeoutMs });
  }

  /** Sequences that may go now, oldest first; each is named once. */
  async finished(): Promise<number[]> {
    const done: number[] = [];
    if (this.#kept.length === 0) return done;
    const nodes = await this.#store.liveNodes(NODE_TIMEOUT_MS);
    for (let next = this.#kept[0]; next !== undefined; next = this.#kept[0]) {
      if (!brokersPassed(nodes, next.s)) break;
      try {
        if (!(await this.#isLoaded(next))) break;
      } catch (error) {
        // Those found before are named now: they are not kept any more.
        if (done.length > 0) break;
        throw error;
      }
      this.#kept.shift();
      done.push(next.sequence);
    }
    return done;
  }

  async #isLoaded(kept: Kept): Promise<boolean> {
    if (this.#view.s < kept.s) return false;
    // A segment that was compacted away meanwhile is not loaded any more, nor asked for.
    const used = kept.segmentIds.filter((id) => this.#view.segment(id) !== undefined);
    if (used.length === 0 || this.#clock.monotonicMs() >= kept.loadDeadlineMs) return true;
    const loaded = await this.#store.loadedAmong(used);
    return used.every((id) => loaded.has(id));
  }
}

function brokersPassed(nodes: readonly NodeRow[], s: number): boolean {
  return nodes.every((node) => !node.roles.includes('broker') || node.viewS >= s);
}
