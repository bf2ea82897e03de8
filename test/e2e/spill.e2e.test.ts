import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { createBucket, requireService } from '../support/services.js';
import { TcpGate } from '../support/tcp-gate.js';

const s3 = await requireService('s3');
/** The least that `maxBytesInMemory` can be: half of six times of it is kept, and so most of the rows are not. */
const LEAST_BYTES = 8 * 2 ** 20;
const EVENTS = 80_000;
const PER_PUSH = 4_000;
const PAGES = ['a', 'b"\\', 'naïve', '😀', 'e', 'f', 'g'];

/** Half a kilobyte each; the second half repeats the keys of the first, so that equal rows are in several runs. */
function event(i: number): string {
  const key = i % (EVENTS / 2);
  const time = new Date(Date.UTC(2026, 0, 1, key % 3, key % 60)).toISOString();
  const page = i % 11 === 0 ? null : PAGES[key % PAGES.length];
  const tags = key % 5 === 0 ? ['x', 'y'] : 'z';
  return JSON.stringify({ time, page, tags, note: `${key} ${'n'.repeat(500)}`, n: i, d: i / 4 });
}

const DIMENSIONS = ['page', 'tags', 'note'];
const NUMBERS = [
  { type: 'long', name: 'n' },
  { type: 'double', name: 'd' },
];
const METRICS = [
  { type: 'count', name: 'events' },
  { type: 'longSum', name: 'n', fieldName: 'n' },
  { type: 'doubleMax', name: 'd', fieldName: 'd' },
  { type: 'HLLSketchBuild', name: 'notes', fieldName: 'note' },
];

const supervisor = (dataSource: string, rollup: boolean, maxBytesInMemory: number) => ({
  type: 'local',
  spec: {
    dataSchema: {
      dataSource,
      timestampSpec: { column: 'time', format: 'iso' },
      dimensionsSpec: { dimensions: rollup ? DIMENSIONS : [...DIMENSIONS, ...NUMBERS] },
      granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: rollup ? 'MINUTE' : 'NONE', rollup },
      ...(rollup && { metricsSpec: METRICS }),
    },
    ioConfig: { type: 'local', stream: dataSource, inputFormat: { type: 'json' }, useEarliestOffset: true },
    tuningConfig: { type: 'local', maxBytesInMemory },
  },
});

const ROWS_SQL = [
  'SELECT COUNT(*), SUM(n), MAX(d), MIN(__time), MAX(__time) FROM t',
  'SELECT page, COUNT(*) AS c, SUM(n) FROM t GROUP BY 1 ORDER BY 1',
  'SELECT tags, COUNT(*) AS c FROM t GROUP BY 1 ORDER BY 1',
  'SELECT note, SUM(n) AS s FROM t GROUP BY 1 ORDER BY 2 DESC LIMIT 20',
  "SELECT TIME_FLOOR(__time, 'PT10M'), page, MAX(n) FROM t WHERE note LIKE '1%' GROUP BY 1, 2 ORDER BY 1, 2",
  "SELECT COUNT(DISTINCT note) FROM t WHERE page IN ('a', '😀') AND n > 30000",
  "SELECT __time, n, page FROM t WHERE n BETWEEN 100 AND 40100 AND page = 'e' GROUP BY 1, 2, 3 ORDER BY 1, 2",
  'SELECT n, note FROM t GROUP BY 1, 2 ORDER BY 1 DESC LIMIT 50 OFFSET 20000',
  'SELECT page, MIN(n), COUNT(*) FILTER (WHERE d > 5000) FROM t WHERE n < 5 GROUP BY 1 ORDER BY 1',
  'SELECT APPROX_COUNT_DISTINCT_DS_THETA(note), AVG(d) FROM t',
  "SELECT COUNT(*) FROM t a JOIN (SELECT note, COUNT(*) c FROM t WHERE page = 'f' GROUP BY 1) b ON a.note = b.note",
];
const ROLLUP_SQL = [
  'SELECT SUM(events), SUM(n), MAX(d), APPROX_COUNT_DISTINCT_DS_HLL(notes) FROM t',
  'SELECT page, SUM(events), SUM(n), MAX(d) FROM t GROUP BY 1 ORDER BY 1',
  'SELECT note, SUM(events), SUM(n) AS s FROM t GROUP BY 1 ORDER BY 3 DESC LIMIT 30',
  "SELECT TIME_FLOOR(__time, 'PT1H'), tags, SUM(events) FROM t GROUP BY 1, 2 ORDER BY 1, 2",
];
const INTERVALS = ['2026-01-01/2026-01-02'];
const NATIVE = [
  {
    queryType: 'topN',
    granularity: 'hour',
    dimension: 'page',
    metric: 's',
    threshold: 3,
    aggregations: [{ type: 'longSum', name: 's', fieldName: 'n' }],
  },
  { queryType: 'search', granularity: 'all', query: { type: 'contains', value: '39999' }, searchDimensions: ['note'] },
  { queryType: 'timeBoundary' },
];

