import { beforeEach, expect, test } from 'vitest';
import { MemoryDeepStorage } from '../../../src/deep-storage/memory.js';
import { RetryingDeepStorage } from '../../../src/deep-storage/retrying.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';

/** Fails the next operations with the given errors; `hang` never answers. */
class FlakyStorage extends MemoryDeepStorage {
  readonly failures: (Error | 'hang')[] = [];
  attempts = 0;

  override async get(key: string): Promise<Uint8Array | undefined> {
    await this.#mayFail();
    return super.get(key);
  }

  override async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    let given = 0;
    for await (const found of super.list(prefix)) {
      if (given++ === 1) await this.#mayFail();
      yield found;
    }
  }

  async #mayFail(): Promise<void> {
    this.attempts++;
    const failure = this.failures.shift();
    if (failure === 'hang') await new Promise(() => {});
    if (failure instanceof Error) throw failure;
  }
}

const passing = (): Error => new Error('passing');
let clock: SimulatedClock;
let flaky: FlakyStorage;
let storage: RetryingDeepStorage;

beforeEach(async () => {
  clock = new SimulatedClock();
  flaky = new FlakyStorage();
  await flaky.put('key', new Uint8Array([7]));
  storage = new RetryingDeepStorage(flaky, {
    clock,
    randomness: new SeededRandomness(1),
    maxAttempts: 4,
    firstDelayMs: 100,
    deadlineMs: 10_000,
    isTransient: (error) => error instanceof Error && error.message === 'passing',
  });
});

/** The outcome, once simulated time has gone on for long enough. */
async function after<T>(operation: Promise<T>, elapsedMs: number): Promise<T> {
  const settled = operation.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
  await clock.advance(elapsedMs);
  return (await settled)();
}

test('passing failures are tried again', async () => {
  flaky.failures.push(passing(), passing(), passing());
  expect(await after(storage.get('key'), 1_000)).toEqual(new Uint8Array([7]));
  expect(flaky.attempts).toBe(4);
});

test('after the last attempt the storage is reported as not available', async () => {
  flaky.failures.push(passing(), passing(), passing(), passing());
  await expect(after(storage.get('key'), 1_000)).rejects.toMatchObject({
    category: 'SERVICE_UNAVAILABLE',
    message: 'Deep storage [memory] is not available: passing',
  });
});

test('other failures come through at once', async () => {
  flaky.failures.push(new Error('damaged'));
  await expect(storage.get('key')).rejects.toThrow('damaged');
  expect(flaky.attempts).toBe(1);
});

test('an operation that hangs ends at the deadline', async () => {
  flaky.failures.push(passing(), 'hang');
  await expect(after(storage.get('key'), 10_000)).rejects.toMatchObject({ category: 'SERVICE_UNAVAILABLE' });
  expect(clock.pendingTimers).toBe(0);
});

test('a listing that breaks off goes on without repeating itself', async () => {
  for (const key of ['a', 'b', 'c']) await flaky.put(key, new Uint8Array(1));
  flaky.failures.push(passing());
  const listed = (async () => {
    const keys: string[] = [];
    for await (const { key } of storage.list('')) keys.push(key);
    return keys;
  })();
  expect(await after(listed, 1_000)).toEqual(['a', 'b', 'c', 'key']);
});
