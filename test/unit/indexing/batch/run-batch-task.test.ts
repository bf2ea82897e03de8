import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BatchEnvironment,
  type BatchResult,
  runBatchTask,
} from '../../../../src/indexing/batch/run-batch-task.js';
import { parseBatchSpec } from '../../../../src/indexing/spec/batch-spec.js';
import { inputFromSegmentDirectory } from '../../../../src/segments/merge/segment-input.js';
import { cell } from '../../segments/incremental/read-view.js';

const conformance = fileURLToPath(new URL('../../../conformance', import.meta.url));
const specOf = (name: string) => JSON.parse(readFileSync(join(conformance, 'specs', `${name}.json`), 'utf8'));

let root = '';
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-batch-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function run(json: unknown, change: Partial<BatchEnvironment> = {}): Promise<BatchResult> {
  const tempDir = join(root, `task-${made++}`);
  return runBatchTask(parseBatchSpec(json), {
    access: { allowLocal: [conformance], allowHttp: [] },
    tempDir,
    nowMs: () => 0,
    ...change,
  });
}

async function columnOf({ segments }: BatchResult, name: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const { directory } of segments) {
    const input = await inputFromSegmentDirectory(directory);
    const vectors = await input.column(name);
    input.blockRows.forEach((numRows, block) => {
      for (let row = 0; row < numRows; row++) values.push(cell(vectors[block], row));
    });
    await input.close();
  }
  return values;
}

const sum = (values: readonly unknown[]) =>
  values.reduce<bigint>((total, value) => total + ((value as bigint | null) ?? 0n), 0n);

const SCHEMA = {
  dataSource: 'x',
  timestampSpec: { column: 't', format: 'auto' },
  dimensionsSpec: { dimensions: ['a'] },
  metricsSpec: [{ type: 'count', name: 'count' }],
  granularitySpec: { segmentGranularity: 'DAY', rollup: false },
};
function task(inputSource: object, change: { dataSchema?: object; tuningConfig?: object; inputFormat?: object } = {}) {
  return {
    type: 'index_parallel',
    spec: {
      dataSchema: { ...SCHEMA, ...change.dataSchema },
      ioConfig: { type: 'index_parallel', inputSource, inputFormat: change.inputFormat ?? { type: 'json' } },
      tuningConfig: { type: 'index_parallel', ...change.tuningConfig },
    },
  };
}

