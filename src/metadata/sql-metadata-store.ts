import { readChanges, readSnapshot, readState } from './changes.js';
import * as configs from './configs.js';
import type { MetadataDatabase } from './database.js';
import * as deadLetters from './dead-letters.js';
import * as leases from './leases.js';
import * as lookups from './lookups.js';
import type { Interval } from '../common/interval.js';
import type {
  ConfigChange,
  DeadLetter,
  StoredDeadLetter,
  LeaseRow,
  LookupRow,
  MetadataChanges,
  MetadataSnapshot,
  MetadataStore,
  NodeRow,
  PublishOutcome,
  PublishSequence,
  SegmentRow,
  SupervisorRow,
  TaskRow,
  Upload,
  UploadOwner,
} from './metadata-store.js';
import * as nodes from './nodes.js';
import type { OffsetVector } from './offset-vector.js';
import * as publishing from './publish.js';
import * as retirement from './retire.js';
import * as supervisors from './supervisors.js';
import * as tasks from './tasks.js';
import { type TransactionOptions, Transactions } from './transactions.js';
import { type PackedSnapshot, unpackSnapshot } from './unpack-snapshot.js';
import * as uploads from './uploads.js';

/** The metadata store over either database, in the thread that calls it. */
export class SqlMetadataStore implements MetadataStore {
  readonly #database: MetadataDatabase;
  readonly #transactions: Transactions;
  readonly #listeners = new Set<(s: number) => void>();

  constructor(database: MetadataDatabase, options: TransactionOptions) {
    this.#database = database;
    this.#transactions = new Transactions(database, options, (s) => this.#hint(s));
  }

  async open(): Promise<void> {
    await this.#transactions.migrate();
    await this.#database.listen((s) => this.#hint(s));
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#database.close();
  }

