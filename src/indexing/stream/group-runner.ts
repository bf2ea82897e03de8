import type { LeaseRow } from '../../metadata/metadata-store.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import { type StreamState, streamLeaseName } from '../../metadata/stream-state.js';
import type { Timer } from '../../platform/clock.js';
import type { StreamSourceConfig } from '../../streams/open-source.js';
import { GroupOwnership, type StreamView } from './group-ownership.js';
import type { PublishServices } from './sequence-publisher.js';
import type { SupervisorSpec } from '../spec/supervisor-spec.js';
import { RecentErrors } from './recent-errors.js';

/** A lease outlives its holder by this long at most: the detection time of a crash. */
export const LEASE_TTL_MS = 10_000;
const RENEW_MS = 3_000;
/** How often a group that another node holds is tried. */
const ACQUIRE_MS = 2_000;
/** A node that holds groups already lets other indexers go first. */
const DELAY_PER_GROUP_MS = 300;
const FAILED_MS = 1_000;
const FAILED_MAX_MS = 30_000;

export interface GroupRunnerOptions {
  readonly services: PublishServices;
  readonly nodeId: string;
  readonly spec: SupervisorSpec;
  readonly group: number;
  readonly source: StreamSourceConfig;
  /** Groups that this node holds now. */
  readonly load: () => number;
}

/**
 * Keeps one task group of a supervisor going on this node: waits for its lease, owns it epoch after epoch, and keeps released
 * epochs until no query needs them.
 */
export class GroupRunner {
  readonly group: number;
  readonly errors = new RecentErrors();
  readonly #options: GroupRunnerOptions;
  readonly leaseName: string;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #current: GroupOwnership | undefined;
  #failed: GroupOwnership | undefined;
  readonly #draining = new Set<GroupOwnership>();

  constructor(options: GroupRunnerOptions) {
    this.#options = options;
    this.group = options.group;
    this.leaseName = streamLeaseName(options.spec.id, options.group, options.spec.ioConfig.taskCount);
  }

  get supervisorId(): string {
    return this.#options.spec.id;
  }

  get spec(): SupervisorSpec {
    return this.#options.spec;
  }

  /** The epoch that is being read, if this node holds the group. */
  get current(): GroupOwnership | undefined {
    return this.#current;
  }

  /** The last epoch, when its task failed and is not started again yet. */
  get failed(): GroupOwnership | undefined {
    return this.#failed;
  }

