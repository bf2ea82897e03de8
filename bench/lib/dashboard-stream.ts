/** Events and the questions of a dashboard about them: what the load benches send to a server of their own. */
import type { HttpClient } from './http-client.js';
import { sleep } from './millrace-server.js';

const DATA_SOURCE = 'load';
const BATCH = 500;

/** Pushes made-up events, the same on every run but for their times. */
export class EventStream {
  pushed = 0;
  readonly #client: HttpClient;

  constructor(client: HttpClient) {
    this.#client = client;
  }

  /** Makes the table, fed by pushes. */
  async create(): Promise<void> {
    const answer = await this.#client.post('/druid/indexer/v1/supervisor', JSON.stringify(SUPERVISOR));
    if (answer.status !== 200) throw new Error(`supervisor: ${answer.status} ${answer.text}`);
  }

  async push(count: number): Promise<void> {
    const lines = Array.from({ length: count }, () => event(this.pushed++)).join('\n');
    const answer = await this.#client.post(`/v1/push/${DATA_SOURCE}`, lines);
    if (answer.status !== 200) throw new Error(`push: ${answer.status} ${answer.text}`);
  }

  /** Waits until a query counts each event once. @throws Error when it counts more */
  async untilCounted(): Promise<void> {
    const count = JSON.stringify(dashboard()[0]!.query);
    for (;;) {
      const answer = await this.#client.query(count);
      if (answer.status !== 200) throw new Error(`count: ${answer.status} ${JSON.stringify(answer.json)}`);
      const [row] = answer.json as { readonly result: { readonly events: number } }[];
      const counted = row?.result.events ?? 0;
      if (counted === this.pushed) return;
      if (counted > this.pushed) throw new Error(`${counted} events counted, only ${this.pushed} pushed`);
      await sleep(50);
    }
  }

  /** Pushes at a rate until stopped; `stop` gives the rate that was held. */
  feed(perSecond: number): { stop(): Promise<number> } {
    const stopping = new AbortController();
    const startedAt = performance.now();
    let sent = 0;
    const run = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const owed = ((performance.now() - startedAt) / 1000) * perSecond - sent;
        if (owed >= BATCH) {
          await this.push(BATCH);
          sent += BATCH;
        } else {
          await sleep(5);
        }
      }
    };
    const done = run();
    return {
      stop: async () => {
        stopping.abort();
        await done;
        return sent / ((performance.now() - startedAt) / 1000);
      },
    };
  }
}

function event(i: number): string {
  const skew = (n: number, salt: number): number => Math.floor((n + 1) ** random(i * 7 + salt) - 1);
  return JSON.stringify({
    time: new Date(Date.now() - (random(i) < 0.5 ? Math.floor(random(i + 1) * 3_600_000) : 0)).toISOString(),
    country: `c${skew(60, 1)}`,
    page: `page-${skew(20_000, 2)}`,
    device: ['desktop', 'mobile', 'tablet', null][skew(4, 3)],
    campaign: `k${skew(300, 4)}`,
    bytes: 100 + skew(50_000, 5),
    price: skew(10_000, 6) / 100,
  });
}

/** 0..1, the same for the same number on every run. */
export function random(i: number): number {
  let x = Math.imul(i + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

export interface DashboardQuery {
  readonly name: string;
  readonly query: Readonly<Record<string, unknown>>;
}

/** What one open dashboard asks for: totals, a line, split lines, top lists, a filtered list, a table page. */
export function dashboard(): DashboardQuery[] {
  const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString();
  const common = { dataSource: DATA_SOURCE, intervals: [`${hours(-2)}/${hours(2)}`], granularity: 'all' };
  const count = { type: 'count', name: 'events' };
  const bytes = { type: 'longSum', name: 'bytes', fieldName: 'bytes' };
  const revenue = { type: 'doubleSum', name: 'revenue', fieldName: 'price' };
  const filter = { type: 'equals', column: 'device', matchValueType: 'STRING', matchValue: 'mobile' };
  const timeseries = { ...common, queryType: 'timeseries' };
  const topN = { ...common, queryType: 'topN' };
  return [
    { name: 'totals', query: { ...timeseries, aggregations: [count, bytes, revenue] } },
    { name: 'line', query: { ...timeseries, granularity: 'minute', aggregations: [count] } },
    { name: 'filtered line', query: { ...timeseries, granularity: 'minute', filter, aggregations: [count, bytes] } },
    {
      name: 'top pages',
      query: { ...topN, dimension: 'page', metric: 'events', threshold: 20, aggregations: [count, bytes] },
    },
    {
      name: 'filtered top countries',
      query: {
        ...topN,
        dimension: 'country',
        metric: 'revenue',
        threshold: 10,
        filter,
        aggregations: [count, revenue],
      },
    },
    {
      name: 'two dimensions',
      query: {
        ...common,
        queryType: 'groupBy',
        dimensions: ['country', 'device'],
        aggregations: [count, bytes, revenue],
        limitSpec: { type: 'default', limit: 50, columns: [{ dimension: 'events', direction: 'descending' }] },
      },
    },
    { name: 'page', query: { ...common, queryType: 'scan', order: 'none', limit: 50 } },
  ];
}

const SUPERVISOR = {
  type: 'local',
  spec: {
    dataSchema: {
      dataSource: DATA_SOURCE,
      timestampSpec: { column: 'time', format: 'iso' },
      dimensionsSpec: {
        dimensions: [
          'country',
          'page',
          'device',
          'campaign',
          { type: 'long', name: 'bytes' },
          { type: 'double', name: 'price' },
        ],
      },
      granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
    },
    ioConfig: {
      type: 'local',
      stream: DATA_SOURCE,
      inputFormat: { type: 'json' },
      useEarliestOffset: true,
      taskDuration: 'PT10S',
    },
    tuningConfig: { type: 'local' },
  },
};
