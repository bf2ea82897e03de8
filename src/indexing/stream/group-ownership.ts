import { setMaxListeners } from 'node:events';
import { NO_LOOKUPS } from '../../lookups/lookup-source.js';
import type { LeaseRow, NewSegment, OffsetsRow, SegmentRow } from '../../metadata/metadata-store.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { Timer } from '../../platform/clock.js';
import type { StreamSourceConfig } from '../../streams/open-source.js';
import { Handoff } from './handoff.js';
import { NO_ACCESS } from '../input-access.js';
import { IndexingTask, type TaskEvent, type TaskRows } from './indexing-task.js';
import { type PublishServices, SequencePublisher, type SequenceRun } from './sequence-publisher.js';
import { SequenceRuns, type SpilledRows } from './sequence-runs.js';
import { SpecLookups, withLookups } from '../intake/spec-lookups.js';
import type { SupervisorSpec } from '../spec/supervisor-spec.js';
import type { ClosedSequence, DataLoss, TaskProgress } from './task-messages.js';

export interface OwnershipOptions {
  readonly services: PublishServices;
  readonly nodeId: string;
  readonly spec: SupervisorSpec;
  readonly group: number;
  readonly lease: LeaseRow;
  readonly source: StreamSourceConfig;
  /** Committed offsets of the group. */
  readonly committed: OffsetVector;
  /** The supervisor's offsets row; undefined before its first commit. */
  readonly offsets: OffsetsRow | undefined;
}

/** released: everything read is published; lost: others own the group, or its offsets were changed; failed: an error. */
export type OwnershipEnd =
  | { readonly kind: 'released' | 'lost' }
  | { readonly kind: 'failed'; readonly message: string };

export interface UnpublishedSequence extends Pick<ClosedSequence, 'sequence' | 'from' | 'to'> {
  readonly closedAtMs: number;
}

/** Pinned rows: they stay as they are until `release`. */
export type StreamView =
  | (Extract<TaskRows, { kind: 'view' }> & {
      /** Segments on this node's disk that hold the rows of the spilled sequences. */
      readonly runs: readonly SegmentRow[];
    })
  | { readonly kind: 'refused'; readonly reason: string };

const HANDOFF_POLL_MS = 500;
/** Sequences that are pushed at the same time. */
const MAX_PUSHES = 3;

/**
 * One epoch of a task group on this node: its task, the publishing of its sequences in order, and their handoff. What is unpublished
 * when it is lost or fails is discarded; the next owner reads it again.
 */
export class GroupOwnership {
  readonly epoch: number;
  readonly taskId: string;
  readonly startedAtMs: number;
  /** Resolves when nothing more will be published in this epoch. */
  readonly end: Promise<OwnershipEnd>;
  readonly #options: OwnershipOptions;
  readonly #task: IndexingTask;
  readonly #abort = new AbortController();
  readonly #handoff: Handoff;
  readonly #lookups: SpecLookups;
  readonly #runs: SequenceRuns;
  #publisher: SequencePublisher | undefined;
  /** Sequences are published one after the other. */
  #publishing: Promise<void> = Promise.resolve();
  /** The last few. */
  readonly #pushes: Promise<unknown>[] = [];
  readonly #unpublished: UnpublishedSequence[] = [];
  /** What this epoch found stored or stored itself, and the S from which on the store says so. */
  #committed: OffsetVector;
  #committedAtS = 0;
  #letters: Promise<void> = Promise.resolve();
  #finish: (end: OwnershipEnd) => void = () => {};
  #finished = false;
  #isReading = false;
  #isEnding = false;
  #loss: DataLoss | undefined;
  #handoffTimer: Timer | undefined;
  #drained: () => void = () => {};
  readonly #leaveDisk: () => void;

