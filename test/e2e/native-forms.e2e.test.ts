import { gunzipSync, gzipSync } from 'node:zlib';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseJson } from '../../src/common/json-read.js';
import { SmileFromJson } from '../../src/common/smile/smile-from-json.js';
import { parseSmile } from '../../src/common/smile/smile-reader.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';

const SMILE = 'application/x-jackson-smile';
const ROWS = 120;
const DAYS = 3;
/** Three days, with longs beyond 2^53, whole doubles, texts beyond ASCII, several values and nulls. */
const RECORDS = Array.from({ length: ROWS }, (_, i) => {
  const time = new Date(Date.UTC(2026, 0, 1 + (i % DAYS), i % 24)).toISOString();
  const tags = JSON.stringify(i % 5 === 0 ? null : i % 3 === 0 ? ['x', 'ü😀'] : 'x');
  const page = JSON.stringify(['a', 'b"\\', 'naïve', null][i % 4]);
  return `{"time":"${time}","page":${page},"tags":${tags},"n":${i},"big":90071992547409${String(i).padStart(3, '0')},"d":${i / 4},"f":${i / 10}}`;
});
const DIMENSIONS = [
  'page',
  'tags',
  { type: 'long', name: 'n' },
  { type: 'long', name: 'big' },
  { type: 'double', name: 'd' },
  { type: 'float', name: 'f' },
];
const dataSchema = (dataSource: string, granularity: object) => ({
  dataSource,
  timestampSpec: { column: 'time', format: 'iso' },
  dimensionsSpec: { dimensions: DIMENSIONS },
  granularitySpec: { segmentGranularity: 'DAY', queryGranularity: 'NONE', rollup: false, ...granularity },
});

let directory: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-native-forms-'));
  const files = join(directory, 'files');
  await mkdir(files);
  await writeFile(join(files, 'rows.json'), RECORDS.join('\n'));
  const args = ['--data-dir', join(directory, 'data'), '--allow-local', files];
  server = new MillraceProcess({ port: await freePort(), args });
  await server.start();
  const inputSource = { type: 'local', baseDir: files, filter: '*.json' };
  const task = await server.post('/druid/indexer/v1/task', {
    type: 'index_parallel',
    spec: {
      dataSchema: dataSchema('stored', {}),
      ioConfig: { type: 'index_parallel', inputSource, inputFormat: { type: 'json' } },
    },
  });
  expect(task.status, task.text).toBe(200);
  const supervisor = await server.post('/druid/indexer/v1/supervisor', {
    type: 'local',
    spec: {
      dataSchema: dataSchema('streamed', {}),
      ioConfig: { type: 'local', stream: 'streamed', inputFormat: { type: 'json' }, useEarliestOffset: true },
      tuningConfig: { type: 'local' },
    },
  });
  expect(supervisor.status, supervisor.text).toBe(200);
  const pushed = await server.post('/v1/push/streamed', RECORDS.join('\n'));
  expect(pushed.status, pushed.text).toBe(200);
  for (const table of ['stored', 'streamed']) {
    await eventually(async () => {
      const { text } = await ask({ ...count, dataSource: table });
      return text.includes(`"rows":${ROWS}`) || undefined;
    });
  }
});

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

type Query = Readonly<Record<string, unknown>>;

const rows = { type: 'count', name: 'rows' };
const over = { intervals: ['2026-01-01T03/2026-01-04'], granularity: 'all' };
const aggregations = [
  rows,
  { type: 'longSum', name: 'n', fieldName: 'n' },
  { type: 'longMax', name: 'big', fieldName: 'big' },
  { type: 'doubleSum', name: 'd', fieldName: 'd' },
  { type: 'floatMax', name: 'f', fieldName: 'f' },
  { type: 'stringLast', name: 'page_last', fieldName: 'page' },
  { type: 'HLLSketchBuild', name: 'pages', fieldName: 'page', round: true },
];
/** Raw sketches depend on the order in which threads come. */
const ofValues = aggregations.filter(({ type }) => type !== 'HLLSketchBuild');
const postAggregations = [
  {
    type: 'arithmetic',
    name: 'mean',
    fn: '/',
    fields: [
      { type: 'fieldAccess', fieldName: 'd' },
      { type: 'fieldAccess', fieldName: 'rows' },
    ],
  },
];
const count: Query = { intervals: ['2026/2027'], granularity: 'all', queryType: 'timeseries', aggregations: [rows] };
const byPage: Query = { ...over, queryType: 'groupBy', dimensions: ['page', 'tags'], aggregations };
const desc = { type: 'default', limit: 5, columns: [{ dimension: 'n', direction: 'descending' }] };

