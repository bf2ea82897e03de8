import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { BumpArena } from '../../../src/memory/bump-arena.js';
import { EnginePool } from '../../../src/runtime/engine-pool.js';
import { counted, EngineFixture, sleep } from './engine-fixture.js';
import { countingPlan, TAG } from './tags.js';

const BLOCK_ROWS = 65_536;
const BIG = countingPlan(TAG.big);
const SMALL = countingPlan(TAG.small);
const OTHER = countingPlan(TAG.other);
/** After this much service a query is behind one that had none. */
const SERVED_MS = 10;

describe('several threads', () => {
  const engine = new EngineFixture(2);
  afterAll(() => engine.pool.close());

  test('every row of stored and real-time segments counts once', async () => {
    const segments = [engine.stored(7), engine.live(5), engine.stored(9, Int32Array.of(0, 3, 8)), engine.stored(1)];
    const rows = 11 * BLOCK_ROWS + 5;
    for (let i = 0; i < 5; i++) {
      const outcome = await engine.run(SMALL, segments);
      expect(counted(outcome)).toBe(rows);
      expect(outcome.rowsScanned).toBe(rows);
    }
  });

  test('many queries at once each get their own answer', async () => {
    const segments = Array.from({ length: 12 }, (_, i) => engine.stored(i + 1));
    const outcomes = await Promise.all(segments.map((segment) => engine.run(OTHER, [segment])));
    expect(outcomes.map(counted)).toEqual(segments.map((_, i) => (i + 1) * BLOCK_ROWS));
  });

  test('a segment that threads forgot is made known again', async () => {
    const segment = engine.stored(4);
    expect(counted(await engine.run(SMALL, [segment]))).toBe(4 * BLOCK_ROWS);
    engine.pool.forget({ segments: [segment.definition.id] });
    expect(counted(await engine.run(SMALL, [segment]))).toBe(4 * BLOCK_ROWS);
  });

  test('a query is answered by one thread while the other is held up', async () => {
    engine.probe.closeGate(engine.probe.log.length + 1);
    const held = engine.run(BIG, [engine.stored(1)]);
    await engine.probe.arrival();
    expect(counted(await engine.run(SMALL, [engine.stored(20)]))).toBe(20 * BLOCK_ROWS);
    engine.probe.openGate();
    expect(counted(await held)).toBe(BLOCK_ROWS);
  });

  test('a real-time arena that has grown is read to its end', async () => {
    const arena = BumpArena.create(1024 ** 2);
    const live = engine.live(1);
    const block = (): typeof live => {
      const values = arena.allocate(BLOCK_ROWS * 2);
      const column = { kind: 'long', base: 0, width: 'u16', values } as const;
      return { ...live, blocks: [{ ...live.blocks[0]!, numRows: BLOCK_ROWS, columns: { __time: column } }] };
    };
    const blocks = [block()];
    const arenas = [...engine.arenas.handles(), arena.handle];
    expect(counted(await engine.run(SMALL, blocks, { arenas }))).toBe(BLOCK_ROWS);
    for (let i = 0; i < 6; i++) blocks.push(block());
    expect(counted(await engine.run(SMALL, blocks, { arenas }))).toBe(7 * BLOCK_ROWS);
  });

  test('scratch that a run left behind is free when its query has ended', async () => {
    await engine.run(countingPlan(TAG.allocating), [engine.stored(10)]);
    expect(engine.arenas.scratchBytesInUse).toBe(0);
  });

  test('an error keeps its category, and ends the query in all threads', async () => {
    const failing = engine.run(countingPlan(TAG.failing), [engine.stored(10)]);
    await expect(failing).rejects.toMatchObject({ message: 'No room', category: 'CAPACITY_EXCEEDED' });
    expect(engine.arenas.scratchBytesInUse).toBe(0);
    expect(engine.pool.metrics.queries).toBe(0);
  });
});

