import { describe, expect, test } from 'vitest';
import { axisFor, keptAxis } from '../../../src/console/axis.js';
import { completeSeconds } from '../../../src/console/complete-seconds.js';
import { ServerClock } from '../../../src/console/server-clock.js';
import { smoothPath } from '../../../src/console/smooth-path.js';

describe('axis', () => {
  test.each([
    [0, 1],
    [1, 1],
    [3, 3],
    [7, 8],
    [95, 100],
    [101, 150],
    [420, 500],
    [1234, 1500],
  ])('for values up to %d it ends at %d', (most, top) => {
    expect(axisFor(most).top).toBe(top);
  });

  test('has whole numbers, at most four steps, and room for every value', () => {
    for (let most = 0; most < 20_000; most++) {
      const { top, step } = axisFor(most);
      if (top < most || !Number.isInteger(step) || ![1, 2, 3, 4].includes(top / step)) {
        expect.fail(`${most} got ${top} in steps of ${step}`);
      }
    }
  });

  test('stays while values fit and fill it, and changes when they do not', () => {
    const axis = axisFor(420);
    expect(keptAxis(axis, 380)).toBe(axis);
    expect(keptAxis(axis, 501).top).toBeGreaterThan(500);
    expect(keptAxis(axis, 60).top).toBeLessThan(500);
    expect(keptAxis(undefined, 420)).toEqual(axis);
  });
});

describe('complete seconds', () => {
  test('seconds that an answer leaves out have zero, and one that has not ended is left out', () => {
    const counts = new Map([
      [11_000, 5],
      [14_000, 7],
    ]);
    expect(completeSeconds(counts, 9_500, 14_999)).toEqual([
      { startMs: 10_000, count: 0 },
      { startMs: 11_000, count: 5 },
      { startMs: 12_000, count: 0 },
      { startMs: 13_000, count: 0 },
    ]);
    expect(completeSeconds(counts, 13_000, 15_000).at(-1)).toEqual({ startMs: 14_000, count: 7 });
  });
});

describe('server clock', () => {
  test('follows the answer that took the least time, and forgets when reset', () => {
    let pageMs = 1000;
    const clock = new ServerClock(() => pageMs);
    expect(clock.nowMs).toBe(1000);
    clock.answered(5990);
    expect(clock.nowMs).toBe(5990);
    pageMs = 2000;
    clock.answered(6000);
    expect(clock.nowMs).toBe(6989);
    expect(clock.lastAnswerMs).toBe(6000);
    clock.reset();
    expect(clock.nowMs).toBe(2000);
    expect(clock.lastAnswerMs).toBe(0);
  });
});

describe('smooth path', () => {
  test('goes through every point and never beyond its neighbours', () => {
    const xs = [0, 10, 20, 30, 40, 50];
    const ys = [0, 0, 80, 75, 75, 10];
    const path = smoothPath(xs, ys);
    const points = path
      .split(/[MC ]/)
      .filter(Boolean)
      .map((point) => point.split(',').map(Number) as [number, number]);
    for (const [i, x] of xs.entries()) expect(points).toContainEqual([x, ys[i]]);
    // After the first point, each segment is two control points and its end.
    for (let segment = 0; segment < xs.length - 1; segment++) {
      const low = Math.min(ys[segment]!, ys[segment + 1]!);
      const high = Math.max(ys[segment]!, ys[segment + 1]!);
      for (const [, y] of points.slice(1 + 3 * segment, 4 + 3 * segment)) {
        expect(y).toBeGreaterThanOrEqual(low);
        expect(y).toBeLessThanOrEqual(high);
      }
    }
  });

  test('of no points is empty', () => {
    expect(smoothPath([], [])).toBe('');
  });
});