/** Each shape of answer that there is. */
const QUERIES: Readonly<Record<string, Query>> = {
  timeseries: { ...over, queryType: 'timeseries', granularity: 'day', aggregations, postAggregations },
  'timeseries with a total': { ...count, granularity: 'hour', context: { grandTotal: true, skipEmptyBuckets: true } },
  topN: { ...over, queryType: 'topN', dimension: 'page', metric: 'n', threshold: 3, aggregations, postAggregations },
  'topN over several values': {
    ...over,
    queryType: 'topN',
    dimension: 'tags',
    metric: 'rows',
    threshold: 2,
    aggregations,
  },
  groupBy: { ...byPage, having: { type: 'greaterThan', aggregation: 'rows', value: 3 }, limitSpec: desc },
  'groupBy as arrays': { ...byPage, context: { resultAsArray: true } },
  'groupBy with subtotals': { ...byPage, subtotalsSpec: [['page'], []] },
  'groupBy of a groupBy': {
    ...over,
    queryType: 'groupBy',
    dataSource: { type: 'query', query: byPage },
    dimensions: ['tags'],
    aggregations: [{ type: 'longSum', name: 'rows', fieldName: 'rows' }],
  },
  'raw values': { ...over, queryType: 'timeseries', aggregations: ofValues, context: { finalize: false } },
  search: { ...over, queryType: 'search', searchDimensions: ['page', 'tags'], query: { type: 'contains', value: 'a' } },
  'search in every dimension': {
    ...over,
    queryType: 'search',
    granularity: 'day',
    query: { type: 'contains', value: '1' },
  },
  timeBoundary: { queryType: 'timeBoundary' },
  dataSourceMetadata: { queryType: 'dataSourceMetadata' },
  scan: { ...over, queryType: 'scan', columns: ['__time', 'page', 'tags', 'n', 'big', 'd', 'f'], limit: 50 },
  'scan of lists': { ...over, queryType: 'scan', columns: ['big', 'd', 'tags'], resultFormat: 'compactedList' },
  'scan in order of time': { ...over, queryType: 'scan', columns: ['__time', 'n'], order: 'descending', limit: 7 },
  segmentMetadata: { queryType: 'segmentMetadata', intervals: ['2026/2027'], analysisTypes: ['cardinality', 'minmax'] },
  nothing: { ...count, intervals: ['2020/2021'], context: { skipEmptyBuckets: true } },
};
const NAMES = Object.keys(QUERIES);

function of(name: string, dataSource: string, context: object = {}): Query {
  const query = QUERIES[name]!;
  const inner = query['dataSource'] as { readonly query: Query } | undefined;
  return {
    ...query,
    dataSource: inner === undefined ? dataSource : { type: 'query', query: { ...inner.query, dataSource } },
    context: { ...(query['context'] as object | undefined), ...context },
  };
}

interface Answer {
  readonly status: number;
  readonly tag: string | null;
  readonly type: string | null;
  readonly bytes: Uint8Array;
  readonly text: string;
}

async function ask(
  query: unknown,
  headers: Readonly<Record<string, string>> = {},
  path = '/druid/v2',
): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: query instanceof Uint8Array ? query : JSON.stringify(query),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get('content-type');
  return {
    status: response.status,
    tag: response.headers.get('etag'),
    type,
    bytes,
    text: Buffer.from(bytes).toString(),
  };
}

describe.each(['stored', 'streamed'])('%s rows', (table) => {
  test.each(NAMES)('%s is the same with every setting of caches', async (name) => {
    const plain = await ask(of(name, table, { useCache: false, populateCache: false }));
    expect(plain.status, plain.text).toBe(200);
    for (const context of [
      { useCache: false, populateCache: true },
      {},
      {},
      { useResultLevelCache: true, populateResultLevelCache: true },
      { useResultLevelCache: true, populateResultLevelCache: true },
      { useCache: 'false', populateCache: 'false' },
    ]) {
      expect((await ask(of(name, table, context))).text).toBe(plain.text);
    }
  });

  test.each(NAMES)('%s in Smile, packed and pretty says what JSON says', async (name) => {
    const query = of(name, table);
    const { text, type } = await ask(query);
    expect(type).toBe('application/json');
    const wanted = parseJson(text);
    const smile = await ask(query, { accept: SMILE });
    expect(smile.type).toBe(SMILE);
    expect(parseSmile(smile.bytes)).toEqual(wanted);
    const asked = new SmileFromJson().part(JSON.stringify(query));
    const both = await ask(asked, { 'content-type': SMILE, accept: SMILE });
    expect([both.status, both.type]).toEqual([200, SMILE]);
    expect(parseSmile(both.bytes)).toEqual(wanted);
    expect((await ask(asked, { 'content-type': SMILE, accept: 'application/json' })).text).toBe(text);
    expect((await ask(gzipSync(JSON.stringify(query)), { 'content-encoding': 'gzip' })).text).toBe(text);
    expect((await ask(query, { 'accept-encoding': 'gzip' })).text).toBe(text);
    const pretty = await ask(query, {}, '/druid/v2?pretty');
    expect(parseJson(pretty.text)).toEqual(wanted);
    expect(pretty.text).toMatch(/^\[ /);
  });
});

/** The others show segments. */
const isSegmentless = (name: string): boolean => !/^(?:segmentMetadata|scan|search in)/.test(name);

test.each(NAMES.filter(isSegmentless))('%s is the same over a stream as over segments', async (name) => {
  expect((await ask(of(name, 'streamed'))).text).toBe((await ask(of(name, 'stored'))).text);
});

test('a search finds in every dimension of a stream what it finds in segments, in the bucket of the first', async () => {
  const hits = async (table: string) => {
    const { text } = await ask({ ...of('search in every dimension', table), granularity: 'all' });
    return text;
  };
  expect(await hits('streamed')).toBe(await hits('stored'));
  expect(await hits('streamed')).toContain('"dimension":"big"');
});

test('a packed answer is gzip', async () => {
  const response = await new Promise<Buffer>((resolve, reject) => {
    void import('node:http').then(({ request }) => {
      const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' };
      const call = request(`${server.url}/druid/v2`, { method: 'POST', headers }, (answer) => {
        expect(answer.headers['content-encoding']).toBe('gzip');
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts)));
      });
      call.on('error', reject).end(JSON.stringify(of('scan of lists', 'stored')));
    });
  });
  expect(gunzipSync(response).toString()).toBe((await ask(of('scan of lists', 'stored'))).text);
});