describe.skipIf(!s3.available)('rows that were spilled', () => {
  let directory: string;
  let gate: TcpGate;
  let server: MillraceProcess;

  beforeAll(async () => {
    if (!s3.available) return;
    directory = await mkdtemp(join(tmpdir(), 'millrace-spill-'));
    gate = await TcpGate.before(new URL(s3.endpoint));
    const bucket = await createBucket(s3);
    server = new MillraceProcess({
      port: await freePort(),
      args: ['--data-dir', directory, '--deep-storage', `s3://${bucket}/segments`],
      env: { ...s3.env, AWS_ENDPOINT_URL_S3: `http://${gate.address}` },
    });
    await server.start();
    gate.shut();
    for (const rollup of [false, true]) {
      await submit(supervisor(nameOf('whole', rollup), rollup, 0));
      await submit(supervisor(nameOf('spilled', rollup), rollup, LEAST_BYTES));
    }
    for (let from = 0; from < EVENTS; from += PER_PUSH) {
      const body = Array.from({ length: PER_PUSH }, (_, i) => event(from + i)).join('\n');
      for (const rollup of [false, true])
        for (const kind of ['whole', 'spilled']) {
          const { status, text } = await server.post(`/v1/push/${nameOf(kind, rollup)}`, body);
          expect(status, text).toBe(200);
        }
    }
  });

  afterAll(async () => {
    if (!s3.available) return;
    await server.kill();
    await gate.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Without the padding of notes, for the message of a failure. */
  const readable = (text: string): string => text.replaceAll(/ n{500}/g, '');
  const nameOf = (kind: string, rollup: boolean): string => (rollup ? `${kind}_rollup` : kind);

  async function submit(spec: object): Promise<void> {
    const { status, text } = await server.post('/druid/indexer/v1/supervisor', spec);
    expect(status, text).toBe(200);
  }

  async function gauge(name: string, supervisorId: string): Promise<number> {
    const { text } = await server.get('/metrics');
    const line = text.split('\n').find((one) => one.startsWith(`${name}{supervisor="${supervisorId}"}`));
    return Number(line?.split(' ').at(-1));
  }

  async function sql(query: string, dataSource: string): Promise<string> {
    const { status, text } = await server.post('/druid/v2/sql', {
      query: query.replaceAll(/\bFROM t\b/g, `FROM ${dataSource}`),
      // Runs are segments of their own, and the best of each are not those of all.
      context: { useApproximateTopN: false },
    });
    expect(status, text).toBe(200);
    return readable(text);
  }

  async function native(query: object, dataSource: string): Promise<string> {
    const { status, text } = await server.post('/druid/v2', { intervals: INTERVALS, ...query, dataSource });
    expect(status, text).toBe(200);
    return readable(text);
  }

  /** All events are there, each once. */
  async function untilComplete(): Promise<void> {
    for (const rollup of [false, true]) {
      for (const kind of ['whole', 'spilled']) {
        const count = rollup ? 'SUM(events)' : 'COUNT(*)';
        await eventually(async () => {
          const { status, text } = await server.post('/druid/v2/sql', {
            query: `SELECT ${count} AS c FROM ${nameOf(kind, rollup)}`,
          });
          return (status === 200 && text.trim() === JSON.stringify([{ c: EVENTS }])) || undefined;
        });
      }
    }
  }

  /** Of the rows that are not rolled up. */
  async function damageRuns(): Promise<void> {
    const runs = join(directory, 'indexing');
    const files = (await readdir(runs, { recursive: true })).filter((name) => name.endsWith('data.arrow'));
    for (const file of files) {
      const bytes = await readFile(join(runs, file));
      if (bytes.includes('notes')) continue;
      for (let at = 100; at < bytes.length; at += 1000) bytes[at] = bytes[at]! ^ 0xff;
      await writeFile(join(runs, file), bytes);
    }
  }

  async function compareAll(): Promise<void> {
    for (const query of ROWS_SQL) expect(await sql(query, 'spilled'), query).toBe(await sql(query, 'whole'));
    for (const query of ROLLUP_SQL)
      expect(await sql(query, 'spilled_rollup'), query).toBe(await sql(query, 'whole_rollup'));
    for (const query of NATIVE) {
      expect(await native(query, 'spilled'), JSON.stringify(query)).toBe(await native(query, 'whole'));
    }
  }

  test('answer as those in memory do, while deep storage is away', async () => {
    await untilComplete();
    await eventually(async () => (await gauge('millrace_ingest_spilled_rows', 'spilled')) > EVENTS / 4 || undefined);
    await eventually(
      async () => (await gauge('millrace_ingest_spilled_rows', 'spilled_rollup')) > EVENTS / 4 || undefined,
    );
    expect(await gauge('millrace_ingest_spilled_rows', 'whole')).toBe(0);
    expect(await gauge('millrace_ingest_memory_bytes', 'spilled')).toBeLessThan(6 * LEAST_BYTES);
    await compareAll();
  });

  test('scans give every row once, page by page', async () => {
    const seen = new Set<number>();
    for (let offset = 0; offset < EVENTS; offset += 20_000) {
      const query = { queryType: 'scan', columns: ['n'], limit: 20_000, offset, resultFormat: 'compactedList' };
      const batches = JSON.parse(await native(query, 'spilled')) as { readonly events: readonly [number][] }[];
      for (const { events } of batches) for (const [n] of events) seen.add(n);
    }
    expect(seen.size).toBe(EVENTS);
  });

  test('columns of all rows are told by segmentMetadata', async () => {
    const query = { queryType: 'segmentMetadata', merge: true, analysisTypes: [] };
    const [merged] = JSON.parse(await native(query, 'spilled')) as [
      { numRows: number; columns: Record<string, { type: string }> },
    ];
    expect(merged.numRows).toBe(EVENTS);
    const types = Object.fromEntries(Object.entries(merged.columns).map(([name, { type }]) => [name, type]));
    expect(types).toEqual({ __time: 'LONG', page: 'STRING', tags: 'STRING', note: 'STRING', n: 'LONG', d: 'DOUBLE' });
  });

  test('come once after a kill -9 and when runs turn out corrupt, and are published when deep storage is back', async () => {
    await server.kill();
    gate.open();
    await server.start();
    gate.shut();
    await untilComplete();
    await eventually(async () => (await gauge('millrace_ingest_spilled_rows', 'spilled')) > EVENTS / 4 || undefined);
    await damageRuns();
    // Columns that nobody has asked for since the start are not in memory.
    const damaged = { query: 'SELECT note, SUM(n), SUM(d) FROM spilled GROUP BY 1 ORDER BY 2 LIMIT 1' };
    await eventually(async () => (await server.post('/druid/v2/sql', damaged)).status === 200 || undefined);
    expect((await server.get('/metrics')).text).toContain('millrace_corruptions_total{data_source="spilled"}');
    await untilComplete();
    await compareAll();
    gate.open();
    for (const rollup of [false, true]) {
      const id = nameOf('spilled', rollup);
      const { status, text } = await server.post(`/druid/indexer/v1/supervisor/${id}/suspend`, '');
      expect(status, text).toBe(200);
    }
    // Corrupt ones are kept apart, for someone to look at.
    const kept = async (): Promise<string[]> =>
      (await readdir(join(directory, 'indexing'))).filter((name) => name !== '.quarantine');
    await eventually(async () => (await kept()).length === 0 || undefined);
    await untilComplete();
    await compareAll();
  });
});
