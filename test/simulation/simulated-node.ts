import type { DeepStorage } from '../../src/deep-storage/deep-storage.js';
import type { MemoryDeepStorage } from '../../src/deep-storage/memory.js';
import { IndexerNode } from '../../src/indexing/stream/indexer-node.js';
import { SegmentUploads } from '../../src/indexing/publish/segment-uploads.js';
import type { Merger } from '../../src/indexing/publish/merge-pool.js';
import { runMergeJob } from '../../src/indexing/publish/run-merge-job.js';
import type { MetadataStore, NodeRole } from '../../src/metadata/metadata-store.js';
import { HeldPublishes } from '../../src/metadata/held-publishes.js';
import { MetadataView } from '../../src/metadata/metadata-view.js';
import { errorOf, ModelFileSystem, PowerLoss } from '../support/model-file-system.js';
import { remoteStorage, remoteStore } from './faulty.js';
import { inlineThreads } from './inline-thread.js';
import { KillSwitch } from './kill-switch.js';
import type { SimulatedTopic } from './simulated-stream.js';
import { NodeClock } from './node-clock.js';
import type { World } from './world.js';

/** What all nodes of a simulated cluster share, and what is wrong with it now. */
export interface Shared {
  readonly world: World;
  readonly topic: SimulatedTopic;
  readonly store: MetadataStore;
  /** Objects live here; nodes copy files of their own to it. */
  readonly objects: MemoryDeepStorage;
  storeIsAway: boolean;
  storageIsAway: boolean;
  /** When a partition came last: for a moment owners and broker do not agree on where sequences start. */
  joinedAtMs: number;
  /** Something has taken effect, or will, that lets counts fall without a word of the owner that lost its rows. */
  unsettle(): void;
  /** A node's unpublished rows were given up: counts may fall. */
  onLoss(): void;
}

/** Where an indexer keeps the runs of its sequences. */
export const RUNS = '/tmp/building';

const POLL_MS = 100;
const HEARTBEAT_MS = 1_000;
/** A node that is silent for nearly as long as others wait for it may be taken for dead. */
const SILENT_MS = 6_000;

/** One life of a process: its view of the metadata, its connections and its heartbeat. */
export class SimulatedNode {
  readonly id: string;
  /** Of this life. */
  readonly startedAtMs: number;
  readonly shared: Shared;
  readonly store: MetadataStore;
  readonly view: MetadataView;
  readonly deepStorage: DeepStorage;
  readonly uploads: SegmentUploads;
  readonly files: ModelFileSystem;
  readonly clock: NodeClock;
  readonly killSwitch: KillSwitch;
  /** Simulated time of the last heartbeat that arrived, and of the end of the last long silence. */
  heardAtMs = 0;
  silentUntilMs = 0;
  /** Its disk takes nothing more. */
  diskIsFull = false;
  /** Requests to this node do not arrive. */
  isCutOff = false;
  /** It reaches the metadata store no more, and goes on as if nothing had happened. */
  isIsolated = false;
  isStammering = false;
  isDead = false;
  #endConnections: () => void = () => {};
  /** Resolves when it is dead. */
  readonly death = new Promise<void>((resolve) => {
    this.#endConnections = resolve;
  });
  readonly #roles: readonly NodeRole[];

  constructor(shared: Shared, id: string, roles: readonly NodeRole[], files = new ModelFileSystem()) {
    const { world } = shared;
    this.shared = shared;
    this.id = id;
    this.startedAtMs = world.clock.nowMs();
    this.#roles = roles;
    this.files = files;
    this.clock = new NodeClock(world.clock);
    this.killSwitch = new KillSwitch(() => world.faults && !this.isDead);
    files.before = (operation, path) => {
      if (this.killSwitch.atDisk(operation)) throw new PowerLoss(`${id} is dead`);
      const needsRoom = operation === 'append' || operation === 'create' || operation === 'mkdir';
      if ((this.diskIsFull && needsRoom && world.faults) || world.fault(0.0005)) throw errorOf('ENOSPC', path);
    };
    const { clock } = this;
    const isDead = (): boolean => this.isDead;
    const atCall = (call: string, work: () => Promise<unknown>): Promise<unknown> => this.killSwitch.atCall(call, work);
    const name = `${id}: metadata store`;
    const isAway = (): boolean => (shared.storeIsAway || this.isIsolated) && world.faults;
    const onLate = (call: string): void => {
      world.note(`${id}: ${call} arrives late`);
      if (call === 'acquireLease') shared.unsettle();
    };
    const isStammering = (): boolean => this.isStammering;
    this.store = remoteStore(world, shared.store, {
      isStammering,
      name,
      clock,
      isDead,
      atCall,
      isAway,
      errorRate: 0.01,
      delayMs: 10,
      onLate,
    });
    this.deepStorage = remoteStorage(world, new NodeStorage(shared.objects, files), {
      isStammering: () => false,
      name: `${id}: deep storage`,
      clock,
      isDead,
      atCall,
      isAway: () => shared.storageIsAway && world.faults,
      errorRate: 0.03,
      delayMs: 60,
    });
    const owner = { nodeId: id, startedAtMs: this.startedAtMs };
    this.uploads = new SegmentUploads({ store: this.store, deepStorage: this.deepStorage, owner, clock });
    this.view = new MetadataView(this.store, roles.includes('broker') ? new HeldPublishes(this.store, clock) : null);
  }

