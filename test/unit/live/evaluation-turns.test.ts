import { expect, test } from 'vitest';
import { EvaluationTurns } from '../../../src/live/evaluation-turns.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';

/** Takes so many turns, and says in `begun` which were given, with what ends them. */
function takeMany(turns: EvaluationTurns, count: number): (() => void)[] {
  const ends: (() => void)[] = [];
  for (let i = 0; i < count; i++) void turns.take().then((end) => ends.push(end));
  return ends;
}

test('32 go on at once, the others follow as those end, in their order', async () => {
  const clock = new SimulatedClock();
  const turns = new EvaluationTurns(clock);
  const ends = takeMany(turns, 100);
  await clock.advance(1);
  expect(ends).toHaveLength(32);
  for (const end of ends.slice(0, 5)) end();
  // Once more does nothing.
  ends[0]!();
  await clock.advance(1);
  expect(ends).toHaveLength(37);
  for (let i = 5; i < ends.length || i < 100; i++) {
    ends[i]!();
    await clock.advance(1);
  }
  expect(ends).toHaveLength(100);
  const later = takeMany(turns, 33);
  await clock.advance(1);
  expect(later).toHaveLength(32);
});

test('those that hang do not keep others waiting for more than a second', async () => {
  const clock = new SimulatedClock();
  const turns = new EvaluationTurns(clock);
  takeMany(turns, 32);
  await clock.advance(1);
  const ends = takeMany(turns, 1);
  await clock.advance(900);
  expect(ends).toHaveLength(0);
  await clock.advance(200);
  expect(ends).toHaveLength(1);
});
