import { expect, test } from 'vitest';
import { RowMeters } from '../../../src/indexing/intake/row-meters.js';

test('totals add up at once', () => {
  const meters = new RowMeters(0);
  meters.add('processed', 3);
  meters.add('processed', 4);
  meters.add('thrownAway', 1);
  expect(meters.totals).toMatchObject({ processed: 7, thrownAway: 1, unparseable: 0 });
});

test('a steady rate is the rate of every window', () => {
  const meters = new RowMeters(0);
  for (let second = 1; second <= 60; second++) {
    meters.add('processed', 10);
    meters.tick(second * 1_000);
  }
  const { '1m': one, '5m': five, '15m': fifteen } = meters.movingAverages;
  for (const { processed } of [one, five, fifteen]) expect(processed).toBeCloseTo(10);
});

test('after a stop the short window falls faster than the long ones', () => {
  const meters = new RowMeters(0);
  meters.add('processed', 50);
  meters.tick(5_000);
  meters.tick(65_000);
  const { '1m': one, '5m': five, '15m': fifteen } = meters.movingAverages;
  expect(one.processed).toBeCloseTo(10 * Math.exp(-1));
  expect(five.processed).toBeCloseTo(10 * Math.exp(-1 / 5));
  expect(fifteen.processed).toBeCloseTo(10 * Math.exp(-1 / 15));
});