  /** @param viewS the oldest state that this node may ask for */
  async start(viewS: () => number): Promise<void> {
    const { clock } = this;
    const row = { id: this.id, roles: this.#roles, host: this.id, port: 1, startedAtMs: this.startedAtMs };
    await this.view.refresh().catch(() => {});
    this.every(POLL_MS, () => this.view.refresh());
    const beat = async (): Promise<void> => {
      await this.store.heartbeat({ ...row, viewS: viewS() });
      const nowMs = clock.monotonicMs();
      if (nowMs - this.heardAtMs > SILENT_MS) this.silentUntilMs = nowMs;
      this.heardAtMs = nowMs;
    };
    this.every(HEARTBEAT_MS, beat);
    await beat().catch(() => {});
  }

  /** Ends as kill -9 would. */
  kill(): void {
    this.isDead = true;
    this.#endConnections();
  }

  /** Runs again and again until the node dies, one at a time; failures are met by the next turn. */
  every(periodMs: number, work: () => Promise<unknown>): void {
    const { clock } = this;
    const turn = (): void => {
      if (this.isDead) return;
      work()
        .catch(() => {})
        .finally(() => clock.setTimeout(turn, periodMs));
    };
    clock.setTimeout(turn, periodMs);
  }
}

/** The shared objects, with files from this node's disk. */
class NodeStorage implements DeepStorage {
  readonly location = 'objects';
  readonly #objects: MemoryDeepStorage;
  readonly #files: ModelFileSystem;

  constructor(objects: MemoryDeepStorage, files: ModelFileSystem) {
    this.#objects = objects;
    this.#files = files;
  }

  async putFile(key: string, localPath: string): Promise<void> {
    const bytes = await this.#files.readFile(localPath);
    if (bytes === undefined) throw new Error(`File [${localPath}] does not exist`);
    await this.#objects.put(key, bytes);
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#objects.put(key, bytes);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#objects.get(key);
  }

  getRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    return this.#objects.getRange(key, offset, length);
  }

  async getFile(key: string, localPath: string): Promise<boolean> {
    const bytes = await this.#objects.get(key);
    if (bytes !== undefined) await this.#files.writeAtomic(localPath, bytes);
    return bytes !== undefined;
  }

  size(key: string): Promise<number | undefined> {
    return this.#objects.size(key);
  }

  list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    return this.#objects.list(prefix);
  }

  delete(key: string): Promise<void> {
    return this.#objects.delete(key);
  }
}

/** Merges in the simulation's thread, onto the node's disk. */
export function mergerOf(node: SimulatedNode): Merger {
  const { world } = node.shared;
  return {
    merge: async (job, signal) => {
      const built = await world.outside(() => runMergeJob(job, node.files));
      await node.clock.awake();
      signal?.throwIfAborted();
      return node.isDead ? new Promise(() => {}) : built;
    },
  };
}

/** A process with the indexer role. */
export class SimulatedIndexer extends SimulatedNode {
  readonly indexer: IndexerNode;

  constructor(shared: Shared, id: string, files?: ModelFileSystem) {
    super(shared, id, ['indexer'], files);
    const { world, topic } = shared;
    this.indexer = new IndexerNode({
      nodeId: id,
      store: this.store,
      view: this.view,
      uploads: this.uploads,
      merges: mergerOf(this),
      temporaryDirectory: RUNS,
      clock: this.clock,
      files: this.files,
      randomness: world.random,
      // Half of all nodes have room for nothing but what is being read.
      startThread: inlineThreads(world, topic, this.clock, world.random.nextDouble() < 0.5 ? { spillBytes: 0 } : {}),
      log: (_level, message, fields) => {
        if (this.isDead) return;
        world.note(`${id}: ${message} ${JSON.stringify(fields ?? {})}`);
        if (/is lost|task failed|DATA_LOSS/i.test(message)) shared.onLoss();
      },
    });
  }

  async run(): Promise<void> {
    await this.start(() => 0);
    if (!this.isDead) await this.indexer.start().catch((error: unknown) => this.shared.world.note(String(error)));
  }

  override kill(): void {
    super.kill();
    this.shared.onLoss();
    this.indexer.terminate().catch(() => {});
  }
}
