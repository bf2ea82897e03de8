import { beforeEach, describe, expect, test } from 'vitest';
import type { GroupActivity, RowCounts } from '../../../../src/protocol/group-activity.js';
import { Supervisors } from '../../../../src/coordination/overlord/supervisors.js';
import type { MetadataStore } from '../../../../src/metadata/metadata-store.js';
import { MetadataView } from '../../../../src/metadata/metadata-view.js';
import { SimulatedClock } from '../../../../src/platform/simulated-clock.js';
import { openMemoryStore } from '../memory-store.js';

const ROWS: RowCounts = { processed: 5, processedBytes: 50, processedWithError: 0, thrownAway: 1, unparseable: 2 };
const UNKNOWN = {
  category: 'NOT_FOUND',
  errorCode: 'unknownId',
  message: 'Cannot find any supervisor with id: [wiki]',
};

let clock: SimulatedClock;
let store: MetadataStore;
let supervisors: Supervisors;
let activity: GroupActivity[];
let handedOff: unknown[];

interface Submitted {
  readonly suspended?: boolean;
  readonly id?: string;
}

beforeEach(async () => {
  clock = new SimulatedClock(Date.UTC(2025, 5, 1));
  store = await openMemoryStore(clock);
  activity = [];
  handedOff = [];
  supervisors = new Supervisors({
    store,
    view: new MetadataView(store),
    clock,
    runtime: {
      activity: async () => activity,
      handOff: async (id, groups) => {
        handedOff.push([id, groups]);
      },
    },
    read: (json) => {
      const { suspended = false, id = 'wiki', ...rest } = json as Submitted;
      if ('bad' in rest) throw new Error('bad spec');
      const sizes = { replicas: 1, taskCount: 2, taskDurationMs: 3_600_000 };
      return { id, dataSource: 'wiki', stream: 'edits', type: 'kafka', suspended, ...sizes, shown: { shown: json } };
    },
  });
});

function group(number: number, change: Partial<GroupActivity> = {}): GroupActivity {
  return {
    group: number,
    taskId: `index_kafka_wiki_${number}`,
    startTimeMs: clock.nowMs() - 60_000,
    remainingMs: 30_500,
    startingOffsets: { [number]: 0 },
    currentOffsets: { [number]: 100 },
    latestOffsets: { [number]: 107 },
    publishing: [],
    trouble: undefined,
    isIdle: false,
    totals: ROWS,
    movingAverages: { '1m': ROWS, '5m': ROWS, '15m': ROWS },
    memoryBytes: 0,
    spilled: { sequences: 0, rows: 0, bytes: 0 },
    recentErrors: [],
    parseErrors: [],
    ...change,
  };
}