  /** Whether the rows of an earlier epoch are still kept. */
  get isDraining(): boolean {
    return this.#draining.size > 0;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Undefined when this node does not have that epoch. */
  view(epoch: number, from: OffsetVector, columns: readonly string[] | null): Promise<StreamView> | undefined {
    const all = this.#current === undefined ? [...this.#draining] : [this.#current, ...this.#draining];
    return all.find((ownership) => ownership.epoch === epoch)?.view(from, columns);
  }

  /** Compares what the store says with what this node believes: a changed lease, or offsets that others have moved, end the epoch. */
  check(view: Pick<MetadataView, 's' | 'lease' | 'streams'>): void {
    const current = this.#current;
    const lease = view.lease(this.leaseName);
    if (current === undefined || lease === undefined || lease.epoch < current.epoch) return;
    if (lease.epoch === current.epoch && lease.holder === this.#options.nodeId) {
      const stream = this.#stream(view);
      if (stream?.offsets !== undefined) current.check(view.s, stream.offsets.partitions);
      return;
    }
    // Released by ourselves is seen here too.
    if (lease.epoch === current.epoch && lease.holder === null) return;
    current.lose(`Lease [${this.leaseName}] is in epoch [${lease.epoch}] now`);
  }

  /**
   * Publishes what was read and releases the lease.
   * @param limitMs after it, what is not published is left to the next owner
   */
  async stop(limitMs: number): Promise<void> {
    this.#stop.abort(new Error('The task group is stopped'));
    const current = this.#current;
    if (current !== undefined) {
      const { clock } = this.#options.services;
      current.release();
      const timer = clock.setTimeout(() => current.lose('It was not published in time'), limitMs);
      await current.end;
      clock.clearTimeout(timer);
    }
    await this.#running;
  }

  /** Ends the threads, also of epochs whose rows are still kept. */
  async terminate(): Promise<void> {
    this.#stop.abort(new Error('The task group is stopped'));
    const all = this.#current === undefined ? [...this.#draining] : [this.#current, ...this.#draining];
    await Promise.all(all.map((ownership) => ownership.terminate()));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.services;
    let failedMs = FAILED_MS;
    while (!this.#stop.signal.aborted) {
      let pauseMs = ACQUIRE_MS;
      try {
        await this.#letOthersGoFirst();
        const outcome = await this.#ownOnce();
        if (outcome === 'lost') pauseMs = 0;
        if (outcome !== 'failed') failedMs = FAILED_MS;
        else pauseMs = failedMs = Math.min(FAILED_MAX_MS, failedMs * 2);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#report(error);
      }
      await clock.sleep(pauseMs, this.#stop.signal).catch(() => {});
    }
  }

  /** Where nobody else could take the group, waiting would only keep its first rows from being read. */
  async #letOthersGoFirst(): Promise<void> {
    const { services, nodeId, load } = this.#options;
    const held = load();
    if (held === 0) return;
    const nodes = await services.store.liveNodes(LEASE_TTL_MS);
    if (!nodes.some(({ id, roles }) => id !== nodeId && roles.includes('indexer'))) return;
    await services.clock.sleep(held * DELAY_PER_GROUP_MS, this.#stop.signal);
  }

  /** Takes the lease and owns the group until the epoch ends. */
  async #ownOnce(): Promise<'held by another' | 'released' | 'lost' | 'failed'> {
    const { services, nodeId, spec, source, group } = this.#options;
    if (await this.#isBeingChanged()) return 'held by another';
    const lease = await services.store.acquireLease(this.leaseName, nodeId, LEASE_TTL_MS);
    if (lease === undefined) return 'held by another';
    // Brings the view beyond the acquisition: nobody else can publish in this epoch.
    await services.view.refresh();
    const stream = this.#stream(services.view);
    const stored = stream?.groups[group];
    // The epoch tells the lease too: that of a group of another task count has another.
    if (this.#stop.signal.aborted || stored?.lease?.epoch !== lease.epoch) {
      await services.store.releaseLease(lease.name, nodeId, lease.epoch);
      return 'held by another';
    }
    const { committed } = stored;
    const ownership = new GroupOwnership({
      services,
      nodeId,
      spec,
      group,
      lease,
      source,
      committed,
      offsets: stream?.offsets,
    });
    this.#current = ownership;
    this.#failed = undefined;
    const renewing = this.#renew(ownership, lease);
    const end = await ownership.end;
    services.clock.clearTimeout(renewing.timer);
    this.#current = undefined;
    if (end.kind === 'failed') this.errors.add(services.clock.nowMs(), end.message);
    this.#failed = end.kind === 'failed' ? ownership : undefined;
    this.#draining.add(ownership);
    void ownership.drain().finally(() => this.#draining.delete(ownership));
    return end.kind;
  }

  /** Whether groups of another task count are still held: what their owners publish now is where this group begins. */
  async #isBeingChanged(): Promise<boolean> {
    const { store, view } = this.#options.services;
    const former = this.#stream(view)?.former ?? [];
    if (former.length === 0) return false;
    const live = new Set((await store.liveNodes(LEASE_TTL_MS)).map(({ id }) => id));
    return former.some(({ holder }) => holder !== null && live.has(holder));
  }

  #stream(view: Pick<MetadataView, 'streams'>): StreamState | undefined {
    const { spec } = this.#options;
    return view.streams(spec.dataSchema.dataSource).find(({ supervisorId }) => supervisorId === spec.id);
  }

  #renew(ownership: GroupOwnership, lease: LeaseRow): { timer: Timer } {
    const { services, nodeId } = this.#options;
    const again = (): Timer =>
      services.clock.setTimeout(() => {
        services.store
          .renewLease(lease.name, nodeId, lease.epoch, LEASE_TTL_MS)
          .then((held) => {
            if (!held && this.#current === ownership) ownership.lose('Its lease is held by another');
          })
          .catch((error: unknown) => this.#report(error));
        holder.timer = again();
      }, RENEW_MS);
    const holder = { timer: again() };
    return holder;
  }

  #report(error: unknown): void {
    const { services } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    this.errors.add(services.clock.nowMs(), message);
    services.log('warn', 'Task group is not running', {
      supervisorId: this.supervisorId,
      group: this.group,
      error: message,
    });
  }
}
