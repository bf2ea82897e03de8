import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchResult, runBatchTask } from '../../../../src/indexing/batch/run-batch-task.js';
import { NO_ACCESS } from '../../../../src/indexing/input-access.js';
import { parseBatchSpec } from '../../../../src/indexing/spec/batch-spec.js';
import { inputFromSegmentDirectory } from '../../../../src/segments/merge/segment-input.js';
import { valueAt } from '../../../../src/segments/merge/vector-values.js';

let root = '';
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-partitions-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const NAMES = Array.from({ length: 40 }, (_, i) => `n${i % 20}`);
const spec = (partitionsSpec: object, forceGuaranteedRollup = true) =>
  parseBatchSpec({
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource: 'x',
        timestampSpec: { column: 't', format: 'auto' },
        dimensionsSpec: { dimensions: ['name', 'other'] },
        metricsSpec: [{ type: 'count', name: 'count' }],
        granularitySpec: { segmentGranularity: 'DAY', queryGranularity: 'DAY', rollup: true },
      },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'inline', data: NAMES.map((name, i) => JSON.stringify({ t: i + 1, name })).join('\n') },
        inputFormat: { type: 'json' },
      },
      tuningConfig: { type: 'index_parallel', forceGuaranteedRollup, maxRowsInMemory: 7, partitionsSpec },
    },
  });

async function run(partitionsSpec: object): Promise<BatchResult> {
  const tempDir = join(root, `task-${made++}`);
  return runBatchTask(spec(partitionsSpec), { access: NO_ACCESS, tempDir, nowMs: () => 0 });
}

async function namesOf({ segments }: BatchResult): Promise<string[][]> {
  const names: string[][] = [];
  for (const { directory } of segments) {
    const input = await inputFromSegmentDirectory(directory);
    const [vector] = await input.column('name');
    names.push(Array.from({ length: input.numRows }, (_, row) => String(valueAt(vector!, row))));
    await input.close();
  }
  return names;
}

describe('partitioned segments', () => {
  it('hashed: equal rows meet in one of numShards segments, spilled or not', async () => {
    const result = await run({ type: 'hashed', numShards: 3, partitionDimensions: ['name'] });
    expect(result.segments.map((segment) => segment.shardSpec)).toEqual(
      [0, 1, 2].map((bucketId) => ({ type: 'hashed', bucketId, numBuckets: 3, partitionDimensions: ['name'] })),
    );
    const names = (await namesOf(result)).flat();
    expect(names.length).toBe(20);
    expect(new Set(names).size).toBe(20);
  });

  it('hashed: as many shards as targetRowsPerSegment makes, over all dimensions', async () => {
    const result = await run({ type: 'hashed', targetRowsPerSegment: 5 });
    expect(result.segments[0]!.shardSpec).toMatchObject({ numBuckets: 4, partitionDimensions: [] });
    expect((await namesOf(result)).flat().length).toBe(20);
  });

  it('range: segments follow one another without gaps, and hold what lies between their bounds', async () => {
    for (const partitionsSpec of [
      { type: 'range', partitionDimensions: ['name', 'absent'], targetRowsPerSegment: 8 },
      { type: 'single_dim', partitionDimension: 'name', maxRowsPerSegment: 8 },
    ]) {
      const result = await run(partitionsSpec);
      const names = await namesOf(result);
      expect(names.map((list) => list.length)).toEqual([8, 8, 4]);
      expect(names.flatMap((list) => [...list].sort())).toEqual([...new Set(NAMES)].sort());
      const specs = result.segments.map(
        (segment) => segment.shardSpec as unknown as { start: string[]; end: string[] },
      );
      expect([specs[0]!.start, specs[2]!.end]).toEqual([null, null]);
      expect(specs[1]!.start).toEqual(specs[0]!.end);
      expect(specs[1]!.start[0]).toBe([...names[1]!].sort()[0]);
    }
  });

  it('need forceGuaranteedRollup, as in Druid', () => {
    expect(() => spec({ type: 'hashed' }, false)).toThrow('best-effort rollup');
    expect(() => spec({ type: 'dynamic' })).toThrow('perfect rollup');
    expect(() => spec({ type: 'range', partitionDimensions: [] })).toThrow('partitionDimensions');
  });
});