describe('conformance data', () => {
  const edits = gunzipSync(readFileSync(join(conformance, 'data/wikiticker-2015-09-12-sampled.json.gz')))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { added: number; channel: string });

  it('wikipedia: every edit once, in one day, sorted dictionaries', async () => {
    const result = await run(specOf('wikipedia'));
    expect(result.rowStats).toMatchObject({ processed: 39_244, processedWithError: 0, thrownAway: 0, unparseable: 0 });
    expect(
      result.segments.map(({ numRows, intervalStartMs, intervalEndMs }) => [numRows, intervalStartMs, intervalEndMs]),
    ).toEqual([[39_244, Date.UTC(2015, 8, 12), Date.UTC(2015, 8, 13)]]);
    expect(result.segments[0]!.dimensions.length).toBe(19);
    expect(sum(await columnOf(result, 'added'))).toBe(BigInt(edits.reduce((total, edit) => total + edit.added, 0)));
    expect((await columnOf(result, 'channel')).filter((channel) => channel === '#en.wikipedia').length).toBe(
      edits.filter((edit) => edit.channel === '#en.wikipedia').length,
    );
  });

  it('wikipedia in small runs gives the same segment as in one piece', async () => {
    const spec = specOf('wikipedia');
    const whole = await run(spec);
    spec.spec.tuningConfig.maxRowsInMemory = 7000;
    const spilled = await run(spec);
    for (const name of ['__time', 'user', 'page', 'delta', 'cityName'])
      expect(await columnOf(spilled, name)).toEqual(await columnOf(whole, name));
    expect(spilled.rowStats).toEqual(whole.rowStats);
  });

  it('wikipedia_rollup: groups by hour add up, spilled or not, in four segments', async () => {
    const counts: number[] = [];
    for (const maxRowsInMemory of [1_000_000, 500]) {
      const spec = specOf('wikipedia_rollup');
      // Sketches have tests of their own.
      spec.spec.dataSchema.metricsSpec = spec.spec.dataSchema.metricsSpec.slice(0, 5);
      spec.spec.tuningConfig.maxRowsInMemory = maxRowsInMemory;
      const result = await run(spec);
      expect(result.segments.length).toBe(4);
      expect(sum(await columnOf(result, 'cnt'))).toBe(39_244n);
      expect(sum(await columnOf(result, 'added'))).toBe(BigInt(edits.reduce((total, edit) => total + edit.added, 0)));
      counts.push((await columnOf(result, 'cnt')).length);
    }
    expect(counts[0]).toBeLessThan(39_244 / 3);
    expect(counts[1]).toBe(counts[0]);
  });

  it('wikipedia_rollup with its sketches loads as it is', async () => {
    const result = await run(specOf('wikipedia_rollup'));
    expect(result.segments[0]!.metrics).toEqual([
      'cnt',
      'added',
      'deleted',
      'min_delta',
      'max_delta',
      'user_hyper',
      'user_hll',
      'user_theta',
      'added_q',
    ]);
    expect(sum(await columnOf(result, 'cnt'))).toBe(39_244n);
  });

  it('mvd: three days, and the types that Druid gives its columns', async () => {
    const result = await run(specOf('mvd'));
    expect(result.segments.map((segment) => segment.numRows)).toEqual([667, 667, 666]);
    const input = await inputFromSegmentDirectory(result.segments[0]!.directory);
    expect(input.columnTypes).toMatchObject({
      tags: 'STRING',
      l: 'LONG',
      big: 'LONG',
      f: 'FLOAT',
      d: 'DOUBLE',
      arr_s: 'ARRAY<STRING>',
      arr_l: 'ARRAY<LONG>',
      nested: 'COMPLEX<json>',
      only_sparse: 'STRING',
    });
    await input.close();
    expect((await columnOf(result, 'tags')).slice(0, 6)).toEqual([null, null, 't3', null, [null, 't3'], ['', 'a,b']]);
    expect((await columnOf(result, 'arr_l')).slice(0, 4)).toEqual([[4n], [5n], [8n, 9n], []]);
    expect((await columnOf(result, 'big'))[0]).toBe(7_216_893_145_886_038n);
    expect((await columnOf(result, 'nested'))[0]).toBe('{"k":"q","n":{"v":72,"w":true},"list":[2,0]}');
  });
});

describe('rows', () => {
  it('are counted as Druid counts them', async () => {
    const lines = [
      '{"t":"2020-01-01","a":"x","n":1}',
      'bad',
      '{"t":"2021-01-01","a":"y"}',
      '{"t":"2020-01-02","n":"no number"}',
      '',
      '{"a":"no time"}',
    ];
    const dataSchema = {
      dimensionsSpec: { dimensions: ['a', { type: 'long', name: 'n' }] },
      granularitySpec: { segmentGranularity: 'DAY', rollup: false, intervals: ['2020-01-01/2020-02-01'] },
    };
    const result = await run(
      task({ type: 'inline', data: lines.join('\r\n') }, { dataSchema, tuningConfig: { maxSavedParseExceptions: 2 } }),
    );
    expect(result.rowStats).toEqual({
      processed: 1,
      processedBytes: lines.join('').length,
      processedWithError: 1,
      thrownAway: 1,
      unparseable: 2,
    });
    expect(result.parseExceptions.map((saved) => saved.input)).toEqual([
      '{"t":"2020-01-02","n":"no number"}',
      '{"a":"no time"}',
    ]);
    expect(result.segments.map((segment) => segment.numRows)).toEqual([1, 1]);
  });

  it('that are bad end the task when there are more than allowed', async () => {
    const spec = (maxParseExceptions: number) =>
      task({ type: 'inline', data: 'bad\nbad\n{"t":1}' }, { tuningConfig: { maxParseExceptions } });
    await expect(run(spec(1))).rejects.toThrow('Max parse exceptions [1] exceeded');
    expect((await run(spec(2))).rowStats.unparseable).toBe(2);
  });

  it('of a cancelled task are given up', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(run(task({ type: 'inline', data: '{"t":1}' }), { signal: controller.signal })).rejects.toThrow(
      'Task was canceled',
    );
  });

  it('more than maxRowsPerSegment make several segments', async () => {
    const data = Array.from({ length: 25 }, (_, i) => `{"t":${i},"a":"v${i}"}`).join('\n');
    const result = await run(
      task({ type: 'inline', data }, { tuningConfig: { partitionsSpec: { type: 'dynamic', maxRowsPerSegment: 10 } } }),
    );
    expect(result.segments.map((segment) => segment.numRows)).toEqual([10, 10, 5]);
  });
});