describe('one thread', () => {
  let engine: EngineFixture;
  beforeEach(() => {
    engine = new EngineFixture(1);
  });
  afterEach(async () => {
    engine.probe.openGate();
    await engine.pool.close();
  });

  /** A big query that is held within its third block, with enough service that others overtake it. */
  async function holdBig(options: Parameters<EngineFixture['run']>[2] = {}): Promise<ReturnType<typeof engine.run>[]> {
    engine.probe.closeGate(3);
    const big = engine.run(BIG, [engine.stored(60)], options);
    await engine.probe.arrival();
    await sleep(SERVED_MS);
    return [big];
  }

  test('a small query that comes during a big one is done after few blocks of the big one', async () => {
    const [big] = await holdBig();
    const small = engine.run(SMALL, [engine.stored(3)]);
    engine.probe.openGate();
    expect(counted(await small)).toBe(3 * BLOCK_ROWS);
    expect(counted(await big!)).toBe(60 * BLOCK_ROWS);
    expect(engine.probe.log.lastIndexOf(TAG.small)).toBeLessThanOrEqual(3 + 3);
    expect(engine.probe.log.filter((tag) => tag === TAG.big)).toHaveLength(60);
  });

  test('higher priority goes first, whoever came first', async () => {
    const [big] = await holdBig({ priority: 1 });
    const low = engine.run(OTHER, [engine.stored(5)], { priority: 0 });
    const high = engine.run(SMALL, [engine.stored(5)], { priority: 2 });
    engine.probe.openGate();
    await Promise.all([big, low, high]);
    const log = engine.probe.log.slice(3);
    expect(log).toEqual([
      ...Array<number>(5).fill(TAG.small),
      ...Array<number>(57).fill(TAG.big),
      ...Array<number>(5).fill(TAG.other),
    ]);
  });

  test('a job runs between the blocks of a query', async () => {
    const [big] = await holdBig();
    const payload = { arena: engine.arenas.homeArena(), tag: TAG.job };
    const job = engine.pool.job<number>('mark', payload, { arenas: engine.arenas.handles() });
    engine.probe.openGate();
    expect(await job).toBe(TAG.job);
    await big;
    expect(engine.probe.log.indexOf(TAG.job)).toBeLessThan(6);
  });

  test('a cancelled query rejects at once, and tells when its segments are no longer read', async () => {
    const abort = new AbortController();
    const onReleased = vi.fn();
    const [big] = await holdBig({ signal: abort.signal, onReleased });
    const end = expect(big).rejects.toThrow('enough of it');
    abort.abort(new Error('enough of it'));
    await end;
    expect(onReleased).not.toHaveBeenCalled();
    engine.probe.openGate();
    await engine.run(SMALL, [engine.stored(1)]);
    expect(onReleased).toHaveBeenCalledOnce();
    expect(engine.probe.log.filter((tag) => tag === TAG.big)).toHaveLength(3);
  });

  test('a cancelled query stops in the middle of a block, and its thread goes on with others', async () => {
    const abort = new AbortController();
    const endless = engine.run(countingPlan(TAG.endless), [engine.stored(2)], { signal: abort.signal });
    const end = expect(endless).rejects.toThrow('enough of it');
    while (!engine.probe.log.includes(TAG.endless)) await sleep(1);
    abort.abort(new Error('enough of it'));
    await end;
    expect(counted(await engine.run(SMALL, [engine.stored(1)]))).toBe(BLOCK_ROWS);
    expect(engine.arenas.scratchBytesInUse).toBe(0);
  });

  test('without that callback a cancelled query rejects when its segments are no longer read', async () => {
    const abort = new AbortController();
    const [big] = await holdBig({ signal: abort.signal });
    const rejected = vi.fn();
    const end = big!.catch(rejected);
    abort.abort(new Error('enough of it'));
    await sleep(SERVED_MS);
    expect(rejected).not.toHaveBeenCalled();
    engine.probe.openGate();
    await end;
    expect(rejected).toHaveBeenCalledOnce();
  });

  test('a query that was cancelled before a thread came to it does not wait for one', async () => {
    const [big] = await holdBig();
    const abort = new AbortController();
    const waiting = engine.run(SMALL, [engine.stored(3)], { signal: abort.signal });
    abort.abort(new Error('enough of it'));
    await expect(waiting).rejects.toThrow('enough of it');
    engine.probe.openGate();
    await big;
    expect(engine.probe.log).not.toContain(TAG.small);
  });

  test('a thread that exits fails the queries it had joined and its jobs; others go on in its successor', async () => {
    const [big] = await holdBig();
    const exiting = engine.run(countingPlan(TAG.exiting), [engine.stored(3)]);
    const waiting = engine.run(SMALL, [engine.stored(3)], { priority: -1 });
    const job = engine.pool.job('echo', 1, { priority: -1 });
    const ends = Promise.allSettled([big, exiting, job]);
    engine.probe.openGate();
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: { category: 'RUNTIME_FAILURE' } });
      expect((end as PromiseRejectedResult).reason.message).toContain('An engine thread died');
    }
    expect(counted(await waiting)).toBe(3 * BLOCK_ROWS);
    expect(engine.arenas.scratchBytesInUse).toBe(0);
  });

  test('a job that exits its thread, or an error beside it, fails; later ones find a new thread', async () => {
    await expect(engine.pool.job('exit', null)).rejects.toThrow('An engine thread died');
    expect(await engine.pool.job('echo', 'again')).toBe('again');
    await engine.pool.job('stray', null);
    // Jobs that reach it before it ends fail with it.
    const echo = (): Promise<unknown> => engine.pool.job('echo', 'once more').catch(() => undefined);
    while ((await echo()) !== 'once more') await sleep(1);
    expect(counted(await engine.run(SMALL, [engine.stored(2)]))).toBe(2 * BLOCK_ROWS);
  });

  test('jobs move buffers, and fail as themselves', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const echoed = engine.pool.job<Uint8Array>('echo', bytes, { transfer: [bytes.buffer] });
    expect(bytes).toHaveLength(0);
    expect(await echoed).toEqual(Uint8Array.of(1, 2, 3));
    const failure = await engine.pool.job('fail', null).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DruidError);
    expect(failure).toMatchObject({ category: 'CAPACITY_EXCEEDED', context: { host: 'here' } });
    await expect(engine.pool.job('unheard of', null)).rejects.toThrow('unheard of');
    await expect(engine.pool.job('echo', () => 1)).rejects.toThrow('could not be cloned');
  });

  test('everything that a thread prints arrives while it waits for work', async () => {
    const lines: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
    try {
      await engine.pool.job('print', 'from a thread');
      while (!lines.join('').includes('from a thread 2')) await sleep(1);
    } finally {
      write.mockRestore();
    }
  });

  test('a thread without work gives back the heap that work took', async () => {
    const heapBytes = (): Promise<number> => engine.pool.job<number>('heapBytes', null);
    await engine.pool.job('garbage', null);
    const most = await heapBytes();
    // Asking is work too: not too often.
    while ((await heapBytes()) > most / 2) await sleep(1_500);
  });

  test('a scan stops as soon as it has rows enough', async () => {
    const maxRows = 10;
    const plan = {
      kind: 'scan',
      virtualColumns: [],
      columns: ['__time'],
      filter: null,
      order: 'none',
      maxRows,
    } as const;
    const outcome = await engine.run({ ...plan, intervals: SMALL.intervals }, [engine.stored(50)]);
    expect(outcome.partials[0]!.numRows).toBe(maxRows);
    expect(outcome.rowsScanned).toBe(BLOCK_ROWS);
  });

  test('closing fails what is under way, and releases it', async () => {
    const onReleased = vi.fn();
    const [big] = await holdBig({ onReleased });
    const end = expect(big).rejects.toMatchObject({ category: 'SERVICE_UNAVAILABLE' });
    const closed = engine.pool.close();
    await end;
    engine.probe.openGate();
    await closed;
    expect(onReleased).toHaveBeenCalledOnce();
    await expect(engine.pool.job('echo', 1)).rejects.toMatchObject({ category: 'SERVICE_UNAVAILABLE' });
  });
});

