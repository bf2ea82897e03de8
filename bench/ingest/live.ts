/** Events pushed to a server of its own: the rate end to end, how soon they are in answers at half of it, and whether a handoff slows it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MillraceServer, OWN_BIN, sleep, startMillrace } from '../lib/millrace-server.js';
import { percentile } from '../lib/statistics.js';
import { DATA_SOURCE, type Events, specJson } from './events.js';

const BATCH = 2000;
const PROBES = 600;
/** Events of so long come in one push, as from a producer that lingers a little. */
const PROBE_MS = 25;

interface LiveFigures {
  readonly eventsPerSecond: number;
  readonly millisToQueryable: { readonly p50: number; readonly p99: number };
  /** As much as is taken, and half of it; of the rate before, while as many events as that took seconds to push are merged and published. */
  readonly duringHandoff: { readonly atFullRate: HandoffFigures; readonly atHalfRate: HandoffFigures };
}

interface HandoffFigures {
  readonly seconds: number;
  readonly rateOfBefore: number;
}

export async function measureLive(events: Events, seconds: number): Promise<LiveFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-ingest-live-'));
  const server = await startMillrace({ bin: OWN_BIN, dataDir: directory, args: [] });
  try {
    await post(server, '/druid/indexer/v1/supervisor', JSON.stringify(specJson('rows')));
    const feed = new Feed(server, events);
    await feed.push(BATCH);
    await feed.untilCounted(Number.POSITIVE_INFINITY);
    const eventsPerSecond = await feed.rateFor(seconds);
    const delays = await feed.probe(eventsPerSecond / 2);
    await feed.throughHandoff(Number.POSITIVE_INFINITY);
    const before = await feed.rateFor(seconds);
    const full = await feed.throughHandoff(Number.POSITIVE_INFINITY);
    const half = (await feed.rateFor(seconds)) / 2;
    const paced = await feed.throughHandoff(half);
    return {
      eventsPerSecond: Math.round(eventsPerSecond),
      millisToQueryable: { p50: Math.round(percentile(delays, 0.5)), p99: Math.round(percentile(delays, 0.99)) },
      duringHandoff: {
        atFullRate: { seconds: full.took, rateOfBefore: full.rate / before },
        atHalfRate: { seconds: paced.took, rateOfBefore: paced.rate / half },
      },
    };
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function post(server: MillraceServer, path: string, body: string): Promise<void> {
  const answer = await server.client.post(path, body);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
}

class Feed {
  #pushed = 0;
  readonly #server: MillraceServer;
  readonly #events: Events;

  constructor(server: MillraceServer, events: Events) {
    this.#server = server;
    this.#events = events;
  }

  async push(count: number): Promise<void> {
    const { lines, starts } = this.#events;
    const from = this.#pushed % (this.#events.count - count);
    this.#pushed += count;
    await post(
      this.#server,
      `/v1/push/${DATA_SOURCE}`,
      lines.toString('latin1', starts[from], starts[from + count]! - 1),
    );
  }

  /** Waits until as many as were pushed by now are counted, or so many milliseconds. @throws Error when more are */
  async untilCounted(limitMs: number): Promise<void> {
    const wanted = this.#pushed;
    const startedAt = performance.now();
    while (performance.now() - startedAt < limitMs) {
      const counted = await this.#count();
      if (counted > this.#pushed) throw new Error(`${counted} events counted, only ${this.#pushed} pushed`);
      if (counted >= wanted) return;
    }
  }

  /** Events a second from the first push to the answer that counts all. */
  async rateFor(seconds: number): Promise<number> {
    const startedAt = performance.now();
    const before = this.#pushed;
    while (performance.now() - startedAt < seconds * 1000) await Promise.all([this.push(BATCH), this.push(BATCH)]);
    await this.untilCounted(Number.POSITIVE_INFINITY);
    return ((this.#pushed - before) / (performance.now() - startedAt)) * 1000;
  }

  /** Milliseconds from the start of a push to the answer that counts it. */
  async probe(rate: number): Promise<number[]> {
    const delays: number[] = [];
    for (let i = 0; i < PROBES; i++) {
      const startedAt = performance.now();
      await this.push(Math.round((rate * PROBE_MS) / 1000));
      await this.untilCounted(Number.POSITIVE_INFINITY);
      const delay = performance.now() - startedAt;
      delays.push(delay);
      if (delay < PROBE_MS) await sleep(PROBE_MS - delay);
    }
    return delays;
  }

  /** The rate while what was read so far is closed, merged, pushed and published. @param most events a second that are pushed */
  async throughHandoff(most: number): Promise<{ readonly rate: number; readonly took: number }> {
    const read = this.#pushed;
    await post(
      this.#server,
      `/druid/indexer/v1/supervisor/${DATA_SOURCE}/taskGroups/handoff`,
      JSON.stringify({ taskGroupIds: [0] }),
    );
    const startedAt = performance.now();
    do {
      await Promise.all([this.push(BATCH), this.push(BATCH)]);
      const aheadMs = ((this.#pushed - read) / most) * 1000 - (performance.now() - startedAt);
      if (aheadMs > 0) await sleep(aheadMs);
    } while ((await this.#published()) < read);
    await this.untilCounted(Number.POSITIVE_INFINITY);
    const took = (performance.now() - startedAt) / 1000;
    return { rate: (this.#pushed - read) / took, took };
  }

  async #published(): Promise<number> {
    const query = `SELECT SUM(num_rows) AS n FROM sys.segments WHERE datasource = '${DATA_SOURCE}' AND is_published = 1`;
    const answer = await this.#server.client.post('/druid/v2/sql', JSON.stringify({ query }));
    return (JSON.parse(answer.text) as readonly { readonly n: number | null }[])[0]?.n ?? 0;
  }

  async #count(): Promise<number> {
    const answer = await this.#server.client.query(COUNT);
    if (answer.status !== 200) throw new Error(`count: ${answer.status} ${JSON.stringify(answer.json)}`);
    const [row] = answer.json as { readonly result: { readonly n: number } }[];
    return row?.result.n ?? 0;
  }
}

const COUNT = JSON.stringify({
  queryType: 'timeseries',
  dataSource: DATA_SOURCE,
  intervals: ['2026-01-01/2027-01-01'],
  granularity: 'all',
  aggregations: [{ type: 'longSum', name: 'n', fieldName: 'n' }],
  context: { useCache: false, populateCache: false },
});
