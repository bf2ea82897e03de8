import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';

/** Stored sketches are rows' input once more: by the `druid` source, by compaction with another rollup, and as base64 text of records. */

const HOURS = 6;
const PAGES = 5;
const ROWS = 4_000;
const SKETCHES = [
  { type: 'HLLSketchBuild', name: 'hll', fieldName: 'user' },
  { type: 'thetaSketch', name: 'theta', fieldName: 'user' },
  { type: 'hyperUnique', name: 'unique', fieldName: 'user' },
  { type: 'quantilesDoublesSketch', name: 'quantiles', fieldName: 'price' },
  { type: 'KllDoublesSketch', name: 'kll', fieldName: 'price' },
  { type: 'arrayOfDoublesSketch', name: 'tuple', fieldName: 'user', metricColumns: ['price'], numberOfValues: 1 },
  { type: 'approxHistogram', name: 'histogram', fieldName: 'price' },
  { type: 'variance', name: 'spread', fieldName: 'price' },
  { type: 'longFirst', name: 'first', fieldName: 'amount' },
  { type: 'longLast', name: 'last', fieldName: 'amount' },
];
const AGAIN = [
  { type: 'longSum', name: 'n', fieldName: 'n' },
  { type: 'HLLSketchMerge', name: 'hll', fieldName: 'hll' },
  { type: 'thetaSketch', name: 'theta', fieldName: 'theta', isInputThetaSketch: true },
  { type: 'hyperUnique', name: 'unique', fieldName: 'unique', isInputHyperUnique: true },
  { type: 'quantilesDoublesSketch', name: 'quantiles', fieldName: 'quantiles' },
  { type: 'KllDoublesSketchMerge', name: 'kll', fieldName: 'kll' },
  { type: 'arrayOfDoublesSketch', name: 'tuple', fieldName: 'tuple', numberOfValues: 1 },
  { type: 'approxHistogramFold', name: 'histogram', fieldName: 'histogram' },
  { type: 'varianceFold', name: 'spread', fieldName: 'spread' },
  { type: 'longFirst', name: 'first', fieldName: 'first' },
  { type: 'longLast', name: 'last', fieldName: 'last' },
];
const DAY = '2024-03-01/2024-03-02';

let directory: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-sketches-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
  const rows = Array.from({ length: ROWS }, (_, i) => ({
    t: new Date(Date.UTC(2024, 2, 1, i % HOURS, 0, i % 3_600)).toISOString(),
    page: `p${i % PAGES}`,
    user: `u${(i * 7) % 900}`,
    price: (i * 13) % 500,
    amount: i,
  }));
  await ingest('built', { type: 'inline', data: rows.map((row) => JSON.stringify(row)).join('\n') }, [
    { type: 'count', name: 'n' },
    ...SKETCHES,
  ]);
});

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

async function runTask(task: object): Promise<void> {
  const submitted = await server.post('/druid/indexer/v1/task', task);
  expect(submitted.status, submitted.text).toBe(200);
  const { task: id } = JSON.parse(submitted.text) as { task: string };
  const status = await eventually(async () => {
    const { text } = await server.get(`/druid/indexer/v1/task/${id}/status`);
    const { status: found } = JSON.parse(text) as { status: { statusCode: string; errorMsg: string | null } };
    return found.statusCode === 'RUNNING' ? undefined : found;
  });
  expect(status).toMatchObject({ statusCode: 'SUCCESS' });
}

function ingest(
  dataSource: string,
  inputSource: object,
  metricsSpec: object[],
  dimensions = ['page'],
  rollup = true,
): Promise<void> {
  const isStored = (inputSource as { type: string }).type === 'druid';
  return runTask({
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource,
        timestampSpec: isStored ? { column: '__time', format: 'millis' } : { column: 't', format: 'auto' },
        dimensionsSpec: { dimensions },
        metricsSpec,
        granularitySpec: { segmentGranularity: 'DAY', queryGranularity: isStored ? 'DAY' : 'HOUR', rollup },
      },
      ioConfig: { type: 'index_parallel', inputSource, ...(!isStored && { inputFormat: { type: 'json' } }) },
    },
  });
}

async function answer(dataSource: string, dimensions: string[] = []): Promise<unknown> {
  const query = {
    queryType: 'groupBy',
    dataSource,
    intervals: [DAY],
    granularity: 'all',
    dimensions,
    aggregations: AGAIN.map((metric) => ({ ...metric, fieldName: metric.name })),
    postAggregations: [
      { type: 'quantilesDoublesSketchToQuantile', name: 'q', fraction: 0.5, field: field('quantiles') },
      { type: 'KllDoublesSketchToQuantile', name: 'k', fraction: 0.5, field: field('kll') },
      { type: 'arrayOfDoublesSketchToMeans', name: 'm', field: field('tuple') },
    ],
    context: { useCache: false },
  };
  const result = await eventually(async () => {
    const { status, text } = await server.post('/druid/v2', query);
    expect(status, text).toBe(200);
    const rows = JSON.parse(text) as { event: Record<string, unknown> }[];
    return rows.length > 0 ? rows : undefined;
  });
  return result.map(({ event }) => event);
}

function field(fieldName: string): object {
  return { type: 'fieldAccess', fieldName };
}

