import { invalidInput } from '../../common/druid-error.js';
import { formatIso, parseInterval } from '../../common/iso-time.js';
import type { MetadataStore, NodeRow, TaskRow, TaskState } from '../../metadata/metadata-store.js';
import type { Clock } from '../../platform/clock.js';
import type { Randomness } from '../../platform/randomness.js';
import { nothingYet, unknownId } from './overlord-error.js';
import { type TaskStatus, type TaskStatusPlus, taskStatusPlus } from './task-status.js';

/** What the queue must know of a submitted task; reading the rest is up to whoever runs it. */
export interface SubmittedTask {
  readonly type: string;
  readonly dataSource: string;
  /** As submitted; undefined = one is made. */
  readonly id: string | undefined;
}

export type ListedState = 'pending' | 'waiting' | 'running' | 'complete';

export interface TaskFilter {
  /** As in the request; anything but a `ListedState` is refused. */
  readonly state?: string;
  readonly dataSource?: string;
  readonly type?: string;
  /** Finished tasks at most; all the others are always listed. */
  readonly max?: number;
  /** Of finished tasks: `2025-01-01_2025-01-02`, the `/` of intervals as `_`. */
  readonly createdTimeInterval?: string;
}

export interface TaskQueueOptions {
  readonly store: Pick<MetadataStore, 'putTask' | 'task' | 'tasks' | 'updateTask' | 'liveNodes'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Checks a task's JSON. @throws DruidError INVALID_INPUT, UNSUPPORTED */
  readonly read: (json: unknown) => SubmittedTask;
}

const STATES: Readonly<Record<ListedState, readonly TaskState[]>> = {
  pending: ['PENDING'],
  waiting: ['WAITING'],
  running: ['RUNNING'],
  complete: ['SUCCESS', 'FAILED'],
};
const UNFINISHED: readonly TaskState[] = ['WAITING', 'PENDING', 'RUNNING'];
const NODE_AGE_MS = 60_000;

/** Druid's task API over the metadata store, apart from HTTP. @source Druid `OverlordResource.java` */
export class TaskQueue {
  readonly #options: TaskQueueOptions;

  constructor(options: TaskQueueOptions) {
    this.#options = options;
  }

  /** @throws DruidError INVALID_INPUT when the task cannot be read, or its id is taken */
  async submit(json: unknown): Promise<{ readonly task: string }> {
    const { store, clock, randomness, read } = this.#options;
    const submitted = read(json);
    const createdAtMs = clock.nowMs();
    const id = submitted.id ?? makeTaskId(submitted.type, submitted.dataSource, createdAtMs, randomness);
    if ((await store.task(id)) !== undefined) throw invalidInput(`Task[${id}] already exists`);
    const { type, dataSource } = submitted;
    const fresh = { state: 'WAITING', durationMs: -1, errorMsg: null, nodeId: null, report: null } as const;
    await store.putTask({ id, type, dataSource, createdAtMs, payload: json, ...fresh });
    return { task: id };
  }

  async payload(id: string): Promise<{ readonly task: string; readonly payload: unknown }> {
    const { payload } = await this.#known(id);
    return { task: id, payload };
  }

  async status(id: string): Promise<{ readonly task: string; readonly status: TaskStatusPlus }> {
    const task = await this.#known(id);
    return { task: id, status: taskStatusPlus(task, await this.#nodes()) };
  }

  async reports(id: string): Promise<unknown> {
    const { report } = await this.#known(id);
    if (report !== null) return report;
    throw nothingYet(
      'No task reports were found for this task. The task may not exist, or it may not have completed yet.',
    );
  }

  /** Unknown ids are left out. */
  async statuses(ids: readonly string[]): Promise<Readonly<Record<string, TaskStatus>>> {
    const nodes = await this.#nodes();
    const found = await Promise.all(ids.map((id) => this.#options.store.task(id)));
    return Object.fromEntries(
      found
        .filter((task) => task !== undefined)
        .map((task) => {
          const { id, status, duration, errorMsg, location } = taskStatusPlus(task, nodes);
          return [id, { id, status, duration, errorMsg, location }];
        }),
    );
  }

  /** Newest first, unfinished tasks before finished ones. @throws DruidError INVALID_INPUT (answered as text) for a bad state */
  async list(filter: TaskFilter): Promise<readonly TaskStatusPlus[]> {
    const { state, type, max, dataSource, createdTimeInterval } = filter;
    if (state !== undefined && !isListedState(state)) {
      throw invalidInput(`Invalid task state[${state}]. Must be one of [pending, waiting, running, complete].`);
    }
    const within = createdTimeInterval === undefined ? undefined : parseInterval(createdTimeInterval.replace('_', '/'));
    const states = state === undefined ? [...UNFINISHED, ...STATES.complete] : STATES[state];
    const rows = await this.#options.store.tasks({ states, ...(dataSource !== undefined && { dataSource }) });
    const ofType = rows.filter((row) => type === undefined || row.type === type);
    const unfinished = ofType.filter((row) => UNFINISHED.includes(row.state));
    const finished = ofType
      .filter((row) => STATES.complete.includes(row.state))
      .filter((row) => within === undefined || (within.startMs <= row.createdAtMs && row.createdAtMs < within.endMs));
    const nodes = await this.#nodes();
    return [...unfinished, ...finished.slice(0, max)].map((row) => taskStatusPlus(row, nodes));
  }

  /** A task that has ended stays as it is; one that runs is told by its state (`TaskRunner` looks). */
  async shutdown(id: string): Promise<{ readonly task: string }> {
    await this.#shutDown(await this.#known(id));
    return { task: id };
  }

  /** undefined when the data source has no unfinished task. */
  async shutdownAll(dataSource: string): Promise<{ readonly dataSource: string } | undefined> {
    const rows = await this.#options.store.tasks({ states: UNFINISHED, dataSource });
    if (rows.length === 0) return undefined;
    await Promise.all(rows.map((row) => this.#shutDown(row)));
    return { dataSource };
  }

  async #shutDown(task: TaskRow): Promise<void> {
    const { store, clock } = this.#options;
    await store.updateTask(task.id, {
      state: 'FAILED',
      errorMsg: 'Shutdown request from user',
      durationMs: clock.nowMs() - task.createdAtMs,
    });
  }

  async #known(id: string): Promise<TaskRow> {
    const task = await this.#options.store.task(id);
    if (task === undefined) throw unknownId('task', id);
    return task;
  }

  #nodes(): Promise<readonly NodeRow[]> {
    return this.#options.store.liveNodes(NODE_AGE_MS);
  }
}

/** `index_parallel_wikipedia_ofgeeebm_2026-11-22T15:34:48.987Z`. @source Druid `AbstractTask.java`, `RandomIdUtils.java` */
export function makeTaskId(type: string, dataSource: string, nowMs: number, randomness: Randomness): string {
  const letters = Array.from({ length: 8 }, () => 'abcdefghijklmnop'[Math.floor(randomness.nextDouble() * 16)]);
  return `${type}_${dataSource}_${letters.join('')}_${formatIso(nowMs)}`;
}

function isListedState(state: string): state is ListedState {
  return Object.hasOwn(STATES, state);
}
