import { beforeEach, describe, expect, test } from 'vitest';
import { TaskRunner } from '../../../../src/coordination/overlord/task-runner.js';
import { TaskQueue } from '../../../../src/coordination/overlord/tasks.js';
import type { MetadataStore } from '../../../../src/metadata/metadata-store.js';
import { SeededRandomness } from '../../../../src/platform/randomness.js';
import { SimulatedClock } from '../../../../src/platform/simulated-clock.js';
import { silentLogger } from '../../../../src/telemetry/logger.js';
import { openMemoryStore } from '../memory-store.js';

const NODE = { id: 'node-1', roles: ['indexer'] as const, host: '10.0.0.1', port: 8091, startedAtMs: 0, viewS: 0 };

let clock: SimulatedClock;
let store: MetadataStore;
let queue: TaskQueue;
beforeEach(async () => {
  clock = new SimulatedClock(Date.UTC(2025, 5, 1));
  store = await openMemoryStore(clock);
  queue = new TaskQueue({
    store,
    clock,
    randomness: new SeededRandomness(1),
    read: (json) => {
      const { type, id, dataSource = 'wiki' } = json as { type: string; id?: string; dataSource?: string };
      return { type, id, dataSource };
    },
  });
});

/** Lets the runner and the store get on with it. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
}

describe('task queue', () => {
  test('a submitted task waits under an id like those of Druid', async () => {
    const { task } = await queue.submit({ type: 'index_parallel' });
    expect(task).toMatch(/^index_parallel_wiki_[a-p]{8}_2025-06-01T00:00:00\.000Z$/);
    expect(await queue.payload(task)).toEqual({ task, payload: { type: 'index_parallel' } });
    expect(await queue.status(task)).toEqual({
      task,
      status: {
        id: task,
        groupId: task,
        type: 'index_parallel',
        createdTime: '2025-06-01T00:00:00.000Z',
        queueInsertionTime: '2025-06-01T00:00:00.000Z',
        statusCode: 'RUNNING',
        status: 'RUNNING',
        runnerStatusCode: 'WAITING',
        duration: -1,
        location: { host: null, port: -1, tlsPort: -1 },
        dataSource: 'wiki',
        errorMsg: null,
      },
    });
  });

  test('an id can be used once', async () => {
    expect(await queue.submit({ type: 'index', id: 'mine' })).toEqual({ task: 'mine' });
    await expect(queue.submit({ type: 'index', id: 'mine' })).rejects.toMatchObject({
      category: 'INVALID_INPUT',
      message: 'Task[mine] already exists',
    });
  });

  test('unknown ids are answered in words of Druid', async () => {
    const unknown = { category: 'NOT_FOUND', errorCode: 'unknownId', message: 'Cannot find any task with id: [nope]' };
    await expect(queue.payload('nope')).rejects.toMatchObject(unknown);
    await expect(queue.status('nope')).rejects.toMatchObject(unknown);
    await expect(queue.reports('nope')).rejects.toMatchObject(unknown);
    await expect(queue.shutdown('nope')).rejects.toMatchObject(unknown);
    expect(await queue.statuses(['nope'])).toEqual({});
    expect(await queue.shutdownAll('nope')).toBeUndefined();
  });

  test('lists by state, type, data source, time and number', async () => {
    for (const [i, type] of ['index', 'index_parallel', 'index', 'index'].entries()) {
      await queue.submit({ type, id: `t${i}`, dataSource: i === 3 ? 'other' : 'wiki' });
      await clock.advance(60_000);
    }
    await store.updateTask('t0', { state: 'SUCCESS', durationMs: 5 });
    await store.updateTask('t1', { state: 'FAILED', errorMsg: 'no', durationMs: 6 });
    const ids = async (filter: Parameters<TaskQueue['list']>[0]) => (await queue.list(filter)).map((task) => task.id);
    expect(await ids({})).toEqual(['t3', 't2', 't1', 't0']);
    expect(await ids({ state: 'complete' })).toEqual(['t1', 't0']);
    expect(await ids({ max: 1 })).toEqual(['t3', 't2', 't1']);
    expect(await ids({ state: 'waiting', dataSource: 'wiki' })).toEqual(['t2']);
    expect(await ids({ type: 'index_parallel' })).toEqual(['t1']);
    expect(await ids({ state: 'complete', createdTimeInterval: '2025-06-01T00:00_2025-06-01T00:01' })).toEqual(['t0']);
    expect(await queue.list({ state: 'complete', max: 1 })).toMatchObject([
      {
        id: 't1',
        status: 'FAILED',
        runnerStatusCode: 'NONE',
        duration: 6,
        errorMsg: 'no',
        queueInsertionTime: '1970-01-01T00:00:00.000Z',
      },
    ]);
    await expect(queue.list({ state: 'zzz' })).rejects.toThrow(
      'Invalid task state[zzz]. Must be one of [pending, waiting, running, complete].',
    );
  });
});

describe('task runner', () => {
  const runner = (execute: ConstructorParameters<typeof TaskRunner>[0]['execute']): TaskRunner =>
    new TaskRunner({ store, clock, logger: silentLogger, nodeId: NODE.id, pollMs: 1_000, execute });

  test('runs what waits, oldest first, and records how it ended', async () => {
    await store.heartbeat(NODE);
    for (const id of ['good', 'bad', 'last']) {
      await queue.submit({ type: 'index', id });
      await clock.advance(10);
    }
    const order: string[] = [];
    const running = runner(async (task) => {
      order.push(task.id);
      if (task.id === 'bad') throw new Error('no such file');
      return { ingestionStatsAndErrors: { taskId: task.id } };
    });
    running.start();
    await pass(2_000);
    expect(order).toEqual(['good', 'bad', 'last']);
    expect(await queue.reports('good')).toEqual({ ingestionStatsAndErrors: { taskId: 'good' } });
    expect((await queue.status('good')).status).toMatchObject({
      status: 'SUCCESS',
      location: { host: '10.0.0.1', port: 8091, tlsPort: -1 },
    });
    expect(await queue.statuses(['bad', 'nope'])).toMatchObject({
      bad: { status: 'FAILED', errorMsg: 'no such file' },
    });
    await queue.submit({ type: 'index', id: 'later' });
    await pass(2_000);
    expect(order.at(-1)).toBe('later');
    await running.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test('a shutdown reaches the running task, which stays failed whatever it does', async () => {
    await queue.submit({ type: 'index', id: 'long' });
    const running = runner(
      (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('done after all'))),
    );
    running.start();
    await pass(500);
    await queue.shutdown('long');
    await pass(3_000);
    expect((await queue.status('long')).status).toMatchObject({
      status: 'FAILED',
      errorMsg: 'Shutdown request from user',
    });
    await running.stop();
  });

  test('a task that ran when the node died is not run again', async () => {
    await queue.submit({ type: 'index', id: 'interrupted' });
    await store.claimTask(NODE.id);
    const running = runner(() => Promise.reject(new Error('must not run')));
    running.start();
    await pass(1_500);
    expect((await queue.status('interrupted')).status.errorMsg).toBe('Node restarted while the task ran');
    await running.stop();
  });
});
