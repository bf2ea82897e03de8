import { join } from 'node:path';
import type { DeepStorage } from '../../deep-storage/deep-storage.js';
import type { MetadataStore, NewSegment, PublishOutcome, UploadOwner } from '../../metadata/metadata-store.js';
import type { Clock } from '../../platform/clock.js';
import { type BuiltSegment, type PlacedSegment, placeSegments, SEGMENT_FILES } from './push.js';

export interface SegmentUploadsOptions {
  readonly store: Pick<MetadataStore, 'noteUploads' | 'giveUpUploads'>;
  readonly deepStorage: DeepStorage;
  /** This process: what it leaves behind is deleted when it has ended. */
  readonly owner: UploadOwner;
  readonly clock: Clock;
}

/** How often what was pushed may be taken for given up. */
const PUSH_ATTEMPTS = 3;
const RETRY_MS = 5_000;

/**
 * What a process pushes to deep storage. Paths are noted in the metadata store before their objects are pushed, publishing ends a note, and
 * what will not be published is given up: the coordinator deletes it, as it does with the notes of dead processes.
 */
export class SegmentUploads {
  readonly #options: SegmentUploadsOptions;
  readonly #pushing = new Map<string, Promise<unknown>>();
  /** Given up, and the store does not know it yet. */
  #inVain: string[] = [];

  constructor(options: SegmentUploadsOptions) {
    this.#options = options;
  }

  /** May be tried again. @throws what the store and deep storage throw after their own retries */
  push(segments: readonly PlacedSegment[]): Promise<NewSegment[]> {
    const pushing = this.#push(segments).finally(() => {
      for (const { path } of segments) this.#pushing.delete(path);
    });
    for (const { path } of segments) this.#pushing.set(path, pushing);
    return pushing;
  }

  /**
   * Places, pushes and publishes built segments; gives up what was pushed when that fails or comes too late.
   * @param step runs each step, with retries say
   */
  async publish(
    dataSource: string,
    built: readonly BuiltSegment[],
    publish: (segments: readonly NewSegment[]) => Promise<PublishOutcome>,
    step: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
  ): Promise<PublishOutcome> {
    for (let attempt = 1; ; attempt++) {
      const placed = placeSegments(dataSource, built);
      let outcome: PublishOutcome | undefined;
      try {
        const pushed = await step(() => this.push(placed));
        outcome = await step(() => publish(pushed));
      } finally {
        if (outcome?.kind !== 'published') this.giveUp(placed.map(({ path }) => path));
      }
      // Who was silent for long is taken for dead, and what it pushed is deleted: once more, then.
      const isOver = outcome.kind === 'published' || outcome.reason !== 'uploads' || attempt === PUSH_ATTEMPTS;
      if (isOver) return outcome;
    }
  }

  /** Leaves what was pushed, or was to be, to be deleted, unless it was published in spite of an error. Returns at once. */
  giveUp(paths: readonly string[]): void {
    // What is being pushed would arrive after it was deleted.
    const underWay = paths.flatMap((path) => this.#pushing.get(path) ?? []);
    void Promise.allSettled(underWay).then(() => {
      if (paths.length > 0 && this.#inVain.push(...paths) === paths.length) void this.#tell();
    });
  }

  async #push(segments: readonly PlacedSegment[]): Promise<NewSegment[]> {
    const { store, deepStorage, owner } = this.#options;
    const paths = segments.map((segment) => segment.path);
    if (paths.length > 0) await store.noteUploads(owner, paths);
    const pushed: NewSegment[] = [];
    for (const { directory, ...segment } of segments) {
      for (const file of SEGMENT_FILES) await deepStorage.putFile(`${segment.path}/${file}`, join(directory, file));
      pushed.push(segment);
    }
    return pushed;
  }

  async #tell(): Promise<void> {
    const paths = [...this.#inVain];
    try {
      await this.#options.store.giveUpUploads(paths);
      this.#inVain = this.#inVain.slice(paths.length);
    } catch {
      // The store is away; should this process end before it is back, its end says the same.
    }
    if (this.#inVain.length > 0) this.#options.clock.setTimeout(() => void this.#tell(), RETRY_MS);
  }
}
