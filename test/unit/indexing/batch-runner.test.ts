import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_ACCESS } from '../../../src/indexing/input-access.js';
import { runBatch } from '../../../src/indexing/tasks/batch-runner.js';
import type { TaskRow } from '../../../src/metadata/metadata-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { type Cluster, Cluster as TestCluster, DATA_SOURCE, testUploads } from './indexer-fixture.js';

const payload = (data: string, appendToExisting = false): object => ({
  type: 'index_parallel',
  spec: {
    dataSchema: {
      dataSource: DATA_SOURCE,
      timestampSpec: { column: 'time', format: 'iso' },
      dimensionsSpec: { dimensions: ['name'] },
      granularitySpec: { segmentGranularity: 'DAY', queryGranularity: 'NONE', rollup: false },
    },
    ioConfig: {
      type: 'index_parallel',
      inputSource: { type: 'inline', data },
      inputFormat: { type: 'json' },
      appendToExisting,
    },
    tuningConfig: { type: 'index_parallel', maxParseExceptions: 1 },
  },
});
const rows = (...days: readonly number[]): string =>
  days.map((day) => `{"time":"2024-01-0${day}","name":"n"}`).join('\n');

describe('a batch task', () => {
  let cluster: Cluster;
  const run = (json: object, signal = new AbortController().signal): Promise<unknown> => {
    const { store, deepStorage, directory } = cluster;
    const task = { id: 'task', type: 'index_parallel', dataSource: DATA_SOURCE, payload: json } as TaskRow;
    const services = {
      store,
      view: cluster.view,
      deepStorage,
      uploads: testUploads(store, deepStorage),
      temporaryDirectory: join(directory, 'tmp'),
      access: NO_ACCESS,
      clock: systemClock,
      log: () => {},
    };
    return runBatch(task, services, signal);
  };
  const stored = async (): Promise<number[]> => {
    await cluster.view.refresh();
    return cluster.view.segments().map((segment) => segment.numRows);
  };

  beforeEach(async () => {
    cluster = await TestCluster.create();
  });
  afterEach(async () => {
    await cluster.close();
  });

  test('publishes its rows and reports what it read', async () => {
    const report = await run(payload(`${rows(1, 1, 2)}\nno json`));
    expect(await stored()).toEqual([2, 1]);
    expect(report).toMatchObject({
      ingestionStatsAndErrors: {
        payload: { ingestionState: 'COMPLETED', rowStats: { buildSegments: { processed: 3, unparseable: 1 } } },
      },
    });
  });

  test('replaces the days that it has rows of, or appends to them', async () => {
    await run(payload(rows(1, 1, 2)));
    await run(payload(rows(2, 2, 2)));
    expect([...(await stored())].sort((a, b) => a - b)).toEqual([2, 3]);
    await run(payload(rows(2), true));
    expect([...(await stored())].sort((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  test('publishes nothing when too many rows are bad, or when it is aborted', async () => {
    await expect(run(payload(`${rows(1)}\nx\ny`))).rejects.toThrow();
    await expect(run(payload(rows(1)), AbortSignal.timeout(1))).rejects.toThrow();
    expect(await stored()).toEqual([]);
  });
});
