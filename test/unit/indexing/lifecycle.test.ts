import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { autoCompactionDuty, COMPACTION } from '../../../src/coordination/coordinator/auto-compaction-duty.js';
import { retentionDuty, RULES } from '../../../src/coordination/coordinator/retention-duty.js';
import { NO_ACCESS } from '../../../src/indexing/input-access.js';
import { MergePool } from '../../../src/indexing/publish/merge-pool.js';
import { runTask } from '../../../src/indexing/tasks/run-task.js';
import { compactionState } from '../../../src/indexing/spec/compact-spec.js';
import type { TaskRow } from '../../../src/metadata/metadata-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { Cluster, DATA_SOURCE, testUploads } from './indexer-fixture.js';

let cluster: Cluster;
let merges: MergePool;
let made = 0;
const submitted: object[] = [];
const AUDIT = { author: 'me', comment: 'why' };

async function run(payload: object): Promise<void> {
  const { store, view, deepStorage, directory } = cluster;
  const { type } = payload as { type: string };
  const task = { id: `task-${made++}`, type, dataSource: DATA_SOURCE, payload } as TaskRow;
  const temporaryDirectory = join(directory, 'tmp');
  const uploads = testUploads(store, deepStorage);
  const services = { store, view, deepStorage, uploads, temporaryDirectory, access: NO_ACCESS, merges };
  await runTask(task, { ...services, clock: systemClock, log: () => {} }, new AbortController().signal);
  await view.refresh();
}
const append = (...days: readonly string[]): Promise<void> =>
  run({
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource: DATA_SOURCE,
        timestampSpec: { column: 't', format: 'iso' },
        dimensionsSpec: { dimensions: ['a'] },
        granularitySpec: { segmentGranularity: 'DAY', rollup: false },
      },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'inline', data: days.map((t) => JSON.stringify({ t, a: 'x' })).join('\n') },
        inputFormat: { type: 'json' },
        appendToExisting: true,
      },
    },
  });
const days = (): string[] =>
  cluster.view.segments().map((row) => new Date(row.intervalStartMs).toISOString().slice(0, 10));

beforeEach(async () => {
  cluster = await Cluster.create();
  merges = new MergePool({ threads: 1 });
});
afterEach(async () => {
  await merges.close();
  await cluster.close();
});

test('rules that drop mark segments unused; the rules of a data source come before the default ones', async () => {
  const { store, view } = cluster;
  await append('2024-01-01', '2024-02-01', '2024-03-01');
  const duty = retentionDuty({ store, view, clock: systemClock, logger: silentLogger, periodMs: 1 });
  await duty.run(1);
  expect(view.segments().length).toBe(3);
  await store.putConfig(`${RULES}_default`, [{ type: 'dropForever' }], AUDIT);
  await store.putConfig(
    RULES + DATA_SOURCE,
    [
      { type: 'dropByInterval', interval: '2024-01-01/2024-01-02' },
      { type: 'loadByInterval', interval: '2024-02-01/2025-01-01' },
    ],
    AUDIT,
  );
  await duty.run(1);
  await view.refresh();
  expect(days().sort()).toEqual(['2024-02-01', '2024-03-01']);
  expect(await store.configHistory(`${RULES}_default`, 5)).toMatchObject([
    { ...AUDIT, payload: [{ type: 'dropForever' }] },
  ]);
});

test('auto-compaction submits tasks until every segment is as its config wants it', async () => {
  const { store, view } = cluster;
  await append('2024-01-01', '2024-01-02', '2024-03-01');
  await append('2024-01-01', '2024-01-02', '2024-03-01');
  const config = {
    dataSource: DATA_SOURCE,
    skipOffsetFromLatest: 'P1D',
    granularitySpec: { segmentGranularity: 'MONTH' },
  };
  await store.putConfig(COMPACTION + DATA_SOURCE, config, AUDIT);
  const submit = (task: object): Promise<void> => {
    submitted.push(task);
    return run(task);
  };
  const duty = autoCompactionDuty({ store, view, clock: systemClock, periodMs: 1, submit, stateOf: compactionState });
  for (let turn = 0; turn < 4; turn++) await duty.run(1);
  expect(submitted.length).toBe(1);
  expect(view.segments().map(({ numRows, compactionState: state }) => [numRows, state !== undefined])).toEqual([
    [1, false],
    [1, false],
    [4, true],
  ]);
});