  constructor(options: OwnershipOptions) {
    const { services, spec, group, lease } = options;
    this.#options = options;
    // Every sequence that waits for a service waits for it too: many are no leak.
    setMaxListeners(0, this.#abort.signal);
    this.epoch = lease.epoch;
    this.#runs = new SequenceRuns(services, spec.dataSchema.dataSource);
    this.#committed = options.committed;
    this.taskId = `index_${spec.type}_${spec.id}_${group}_${lease.epoch}`;
    this.startedAtMs = services.clock.nowMs();
    this.#handoff = new Handoff(
      services.store,
      services.view,
      services.clock,
      spec.tuningConfig.handoffConditionTimeoutMs,
    );
    this.end = new Promise((resolve) => {
      this.#finish = (end) => {
        this.#finished = true;
        resolve(end);
      };
    });
    const { source, committed, offsets } = options;
    const committedOf = offsets && { stream: offsets.stream, incarnation: offsets.incarnation };
    const access = services.access ?? NO_ACCESS;
    const lookups = services.lookups ?? NO_LOOKUPS;
    this.#lookups = new SpecLookups(spec.dataSchema, lookups);
    const config = {
      supervisorId: spec.id,
      group,
      spec: withLookups(spec, lookups),
      source,
      access,
      committed,
      committedOf,
    };
    this.#task = new IndexingTask(config, (event) => this.#onEvent(event), services.startThread);
    this.#leaveDisk = services.disk?.subscribe((isFull) => this.#task.diskFull(isFull)) ?? (() => {});
    this.#pollHandoff();
  }

  get progress(): TaskProgress | undefined {
    return this.#task.progress;
  }

  get isReading(): boolean {
    return this.#isReading;
  }

  /** Closed sequences that are not published yet, oldest first. */
  get unpublished(): readonly UnpublishedSequence[] {
    return this.#unpublished;
  }

  /** Set while rows that were to be read are not in the stream. */
  get dataLoss(): DataLoss | undefined {
    return this.#loss;
  }

  /** Rows that queries read from disk, for memory is short. */
  get spilled(): SpilledRows {
    return this.#runs.spilled;
  }

  async view(from: OffsetVector, columns: readonly string[] | null): Promise<StreamView> {
    const view = await this.#task.view(from, columns);
    return view.kind === 'view' ? { ...view, runs: this.#runs.rowsOf(view.spilled) } : view;
  }

  /**
   * Ends the epoch when others have moved its offsets: a publish of an owner that is no more and came late, say. What it reads now
   * cannot be published any more, nor asked for.
   * @param stored committed at `s`; of other groups too
   */
  check(s: number, stored: OffsetVector): void {
    if (s < this.#committedAtS) return;
    for (const [partition, offset] of Object.entries(this.#committed)) {
      const found = stored[partition] ?? offset;
      // Of a publish that is under way, the store may tell before its answer does.
      if (found === offset || this.#unpublished.some(({ to }) => to[partition] === found)) continue;
      this.lose(`Stored offset of partition [${partition}] is [${found}], not [${offset}]`);
      return;
    }
  }

  /** A segment of a run cannot be read: if it is of this epoch, the task fails, and what is not published is read again. */
  loseRun(segment: string): void {
    if (this.#runs.has(segment)) this.#fail(`Run [${segment}] on disk is corrupt`);
  }

  /** Closes the current sequence and reads on. */
  handoffNow(): void {
    this.#task.handoff();
  }

  /** Closes the current sequence, publishes all and releases the lease. */
  release(): void {
    this.#isEnding = true;
    this.#task.end();
  }

  /** Others own the group now: everything here is discarded, views that are out apart. */
  lose(reason: string): void {
    if (this.#finished) return;
    this.#log('info', 'Task group is lost, its unpublished rows are discarded', { reason });
    this.#discard({ kind: 'lost' });
  }

  /** Resolves when no query can need the rows of a released ownership any more; then ends its thread. */
  async drain(): Promise<void> {
    const { kind } = await this.end;
    if (kind === 'released' && this.#handoff.pending > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await this.terminate();
  }

  async terminate(): Promise<void> {
    this.#abort.abort(new Error('The task is ended'));
    this.#leaveDisk();
    if (this.#handoffTimer !== undefined) this.#options.services.clock.clearTimeout(this.#handoffTimer);
    if (!this.#finished) this.#finish({ kind: 'lost' });
    this.#drained();
    this.#publisher?.end();
    await this.#task.terminate();
  }

  #onEvent(event: TaskEvent): void {
    switch (event.kind) {
      case 'positions':
        this.#guard(this.#begin(event));
        break;
      case 'newPartitions':
        this.#guard(this.#join(event.fresh));
        break;
      case 'closed':
        this.#enqueue(event);
        break;
      case 'ended':
        this.#guard(this.#publishing.then(() => this.#giveBack()));
        break;
      case 'deadLetters':
        this.#letters = this.#letters.then(() => this.#publisher!.storeLetters(event.letters));
        this.#guard(this.#letters.then(() => this.#task.lettersStored(event.bytes)));
        break;
      case 'spill':
        this.#runs.spill(event.sequence);
        break;
      case 'runUnused':
        this.#runs
          .remove(event.sequence)
          .catch((error: unknown) => this.#log('warn', 'A run could not be removed', { error: String(error) }));
        break;
      case 'dataLoss':
        this.#onDataLoss(event.loss);
        break;
      case 'failed':
        this.#fail(event.message);
        break;
      case 'log':
        this.#log(event.level, event.message, event.fields);
        break;
    }
  }

  async #begin(found: Extract<TaskEvent, { kind: 'positions' }>): Promise<void> {
    const { services, spec, nodeId, lease } = this.#options;
    const { stream, incarnation } = found;
    const held = { name: lease.name, holder: nodeId, epoch: lease.epoch };
    this.#publisher = new SequencePublisher(services, spec, held, { stream, incarnation }, this.#abort.signal);
    if (await this.#commitStart(found.fresh)) {
      this.#isReading = true;
      this.#task.start();
      this.#log('info', 'Task group is read', { from: found.from });
    }
  }

  async #join(fresh: OffsetVector): Promise<void> {
    if (await this.#commitStart(fresh)) this.#task.addPartitions(fresh);
  }

  async #commitStart(fresh: OffsetVector): Promise<boolean> {
    if (Object.keys(fresh).length === 0) return true;
    const outcome = await this.#publisher!.commitStart(fresh);
    if (outcome.kind === 'lost') this.lose(outcome.reason);
    return outcome.kind === 'published';
  }

  #enqueue(closed: ClosedSequence): void {
    this.#unpublished.push({ ...closed, closedAtMs: this.#options.services.clock.nowMs() });
    const run = this.#merge(closed);
    const pushed = this.#push(run);
    // Their failures are met below, when their turn has come.
    run.catch(() => {});
    pushed.catch(() => {});
    const before = this.#publishing;
    this.#publishing = before.then(async () => {
      const segments = await pushed;
      await this.#letters;
      const outcome = await this.#publisher!.publish(closed, await run, segments);
      if (outcome.kind === 'lost') {
        this.lose(outcome.reason);
        return;
      }
      this.#unpublished.shift();
      this.#committed = { ...this.#committed, ...closed.to };
      this.#committedAtS = outcome.s;
      this.#handoff.add({ sequence: closed.sequence, ...outcome });
      this.#task.published(closed.sequence);
      const { from, to, numInputRows } = closed;
      this.#log('info', 'Sequence is published', {
        from,
        to,
        numInputRows,
        s: outcome.s,
        segments: outcome.segmentIds,
      });
    });
    this.#guard(this.#publishing);
  }

  async #merge(closed: ClosedSequence): Promise<SequenceRun> {
    const run = await this.#publisher!.merge(closed);
    this.#runs.add(closed, run);
    this.#task.merged(closed.sequence);
    return run;
  }

  async #push(run: Promise<SequenceRun>): Promise<readonly NewSegment[]> {
    const [earlier] = this.#pushes.length < MAX_PUSHES ? [] : this.#pushes.splice(0, 1);
    const pushing = Promise.allSettled([earlier]).then(async () => this.#publisher!.push((await run).segments));
    this.#pushes.push(pushing);
    return pushing;
  }

  async #giveBack(): Promise<void> {
    const { services, nodeId, lease } = this.#options;
    if (this.#finished) return;
    await this.#resetAfterLoss();
    await services.store.releaseLease(lease.name, nodeId, lease.epoch);
    this.#finish({ kind: 'released' });
  }

  #onDataLoss(loss: DataLoss): void {
    this.#loss = loss;
    this.#log('error', dataLossMessage(loss, this.#options.spec));
    // What was read before the loss is published first.
    if (this.#options.spec.tuningConfig.resetOffsetAutomatically) this.#task.end();
  }

  async #resetAfterLoss(): Promise<void> {
    const { services, spec } = this.#options;
    const loss = this.#loss;
    if (loss === undefined || this.#isEnding || !spec.tuningConfig.resetOffsetAutomatically) return;
    if (loss.kind === 'otherStream') {
      await services.store.resetOffsets(spec.id);
      return;
    }
    const { earliest, latest } = loss.bounds;
    await services.store.resetOffsets(spec.id, {
      [loss.partition]: spec.ioConfig.useEarliestOffset ? earliest : latest,
    });
  }

  #pollHandoff(): void {
    const { clock } = this.#options.services;
    this.#handoffTimer = clock.setTimeout(() => {
      this.#checkCompletion();
      const lookups = this.#lookups.changed();
      if (lookups !== undefined) this.#task.useLookups(lookups);
      this.#handoff
        .finished()
        .then((sequences) => {
          for (const sequence of sequences) this.#task.drop(sequence);
          if (this.#handoff.pending === 0) this.#drained();
        })
        .catch((error: unknown) => this.#log('warn', 'Handoff could not be looked at', { error: String(error) }))
        .finally(() => {
          if (!this.#abort.signal.aborted) this.#pollHandoff();
        });
    }, HANDOFF_POLL_MS);
  }

  /** A sequence that is not published in time fails the task: its rows are read again. */
  #checkCompletion(): void {
    const { services, spec } = this.#options;
    const oldest = this.#unpublished[0];
    const limitMs = spec.ioConfig.completionTimeoutMs;
    if (oldest === undefined || services.clock.nowMs() - oldest.closedAtMs <= limitMs) return;
    this.#fail(`No sequence was published within the completionTimeout of [${limitMs}] ms`);
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail(error instanceof Error ? error.message : String(error)));
  }

  #fail(message: string): void {
    if (this.#finished) return;
    this.#log('error', 'Indexing task failed', { error: message });
    this.#discard({ kind: 'failed', message });
  }

  #discard(end: OwnershipEnd): void {
    this.#finish(end);
    void this.terminate();
  }

  #log(
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    const { services, spec, group } = this.#options;
    services.log(level, message, { supervisorId: spec.id, group, epoch: this.epoch, ...fields });
  }
}

/** For people: what is missing, and what an operator can do. */
export function dataLossMessage(loss: DataLoss, spec: SupervisorSpec): string {
  const remedy = `reset the supervisor [${spec.id}], or set tuningConfig.resetOffsetAutomatically, to go on without the missing rows`;
  if (loss.kind === 'otherStream') {
    return `DATA_LOSS: stored offsets are of stream [${loss.stored}], but the stream is [${loss.found}]: ${remedy}`;
  }
  const { partition, wanted, bounds } = loss;
  const range = `[${bounds.earliest}, ${bounds.latest})`;
  return `DATA_LOSS: stream [${spec.ioConfig.stream}] partition [${partition}] holds offsets ${range}, not the next one wanted [${wanted}]: ${remedy}`;
}