function rowsOf(dataSource: string): Promise<number> {
  return eventually(async () => {
    const { text } = await server.post('/druid/v2/sql', { query: `SELECT COUNT(*) AS n FROM "${dataSource}"` });
    return (JSON.parse(text) as [{ n: number }])[0].n || undefined;
  });
}

/** Exact numbers stay; what is estimated may differ as unions in another order do. */
function near(found: unknown, expected: unknown): void {
  const [rows, wanted] = [found, expected] as Record<string, unknown>[][];
  expect(rows).toHaveLength(wanted!.length);
  rows!.forEach((row, i) => {
    for (const [name, value] of Object.entries(wanted![i]!)) {
      const mine = row[name];
      if (['q', 'k', 'hll', 'theta', 'unique', 'tuple', 'm', 'spread'].includes(name)) {
        const [a, b] = [mine, value].map((one) => Number(Array.isArray(one) ? one[0] : one));
        expect(Math.abs(a! - b!), `${name}: ${a} instead of ${b}`).toBeLessThanOrEqual(0.05 * Math.abs(b!) + 1e-9);
      } else if (!['histogram', 'quantiles', 'kll'].includes(name)) expect(mine, name).toEqual(value);
    }
  });
}

test('a druid source rolls stored sketches up further', async () => {
  await ingest('again', { type: 'druid', dataSource: 'built', interval: DAY }, AGAIN);
  expect(await rowsOf('built')).toBe(HOURS * PAGES);
  expect(await rowsOf('again')).toBe(PAGES);
  near(await answer('again', ['page']), await answer('built', ['page']));
});

test('metrics that build sketches merge stored ones', async () => {
  const metrics = [
    { type: 'HLLSketchBuild', name: 'hll', fieldName: 'hll' },
    { type: 'thetaSketch', name: 'theta', fieldName: 'theta' },
    { type: 'variance', name: 'spread', fieldName: 'spread' },
    ...AGAIN.filter(({ name }) => !['hll', 'theta', 'spread'].includes(name)),
  ];
  await ingest('rebuilt', { type: 'druid', dataSource: 'built', interval: DAY }, metrics, ['none']);
  expect(await rowsOf('rebuilt')).toBe(1);
  near(await answer('rebuilt'), await answer('built'));
});

test('a sketch is no number and no text: other metrics of its column are null, with rollup and without', async () => {
  const metrics = [
    { type: 'longSum', name: 'sum', fieldName: 'hll' },
    { type: 'doubleMax', name: 'max', fieldName: 'hll' },
  ];
  for (const rollup of [true, false]) {
    const dataSource = `numbers-${rollup}`;
    await ingest(dataSource, { type: 'druid', dataSource: 'built', interval: DAY }, metrics, ['page'], rollup);
    await rowsOf(dataSource);
    const query = `SELECT COUNT(*) AS n FROM "${dataSource}" WHERE "sum" IS NOT NULL OR "max" IS NOT NULL`;
    const { status, text } = await server.post('/druid/v2/sql', { query });
    expect({ status, text: text.trim() }).toEqual({ status: 200, text: '[{"n":0}]' });
  }
});

test('compaction with another granularity and fewer metrics keeps the sketches', async () => {
  const before = await answer('again', ['page']);
  await runTask({
    type: 'compact',
    dataSource: 'again',
    ioConfig: { type: 'compact', inputSpec: { type: 'interval', interval: DAY } },
    metricsSpec: AGAIN,
    dimensionsSpec: { dimensions: ['page'] },
  });
  near(await answer('again', ['page']), before);
});

test('sketches in base64 in records are merged', async () => {
  const names = ['hll', 'theta', 'unique', 'quantiles', 'kll', 'tuple'];
  const { status, text } = await server.post('/druid/v2', {
    queryType: 'groupBy',
    dataSource: 'built',
    intervals: [DAY],
    granularity: 'hour',
    dimensions: ['page'],
    aggregations: AGAIN.filter(({ name }) => names.includes(name)).map((metric) => ({
      ...metric,
      fieldName: metric.name,
    })),
    context: { finalize: false },
  });
  expect(status, text).toBe(200);
  const records = (JSON.parse(text) as { timestamp: string; event: object }[]).map(({ timestamp, event }) => ({
    t: timestamp,
    ...event,
    n: 1,
    spread: null,
  }));
  const metrics = AGAIN.filter(({ name }) => names.includes(name)).map((metric) =>
    metric.name === 'quantiles' ? { ...metric, type: 'quantilesDoublesSketchMerge' } : metric,
  );
  await ingest('texts', { type: 'inline', data: records.map((row) => JSON.stringify(row)).join('\n') }, metrics);
  const sql = (dataSource: string): object => ({
    query: `SELECT APPROX_COUNT_DISTINCT_DS_HLL(hll) AS hll, APPROX_COUNT_DISTINCT_DS_THETA(theta) AS theta,
      APPROX_COUNT_DISTINCT_BUILTIN("unique") AS u, APPROX_QUANTILE_DS(quantiles, 0.5) AS q FROM "${dataSource}"`,
  });
  const [found, expected] = await Promise.all(
    ['texts', 'built'].map(async (dataSource) =>
      JSON.parse((await server.post('/druid/v2/sql', sql(dataSource))).text),
    ),
  );
  for (const name of ['hll', 'theta', 'u']) expect(found[0][name]).toBe(expected[0][name]);
  expect(Math.abs(found[0].q - expected[0].q)).toBeLessThan(20);
});
