import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { DruidError } from '../../common/druid-error.js';
import type { Interval } from '../../common/interval.js';
import type { Clock } from '../../platform/clock.js';
import { isDiskFull } from '../../platform/disk-space.js';
import type { FileSystem } from '../../platform/file-system.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import type { Randomness } from '../../platform/randomness.js';
import type { LookupSource } from '../../lookups/lookup-source.js';
import type { DeadLetter, MetadataStore, NewSegment, PublishSequence } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { DiskGuard } from '../disk-guard.js';
import type { IndexingLog } from '../indexing-log.js';
import type { InputAccess } from '../input-access.js';
import type { MergeJob } from '../publish/merge-job.js';
import type { Merger } from '../publish/merge-pool.js';
import { type BuiltSegment, type PlacedSegment, placeSegments } from '../publish/push.js';
import { withRetries } from '../publish/retry.js';
import { splitBySegments } from '../publish/segment-intervals.js';
import type { SegmentUploads } from '../publish/segment-uploads.js';
import type { SupervisorSpec } from '../spec/supervisor-spec.js';
import type { ClosedSequence } from './task-messages.js';
import type { StartTaskThread } from './task-thread.js';

/** What the pipeline of all sequences of a node shares. */
export interface PublishServices {
  readonly store: MetadataStore;
  readonly view: MetadataView;
  readonly uploads: SegmentUploads;
  /** What specs may read; nothing when absent. */
  readonly access?: InputAccess;
  /** What transforms look up; nothing when absent. */
  readonly lookups?: LookupSource;
  readonly merges: Merger;
  /** Runs are here: segments that are pushed, and read by queries where memory is short. */
  readonly temporaryDirectory: string;
  /** Closes the files of a segment of a run, whose directory (relative) is removed then; absent: nobody has them open. */
  readonly forgetRun?: (segment: string) => Promise<void>;
  /** Stops reading while the disk is full; absent: nothing looks after it. */
  readonly disk?: DiskGuard;
  readonly clock: Clock;
  readonly log: IndexingLog;
  /** The machine's own when absent. */
  readonly files?: FileSystem;
  readonly randomness?: Randomness;
  /** Worker threads when absent. */
  readonly startThread?: StartTaskThread | undefined;
}

export type SequenceOutcome =
  | { readonly kind: 'published'; readonly s: number; readonly segmentIds: readonly string[] }
  /** Another owner was faster, or the stored offsets were changed: nothing of this task counts any more. */
  | { readonly kind: 'lost'; readonly reason: string };

/** The rows of a closed sequence as sorted segments on this node's disk. */
export interface SequenceRun {
  /** Holds those of the segments; removed when nobody needs them any more. */
  readonly directory: string;
  /** None when the sequence has no rows. */
  readonly segments: readonly BuiltSegment[];
}

/** A merge is pure computing: what fails a few times is a bug, and time does not help. */
const MERGE_ATTEMPTS = 3;
/** How often the segments of a data source may change their granularity, or the pushed ones be taken for given up, under one publish. */
const SPLIT_ATTEMPTS = 10;

/** Turns closed sequences into published segments: a run, its push, and one transaction that adds segments and offsets. */
export class SequencePublisher {
  readonly #services: PublishServices;
  readonly #spec: SupervisorSpec;
  readonly #lease: PublishSequence['lease'];
  readonly #stream: { readonly stream: string; readonly incarnation: string };
  readonly #signal: AbortSignal;
  /** Has a place in deep storage, and is not known to be published. */
  readonly #placed = new Set<PlacedSegment['path']>();

  constructor(
    services: PublishServices,
    spec: SupervisorSpec,
    lease: PublishSequence['lease'],
    stream: { readonly stream: string; readonly incarnation: string },
    signal: AbortSignal,
  ) {
    this.#services = services;
    this.#spec = spec;
    this.#lease = lease;
    this.#stream = stream;
    this.#signal = signal;
  }

  /** Sorts a closed sequence into a run of its own. */
  async merge(closed: ClosedSequence): Promise<SequenceRun> {
    const { dataSchema } = this.#spec;
    const directory = join(this.#services.temporaryDirectory, randomUUID());
    if (closed.segments.length === 0) return { directory, segments: [] };
    const segments = await this.#merge({
      kind: 'rows',
      directory,
      parts: closed.segments.map((segment) => ({ interval: intervalOf(segment), segments: [segment] })),
      arenas: closed.arenas,
      dataSchema,
      maxRowsPerSegment: this.#spec.tuningConfig.maxRowsPerSegment,
      state: { ...this.#stream, from: closed.from, to: closed.to },
    });
    return { directory, segments };
  }

