import type { MetadataView } from '../../metadata/metadata-view.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../telemetry/logger.js';
import { type CompactionJob, type CompactionOptions, planCompaction } from './compaction.js';
import type { Duty } from './coordinator.js';

/** After a failure the same inputs are left alone for so long. */
const COOL_DOWN_MS = 60_000;

export interface CompactionDutyOptions extends Omit<CompactionOptions, 'nowMs' | 'busy'> {
  readonly view: Pick<MetadataView, 'crowds'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly periodMs: number;
  /** Jobs at the same time. */
  readonly maxJobs: number;
  /** Merges the inputs and publishes the result by `replaceSegments`; losing that race is no failure. */
  readonly execute: (job: CompactionJob) => Promise<void>;
}

/** Starts compaction jobs, a few at a time; a turn does not wait for them. */
export class CompactionDuty implements Duty {
  readonly name = 'compaction';
  readonly periodMs: number;
  readonly #options: CompactionDutyOptions;
  /** Input to the time when it may be tried again; Infinity while its job runs. */
  readonly #busy = new Map<string, number>();
  readonly #jobs = new Set<Promise<void>>();

  constructor(options: CompactionDutyOptions) {
    this.#options = options;
    this.periodMs = options.periodMs;
  }

  async run(): Promise<void> {
    const { clock, maxJobs } = this.#options;
    const nowMs = clock.nowMs();
    for (const [id, untilMs] of this.#busy) if (untilMs <= nowMs) this.#busy.delete(id);
    if (this.#jobs.size >= maxJobs) return;
    const jobs = planCompaction(this.#options.view.crowds().flat(), {
      ...this.#options,
      nowMs,
      busy: new Set(this.#busy.keys()),
    });
    for (const job of jobs.slice(0, maxJobs - this.#jobs.size)) this.#start(job);
  }

  /** Resolves when no job is under way. */
  async idle(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.all(this.#jobs);
  }

  #start(job: CompactionJob): void {
    const { clock, logger, execute } = this.#options;
    for (const input of job.inputs) this.#busy.set(input.id, Infinity);
    const running = execute(job)
      .then(
        () => this.#release(job, 0),
        (error: unknown) => {
          this.#release(job, clock.nowMs() + COOL_DOWN_MS);
          logger.error('Compaction failed', { dataSource: job.dataSource, inputs: job.inputs.length, err: error });
        },
      )
      .finally(() => this.#jobs.delete(running));
    this.#jobs.add(running);
  }

  #release(job: CompactionJob, untilMs: number): void {
    for (const input of job.inputs) this.#busy.set(input.id, untilMs);
  }
}