describe('supervisors', () => {
  test('a submitted supervisor is listed in each form', async () => {
    expect(await supervisors.submit({ suspended: true }, false)).toEqual({ id: 'wiki' });
    const health = { id: 'wiki', state: 'SUSPENDED', detailedState: 'SUSPENDED', healthy: true, suspended: true };
    expect(await supervisors.ids()).toEqual(['wiki']);
    expect(await supervisors.list('state')).toEqual([health]);
    expect(await supervisors.list('full')).toEqual([{ ...health, spec: { shown: { suspended: true } } }]);
    expect(await supervisors.list('system')).toEqual([
      { ...health, specString: '{"shown":{"suspended":true}}', type: 'kafka', source: 'edits' },
    ]);
    expect(await supervisors.spec('wiki')).toEqual({ shown: { suspended: true } });
  });

  test('a spec that cannot be read is refused before anything is stored', async () => {
    await expect(supervisors.submit({ bad: true }, false)).rejects.toThrow('bad spec');
    expect(await supervisors.ids()).toEqual([]);
    expect(await store.currentS()).toBe(0);
  });

  test('submitting again replaces, unless the spec is the same and that is to be skipped', async () => {
    await supervisors.submit({ a: 1 }, false);
    await supervisors.submit({ a: 1 }, true);
    expect(await supervisors.history('wiki')).toHaveLength(1);
    await supervisors.submit({ a: 1 }, false);
    await supervisors.submit({ a: 2 }, true);
    expect((await supervisors.history('wiki')).map((entry) => entry.spec)).toEqual([
      { shown: { a: 2 } },
      { shown: { a: 1 } },
      { shown: { a: 1 } },
    ]);
  });

  test('suspend and resume change the spec, once', async () => {
    await supervisors.submit({ a: 1 }, false);
    await expect(supervisors.resume('wiki')).rejects.toThrow('[wiki] is already running');
    expect(await supervisors.suspend('wiki')).toEqual({ shown: { a: 1, suspended: true } });
    await expect(supervisors.suspend('wiki')).rejects.toMatchObject({
      category: 'INVALID_INPUT',
      message: '[wiki] is already suspended',
    });
    expect((await store.snapshot()).supervisors).toMatchObject([{ suspended: true, spec: { a: 1, suspended: true } }]);
    expect(await supervisors.resumeAll()).toEqual({ status: 'success' });
    expect((await supervisors.list('state'))[0]!.suspended).toBe(false);
  });

  test('a terminated supervisor is gone but for its history', async () => {
    await supervisors.submit({}, false);
    expect(await supervisors.terminate('wiki')).toEqual({ id: 'wiki' });
    await expect(supervisors.terminate('wiki')).rejects.toMatchObject(UNKNOWN);
    await expect(supervisors.spec('wiki')).rejects.toMatchObject(UNKNOWN);
    expect((await supervisors.history('wiki')).length).toBe(2);
    await expect(supervisors.history('nope')).rejects.toMatchObject({ message: 'No history for [nope].' });
  });

  test('every request for an unknown supervisor says so', async () => {
    for (const request of ['spec', 'status', 'health', 'stats', 'parseErrors', 'suspend', 'resume', 'reset'] as const) {
      await expect(supervisors[request]('wiki')).rejects.toMatchObject(UNKNOWN);
    }
    await expect(supervisors.resetOffsets('wiki', {})).rejects.toMatchObject(UNKNOWN);
    await expect(supervisors.handOff('wiki', {})).rejects.toMatchObject(UNKNOWN);
  });

  test('status before any task runs is that of Druid', async () => {
    await supervisors.submit({ suspended: false }, false);
    expect(await supervisors.status('wiki')).toEqual({
      id: 'wiki',
      generationTime: '2025-06-01T00:00:00.000Z',
      payload: {
        dataSource: 'wiki',
        stream: 'edits',
        partitions: 0,
        replicas: 1,
        durationSeconds: 3_600,
        activeTasks: [],
        publishingTasks: [],
        minimumLag: {},
        aggregateLag: 0,
        suspended: false,
        healthy: true,
        state: 'PENDING',
        detailedState: 'PENDING',
        recentErrors: [],
      },
    });
    expect(await supervisors.stats('wiki')).toEqual({});
  });

  test('status sums up what the owners of the task groups say', async () => {
    await supervisors.submit({}, false);
    activity = [group(0)];
    expect((await supervisors.status('wiki')).payload).toMatchObject({
      state: 'RUNNING',
      detailedState: 'CREATING_TASKS',
    });
    activity = [group(0), group(1, { latestOffsets: undefined })];
    const { payload } = await supervisors.status('wiki');
    expect(payload).toMatchObject({
      partitions: 2,
      latestOffsets: { 0: 107 },
      minimumLag: { 0: 7 },
      aggregateLag: 7,
      state: 'RUNNING',
      detailedState: 'RUNNING',
    });
    expect(payload.activeTasks[0]).toEqual({
      id: 'index_kafka_wiki_0',
      startingOffsets: { 0: 0 },
      startTime: '2025-05-31T23:59:00.000Z',
      remainingSeconds: 30,
      type: 'ACTIVE',
      currentOffsets: { 0: 100 },
      lag: { 0: 7 },
    });
    expect(payload.activeTasks[1]).not.toHaveProperty('lag');
    expect((await supervisors.stats('wiki'))['1']).toEqual({
      index_kafka_wiki_1: {
        movingAverages: { buildSegments: { '1m': ROWS, '5m': ROWS, '15m': ROWS } },
        totals: { buildSegments: ROWS },
      },
    });
  });

  test('trouble with the stream makes a supervisor unhealthy', async () => {
    await supervisors.submit({}, false);
    activity = [group(0), group(1, { trouble: 'DATA_LOSS' })];
    expect(await supervisors.health('wiki')).toEqual({ healthy: false });
    expect(await supervisors.list('state')).toMatchObject([
      { state: 'UNHEALTHY_SUPERVISOR', detailedState: 'DATA_LOSS', healthy: false },
    ]);
  });

  test('a supervisor all of whose groups are idle is IDLE, healthy, and shows no task', async () => {
    await supervisors.submit({}, false);
    activity = [group(0, { isIdle: true }), group(1)];
    expect(await supervisors.list('state')).toMatchObject([{ state: 'RUNNING' }]);
    activity = [group(0, { isIdle: true }), group(1, { isIdle: true })];
    expect(await supervisors.list('state')).toMatchObject([{ state: 'IDLE', detailedState: 'IDLE', healthy: true }]);
    expect((await supervisors.status('wiki')).payload.activeTasks).toEqual([]);
  });

  test('reset forgets the offsets, resetOffsets sets some', async () => {
    await supervisors.submit({}, false);
    const body = (over: object) => ({
      type: 'kafka',
      partitions: { type: 'end', stream: 'edits', partitionOffsetMap: { 0: 100 }, ...over },
    });
    expect(await supervisors.resetOffsets('wiki', body({}))).toEqual({ id: 'wiki' });
    expect((await store.snapshot()).offsets[0]!.partitions).toEqual({ 0: 100 });
    await expect(supervisors.resetOffsets('wiki', { type: 'zzz' })).rejects.toThrow(/Could not resolve type id 'zzz'/);
    await expect(supervisors.resetOffsets('wiki', body({ stream: 'other' }))).rejects.toThrow(/\[other\]/);
    await expect(supervisors.resetOffsets('wiki', body({ partitionOffsetMap: { 0: -1 } }))).rejects.toThrow(/\[-1\]/);
    activity = [group(0), group(1)];
    const elsewhere = supervisors.resetOffsets('wiki', body({ partitionOffsetMap: { 1: 5, 99: 5 } }));
    await expect(elsewhere).rejects.toMatchObject({
      category: 'INVALID_INPUT',
      message: expect.stringMatching(/\[99\]/),
    });
    expect((await store.snapshot()).offsets[0]!.partitions).toEqual({ 0: 100 });
    expect(await supervisors.resetOffsets('wiki', body({ partitionOffsetMap: { 1: 5 } }))).toEqual({ id: 'wiki' });
    expect(await supervisors.reset('wiki')).toEqual({ id: 'wiki' });
    expect((await store.snapshot()).offsets).toEqual([]);
  });

  test('a handoff is passed on to the owners', async () => {
    await supervisors.submit({}, false);
    await supervisors.handOff('wiki', { taskGroupIds: [0, 1] });
    expect(handedOff).toEqual([['wiki', [0, 1]]]);
    await expect(supervisors.handOff('wiki', {})).rejects.toMatchObject({ category: 'INVALID_INPUT' });
    await expect(supervisors.handOff('wiki', { taskGroupIds: [] })).rejects.toMatchObject({
      category: 'INVALID_INPUT',
    });
  });
});