describe('input files', () => {
  const line = '{"t":1,"a":"x"}\n';
  let inside = '';
  let outside = '';
  beforeAll(async () => {
    inside = join(root, 'inside');
    outside = join(root, 'outside');
    await mkdir(join(inside, 'sub'), { recursive: true });
    await mkdir(outside);
    await writeFile(join(inside, 'a.json'), line.repeat(3));
    await writeFile(join(inside, 'sub/b.json'), line.trim());
    await writeFile(join(inside, 'c.json.gz'), Buffer.concat([gzipSync(line), gzipSync(line)]));
    await writeFile(join(inside, 'broken.gz'), 'no gzip');
    await writeFile(join(outside, 'secret.json'), line);
    await symlink(join(outside, 'secret.json'), join(inside, 'link.json'));
    await symlink(outside, join(inside, 'linked'));
    await symlink(join(inside, 'a.json'), join(inside, 'good-link'));
  });
  const read = async (source: object) =>
    (
      await run(task({ type: 'local', ...source }), {
        access: { allowLocal: [join(root, 'absent'), inside], allowHttp: [] },
      })
    ).rowStats.processed;

  it('are found by name in a tree, or one by one, relative to the first root that has them', async () => {
    expect(await read({ baseDir: '.', filter: '?.json' })).toBe(4);
    expect(await read({ baseDir: inside, filter: 'c.json*' })).toBe(2);
    expect(await read({ files: ['a.json', join(inside, 'sub/b.json'), 'sub/../good-link'] })).toBe(7);
  });

  it.each([
    ['a link to a file outside', { files: ['link.json'] }],
    ['a link among others', { baseDir: '.', filter: '*.json' }],
    ['a path through a link', { files: ['linked/secret.json'] }],
    ['a base directory behind a link', { baseDir: 'linked', filter: '*' }],
    ['dots', { files: ['../outside/secret.json'] }],
    ['an absolute path', { files: ['/etc/hostname'] }],
  ])('outside of the allowed directories are refused: %s', async (_name, source) => {
    await expect(read(source)).rejects.toMatchObject({ category: 'FORBIDDEN' });
  });

  it('that are absent or damaged are invalid input', async () => {
    await expect(read({ files: ['absent.json'] })).rejects.toMatchObject({ category: 'INVALID_INPUT' });
    await expect(read({ baseDir: '.', filter: '*.csv' })).rejects.toMatchObject({ category: 'INVALID_INPUT' });
    await expect(read({ files: ['broken.gz'] })).rejects.toMatchObject({ category: 'INVALID_INPUT' });
  });

  it('leave only segments behind when nothing was spilled', async () => {
    const tempDir = join(root, 'only-segments');
    await run(task({ type: 'local', files: ['a.json'] }), { access: { allowLocal: [inside], allowHttp: [] }, tempDir });
    expect(await readdir(tempDir)).toEqual(['segment-0-0']);
  });
});
