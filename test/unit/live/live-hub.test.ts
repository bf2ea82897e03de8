import { describe, expect, test } from 'vitest';
import type { LiveClient } from '../../../src/live/live-client.js';
import { LiveHub, type Subscription } from '../../../src/live/live-hub.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';
import type { NativeQuery } from '../../../src/query/native-query.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

const PERIOD_MS = 1000;

class FakeClient implements LiveClient {
  congested = false;
  readonly #clock: SimulatedClock;
  readonly received: {
    readonly atMs: number;
    readonly id: string;
    readonly result: unknown;
    readonly error?: unknown;
  }[] = [];

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  send(message: string): void {
    const { id, result, error } = JSON.parse(message) as { id: string; result: unknown; error?: unknown };
    this.received.push({ atMs: this.#clock.monotonicMs(), id, result, ...(error !== undefined && { error }) });
  }

  get results(): unknown[] {
    return this.received.map(({ result }) => result);
  }
}

/** A hub whose queries all answer the current value of `world.value`. */
function liveWorld(): {
  readonly world: { value: unknown; evaluateMs: number; fail: string | undefined };
  readonly clock: SimulatedClock;
  readonly hub: LiveHub;
  readonly client: () => FakeClient;
  readonly evaluated: { readonly query: NativeQuery; readonly signal: AbortSignal }[];
} {
  const clock = new SimulatedClock();
  const world = { value: 0 as unknown, evaluateMs: 0, fail: undefined as string | undefined };
  const evaluated: { query: NativeQuery; signal: AbortSignal }[] = [];
  const hub = new LiveHub({
    clock,
    describeError: (error) => ({ errorMessage: (error as Error).message }),
    evaluate: async (query, signal) => {
      evaluated.push({ query, signal });
      const { value, fail } = world;
      if (world.evaluateMs > 0) await clock.sleep(world.evaluateMs);
      if (fail !== undefined) throw new Error(fail);
      return { result: JSON.stringify(value), state: { s: 1, offsets: {}, evaluatedAt: '' } };
    },
  });
  return { world, clock, hub, client: () => new FakeClient(clock), evaluated };
}

function subscription(
  id: string,
  options: Partial<Subscription> & { readonly dataSource?: string } = {},
): Subscription {
  const { dataSource = 'wikipedia', ...rest } = options;
  const query = parseNativeQuery(
    {
      queryType: 'timeseries',
      dataSource,
      intervals: ['2024-01-01/2025-01-01'],
      granularity: 'all',
      aggregations: [{ type: 'count', name: 'n' }],
    },
    () => id,
  );
  return { id, query, periodMs: PERIOD_MS, window: null, ...rest };
}

describe('answers', () => {
  test('come at once, and then when they change', async () => {
    const { world, clock, hub, client } = liveWorld();
    const viewer = client();
    hub.subscribe(viewer, subscription('a'));
    await clock.advance(2500);
    world.value = 1;
    await clock.advance(5000);
    expect(viewer.received).toEqual([
      { atMs: 0, id: 'a', result: 0 },
      { atMs: 3000, id: 'a', result: 1 },
    ]);
  });

  test('come at most once a period, whoever subscribed when', async () => {
    const { world, clock, hub, client } = liveWorld();
    const viewers = [client(), client()];
    hub.subscribe(viewers[0]!, subscription('a'));
    await clock.advance(990);
    hub.subscribe(viewers[1]!, subscription('b'));
    for (let i = 0; i < 100; i++) {
      world.value = i;
      await clock.advance(137);
    }
    for (const viewer of viewers) {
      const gaps = viewer.received.slice(1).map(({ atMs }, i) => atMs - viewer.received[i]!.atMs);
      expect(gaps.length).toBeGreaterThan(10);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(PERIOD_MS);
    }
  });

  test('that take longer than a period follow each other', async () => {
    const { world, clock, hub, client, evaluated } = liveWorld();
    world.evaluateMs = 2500;
    const viewer = client();
    hub.subscribe(viewer, subscription('a'));
    await clock.advance(10_000);
    expect(evaluated).toHaveLength(5);
    expect(viewer.results).toEqual([0]);
  });

  test('that cannot be had are told once, and the query goes on', async () => {
    const { world, clock, hub, client } = liveWorld();
    world.fail = 'no data';
    const viewer = client();
    hub.subscribe(viewer, subscription('a'));
    await clock.advance(3500);
    world.fail = undefined;
    await clock.advance(1000);
    expect(viewer.received).toMatchObject([{ error: { errorMessage: 'no data' } }, { result: 0 }]);
  });

  test('that are too large are an error', async () => {
    const { world, clock, hub, client } = liveWorld();
    world.value = 'x'.repeat(2_000_000);
    const viewer = client();
    hub.subscribe(viewer, subscription('a'));
    await clock.advance(1);
    expect(viewer.received).toMatchObject([
      { error: { errorMessage: expect.stringContaining('exceeds the limit of [1048576]') } },
    ]);
  });

  test('of a window are of the time before each evaluation', async () => {
    const { clock, hub, client, evaluated } = liveWorld();
    hub.subscribe(client(), subscription('a', { window: 'PT5M' }));
    await clock.advance(1000);
    const start = clock.nowMs() - 1000;
    expect(evaluated.map(({ query }) => query.intervals)).toEqual([
      [{ startMs: start - 300_000, endMs: start + 1 }],
      [{ startMs: start - 299_000, endMs: start + 1001 }],
    ]);
  });
});

describe('equal subscriptions', () => {
  test('cost one evaluation, also of one client under several ids', async () => {
    const { clock, hub, client, evaluated } = liveWorld();
    const viewers = Array.from({ length: 50 }, client);
    for (const viewer of viewers) hub.subscribe(viewer, subscription('a'));
    hub.subscribe(viewers[0]!, subscription('b'));
    await clock.advance(2500);
    expect(evaluated).toHaveLength(3);
    expect(hub.evaluations).toBe(1);
    expect(viewers.map((viewer) => viewer.results)).toEqual([[0, 0], ...Array.from({ length: 49 }, () => [0])]);
  });

  test('differ by query, period and window', () => {
    const { hub, client } = liveWorld();
    const viewer = client();
    hub.subscribe(viewer, subscription('a'));
    hub.subscribe(viewer, subscription('b', { dataSource: 'other' }));
    hub.subscribe(viewer, subscription('c', { periodMs: 500 }));
    hub.subscribe(viewer, subscription('d', { window: 'PT1M' }));
    expect(hub.evaluations).toBe(4);
  });
});

describe('a client that does not read', () => {
  test('gets nothing more, and the newest answer once it has drained; others are not held up', async () => {
    const { world, clock, hub, client } = liveWorld();
    const [stalled, reading] = [client(), client()];
    hub.subscribe(stalled, subscription('a'));
    hub.subscribe(reading, subscription('a'));
    await clock.advance(1);
    stalled.congested = true;
    for (world.value = 1; (world.value as number) < 10; world.value = (world.value as number) + 1) {
      await clock.advance(PERIOD_MS);
    }
    expect(stalled.results).toEqual([0]);
    expect(reading.results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    stalled.congested = false;
    hub.drained(stalled);
    expect(stalled.results).toEqual([0, 9]);
  });
});

describe('the end', () => {
  test('of the last subscription stops the evaluation, also one under way', async () => {
    const { world, clock, hub, client, evaluated } = liveWorld();
    world.evaluateMs = 100;
    const [one, other] = [client(), client()];
    hub.subscribe(one, subscription('a'));
    hub.subscribe(other, subscription('b'));
    await clock.advance(1050);
    hub.unsubscribe(one, 'a');
    expect(evaluated[1]?.signal.aborted).toBe(false);
    hub.leave(other);
    expect(evaluated[1]?.signal.aborted).toBe(true);
    await clock.advance(5000);
    expect(evaluated).toHaveLength(2);
    expect([hub.evaluations, hub.clients, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  test('of one subscription leaves the others of the client', async () => {
    const { clock, hub, client, world } = liveWorld();
    const viewer = client();
    hub.subscribe(viewer, subscription('a'));
    hub.subscribe(viewer, subscription('b'));
    await clock.advance(1);
    hub.unsubscribe(viewer, 'a');
    hub.unsubscribe(viewer, 'unknown');
    world.value = 1;
    await clock.advance(PERIOD_MS);
    expect(viewer.received.map(({ id, result }) => [id, result])).toEqual([
      ['a', 0],
      ['b', 0],
      ['b', 1],
    ]);
  });

  test('of a client that is sent something amid an evaluation of many', async () => {
    const { clock, hub, client, evaluated } = liveWorld();
    const viewers = Array.from({ length: 3 }, client);
    const leaving = viewers[1]!;
    leaving.send = () => hub.leave(leaving);
    for (const viewer of viewers) hub.subscribe(viewer, subscription('a'));
    await clock.advance(PERIOD_MS);
    expect(viewers.map((viewer) => viewer.results)).toEqual([[0], [], [0]]);
    expect([hub.clients, evaluated.length]).toEqual([2, 2]);
  });

  test('of the hub stops everything', async () => {
    const { clock, hub, client, evaluated } = liveWorld();
    hub.subscribe(client(), subscription('a'));
    hub.stop();
    await clock.advance(5000);
    expect([evaluated.length, clock.pendingTimers]).toEqual([1, 0]);
  });
});

describe('refused', () => {
  test.each([
    [{ periodMs: 99 }, 'Period [99]'],
    [{ periodMs: Number.NaN }, 'Period [NaN]'],
    [{ window: 'five minutes' }, 'Window [five minutes]'],
    [{ window: 'PT0S' }, 'Window [PT0S]'],
  ])('%j', (options, message) => {
    const { hub, client } = liveWorld();
    expect(() => hub.subscribe(client(), subscription('a', options))).toThrow(message);
    expect(hub.evaluations).toBe(0);
  });

  test('scans', () => {
    const { hub, client } = liveWorld();
    const query = parseNativeQuery({ queryType: 'scan', dataSource: 'x', intervals: ['2024/2025'] }, () => 'q');
    expect(() => hub.subscribe(client(), { ...subscription('a'), query })).toThrow('Query type [scan] cannot be live');
  });

  test('more than 200 on one connection', () => {
    const { hub, client } = liveWorld();
    const viewer = client();
    for (let i = 0; i < 200; i++) hub.subscribe(viewer, subscription(`${i}`));
    hub.subscribe(viewer, subscription('7'));
    expect(() => hub.subscribe(viewer, subscription('one too many'))).toThrow('[200] subscriptions');
  });
});
