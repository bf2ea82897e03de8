import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_ACCESS } from '../../../src/indexing/input-access.js';
import { MergePool } from '../../../src/indexing/publish/merge-pool.js';
import { readTaskSpec, runTask } from '../../../src/indexing/tasks/run-task.js';
import type { SegmentRow, TaskRow } from '../../../src/metadata/metadata-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { inputFromSegmentDirectory } from '../../../src/segments/merge/segment-input.js';
import { valueAt } from '../../../src/segments/merge/vector-values.js';
import { fetchSegment } from '../../../src/indexing/tasks/compaction-runner.js';
import { BASE_MS, Cluster, DATA_SOURCE, testUploads, supervisorSpec } from './indexer-fixture.js';

let cluster: Cluster;
let merges: MergePool;
let made = 0;

async function run(payload: object): Promise<unknown> {
  const { type } = readTaskSpec(payload);
  const { store, view, deepStorage, directory } = cluster;
  const task = { id: `task-${made++}`, type, dataSource: DATA_SOURCE, payload } as TaskRow;
  const temporaryDirectory = join(directory, 'tmp');
  const services = {
    store,
    view,
    deepStorage,
    uploads: testUploads(store, deepStorage),
    temporaryDirectory,
    access: NO_ACCESS,
    clock: systemClock,
    merges,
  };
  const report = await runTask(task, { ...services, log: () => {} }, new AbortController().signal);
  await view.refresh();
  return report;
}

const index = (
  rows: readonly object[],
  { append = false, granularity = 'DAY', dropExisting = false, intervals = [] as readonly string[] } = {},
): object => ({
  type: 'index_parallel',
  spec: {
    dataSchema: {
      dataSource: DATA_SOURCE,
      timestampSpec: { column: 'time', format: 'iso' },
      dimensionsSpec: { dimensions: ['name', { type: 'long', name: 'n' }] },
      granularitySpec: { segmentGranularity: granularity, queryGranularity: 'NONE', rollup: false, intervals },
    },
    ioConfig: {
      type: 'index_parallel',
      inputSource: { type: 'inline', data: rows.map((row) => JSON.stringify(row)).join('\n') },
      inputFormat: { type: 'json' },
      appendToExisting: append,
      dropExisting,
    },
  },
});
const row = (time: string, name: string, n = 1): object => ({ time, name, n });

async function rowsOf(segments: readonly SegmentRow[]): Promise<string[]> {
  const found: string[] = [];
  for (const segment of segments) {
    const directory = join(cluster.directory, 'check', String(made++));
    await fetchSegment(cluster.deepStorage, segment, directory);
    const input = await inputFromSegmentDirectory(directory);
    const names = Object.keys(input.columnTypes).filter((name) => name !== '__time');
    const columns = await Promise.all(names.map((name) => input.column(name)));
    for (let at = 0; at < input.numRows; at++) {
      const values = columns.map(([vector]) => (vector === undefined ? null : valueAt(vector, at)));
      found.push(values.map((value, i) => `${names[i]}=${String(value)}`).join(' '));
    }
    await input.close();
  }
  return found.sort();
}
const used = (): readonly SegmentRow[] => cluster.view.segments();

beforeEach(async () => {
  cluster = await Cluster.create();
  merges = new MergePool({ threads: 1 });
});
afterEach(async () => {
  await merges.close();
  await cluster.close();
});

describe('a compact task', () => {
  test('changes the segment granularity without losing a row, and keeps what it was asked for', async () => {
    await run(index([row('2024-01-01', 'a'), row('2024-01-02', 'b'), row('2024-02-01', 'c')]));
    await run(index([row('2024-01-02', 'd')], { append: true }));
    const before = await rowsOf(used());
    const granularitySpec = { segmentGranularity: 'MONTH' };
    const payload = { type: 'compact', dataSource: DATA_SOURCE, interval: '2024-01-01/2024-03-01', granularitySpec };
    await run(payload);
    expect(used().map((segment) => segment.numRows)).toEqual([3, 1]);
    expect(await rowsOf(used())).toEqual(before);
    expect(used()[0]!.compactionState).toMatchObject({ granularitySpec });
  });

  test('reads hidden rows of older versions never again', async () => {
    await run(index([row('2024-01-01', 'old'), row('2024-01-02', 'kept')], { granularity: 'MONTH' }));
    await run(index([row('2024-01-01', 'new')]));
    await run({
      type: 'compact',
      dataSource: DATA_SOURCE,
      ioConfig: { type: 'compact', inputSpec: { type: 'interval', interval: '2024-01-01/2024-02-01' } },
      granularitySpec: { segmentGranularity: 'MONTH' },
    });
    expect(await rowsOf(used())).toEqual(['name=kept n=1', 'name=new n=1']);
  });

  test('with metrics, dimensions or a filter reads the rows again', async () => {
    await run(index([row('2024-01-01', 'a', 1), row('2024-01-01', 'a', 2), row('2024-01-01', 'b', 4)]));
    await run({
      type: 'compact',
      dataSource: DATA_SOURCE,
      interval: '2024-01-01/2024-01-02',
      granularitySpec: { rollup: true },
      dimensionsSpec: { dimensions: ['name'] },
      metricsSpec: [
        { type: 'count', name: 'count' },
        { type: 'longSum', name: 'sum', fieldName: 'n' },
      ],
      transformSpec: { filter: { type: 'selector', dimension: 'name', value: 'a' } },
    });
    expect(await rowsOf(used())).toEqual(['name=a count=2 sum=3']);
  });
});