describe('tags', () => {
  const tagged = NAMES.filter((name) => name !== 'groupBy of a groupBy');

  test.each(tagged)('%s has a tag that names this answer in this form only', async (name) => {
    const first = await ask(of(name, 'stored'), { 'if-none-match': '"other"' });
    expect(first.tag).toMatch(/^".+"$/);
    const again = await ask(of(name, 'stored', { queryId: 'another' }), { 'if-none-match': first.tag! });
    expect([again.status, again.text, again.tag]).toEqual([304, '', first.tag]);
    for (const other of [
      await ask(of(name, 'stored'), { 'if-none-match': first.tag!, accept: SMILE }),
      await ask(of(name, 'stored', { bySegment: true }), { 'if-none-match': first.tag! }),
      await ask({ ...of(name, 'stored'), intervals: ['2026-01-02/2026-01-03'] }, { 'if-none-match': first.tag! }),
    ]) {
      expect(other.status).toBe(200);
      expect(other.tag).not.toBe(first.tag);
    }
  });

  test.each(NAMES)('%s over a stream has none, for its rows go on changing', async (name) => {
    expect((await ask(of(name, 'streamed'), { 'if-none-match': '"other"' })).tag).toBeNull();
  });
});

interface OfSegment {
  readonly timestamp: string;
  readonly result: { readonly results: readonly unknown[]; readonly segment: string; readonly interval: string };
}

async function bySegment(name: string, table: string, changes: object = {}): Promise<readonly OfSegment[]> {
  const { status, text } = await ask({ ...of(name, table, { bySegment: true }), ...changes });
  expect(status, text).toBe(200);
  return JSON.parse(text) as readonly OfSegment[];
}

/** What segments answer alone is what a query over their days answers. */
describe('bySegment', () => {
  const days = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'];

  test.each(['timeseries', 'topN', 'topN over several values', 'search', 'groupBy as arrays', 'timeBoundary'])(
    '%s tells of each segment what a query over its interval tells',
    async (name) => {
      const intervals = ['2026-01-01/2026-01-04'];
      const parts = await bySegment(name, 'stored', { intervals });
      expect(parts.map(({ timestamp }) => timestamp.slice(0, 10))).toEqual(days.slice(0, DAYS));
      for (const [i, { result }] of parts.entries()) {
        expect(result.segment).toMatch(new RegExp(`^stored_${days[i]}T`));
        expect(result.interval).toBe(`${days[i]}T00:00:00.000Z/${days[i + 1]}T00:00:00.000Z`);
        const alone = await ask({ ...of(name, 'stored'), intervals: [result.interval] });
        if (!name.startsWith('topN')) expect(result.results).toEqual(JSON.parse(alone.text));
        else
          expect(result.results).toMatchObject([
            { result: (JSON.parse(alone.text) as [{ result: object }])[0].result },
          ]);
      }
    },
  );

  test('of a groupBy nothing is done that is done to merged rows', async () => {
    const parts = await bySegment('groupBy', 'stored', { postAggregations, subtotalsSpec: [['page']] });
    const plain = await bySegment('groupBy as arrays', 'stored', { context: { bySegment: true } });
    expect(parts).toEqual(plain);
    expect(parts.every(({ result }) => result.results.length > 5)).toBe(true);
  });

  test.each(['timeseries', 'search', 'groupBy'])('%s tells of a stream in one part', async (name) => {
    const [part, ...more] = await bySegment(name, 'streamed');
    expect(more).toEqual([]);
    expect(part!.result.segment).toContain('streamed_');
    const counts = JSON.stringify(part!.result.results).matchAll(/"(?:rows|count)":(\d+)/g);
    expect([...counts].length).toBeGreaterThan(0);
  });

  test.each(['timeseries', 'topN', 'groupBy', 'search'])('%s is the same from the cache', async (name) => {
    const first = await bySegment(name, 'stored');
    expect(await bySegment(name, 'stored')).toEqual(first);
    expect(await bySegment(name, 'stored', { context: { bySegment: true, useCache: false } })).toEqual(first);
  });
});
