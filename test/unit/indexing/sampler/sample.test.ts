import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryDeepStorage } from '../../../../src/deep-storage/memory.js';
import { NO_ACCESS } from '../../../../src/indexing/input-access.js';
import { sample } from '../../../../src/indexing/sampler/sample.js';
import type { SamplerResponse } from '../../../../src/indexing/sampler/sampled-rows.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { requireService } from '../../../support/services.js';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-sampler-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function ask(spec: object): Promise<SamplerResponse> {
  return sample(spec, {
    access: NO_ACCESS,
    view: { refresh: async () => {}, visible: () => [] },
    deepStorage: new MemoryDeepStorage(),
    temporaryDirectory: directory,
    clock: systemClock,
  } as never);
}

function inline(data: string, dataSchema: object, change: { inputFormat?: object; samplerConfig?: object } = {}) {
  const ioConfig = {
    type: 'index',
    inputSource: { type: 'inline', data },
    inputFormat: change.inputFormat ?? { type: 'json' },
  };
  const samplerConfig = change.samplerConfig ?? {};
  return ask({ type: 'index', spec: { type: 'index', ioConfig, dataSchema }, samplerConfig });
}

const timeOf = (row: Readonly<Record<string, unknown>>): number => Number(row['__time']);
const TIME = { timestampSpec: { column: 't', format: 'auto' } };
const lines = (...records: object[]): string => records.map((record) => JSON.stringify(record)).join('\n');

describe('sampler', () => {
  it('shows raw records when a column that is never there is the time', async () => {
    const { data } = await inline(
      'one 1\ntwo 2',
      {
        timestampSpec: { column: '!!!_no_such_column_!!!', missingValue: '2010-01-01T00:00:00Z' },
        dimensionsSpec: {},
      },
      { inputFormat: { type: 'regex', pattern: '([\\s\\S]*)', columns: ['raw'] } },
    );
    expect(data).toEqual([
      { input: { raw: 'one 1' }, parsed: { __time: Date.UTC(2010, 0, 1), raw: 'one 1' } },
      { input: { raw: 'two 2' }, parsed: { __time: Date.UTC(2010, 0, 1), raw: 'two 2' } },
    ]);
  });

  it('applies transforms and the filter; filtered records are not counted', async () => {
    const answer = await inline(lines({ t: 1, a: 'x' }, { t: 2, a: 'y' }, { t: 3, a: 'z' }), {
      ...TIME,
      dimensionsSpec: { dimensions: ['a', 'up'] },
      transformSpec: {
        transforms: [{ type: 'expression', name: 'up', expression: 'upper(a)' }],
        filter: { type: 'not', field: { type: 'selector', dimension: 'up', value: 'Y' } },
      },
    });
    expect(answer).toMatchObject({ numRowsRead: 2, numRowsIndexed: 2 });
    expect(answer.data.map(({ parsed }) => parsed?.['up'])).toEqual(['X', 'Z']);
  });

  it('shows a group of rolled up rows once, beside its first record', async () => {
    const answer = await inline(lines({ t: 1, a: 'x', n: 1 }, { t: 1, a: 'y', n: 5 }, { t: 2, a: 'x', n: 2 }), {
      ...TIME,
      dimensionsSpec: { dimensions: ['a'] },
      metricsSpec: [
        { type: 'count', name: 'count' },
        { type: 'longSum', name: 'sum', fieldName: 'n' },
      ],
      granularitySpec: { queryGranularity: 'HOUR', rollup: true },
    });
    expect(answer.numRowsIndexed).toBe(3);
    expect(answer.data).toEqual([
      { input: { t: 1, a: 'x', n: 1 }, parsed: { __time: 0, a: 'x', count: 2, sum: 3 } },
      { input: { t: 1, a: 'y', n: 5 }, parsed: { __time: 0, a: 'y', count: 1, sum: 5 } },
    ]);
    expect(answer.logicalSegmentSchema.map(({ name, type }) => `${name} ${type}`)).toEqual([
      '__time LONG',
      'a STRING',
      'count LONG',
      'sum LONG',
    ]);
  });

  it('tells discovered types apart from how they are stored', async () => {
    const answer = await inline(lines({ t: 1, n: 7, s: 'x', l: [1, 2], o: { k: 1 } }), {
      ...TIME,
      dimensionsSpec: { useSchemaDiscovery: true },
      granularitySpec: { rollup: false },
    });
    expect(answer.logicalDimensions.map(({ name, type }) => [name, type])).toEqual([
      ['n', 'long'],
      ['s', 'string'],
      ['l', 'auto'],
      ['o', 'auto'],
    ]);
    expect(answer.physicalDimensions.map(({ type }) => type)).toEqual(['auto', 'auto', 'auto', 'auto']);
    expect(answer.logicalSegmentSchema.map(({ type }) => type)).toEqual([
      'LONG',
      'LONG',
      'STRING',
      'ARRAY<LONG>',
      'COMPLEX<json>',
    ]);
    expect(answer.data[0]?.parsed).toEqual({ __time: 1, n: 7, s: 'x', l: [1, 2], o: { k: 1 } });
  });

  it('ends at numRows, and names the line of a record that has no time', async () => {
    const answer = await inline(
      't,a\n2020-01-01,x\nnever,y\n2020-01-03,z',
      { ...TIME, dimensionsSpec: {} },
      {
        inputFormat: { type: 'csv', findColumnsFromHeader: true },
        samplerConfig: { numRows: 2 },
      },
    );
    expect(answer.data).toEqual([
      { input: { t: '2020-01-01', a: 'x' }, parsed: { __time: Date.UTC(2020, 0, 1), a: 'x' } },
      {
        input: { t: 'never', a: 'y' },
        unparseable: true,
        error: 'Timestamp[never] is unparseable! (Line: 3)',
      },
    ]);
  });

  it('refuses what an ingestion would be refused', async () => {
    await expect(
      ask({
        type: 'index',
        spec: {
          ioConfig: { inputSource: { type: 'local', baseDir: '/etc', filter: '*' }, inputFormat: { type: 'json' } },
        },
      }),
    ).rejects.toMatchObject({ category: 'FORBIDDEN' });
    await expect(ask({ type: 'sample' })).rejects.toMatchObject({ category: 'INVALID_INPUT' });
  });
});

