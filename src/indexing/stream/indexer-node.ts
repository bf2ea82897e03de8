import type { OffsetVector } from '../../metadata/offset-vector.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import type { StreamState } from '../../metadata/stream-state.js';
import type { StreamView } from './group-ownership.js';
import type { PublishServices } from './sequence-publisher.js';
import type { GroupActivity } from '../../protocol/group-activity.js';
import { activityOf } from './group-activity.js';
import { SupervisorRunner } from './supervisor-runner.js';

/** A query for rows that are not published yet: those after `from`, of exactly this lease epoch. */
export interface StreamViewRequest {
  readonly supervisorId: string;
  readonly group: number;
  readonly epoch: number;
  readonly from: OffsetVector;
  /** null = all. */
  readonly columns: readonly string[] | null;
}

export interface IndexerNodeOptions extends PublishServices {
  readonly nodeId: string;
  /** Where the embedded logs of this process are; undefined when it has none. */
  readonly localLogDirectory?: string;
  /** How long a suspended, changed or terminated supervisor may take to publish what it has read. */
  readonly publishLimitMs?: number;
}

const PUBLISH_LIMIT_MS = 30 * 60_000;

/**
 * The indexer role: runs the task groups of all supervisors whose leases this node gets, and answers for their newest rows. It follows
 * the metadata view; nobody tells it anything else.
 */
export class IndexerNode {
  readonly #options: IndexerNodeOptions;
  readonly #supervisors = new Map<string, SupervisorRunner>();
  #unsubscribe: (() => void) | undefined;

  /** @param options `view` is started by the caller and goes on until after `stop` */
  constructor(options: IndexerNodeOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    // What a crash left half built.
    const { files = nodeFileSystem, temporaryDirectory } = this.#options;
    await files.remove(temporaryDirectory);
    await files.mkdir(temporaryDirectory);
    this.#unsubscribe = this.#options.view.onChange(() => this.#reconcile());
    this.#reconcile();
  }

  /** Pinned rows of one epoch, or why this node cannot answer: another epoch, rows that are gone, a task that is starting. */
  async view(request: StreamViewRequest): Promise<StreamView> {
    const { supervisorId, group, epoch, from, columns } = request;
    for (const runner of this.#supervisors.get(supervisorId)?.withRows ?? []) {
      const view = runner.group === group ? runner.view(epoch, from, columns) : undefined;
      if (view !== undefined) return view;
    }
    return { kind: 'refused', reason: `Task group [${supervisorId}/${group}] is not in epoch [${epoch}] here` };
  }

  /** Closes the current sequences of these groups where this node has them; false when it has none of them. */
  handoff(supervisorId: string, groups: readonly number[]): boolean {
    const runners =
      this.#supervisors.get(supervisorId)?.runners.filter((runner) => groups.includes(runner.group)) ?? [];
    for (const runner of runners) runner.current?.handoffNow();
    return runners.some((runner) => runner.current !== undefined);
  }

  /** A segment of a run is corrupt: its rows are to be read again. */
  loseRun(segment: string): void {
    for (const { runners } of this.#supervisors.values()) for (const { current } of runners) current?.loseRun(segment);
  }

  /** What the groups of a supervisor that this node owns are doing. */
  activity(supervisorId: string): readonly GroupActivity[] {
    const nowMs = this.#options.clock.nowMs();
    const runners = this.#supervisors.get(supervisorId)?.runners ?? [];
    return runners.map((runner) => activityOf(runner, nowMs)).filter((activity) => activity !== undefined);
  }

  /**
   * Publishes what was read and releases all leases.
   * @param limitMs what is not published by then is left to be read again
   */
  async stop(limitMs: number): Promise<void> {
    this.#unsubscribe?.();
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor.stop(limitMs)));
    await this.terminate();
  }

  /** Ends at once, as a crash would; leases run out by themselves. */
  async terminate(): Promise<void> {
    this.#unsubscribe?.();
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor.terminate()));
  }

  #reconcile(): void {
    const { view } = this.#options;
    const rows = new Map(view.supervisors().map((row) => [row.id, row]));
    for (const id of rows.keys()) {
      if (!this.#supervisors.has(id)) this.#supervisors.set(id, this.#newRunner());
    }
    for (const [id, supervisor] of this.#supervisors) {
      const row = rows.get(id);
      supervisor.update(row);
      const streams = row === undefined ? [] : view.streams(row.dataSource);
      const state = streams.find((stream) => stream.supervisorId === id);
      supervisor.check(view);
      this.#releaseFormer(supervisor, state);
    }
  }

  /** Leases of groups that a changed spec no longer has, left by this node before it crashed: what it had read is lost and read again. */
  #releaseFormer(supervisor: SupervisorRunner, state: StreamState | undefined): void {
    const { store, nodeId, log } = this.#options;
    for (const { name, holder, epoch } of state?.former ?? []) {
      if (holder !== nodeId || supervisor.withRows.some((runner) => runner.leaseName === name)) continue;
      store.releaseLease(name, nodeId, epoch).catch((error: unknown) => {
        log('warn', 'Lease of a former task group could not be released', { lease: name, error: String(error) });
      });
    }
  }

  #newRunner(): SupervisorRunner {
    return new SupervisorRunner({
      services: this.#options,
      nodeId: this.#options.nodeId,
      localLogDirectory: this.#options.localLogDirectory,
      publishLimitMs: this.#options.publishLimitMs ?? PUBLISH_LIMIT_MS,
      load: () => this.#heldGroups(),
    });
  }

  #heldGroups(): number {
    let held = 0;
    for (const supervisor of this.#supervisors.values()) {
      for (const runner of supervisor.runners) if (runner.current !== undefined) held++;
    }
    return held;
  }
}
