import { expect, test } from 'vitest';
import type { LiveAnswer } from '../../../src/live/live-source.js';
import { VersionBudget, VersionLog } from '../../../src/live/version-log.js';

const MI = 2 ** 20;

function answer(text: string): LiveAnswer {
  return { rows: [{ key: 'k', text }], state: { s: 1, offsets: {}, evaluatedAt: '' }, watermarkMs: null };
}

/** How many of the versions that were added are held. */
function held(log: VersionLog): number {
  return Array.from({ length: log.newest }, (_, i) => i + 1).filter((number) => log.holds(number)).length;
}

test('of large answers fewer versions are held, and always the newest', () => {
  const log = new VersionLog(new VersionBudget());
  for (let i = 0; i < 100; i++) log.add(answer(`${i}`));
  expect(held(log)).toBe(64);
  for (let i = 0; i < 10; i++) log.add(answer(`${i}${'x'.repeat(MI)}`));
  expect(held(log)).toBe(3);
  log.add(answer('x'.repeat(5 * MI)));
  expect(held(log)).toBe(1);
  expect(log.holds(log.newest)).toBe(true);
});

test('many logs hold no more together than is given to all, and what one lets go is there for others', () => {
  const budget = new VersionBudget();
  const logs = Array.from({ length: 60 }, () => new VersionLog(budget));
  for (let i = 0; i < 10; i++) for (const log of logs) log.add(answer(`${i}${'x'.repeat(MI)}`));
  expect(budget.chars).toBeLessThan(66 * MI);
  for (const log of logs) expect(held(log)).toBeGreaterThan(0);
  for (const log of logs) log.clear();
  expect(budget.chars).toBe(0);
  const last = new VersionLog(budget);
  for (let i = 0; i < 3; i++) last.add(answer(`${i}${'x'.repeat(MI)}`));
  expect(held(last)).toBe(3);
});

test('an answer that stays the same takes no more however often it is given', () => {
  const budget = new VersionBudget();
  const log = new VersionLog(budget);
  log.add(answer('same'));
  const { chars } = budget;
  for (let i = 0; i < 5; i++) log.add(answer('same'));
  expect([budget.chars, log.newest]).toEqual([chars, 1]);
});
