import type { MetadataStore, NodeRole, NodeRow } from '../metadata/metadata-store.js';

/** A node that has not been heard of for this long is not asked any more; I7's detection time. */
export const NODE_TIMEOUT_MS = 10_000;

/** The live nodes of the cluster as the metadata store's heartbeats tell, and those that were found dead meanwhile. */
export class ClusterView {
  readonly #store: MetadataStore;
  #nodes: readonly NodeRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Node id + start time → when a request to it failed to connect. */
  readonly #suspects = new Map<string, number>();

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  async start(pollMs: number, onError: (error: unknown) => void): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh().catch(onError), pollMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async refresh(): Promise<void> {
    const nodes = await this.#store.liveNodes(NODE_TIMEOUT_MS);
    for (const node of nodes) {
      const suspectedAt = this.#suspects.get(incarnation(node));
      if (suspectedAt !== undefined && node.heartbeatAtMs > suspectedAt) this.#suspects.delete(incarnation(node));
    }
    this.#nodes = nodes;
  }

  all(): readonly NodeRow[] {
    return this.#nodes;
  }

  node(id: string): NodeRow | undefined {
    return this.#nodes.find((node) => node.id === id);
  }

  /** Nodes of a role that no request failed to reach since their last heartbeat; all of the role when every one is suspect. */
  withRole(role: NodeRole): readonly NodeRow[] {
    const nodes = this.#nodes.filter((node) => node.roles.includes(role));
    const trusted = nodes.filter((node) => !this.#suspects.has(incarnation(node)));
    return trusted.length > 0 ? trusted : nodes;
  }

  /** Remembers that a node could not be reached, until a later heartbeat of it is seen. */
  suspect(node: NodeRow): void {
    this.#suspects.set(incarnation(node), node.heartbeatAtMs);
  }
}

function incarnation(node: NodeRow): string {
  return `${node.id}@${node.startedAtMs}`;
}
