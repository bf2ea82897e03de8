import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';

const TRANSFORM = {
  transforms: [{ type: 'expression', name: 'land', expression: `lookup(code, 'lands', 'unknown')` }],
};
let directory: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-lookups-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
  expect((await server.post('/druid/coordinator/v1/lookups/config', {})).status).toBe(202);
  await setLookup('v1', { de: 'Germany', it: 'Italy' });
});

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

async function setLookup(version: string, map: Record<string, string>): Promise<void> {
  const lookups = { __default: { lands: { version, lookupExtractorFactory: { type: 'map', map } } } };
  const { status, text } = await server.post('/druid/coordinator/v1/lookups/config', lookups);
  expect(status, text).toBe(202);
  await eventually(async () => {
    const found = await server.get('/druid/listen/v1/lookups/lands');
    return found.text.includes(version) ? true : undefined;
  });
}

function schema(dataSource: string): object {
  return {
    dataSource,
    timestampSpec: { column: 't', format: 'auto' },
    dimensionsSpec: { dimensions: ['code', 'land'] },
    transformSpec: TRANSFORM,
    granularitySpec: { segmentGranularity: 'DAY', rollup: false },
  };
}

async function lands(dataSource: string): Promise<Record<string, string>> {
  const query = `SELECT DISTINCT code, land FROM "${dataSource}"`;
  const { status, text } = await server.post('/druid/v2/sql', { query });
  if (status !== 200) return {};
  const rows = JSON.parse(text) as { code: string; land: string }[];
  return Object.fromEntries(rows.map(({ code, land }) => [code, land]));
}

async function until(dataSource: string, expected: Record<string, string>): Promise<void> {
  const found = await eventually(async () => {
    const rows = await lands(dataSource);
    return Object.keys(rows).length >= Object.keys(expected).length ? rows : undefined;
  });
  expect(found).toEqual(expected);
}

test('transforms of a batch task look up', async () => {
  const data = ['de', 'it', 'xx'].map((code) => JSON.stringify({ t: '2024-01-01', code })).join('\n');
  const ioConfig = { type: 'index_parallel', inputSource: { type: 'inline', data }, inputFormat: { type: 'json' } };
  const spec = { dataSchema: schema('batch'), ioConfig };
  expect((await server.post('/druid/indexer/v1/task', { type: 'index_parallel', spec })).status).toBe(200);
  await until('batch', { de: 'Germany', it: 'Italy', xx: 'unknown' });
});

test('transforms of a stream look up, and see a lookup that is written again', async () => {
  const ioConfig = { type: 'local', stream: 'codes', inputFormat: { type: 'json' }, useEarliestOffset: true };
  const spec = { type: 'local', spec: { dataSchema: schema('stream'), ioConfig } };
  const created = await server.post('/druid/indexer/v1/supervisor', spec);
  expect(created.status, created.text).toBe(200);
  const push = (code: string) => server.post('/v1/push/stream', JSON.stringify({ t: '2024-01-01T00:00:00Z', code }));
  expect((await push('de')).status).toBe(200);
  await until('stream', { de: 'Germany' });
  await setLookup('v2', { de: 'Deutschland', fr: 'France' });
  // The task hears of it a moment later: rows until then have what the lookup said before.
  await eventually(async () => {
    await push('fr');
    const query = `SELECT COUNT(*) AS n FROM "stream" WHERE code = 'fr' AND land = 'France'`;
    const { text } = await server.post('/druid/v2/sql', { query });
    return (JSON.parse(text) as [{ n: number }])[0].n > 0 ? true : undefined;
  });
  expect((await lands('stream'))['de']).toBe('Germany');
});

test('the sampler looks up too, and says which lookup there is not', async () => {
  const sample = async (expression: string): Promise<string> => {
    const transformSpec = { transforms: [{ type: 'expression', name: 'land', expression }] };
    const inputSource = { type: 'inline', data: '{"t":"2024-01-01","code":"fr"}' };
    const spec = {
      type: 'index_parallel',
      spec: {
        dataSchema: { ...schema('sampled'), transformSpec },
        ioConfig: { type: 'index_parallel', inputSource, inputFormat: { type: 'json' } },
      },
    };
    return (await server.post('/druid/indexer/v1/sampler', spec)).text;
  };
  expect(await sample(`lookup(code, 'lands')`)).toContain('"land":"France"');
  expect(await sample(`lookup(code, 'nowhere')`)).toContain('Lookup [nowhere] not found');
});
