import { afterEach, describe, expect, test } from 'vitest';
import { DemoStream } from '../../../src/demo/demo-stream.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';

const RATE = 300;

let stream: DemoStream | undefined;
afterEach(() => stream?.stop());

function start(clock: SimulatedClock, push: (lines: readonly string[]) => Promise<void>): unknown[] {
  const errors: unknown[] = [];
  const random = new SeededRandomness(3);
  stream = new DemoStream({ eventsPerSecond: RATE, clock, random, push, onError: (error) => errors.push(error) });
  return errors;
}

describe('demo stream', () => {
  test('pushes the asked number of events a second on average, in several batches a second', async () => {
    const clock = new SimulatedClock();
    let events = 0;
    let batches = 0;
    const errors = start(clock, (lines) => {
      events += lines.length;
      batches++;
      return Promise.resolve();
    });
    await clock.advance(60_000);
    expect(events / 60).toBeGreaterThan(RATE * 0.95);
    expect(events / 60).toBeLessThan(RATE * 1.05);
    expect(batches / 60).toBeGreaterThan(10);
    expect(errors).toEqual([]);
  });

  test('the rate swings, but never stops nor doubles', async () => {
    const clock = new SimulatedClock();
    let events = 0;
    start(clock, (lines) => {
      events += lines.length;
      return Promise.resolve();
    });
    const perSecond: number[] = [];
    for (let second = 0; second < 60; second++) {
      const before = events;
      await clock.advance(1000);
      perSecond.push(events - before);
    }
    expect(Math.min(...perSecond)).toBeGreaterThan(RATE * 0.5);
    expect(Math.max(...perSecond)).toBeLessThan(RATE * 1.5);
    expect(Math.max(...perSecond) - Math.min(...perSecond)).toBeGreaterThan(RATE * 0.4);
  });

  test('events are of the time since the push before', async () => {
    const clock = new SimulatedClock();
    let onTime = 0;
    let events = 0;
    start(clock, (lines) => {
      for (const line of lines) {
        const ageMs = clock.nowMs() - Date.parse((JSON.parse(line) as { time: string }).time);
        expect(ageMs).toBeGreaterThanOrEqual(0);
        events++;
        if (ageMs <= 50) onTime++;
      }
      return Promise.resolve();
    });
    await clock.advance(20_000);
    expect(onTime / events).toBeGreaterThan(0.98);
  });

  test('a push that fails is reported and does not end the stream', async () => {
    const clock = new SimulatedClock();
    let pushes = 0;
    const errors = start(clock, () => (pushes++ < 3 ? Promise.reject(new Error('disk full')) : Promise.resolve()));
    await clock.advance(1000);
    expect(errors).toHaveLength(3);
    expect(pushes).toBeGreaterThan(10);
  });

  test('after a pause it goes on and does not catch up', async () => {
    const clock = new SimulatedClock();
    let release: (() => void) | undefined;
    const sizes: number[] = [];
    start(clock, (lines) => {
      sizes.push(lines.length);
      return sizes.length === 1 ? new Promise((resolve) => (release = resolve)) : Promise.resolve();
    });
    await clock.advance(1000);
    await clock.advance(3_600_000);
    release?.();
    await clock.advance(200);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(RATE * 1.5);
  });

  test('nothing is pushed after it was stopped', async () => {
    const clock = new SimulatedClock();
    let events = 0;
    start(clock, (lines) => {
      events += lines.length;
      return Promise.resolve();
    });
    await clock.advance(500);
    const before = events;
    stream?.stop();
    await clock.advance(5000);
    expect(before).toBeGreaterThan(0);
    expect(events).toBe(before);
    expect(clock.pendingTimers).toBe(0);
  });
});