  onCommit(listener: (s: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async currentS(): Promise<number> {
    const state = await this.#transactions.query(readState);
    return state.s;
  }

  async snapshot(): Promise<MetadataSnapshot> {
    return unpackSnapshot(await this.packedSnapshot());
  }

  /** A snapshot in the form in which it costs little to pass it on to another thread. */
  packedSnapshot(): Promise<PackedSnapshot> {
    return this.#transactions.snapshot((trx) => readSnapshot(trx, this.#database));
  }

  changesSince(s: number): Promise<MetadataChanges | undefined> {
    return this.#transactions.snapshot((trx) => readChanges(trx, s));
  }

  publishSequence(request: PublishSequence): Promise<PublishOutcome> {
    return publishing.publishSequence(this.#transactions, request);
  }

  publishBatch(request: Parameters<MetadataStore['publishBatch']>[0]): Promise<PublishOutcome> {
    return publishing.publishBatch(this.#transactions, request);
  }

  replaceSegments(request: Parameters<MetadataStore['replaceSegments']>[0]): Promise<PublishOutcome> {
    return publishing.replaceSegments(this.#transactions, request);
  }

  retireSegments(dataSource: string, segmentIds: readonly string[] | 'all'): Promise<number> {
    return retirement.retireSegments(this.#transactions, dataSource, segmentIds);
  }

  useSegments(dataSource: string, segmentIds: readonly string[]): Promise<number> {
    return retirement.useSegments(this.#transactions, dataSource, segmentIds);
  }

  unusedSegments(
    dataSource: string,
    interval: Interval | null,
    limit: number,
    unusedSinceMs?: number,
  ): Promise<readonly SegmentRow[]> {
    return retirement.unusedSegments(this.#transactions, dataSource, interval, limit, unusedSinceMs);
  }

  deleteSegments(dataSource: string, segmentIds: readonly string[]): Promise<number> {
    return retirement.deleteSegments(this.#transactions, dataSource, segmentIds);
  }

  noteUploads(owner: UploadOwner, paths: readonly string[]): Promise<void> {
    return uploads.noteUploads(this.#transactions, owner, paths);
  }

  giveUpUploads(paths: readonly string[]): Promise<void> {
    return uploads.giveUpUploads(this.#transactions, paths);
  }

  giveUpUploadsOfTheDead(silentMs: number): Promise<void> {
    return uploads.giveUpUploadsOfTheDead(this.#transactions, silentMs);
  }

  uploadsGivenUp(limit: number): Promise<readonly Upload[]> {
    return uploads.uploadsGivenUp(this.#transactions, limit);
  }

  forgetUploads(paths: readonly string[]): Promise<void> {
    return uploads.forgetUploads(this.#transactions, paths);
  }

  config(name: string): Promise<unknown> {
    return configs.config(this.#transactions, name);
  }

  configs(prefix: string): ReturnType<MetadataStore['configs']> {
    return configs.configs(this.#transactions, prefix);
  }

  putConfig(name: string, payload: unknown, audit: Parameters<MetadataStore['putConfig']>[2]): Promise<void> {
    return configs.putConfig(this.#transactions, name, payload, audit);
  }

  configHistory(name: string, limit: number): Promise<readonly ConfigChange[]> {
    return configs.configHistory(this.#transactions, name, limit);
  }

  acquireLease(name: string, holder: string, ttlMs: number): Promise<LeaseRow | undefined> {
    return leases.acquireLease(this.#transactions, name, holder, ttlMs);
  }

  renewLease(name: string, holder: string, epoch: number, ttlMs: number): Promise<boolean> {
    return leases.renewLease(this.#transactions, name, holder, epoch, ttlMs);
  }

  releaseLease(name: string, holder: string, epoch: number): Promise<boolean> {
    return leases.releaseLease(this.#transactions, name, holder, epoch);
  }

  heartbeat(node: Omit<NodeRow, 'heartbeatAtMs'>): Promise<void> {
    return nodes.heartbeat(this.#transactions, node);
  }

  liveNodes(maxAgeMs: number): Promise<readonly NodeRow[]> {
    return nodes.liveNodes(this.#transactions, maxAgeMs);
  }

  removeNode(id: string): Promise<void> {
    return nodes.removeNode(this.#transactions, id);
  }

  putSupervisor(row: Parameters<MetadataStore['putSupervisor']>[0]): Promise<SupervisorRow> {
    return supervisors.putSupervisor(this.#transactions, row);
  }

  removeSupervisor(id: string): Promise<boolean> {
    return supervisors.removeSupervisor(this.#transactions, id);
  }

  supervisorsEver(): ReturnType<MetadataStore['supervisorsEver']> {
    return supervisors.supervisorsEver(this.#transactions);
  }

  supervisorHistory(id: string): ReturnType<MetadataStore['supervisorHistory']> {
    return supervisors.supervisorHistory(this.#transactions, id);
  }

  resetOffsets(supervisorId: string, partitions?: OffsetVector): Promise<void> {
    return supervisors.resetOffsets(this.#transactions, supervisorId, partitions);
  }

  putTask(task: TaskRow): Promise<void> {
    return tasks.putTask(this.#transactions, task);
  }

  updateTask(id: string, change: Parameters<MetadataStore['updateTask']>[1]): Promise<void> {
    return tasks.updateTask(this.#transactions, id, change);
  }

  task(id: string): Promise<TaskRow | undefined> {
    return tasks.task(this.#transactions, id);
  }

  tasks(filter: Parameters<MetadataStore['tasks']>[0]): Promise<readonly TaskRow[]> {
    return tasks.tasks(this.#transactions, filter);
  }

  claimTask(nodeId: string): Promise<TaskRow | undefined> {
    return tasks.claimTask(this.#transactions, nodeId);
  }

  announceReplicas(nodeId: string, loaded: readonly string[], dropped: readonly string[]): Promise<void> {
    return nodes.announceReplicas(this.#transactions, nodeId, loaded, dropped);
  }

  clearReplicas(nodeId: string): Promise<void> {
    return nodes.clearReplicas(this.#transactions, nodeId);
  }

  loadedAmong(segmentIds: readonly string[]): Promise<ReadonlySet<string>> {
    return nodes.loadedAmong(this.#transactions, segmentIds);
  }

  addDeadLetters(supervisorId: string, incarnation: string, letters: readonly DeadLetter[]): Promise<void> {
    return deadLetters.addDeadLetters(this.#transactions, supervisorId, incarnation, letters);
  }

  deadLetters(supervisorId: string, limit: number): Promise<readonly StoredDeadLetter[]> {
    return deadLetters.deadLetters(this.#transactions, supervisorId, limit);
  }

  putLookups(rows: readonly LookupRow[]): Promise<LookupRow | undefined> {
    return lookups.putLookups(this.#transactions, rows);
  }

  removeLookup(tier: string, name: string): Promise<boolean> {
    return lookups.removeLookup(this.#transactions, tier, name);
  }

  lookupVersions(): ReturnType<MetadataStore['lookupVersions']> {
    return lookups.lookupVersions(this.#transactions);
  }

  lookup(tier: string, name: string): Promise<LookupRow | undefined> {
    return lookups.lookup(this.#transactions, tier, name);
  }

  #hint(s: number): void {
    for (const listener of this.#listeners) listener(s);
  }
}
