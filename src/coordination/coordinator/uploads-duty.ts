import type { MetadataStore } from '../../metadata/metadata-store.js';
import type { Duty } from './coordinator.js';

export interface UploadsOptions {
  readonly store: Pick<MetadataStore, 'giveUpUploadsOfTheDead' | 'uploadsGivenUp' | 'forgetUploads'>;
  /** Deletes all objects of a path; absent ones are no failure. */
  readonly remove: (path: string) => Promise<void>;
  readonly periodMs: number;
  /** A process without a heartbeat for so long publishes no more. */
  readonly silentMs: number;
  /** Objects may still arrive for so long after their path was given up: an upload under way is not stopped. */
  readonly lateMs: number;
  readonly onDeleted: (paths: readonly string[]) => void;
}

const BATCH = 10_000;
/** Paths whose objects are deleted at a time. */
const WIDTH = 16;

/** Deletes from deep storage what was pushed and never published, and what a kill task forgot before it could delete it. */
export function uploadsDuty({ store, remove, periodMs, silentMs, lateMs, onDeleted }: UploadsOptions): Duty {
  /** Deleted once; once more when nothing can arrive any more. */
  let deletedBefore: ReadonlySet<string> = new Set();
  return {
    name: 'uploads',
    periodMs,
    run: async () => {
      await store.giveUpUploadsOfTheDead(silentMs);
      const uploads = await store.uploadsGivenUp(BATCH);
      const isOver = new Set(uploads.filter((upload) => upload.givenUpForMs >= lateMs).map((upload) => upload.path));
      const due = uploads.map((upload) => upload.path).filter((path) => isOver.has(path) || !deletedBefore.has(path));
      const deleted: string[] = [];
      try {
        for (let i = 0; i < due.length; i += WIDTH) {
          const paths = due.slice(i, i + WIDTH);
          await Promise.all(paths.map(remove));
          deleted.push(...paths);
        }
      } finally {
        const fresh = deleted.filter((path) => !deletedBefore.has(path));
        if (fresh.length > 0) onDeleted(fresh);
        const isListed = new Set(uploads.map((upload) => upload.path));
        deletedBefore = new Set(
          [...deletedBefore, ...deleted].filter((path) => isListed.has(path) && !isOver.has(path)),
        );
        const over = deleted.filter((path) => isOver.has(path));
        if (over.length > 0) await store.forgetUploads(over);
      }
    },
  };
}
