import { Piscina } from 'piscina';
import { workerEntry } from '../../common/worker-entry.js';
import type { BuiltSegment } from './push.js';
import type { MergeJob } from './merge-job.js';

/** A thread of its own for merges, so that neither queries nor parsing wait for one; started with the first merge. */
const IDLE_MS = 60_000;

/** Where merges are done. */
export interface Merger {
  merge(job: MergeJob, signal?: AbortSignal): Promise<readonly BuiltSegment[]>;
}

export class MergePool implements Merger {
  readonly #pool: Piscina<MergeJob, readonly BuiltSegment[]>;

  constructor(options: { readonly threads: number }) {
    const entry = workerEntry(import.meta.url, './merge.worker');
    this.#pool = new Piscina<MergeJob, readonly BuiltSegment[]>({
      filename: entry.url.href,
      execArgv: [...entry.execArgv],
      minThreads: 0,
      maxThreads: options.threads,
      idleTimeout: IDLE_MS,
      recordTiming: false,
    });
  }

  /** Merges rows into segments under the job's directory, which the caller removes. */
  merge(job: MergeJob, signal?: AbortSignal): Promise<readonly BuiltSegment[]> {
    return this.#pool.run(job, signal === undefined ? {} : { signal });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