  /** Pushes to places of their own: may run while earlier sequences are still being published. */
  async push(built: readonly BuiltSegment[]): Promise<readonly NewSegment[]> {
    if (built.length === 0) return [];
    const placed = placeSegments(this.#spec.dataSchema.dataSource, built);
    for (const { path } of placed) this.#placed.add(path);
    return this.#retry('Sequence push', Number.POSITIVE_INFINITY, () => this.#services.uploads.push(placed));
  }

  /** Stores bad records; the sequence that they are of is published after it. */
  storeLetters(letters: readonly DeadLetter[]): Promise<void> {
    const { store } = this.#services;
    return this.#retry('Storing of dead letters', Number.POSITIVE_INFINITY, () =>
      store.addDeadLetters(this.#spec.id, this.#stream.incarnation, letters),
    );
  }

  /** Nothing more will be published: what was pushed in vain is given up. */
  end(): void {
    this.#services.uploads.giveUp([...this.#placed]);
    this.#placed.clear();
  }

  /** Publishes a pushed sequence; the one before it must have been published. */
  async publish(
    closed: Pick<ClosedSequence, 'from' | 'to'>,
    run: SequenceRun,
    pushed: readonly NewSegment[],
  ): Promise<SequenceOutcome> {
    let segments = pushed;
    let built = run.segments;
    for (let attempt = 1; attempt <= SPLIT_ATTEMPTS; attempt++) {
      const request: PublishSequence = {
        supervisorId: this.#spec.id,
        dataSource: this.#spec.dataSchema.dataSource,
        lease: this.#lease,
        ...this.#stream,
        from: closed.from,
        to: closed.to,
        segments,
      };
      const outcome = await this.#retry('Sequence publish', Number.POSITIVE_INFINITY, () =>
        this.#services.store.publishSequence(request),
      );
      if (outcome.kind === 'published') {
        for (const { path } of segments) this.#placed.delete(path);
        return { kind: 'published', s: outcome.s, segmentIds: outcome.segments.map((segment) => segment.id) };
      }
      if (outcome.reason !== 'intervals' && outcome.reason !== 'uploads')
        return { kind: 'lost', reason: outcome.detail };
      this.#services.log('info', 'Segments are built and pushed again', { detail: outcome.detail });
      const inVain = segments;
      if (outcome.reason === 'intervals') built = await this.#split(run, join(run.directory, `split-${attempt}`));
      // Who was silent for long is taken for dead, and what it pushed is deleted.
      segments = await this.push(built);
      for (const { path } of inVain) this.#placed.delete(path);
      this.#services.uploads.giveUp(inVain.map(({ path }) => path));
    }
    throw new DruidError('Segments had to be built again after every attempt to publish', {
      category: 'RUNTIME_FAILURE',
    });
  }

  /** Records where reading begins, so that a crash before the first publish loses nothing. */
  async commitStart(fresh: ClosedSequence['from']): Promise<SequenceOutcome> {
    return this.publish({ from: fresh, to: fresh }, { directory: '', segments: [] }, []);
  }

  /** Cuts a run where the segments that are used now are cut. */
  async #split(run: SequenceRun, directory: string): Promise<readonly BuiltSegment[]> {
    const { view } = this.#services;
    await this.#retry('Reading of segments', Number.POSITIVE_INFINITY, () => view.refresh());
    const used = view.segments().filter((segment) => segment.dataSource === this.#spec.dataSchema.dataSource);
    const built: BuiltSegment[] = [];
    let numParts = 0;
    for (const segments of byInterval(run.segments)) {
      const parts = splitBySegments(intervalOf(segments[0]!), used);
      if (parts.length === 1) {
        built.push(...segments);
        continue;
      }
      const inputs = segments.map((segment) => segment.directory);
      const { maxRowsPerSegment } = this.#spec.tuningConfig;
      for (const interval of parts) {
        const target = join(directory, String(numParts++));
        built.push(...(await this.#merge({ kind: 'stored', directory: target, interval, inputs, maxRowsPerSegment })));
      }
    }
    return built;
  }

  async #merge(job: MergeJob): Promise<readonly BuiltSegment[]> {
    const { merges, files = nodeFileSystem } = this.#services;
    try {
      return await this.#retry('Sequence merge', MERGE_ATTEMPTS, async () => {
        // What an attempt before left would take the room that this one needs.
        await files.remove(job.directory);
        return merges.merge(job, this.#signal);
      });
    } catch (error) {
      await files.remove(job.directory);
      throw error;
    }
  }

  #retry<T>(what: string, attempts: number, work: () => Promise<T>): Promise<T> {
    const { clock, randomness, log, disk } = this.#services;
    return withRetries(work, {
      clock,
      randomness,
      signal: this.#signal,
      attempts,
      isTemporary: isDiskFull,
      onFailure: (error, attempt) => {
        if (isDiskFull(error)) disk?.noteFull();
        log('warn', `${what} failed, trying again`, {
          supervisorId: this.#spec.id,
          attempt,
          error: String(error),
        });
      },
    });
  }
}

function intervalOf(segment: { readonly intervalStartMs: number; readonly intervalEndMs: number }): Interval {
  return { startMs: segment.intervalStartMs, endMs: segment.intervalEndMs };
}

/** Several segments have the same one when the rows of an interval are more than a segment may have. */
function byInterval(segments: readonly BuiltSegment[]): BuiltSegment[][] {
  const found = new Map<number, BuiltSegment[]>();
  for (const segment of segments) {
    const same = found.get(segment.intervalStartMs);
    if (same === undefined) found.set(segment.intervalStartMs, [segment]);
    else same.push(segment);
  }
  return [...found.values()];
}