const service = await requireService('kafka');

describe.skipIf(!service.available)('sampler of Kafka', () => {
  it('reads all that is in the topic, with key, headers and record time', async () => {
    if (!service.available) return;
    const topic = `sampled-${randomUUID()}`;
    const kafka = new kafkajs.Kafka({ brokers: [...service.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
    const messages = ['x', 'y', 'z'].map((a, i) => ({
      key: `k${i}`,
      partition: i % 2,
      timestamp: String(1_600_000_000_000 + i),
      headers: { env: 'prod' },
      value: JSON.stringify({ a }),
    }));
    await producer.send({ topic, messages });
    const answer = await ask({
      type: 'kafka',
      spec: {
        type: 'kafka',
        ioConfig: {
          type: 'kafka',
          topic,
          useEarliestOffset: true,
          consumerProperties: { 'bootstrap.servers': service.brokers.join(',') },
          inputFormat: {
            type: 'kafka',
            valueFormat: { type: 'json' },
            keyFormat: { type: 'regex', pattern: '(.*)', columns: ['x'] },
            headerFormat: { type: 'string' },
          },
        },
        dataSchema: {
          timestampSpec: { column: 'kafka.timestamp', format: 'millis' },
          dimensionsSpec: {},
          granularitySpec: { rollup: false },
        },
      },
      samplerConfig: { numRows: 500, timeoutMs: 60_000 },
    });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    expect(answer.numRowsIndexed).toBe(3);
    const byTime = answer.data.map(({ parsed }) => parsed!).sort((a, b) => timeOf(a) - timeOf(b));
    expect(byTime).toEqual(
      ['x', 'y', 'z'].map((a, i) => ({
        __time: 1_600_000_000_000 + i,
        'kafka.header.env': 'prod',
        'kafka.key': `k${i}`,
        'kafka.topic': topic,
        a,
      })),
    );
  }, 60_000);
});
