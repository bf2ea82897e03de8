import { expect, test } from 'vitest';
import {
  hiLoCapacity,
  manualCapacity,
  QueryScheduler,
  UNLIMITED,
} from '../../../../src/server/http/query-scheduler.js';

const PLAIN = { lane: null, priority: 0 };
const LOW = { lane: null, priority: -1 };

test('without limits every query runs', () => {
  const scheduler = new QueryScheduler(UNLIMITED);
  for (let i = 0; i < 1000; i++) scheduler.enter({ lane: 'x', priority: -5 });
  expect(scheduler.running).toBe(1000);
});

test('hilo: low priorities get their share, others the rest', () => {
  const scheduler = new QueryScheduler(hiLoCapacity(4, 30));
  const low = scheduler.enter(LOW);
  scheduler.enter({ lane: 'low', priority: 5 });
  expect(() => scheduler.enter(LOW)).toThrow(
    "Too many concurrent queries for lane 'low', query capacity of 2 exceeded. Please try your query again later.",
  );
  scheduler.enter(PLAIN);
  scheduler.enter({ lane: 'unknown', priority: -1 });
  expect(() => scheduler.enter(PLAIN)).toThrow('total query capacity of 4 exceeded');
  low();
  low();
  scheduler.enter(LOW);
  expect(() => scheduler.enter(PLAIN)).toThrow('total query capacity of 4 exceeded');
});

test('manual: only the lane that a query names counts', () => {
  const scheduler = new QueryScheduler(manualCapacity(100, { a: 1, b: 2 }, false));
  scheduler.enter({ lane: 'a', priority: 0 });
  scheduler.enter(LOW);
  expect(() => scheduler.enter({ lane: 'a', priority: 0 })).toThrow("lane 'a', query capacity of 1");
  const percent = new QueryScheduler(manualCapacity(10, { a: 11 }, true));
  for (let i = 0; i < 2; i++) percent.enter({ lane: 'a', priority: 0 });
  expect(() => percent.enter({ lane: 'a', priority: 0 })).toThrow("lane 'a', query capacity of 2");
});
