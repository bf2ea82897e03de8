import { beforeEach, describe, expect, test } from 'vitest';
import { CompactionDuty } from '../../../../src/coordination/coordinator/compaction-duty.js';
import type { CompactionJob } from '../../../../src/coordination/coordinator/compaction.js';
import { Coordinator, type Duty } from '../../../../src/coordination/coordinator/coordinator.js';
import { Leadership } from '../../../../src/coordination/coordinator/leader.js';
import { orphanedTasksDuty } from '../../../../src/coordination/coordinator/orphaned-tasks-duty.js';
import type { MetadataStore, NewSegment } from '../../../../src/metadata/metadata-store.js';
import { MetadataView } from '../../../../src/metadata/metadata-view.js';
import { SimulatedClock } from '../../../../src/platform/simulated-clock.js';
import { silentLogger } from '../../../../src/telemetry/logger.js';
import { openMemoryStore } from '../memory-store.js';
import { noting } from '../../../support/noting.js';

const TTL_MS = 9_000;

let clock: SimulatedClock;
let store: MetadataStore;
beforeEach(async () => {
  clock = new SimulatedClock();
  store = await openMemoryStore(clock);
});

function leadership(nodeId: string, over: Partial<MetadataStore> = {}): Leadership {
  const leases = {
    acquireLease: store.acquireLease.bind(store),
    renewLease: store.renewLease.bind(store),
    releaseLease: store.releaseLease.bind(store),
    ...over,
  };
  return new Leadership({ store: leases, clock, logger: silentLogger, nodeId, ttlMs: TTL_MS });
}

/** Lets simulated time and the store's promises go on together. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

describe('leadership', () => {
  test('one node leads, and keeps leading', async () => {
    const a = leadership('a');
    const b = leadership('b');
    await a.start();
    await b.start();
    for (let i = 0; i < 10; i++) {
      expect([a.epoch, b.epoch]).toEqual([1, undefined]);
      await pass(2_000);
    }
  });

  test('when the leader stops, another takes over in a new epoch', async () => {
    const a = leadership('a');
    const b = leadership('b');
    await a.start();
    await b.start();
    const before = a.epoch!;
    await a.stop();
    expect(a.epoch).toBeUndefined();
    await pass(TTL_MS / 3);
    expect(b.epoch).toBeGreaterThan(before);
  });

  test('a leader that cannot reach the store stops leading before another can begin', async () => {
    let away = false;
    const a = leadership('a', {
      renewLease: (...args) => (away ? Promise.reject(new Error('away')) : store.renewLease(...args)),
    });
    const b = leadership('b');
    await a.start();
    await b.start();
    await pass(3_000);
    away = true;
    const leading: string[] = [];
    for (let i = 0; i < 40; i++) {
      expect(a.epoch !== undefined && b.epoch !== undefined).toBe(false);
      leading.push(a.epoch === undefined ? (b.epoch === undefined ? '-' : 'b') : 'a');
      await pass(500);
    }
    expect(leading.join('')).toMatch(/^a+-*b+$/);
  });
});

describe('coordinator', () => {
  test('runs duties at their periods while it leads, and goes on after a failure', async () => {
    const runs: string[] = [];
    const duty = (name: string, periodMs: number): Duty => ({
      name,
      periodMs,
      run: async (epoch) => {
        runs.push(`${name}${epoch}`);
        if (name === 'bad') throw new Error('bad');
      },
    });
    const leader: { epoch: number | undefined } = { epoch: undefined };
    const duties = [duty('bad', 1_000), duty('slow', 5_000)];
    const coordinator = new Coordinator({ leadership: leader, clock, logger: silentLogger, duties });
    coordinator.start();
    await clock.advance(3_000);
    expect(runs).toEqual([]);
    leader.epoch = 7;
    await clock.advance(7_000);
    expect(runs.filter((run) => run === 'bad7').length).toBeGreaterThanOrEqual(6);
    expect(runs.filter((run) => run === 'slow7')).toHaveLength(2);
    await coordinator.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test('tasks of a node that is gone are recorded as failed', async () => {
    const task = { type: 'index_parallel', dataSource: 'wiki', createdAtMs: clock.nowMs(), payload: {}, report: null };
    const fresh = { state: 'WAITING', durationMs: -1, errorMsg: null, nodeId: null } as const;
    for (const id of ['t1', 't2', 't3']) await store.putTask({ id, ...task, ...fresh });
    for (const nodeId of ['gone', 'live']) await store.claimTask(nodeId);
    await store.heartbeat({ id: 'live', roles: ['indexer'], host: 'h', port: 1, startedAtMs: 0, viewS: 0 });
    await orphanedTasksDuty({ store, clock, periodMs: 1_000, nodeTimeoutMs: 10_000 }).run(1);
    expect(await store.task('t1')).toMatchObject({
      state: 'FAILED',
      errorMsg: 'Node [gone] that ran the task is gone',
    });
    expect((await store.task('t2'))!.state).toBe('RUNNING');
    expect((await store.task('t3'))!.state).toBe('WAITING');
  });
});

describe('compaction duty', () => {
  const small = (path: string): NewSegment => ({
    intervalStartMs: 0,
    intervalEndMs: 3_600_000,
    numRows: 100,
    sizeBytes: 1_000,
    minTimeMs: 0,
    maxTimeMs: 10,
    dimensions: [],
    metrics: [],
    path,
  });

  test('hands out each job once, and again after it failed and time has passed', async () => {
    const segments = Array.from({ length: 20 }, (_, i) => small(`p${i}`));
    await noting(store).publishBatch({ dataSource: 'wiki', append: true, intervals: [], segments });
    const view = new MetadataView(store);
    await view.refresh();
    const jobs: CompactionJob[] = [];
    let fail: (error: Error) => void = () => {};
    const duty = new CompactionDuty({
      view,
      clock,
      logger: silentLogger,
      periodMs: 10_000,
      maxJobs: 2,
      targetRows: 5_000_000,
      smallShare: 0.25,
      minSegments: 8,
      quietMs: 600_000,
      execute: (job) => {
        jobs.push(job);
        return new Promise((_, reject) => (fail = reject));
      },
    });
    await duty.run();
    await duty.run();
    expect(jobs.map((job) => job.inputs.length)).toEqual([20]);
    fail(new Error('no space'));
    await duty.idle();
    await duty.run();
    expect(jobs).toHaveLength(1);
    await clock.advance(60_000);
    await duty.run();
    expect(jobs).toHaveLength(2);
  });
});
