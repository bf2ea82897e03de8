import { describe, expect, test } from 'vitest';
import { applyDelta } from '../../../src/client/apply-delta.js';
import type { ServerMessage } from '../../../src/client/messages.js';
import type { LiveClient } from '../../../src/live/live-client.js';
import { LiveHub, type Subscription } from '../../../src/live/live-hub.js';
import { nativeSource } from '../../../src/live/native-source.js';
import { Watermarks } from '../../../src/live/watermarks.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';
import type { NativeQuery } from '../../../src/query/native-query.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

const PERIOD_MS = 1000;

class FakeClient implements LiveClient {
  congested = false;
  readonly #clock: SimulatedClock;
  readonly #rows = new Map<string, readonly unknown[]>();
  readonly received: {
    readonly atMs: number;
    readonly id: string;
    readonly type: string;
    readonly cursor?: string;
    /** The only row of the answer, once it is put together. */
    readonly result?: unknown;
    readonly error?: unknown;
  }[] = [];

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  send(text: string): void {
    const message = JSON.parse(text) as ServerMessage & { readonly id: string };
    const at = { atMs: this.#clock.monotonicMs(), id: message.id, type: message.type };
    if (message.type === 'error') this.received.push({ ...at, error: message.error });
    if (message.type !== 'snapshot' && message.type !== 'delta') return;
    const before = this.#rows.get(message.id) ?? [];
    const rows = message.type === 'snapshot' ? message.result : applyDelta(before, message.delta);
    this.#rows.set(message.id, rows);
    this.received.push({ ...at, cursor: message.cursor, result: rows[0] });
  }

  get results(): unknown[] {
    return this.received.map(({ result }) => result);
  }
}

interface WatchOptions extends Partial<Omit<Subscription, 'id' | 'source'>> {
  readonly dataSource?: string;
  readonly window?: string | null;
  readonly query?: NativeQuery;
}

/** A hub whose queries all answer one row, the current value of `world.value`. */
function liveWorld(): {
  readonly world: { value: unknown; evaluateMs: number; fail: string | undefined };
  readonly clock: SimulatedClock;
  readonly hub: LiveHub;
  readonly client: () => FakeClient;
  readonly watch: (client: LiveClient, id: string, options?: WatchOptions) => boolean;
  readonly evaluated: { readonly query: NativeQuery; readonly signal: AbortSignal }[];
} {
  const clock = new SimulatedClock();
  const world = { value: 0 as unknown, evaluateMs: 0, fail: undefined as string | undefined };
  const evaluated: { query: NativeQuery; signal: AbortSignal }[] = [];
  const describeError = (error: unknown): unknown => ({ errorMessage: (error as Error).message });
  const hub = new LiveHub({ clock, describeError, instance: 'hub' });
  const answer = async (query: NativeQuery, signal: AbortSignal) => {
    evaluated.push({ query, signal });
    const { value, fail } = world;
    if (world.evaluateMs > 0) await clock.sleep(world.evaluateMs);
    if (fail !== undefined) throw new Error(fail);
    return { text: JSON.stringify([value]), state: { s: 1, offsets: {}, evaluatedAt: '' } };
  };
  const watermarks = new Watermarks(clock, () => Promise.resolve(null));
  const watch = (viewer: LiveClient, id: string, options: WatchOptions = {}): boolean => {
    const { dataSource = 'wikipedia', window = null, query = countQuery(dataSource), ...rest } = options;
    const source = nativeSource(query, window, { answer, watermarks, clock });
    return hub.subscribe(viewer, { id, source, periodMs: PERIOD_MS, wholeOnly: false, resume: null, ...rest });
  };
  return { world, clock, hub, client: () => new FakeClient(clock), watch, evaluated };
}

function countQuery(dataSource: string): NativeQuery {
  return parseNativeQuery(
    {
      queryType: 'segmentMetadata',
      dataSource,
      intervals: ['2024-01-01/2025-01-01'],
    },
    () => 'q',
  );
}

describe('answers', () => {
  test('come at once, and then when they change', async () => {
    const { world, clock, watch, client } = liveWorld();
    const viewer = client();
    watch(viewer, 'a');
    await clock.advance(2500);
    world.value = 1;
    await clock.advance(5000);
    expect(viewer.received).toEqual([
      { atMs: 0, id: 'a', type: 'snapshot', cursor: 'hub.1.1', result: 0 },
      { atMs: 3000, id: 'a', type: 'delta', cursor: 'hub.1.2', result: 1 },
    ]);
  });

  test('come at most once a period, whoever subscribed when', async () => {
    const { world, clock, watch, client } = liveWorld();
    const viewers = [client(), client()];
    watch(viewers[0]!, 'a');
    await clock.advance(990);
    watch(viewers[1]!, 'b');
    for (let i = 0; i < 100; i++) {
      world.value = i;
      await clock.advance(137);
    }
    for (const viewer of viewers) {
      // Who comes later is in step with the others from its second answer on.
      const inStep = viewer.received.slice(1);
      const gaps = inStep.slice(1).map(({ atMs }, i) => atMs - inStep[i]!.atMs);
      expect(gaps.length).toBeGreaterThan(10);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(PERIOD_MS);
    }
  });

  test('come to all viewers at the same time', async () => {
    const { world, clock, watch, client } = liveWorld();
    const viewers = Array.from({ length: 5 }, client);
    for (const viewer of viewers) {
      watch(viewer, 'a');
      await clock.advance(170);
    }
    for (world.value = 1; (world.value as number) < 5; world.value = (world.value as number) + 1) {
      await clock.advance(PERIOD_MS);
    }
    const times = viewers.map(({ received }) => received.slice(1).map(({ atMs }) => atMs));
    expect(times).toEqual(viewers.map(() => [1000, 2000, 3000, 4000]));
  });

  test('of different queries are spread over the period', async () => {
    const { clock, watch, client, evaluated } = liveWorld();
    const viewer = client();
    for (let i = 0; i < 100; i++) watch(viewer, `${i}`, { dataSource: `d${i}` });
    await clock.advance(PERIOD_MS);
    const before = evaluated.length;
    for (let i = 1; i <= 10; i++) {
      await clock.advance(PERIOD_MS / 10);
      expect(Math.abs(evaluated.length - before - 10 * i)).toBeLessThanOrEqual(3);
    }
  });

  test('that take longer than a period follow each other', async () => {
    const { world, clock, watch, client, evaluated } = liveWorld();
    world.evaluateMs = 2500;
    const viewer = client();
    watch(viewer, 'a');
    await clock.advance(10_000);
    expect(evaluated).toHaveLength(5);
    expect(viewer.results).toEqual([0]);
  });

  test('that cannot be had are told once, and the query goes on', async () => {
    const { world, clock, watch, client } = liveWorld();
    world.fail = 'no data';
    const viewer = client();
    watch(viewer, 'a');
    await clock.advance(3500);
    world.fail = undefined;
    await clock.advance(1000);
    expect(viewer.received).toMatchObject([{ error: { errorMessage: 'no data' } }, { result: 0 }]);
  });

  test('that are too large are an error', async () => {
    const { world, clock, watch, client } = liveWorld();
    world.value = 'x'.repeat(2_000_000);
    const viewer = client();
    watch(viewer, 'a');
    await clock.advance(1);
    expect(viewer.received).toMatchObject([
      { error: { errorMessage: expect.stringContaining('exceeds the limit of [1048576]') } },
    ]);
  });

  test('of a window are of the time before each evaluation', async () => {
    const { clock, watch, client, evaluated } = liveWorld();
    watch(client(), 'a', { window: 'PT5M' });
    await clock.advance(1000);
    const start = clock.nowMs() - 1000;
    expect(evaluated.map(({ query }) => query.intervals)).toEqual([
      [{ startMs: start - 300_000, endMs: start + 1 }],
      [{ startMs: start - 299_000, endMs: start + 1001 }],
    ]);
  });
});

describe('whole answers', () => {
  test('are sent to those who ask for them', async () => {
    const { world, clock, client, watch } = liveWorld();
    const viewer = client();
    watch(viewer, 'a', { wholeOnly: true });
    await clock.advance(1);
    world.value = 1;
    await clock.advance(PERIOD_MS);
    expect(viewer.received.map(({ type, result }) => [type, result])).toEqual([
      ['snapshot', 0],
      ['snapshot', 1],
    ]);
  });
});

describe('equal subscriptions', () => {
  test('cost one evaluation, also of one client under several ids', async () => {
    const { clock, hub, watch, client, evaluated } = liveWorld();
    const viewers = Array.from({ length: 50 }, client);
    for (const viewer of viewers) watch(viewer, 'a');
    watch(viewers[0]!, 'b');
    await clock.advance(2500);
    expect(evaluated).toHaveLength(3);
    expect(hub.evaluations).toBe(1);
    expect(viewers.map((viewer) => viewer.results)).toEqual([[0, 0], ...Array.from({ length: 49 }, () => [0])]);
  });

  test('differ by query, period and window', () => {
    const { hub, watch, client } = liveWorld();
    const viewer = client();
    watch(viewer, 'a');
    watch(viewer, 'b', { dataSource: 'other' });
    watch(viewer, 'c', { periodMs: 500 });
    watch(viewer, 'd', { window: 'PT1M' });
    expect(hub.evaluations).toBe(4);
  });
});

describe('a client that does not read', () => {
  test('gets nothing more, and the newest answer once it has drained; others are not held up', async () => {
    const { world, clock, hub, watch, client } = liveWorld();
    const [stalled, reading] = [client(), client()];
    watch(stalled, 'a');
    watch(reading, 'a');
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
    const { world, clock, hub, watch, client, evaluated } = liveWorld();
    world.evaluateMs = 100;
    const [one, other] = [client(), client()];
    watch(one, 'a');
    watch(other, 'b');
    await clock.advance(1050);
    hub.unsubscribe(one, 'a');
    expect(evaluated[1]?.signal.aborted).toBe(false);
    hub.leave(other);
    expect(evaluated[1]?.signal.aborted).toBe(true);
    await clock.advance(5000);
    expect(evaluated).toHaveLength(2);
    expect([hub.evaluations, hub.clients]).toEqual([0, 0]);
    // Versions are kept for a minute for those who come back.
    await clock.advance(60_000);
    expect([evaluated.length, clock.pendingTimers]).toEqual([2, 0]);
  });

  test('of one subscription leaves the others of the client', async () => {
    const { clock, hub, watch, client, world } = liveWorld();
    const viewer = client();
    watch(viewer, 'a');
    watch(viewer, 'b');
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
    const { clock, hub, watch, client, evaluated } = liveWorld();
    const viewers = Array.from({ length: 3 }, client);
    const leaving = viewers[1]!;
    leaving.send = () => hub.leave(leaving);
    for (const viewer of viewers) watch(viewer, 'a');
    await clock.advance(PERIOD_MS);
    expect(viewers.map((viewer) => viewer.results)).toEqual([[0], [], [0]]);
    expect([hub.clients, evaluated.length]).toEqual([2, 2]);
  });

  test('of the hub stops everything', async () => {
    const { clock, hub, watch, client, evaluated } = liveWorld();
    watch(client(), 'a');
    await clock.advance(0);
    hub.stop();
    await clock.advance(5000);
    expect([evaluated.length, clock.pendingTimers]).toEqual([1, 0]);
  });
});

describe('a client that comes back with its cursor', () => {
  test('is told what changed since, and nothing it has already', async () => {
    const { world, clock, client, watch } = liveWorld();
    const staying = client();
    watch(staying, 'a');
    await clock.advance(1);
    for (world.value = 1; (world.value as number) < 4; world.value = (world.value as number) + 1) {
      await clock.advance(PERIOD_MS);
    }
    expect(staying.received.map(({ cursor }) => cursor)).toEqual(['hub.1.1', 'hub.1.2', 'hub.1.3', 'hub.1.4']);
    const back = client();
    back.send(JSON.stringify({ type: 'snapshot', id: 'a', cursor: 'hub.1.2', result: [1] }));
    expect(watch(back, 'a', { resume: 'hub.1.2' })).toBe(true);
    await clock.advance(1);
    expect(back.received.slice(1)).toMatchObject([{ type: 'delta', cursor: 'hub.1.4', result: 3 }]);
    const upToDate = client();
    expect(watch(upToDate, 'a', { resume: 'hub.1.4' })).toBe(true);
    await clock.advance(1);
    expect(upToDate.received).toEqual([]);
  });

  test('goes on also when nobody watched meanwhile, from an evaluation made since', async () => {
    const { world, clock, hub, client, watch, evaluated } = liveWorld();
    const viewer = client();
    watch(viewer, 'a');
    await clock.advance(1);
    hub.leave(viewer);
    world.value = 1;
    await clock.advance(30_000);
    expect(evaluated).toHaveLength(1);
    expect(watch(viewer, 'a', { resume: 'hub.1.1' })).toBe(true);
    await clock.advance(1);
    expect(viewer.received.slice(1)).toMatchObject([{ type: 'delta', result: 1 }]);
  });

  test.each([
    ['after a minute without viewers', 'hub.1.1', 61_000],
    ['of another server', 'other.1.1', 0],
    ['of another query', 'hub.2.1', 0],
    ['of a version that never was', 'hub.1.9', 0],
    ['that is none', 'hub.1.', 0],
  ])('%s begins with a snapshot', async (_, resume, awayMs) => {
    const { clock, hub, client, watch } = liveWorld();
    const viewer = client();
    watch(viewer, 'a');
    await clock.advance(1);
    hub.leave(viewer);
    await clock.advance(awayMs);
    expect(watch(viewer, 'a', { resume })).toBe(false);
    await clock.advance(1);
    expect(viewer.received.at(-1)).toMatchObject({ type: 'snapshot', result: 0 });
  });

  test('from long ago begins with a snapshot: only the newest versions are kept', async () => {
    const { world, clock, client, watch } = liveWorld();
    watch(client(), 'a');
    for (let i = 0; i < 100; i++) {
      world.value = i;
      await clock.advance(PERIOD_MS);
    }
    const viewer = client();
    expect(watch(viewer, 'a', { resume: 'hub.1.2' })).toBe(false);
    expect(watch(viewer, 'b', { resume: 'hub.1.90' })).toBe(true);
  });
});

describe('refused', () => {
  test.each([
    [{ periodMs: 99 }, 'Period [99]'],
    [{ periodMs: Number.NaN }, 'Period [NaN]'],
    [{ window: 'five minutes' }, 'Window [five minutes]'],
    [{ window: 'PT0S' }, 'Window [PT0S]'],
  ])('%j', (options, message) => {
    const { hub, watch, client } = liveWorld();
    expect(() => watch(client(), 'a', options)).toThrow(message);
    expect(hub.evaluations).toBe(0);
  });

  test('scans', () => {
    const { watch, client } = liveWorld();
    const query = parseNativeQuery({ queryType: 'scan', dataSource: 'x', intervals: ['2024/2025'] }, () => 'q');
    expect(() => watch(client(), 'a', { query })).toThrow('Query type [scan] cannot be live');
  });

  test('more than 200 on one connection', () => {
    const { watch, client } = liveWorld();
    const viewer = client();
    for (let i = 0; i < 200; i++) watch(viewer, `${i}`);
    watch(viewer, '7');
    expect(() => watch(viewer, 'one too many')).toThrow('[200] subscriptions');
  });
});
