import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';

describe('a simulated clock', () => {
  test('runs timers at their own moment, in order, also those set by others', async () => {
    const clock = new SimulatedClock(1000);
    const seen: string[] = [];
    const note = (name: string) => (): void => {
      seen.push(`${name}@${clock.nowMs()}`);
    };
    clock.setTimeout(note('b'), 20);
    clock.setTimeout(note('a'), 10);
    clock.clearTimeout(clock.setTimeout(note('never'), 15));
    const chained = clock
      .sleep(5)
      .then(() => clock.sleep(20))
      .then(note('c'));
    await clock.advance(100);
    await chained;
    expect(seen).toEqual(['a@1010', 'b@1020', 'c@1025']);
    expect(clock.nowMs()).toBe(1100);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe.each([
  ['system', systemClock],
  ['simulated', new SimulatedClock()],
])('a sleep of the %s clock', (_name, clock) => {
  test('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    const sleep = clock.sleep(60_000, abort.signal);
    abort.abort(new Error('stop now'));
    await expect(sleep).rejects.toThrow('stop now');
    await expect(clock.sleep(1, abort.signal)).rejects.toThrow('stop now');
  });
});

test('seeded randomness repeats itself, and makes valid ids', () => {
  const [a, b] = [new SeededRandomness(7), new SeededRandomness(7)];
  expect([a.nextDouble(), a.uuid()]).toEqual([b.nextDouble(), b.uuid()]);
  expect(a.uuid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
