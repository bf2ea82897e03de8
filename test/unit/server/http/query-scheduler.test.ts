import { expect, test } from 'vitest';
import {
  configuredCapacity,
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
  const scheduler = new QueryScheduler(manualCapacity(100, { a: { limit: 1, isPercent: false } }));
  scheduler.enter({ lane: 'a', priority: 0 });
  scheduler.enter(LOW);
  expect(() => scheduler.enter({ lane: 'a', priority: 0 })).toThrow("lane 'a', query capacity of 1");
  const percent = new QueryScheduler(manualCapacity(10, { a: { limit: 11, isPercent: true } }));
  for (let i = 0; i < 2; i++) percent.enter({ lane: 'a', priority: 0 });
  expect(() => percent.enter({ lane: 'a', priority: 0 })).toThrow("lane 'a', query capacity of 2");
});

test('configured: lanes share the capacity, and without one only fixed limits hold', () => {
  const lanes = { a: { limit: 50, isPercent: true }, b: { limit: 1, isPercent: false } };
  const capacity = (queryCapacity: number): QueryScheduler =>
    new QueryScheduler(configuredCapacity({ queryCapacity, queryLanes: { strategy: 'manual', lanes } }));
  for (const scheduler of [capacity(2), capacity(0)]) {
    scheduler.enter({ lane: 'b', priority: 0 });
    expect(() => scheduler.enter({ lane: 'b', priority: 0 })).toThrow("lane 'b', query capacity of 1");
    scheduler.enter({ lane: 'a', priority: 0 });
  }
});
