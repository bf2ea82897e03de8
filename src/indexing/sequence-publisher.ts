import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { DruidError } from '../common/druid-error.js';
import type { Clock } from '../platform/clock.js';
import { isDiskFull } from '../platform/disk-space.js';
import type { FileSystem } from '../platform/file-system.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import type { Randomness } from '../platform/randomness.js';
import type { LookupSource } from '../lookups/lookup-source.js';
import type { MetadataStore, NewSegment, PublishSequence } from '../metadata/metadata-store.js';
import type { MetadataView } from '../metadata/metadata-view.js';
import type { DiskGuard } from './disk-guard.js';
import type { IndexingLog } from './indexing-log.js';
import type { InputAccess } from './input-access.js';
import type { MergePart } from './merge-job.js';
import type { Merger } from './merge-pool.js';
import { type PlacedSegment, placeSegments } from './push.js';
import { withRetries } from './retry.js';
import { splitBySegments } from './segment-intervals.js';
import type { SegmentUploads } from './segment-uploads.js';
import type { SupervisorSpec } from './spec/supervisor-spec.js';
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
  /** Segments are built here before they are pushed. */
  readonly temporaryDirectory: string;
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

/** A merge is pure computing: what fails a few times is a bug, and time does not help. */
const MERGE_ATTEMPTS = 3;
/** How often the segments of a data source may change their granularity, or the pushed ones be taken for given up, under one publish. */
const SPLIT_ATTEMPTS = 10;

/** Turns closed sequences into published segments: merge, push, and one transaction that adds segments and offsets. */
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

  /** Merges and pushes: may run while earlier sequences are still being published. */
  async push(closed: ClosedSequence): Promise<readonly NewSegment[]> {
    return this.#build(closed, partsOf(closed));
  }

  /** Nothing more will be published: what was pushed in vain is given up. */
  end(): void {
    this.#services.uploads.giveUp([...this.#placed]);
    this.#placed.clear();
  }

  /** Publishes a pushed sequence; the one before it must have been published. */
  async publish(closed: ClosedSequence, pushed: readonly NewSegment[]): Promise<SequenceOutcome> {
    let segments = pushed;
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
      const outcome = await this.#retry('publish', Number.POSITIVE_INFINITY, () =>
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
      // Who was silent for long is taken for dead, and what it pushed is deleted.
      segments = await this.#build(closed, outcome.reason === 'uploads' ? partsOf(closed) : await this.#split(closed));
      for (const { path } of inVain) this.#placed.delete(path);
      this.#services.uploads.giveUp(inVain.map(({ path }) => path));
    }
    throw new DruidError('Segments had to be built again after every attempt to publish', {
      category: 'RUNTIME_FAILURE',
    });
  }

  /** Records where reading begins, so that a crash before the first publish loses nothing. */
  async commitStart(fresh: ClosedSequence['from']): Promise<SequenceOutcome> {
    const nothing = { sequence: -1, from: fresh, to: fresh, segments: [], arenas: [], numInputRows: 0 };
    return this.publish(nothing, []);
  }

  async #split(closed: ClosedSequence): Promise<MergePart[]> {
    const { view } = this.#services;
    await this.#retry('read segments', Number.POSITIVE_INFINITY, () => view.refresh());
    const used = view.segments().filter((segment) => segment.dataSource === this.#spec.dataSchema.dataSource);
    return closed.segments.flatMap((segment) =>
      splitBySegments({ startMs: segment.intervalStartMs, endMs: segment.intervalEndMs }, used).map((interval) => ({
        interval,
        segments: [segment],
      })),
    );
  }

  async #build(closed: ClosedSequence, parts: readonly MergePart[]): Promise<readonly NewSegment[]> {
    if (parts.length === 0) return [];
    const { merges, uploads, temporaryDirectory, files = nodeFileSystem } = this.#services;
    const { dataSchema } = this.#spec;
    const { maxRowsPerSegment } = this.#spec.tuningConfig;
    const directory = join(temporaryDirectory, randomUUID());
    const state = { ...this.#stream, from: closed.from, to: closed.to };
    try {
      const built = await this.#retry('merge', MERGE_ATTEMPTS, async () => {
        // What an attempt before left would take the room that this one needs.
        await files.remove(directory);
        return merges.merge(
          { kind: 'rows', directory, parts, arenas: closed.arenas, dataSchema, maxRowsPerSegment, state },
          this.#signal,
        );
      });
      const placed = placeSegments(dataSchema.dataSource, built);
      for (const { path } of placed) this.#placed.add(path);
      return await this.#retry('push', Number.POSITIVE_INFINITY, () => uploads.push(placed));
    } finally {
      await files.remove(directory);
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
        log('warn', `Sequence ${what} failed, trying again`, {
          supervisorId: this.#spec.id,
          attempt,
          error: String(error),
        });
      },
    });
  }
}

function partsOf(closed: ClosedSequence): MergePart[] {
  return closed.segments.map((segment) => ({
    interval: { startMs: segment.intervalStartMs, endMs: segment.intervalEndMs },
    segments: [segment],
  }));
}