test('where no thread can be started, queries and jobs fail instead of waiting', async () => {
  const engine = new EngineFixture(1);
  await engine.pool.close();
  const entry = { url: new URL('./missing.worker.js', import.meta.url), execArgv: [] };
  const pool = new EnginePool({ threads: 2, entry });
  const { signal } = new AbortController();
  const home = engine.arenas.homeArena();
  const query = {
    plan: SMALL,
    segments: [engine.stored(1)],
    arenas: engine.arenas.handles(),
    home,
    signal,
    priority: 0,
  };
  const ends = await Promise.allSettled([pool.run(query), pool.job('echo', 1)]);
  for (const end of ends) expect((end as PromiseRejectedResult).reason.message).toContain('missing.worker');
  await expect(pool.run(query)).rejects.toMatchObject({ category: 'SERVICE_UNAVAILABLE' });
  await pool.close();
});

test('segments without a block to read are answered at once, with what is known of them', async () => {
  const engine = new EngineFixture(1);
  try {
    const outcome = await engine.run(SMALL, [engine.stored(3, new Int32Array(0)), engine.live(0)]);
    expect(counted(outcome)).toBe(0);
    expect(engine.pool.metrics.threads[0]!.morsels).toBe(0);
  } finally {
    await engine.pool.close();
  }
});