describe('batch tasks', () => {
  test('dropExisting empties the days of its intervals that have no new rows', async () => {
    await run(index([row('2024-01-01', 'a'), row('2024-01-02', 'b'), row('2024-01-03', 'c')]));
    await run(index([row('2024-01-01', 'x')], { dropExisting: true, intervals: ['2024-01-01/2024-01-03'] }));
    expect(await rowsOf(used())).toEqual(['name=c n=1', 'name=x n=1']);
  });

  test('the source druid reads segments as they are visible', async () => {
    await run(index([row('2024-01-01', 'a', 3), row('2024-01-02', 'b', 5), row('2024-01-02', 'c', 7)]));
    const source = { type: 'druid', dataSource: DATA_SOURCE, interval: '2024-01-01/2024-01-03' };
    const filter = { type: 'not', field: { type: 'selector', dimension: 'name', value: 'b' } };
    const copy = index([]) as { spec: { dataSchema: object; ioConfig: object } };
    Object.assign(copy.spec.dataSchema, { timestampSpec: { column: '__time', format: 'millis' } });
    Object.assign(copy.spec.ioConfig, { inputSource: { ...source, filter }, inputFormat: undefined });
    await run(copy);
    expect(await rowsOf(used())).toEqual(['name=a n=3', 'name=c n=7']);
  });
});

describe('a kill task', () => {
  test('leaves what became unused after maxUsedStatusLastUpdatedTime', async () => {
    await run(index([row('2024-01-01', 'a'), row('2024-01-02', 'b')]));
    const [first] = used();
    await cluster.store.retireSegments(DATA_SOURCE, [first!.id]);
    const kill = { type: 'kill', dataSource: DATA_SOURCE, interval: '2024-01-01/2025-01-01' };
    await run({ ...kill, maxUsedStatusLastUpdatedTime: '2024-01-01T00:00:00Z' });
    expect(await cluster.store.unusedSegments(DATA_SOURCE, null, 10)).toHaveLength(1);
    await expect(run({ ...kill, maxUsedStatusLastUpdatedTime: 'soon' })).rejects.toMatchObject({ status: 400 });
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await run({ ...kill, maxUsedStatusLastUpdatedTime: later });
    expect(await cluster.store.unusedSegments(DATA_SOURCE, null, 10)).toEqual([]);
  });

  test('deletes what is unused in its interval, from the store and from deep storage', async () => {
    await run(index([row('2024-01-01', 'a'), row('2024-01-02', 'b')]));
    const [first, second] = used();
    await cluster.store.retireSegments(DATA_SOURCE, [first!.id]);
    await run({ type: 'kill', dataSource: DATA_SOURCE, interval: '2024-01-01/2025-01-01' });
    expect(await cluster.store.unusedSegments(DATA_SOURCE, null, 10)).toEqual([]);
    expect(used().map((segment) => segment.id)).toEqual([second!.id]);
    expect(await cluster.deepStorage.size(`${first!.path}/segment.bin`)).toBeUndefined();
    expect(await cluster.deepStorage.size(`${second!.path}/segment.bin`)).toBeGreaterThan(0);
  });
});

describe('replaying dead letters', () => {
  test('adds each row once, with the spec as it is then; what is still bad stays', async () => {
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.sendRaw(
      `{"when":${BASE_MS},"name":"late name"}`,
      'no json at all',
      `{"time":${BASE_MS},"name":"good"}{"when":${BASE_MS + 1},"name":"half"}`,
      `{"time":${BASE_MS},"name":"kept","n":"no number"}`,
    );
    await cluster.until(async () => (await cluster.count())?.to['0'] === 4, 'all is read');
    await cluster.stopNode('a');
    const replay = { type: 'replay_dead_letters', supervisorId: DATA_SOURCE, dataSource: DATA_SOURCE };
    await run(replay);
    expect((await cluster.store.deadLetters(DATA_SOURCE, 10)).length).toBe(4);
    const changed = supervisorSpec() as { spec: { dataSchema: object } };
    const flattenSpec = { fields: [{ type: 'path', name: 'time2', expr: '$.when' }] };
    Object.assign(changed.spec.dataSchema, { timestampSpec: { column: 'time2', format: 'millis' } });
    Object.assign((changed as { spec: { ioConfig?: object } }).spec.ioConfig!, {
      inputFormat: { type: 'json', flattenSpec },
    });
    await cluster.supervise(changed, true);
    const report = await run(replay);
    await run(replay);
    expect(await rowsOf(used())).toEqual([
      'name=good n=null',
      'name=half n=null',
      'name=kept n=null',
      'name=late name n=null',
    ]);
    expect(report).toMatchObject({ deadLetters: { replayed: [{ offset: 2 }, { offset: 0 }] } });
    expect((await cluster.store.deadLetters(DATA_SOURCE, 10)).map(({ offset }) => String(offset)).sort()).toEqual([
      '1',
      '3',
    ]);
  });
});
