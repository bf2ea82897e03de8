import type { MetadataStore, TaskRow } from '../../metadata/metadata-store.js';
import type { Clock, Timer } from '../../platform/clock.js';
import type { Logger } from '../../telemetry/logger.js';
import { isFinished } from './task-status.js';

export interface TaskRunnerOptions {
  readonly store: Pick<MetadataStore, 'claimTask' | 'task' | 'tasks' | 'updateTask'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeId: string;
  /** How often to look for a waiting task, and whether the running one was shut down. */
  readonly pollMs: number;
  /** Does the work and returns the report. `signal` aborts when the task is shut down or the node stops. */
  readonly execute: (task: TaskRow, signal: AbortSignal) => Promise<unknown>;
}

/** Runs batch tasks on this node, one at a time, oldest first. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  #timer: Timer | undefined;
  #turn: Promise<void> | undefined;
  #abort: AbortController | undefined;
  #stopped = false;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#turn = this.#failInterrupted()
      .then(() => this.#runWaiting())
      .catch((error: unknown) => this.#troubled(error))
      .finally(() => this.#schedule());
  }

  /** Ends the running task: it is recorded as failed, and what it has not published never was. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#abort?.abort(new Error('Node is shutting down'));
    await this.#turn;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#turn = this.#runWaiting()
        .catch((error: unknown) => this.#troubled(error))
        .finally(() => this.#schedule());
    }, this.#options.pollMs);
  }

  /** A task that this node ran when it died may have published or not: running it again could count rows twice. */
  async #failInterrupted(): Promise<void> {
    const { store, nodeId } = this.#options;
    for (const task of await store.tasks({ states: ['RUNNING', 'PENDING'] })) {
      if (task.nodeId === nodeId)
        await this.#end(task, { state: 'FAILED', errorMsg: 'Node restarted while the task ran' });
    }
  }

  async #runWaiting(): Promise<void> {
    while (!this.#stopped) {
      const task = await this.#options.store.claimTask(this.#options.nodeId);
      if (task === undefined) return;
      await this.#run(task);
    }
  }

  async #run(task: TaskRow): Promise<void> {
    const { execute, logger } = this.#options;
    const abort = new AbortController();
    this.#abort = abort;
    const unwatch = this.#watch(task, abort);
    logger.info('Task started', { taskId: task.id, dataSource: task.dataSource });
    try {
      const report = await execute(task, abort.signal);
      await this.#end(task, { state: 'SUCCESS', report });
    } catch (error) {
      const errorMsg = error instanceof Error ? error.message : String(error);
      if (abort.signal.aborted) logger.info('Task stopped', { taskId: task.id, reason: errorMsg });
      else logger.error('Task failed', { taskId: task.id, dataSource: task.dataSource, err: error });
      await this.#end(task, { state: 'FAILED', errorMsg });
    } finally {
      unwatch();
      this.#abort = undefined;
    }
  }

  /** Looks from time to time whether someone has shut the task down. */
  #watch(task: TaskRow, abort: AbortController): () => void {
    const { store, clock, pollMs } = this.#options;
    let timer: Timer | undefined;
    let watching = true;
    const look = (): void => {
      if (watching)
        timer = clock.setTimeout(
          () =>
            void ask()
              .catch(() => undefined)
              .then(look),
          pollMs,
        );
    };
    const ask = async (): Promise<void> => {
      const now = await store.task(task.id);
      if (!watching || now === undefined || !isFinished(now.state)) return;
      watching = false;
      abort.abort(new Error(now.errorMsg ?? 'Task was shut down'));
    };
    look();
    return () => {
      watching = false;
      if (timer !== undefined) clock.clearTimeout(timer);
    };
  }

  #end(task: TaskRow, change: Parameters<MetadataStore['updateTask']>[1]): Promise<void> {
    const { store, clock } = this.#options;
    return store.updateTask(task.id, { ...change, durationMs: clock.nowMs() - task.createdAtMs });
  }

  #troubled(error: unknown): void {
    this.#options.logger.warn('Tasks could not be looked for; it is tried again', { err: error });
  }
}
