import { expect, test } from 'vitest';
import { RunQueue, type Workload } from '../../../src/runtime/run-queue.js';

/** Runs works whose steps take a given time; gives the names in order of their steps. */
class Bench {
  readonly log: string[] = [];
  readonly queue = new RunQueue<Workload>(() => this.#nowMs);
  #nowMs = 0;

  add(
    name: string,
    steps: number,
    options: { stepMs?: number; priority?: number; cancelled?: () => boolean } = {},
  ): void {
    const { stepMs = 1, priority = 0, cancelled = () => false } = options;
    let left = steps;
    this.queue.add({
      priority,
      get isCancelled() {
        return cancelled();
      },
      step: () => {
        this.log.push(name);
        this.#nowMs += stepMs;
        return --left === 0 || cancelled();
      },
    });
  }

  run(steps = Number.POSITIVE_INFINITY): string {
    const before = this.log.length;
    for (let i = 0; i < steps && this.queue.size > 0; i++) this.queue.step();
    return this.log.slice(before).join('');
  }
}

test('what is new overtakes what has had service', () => {
  const bench = new Bench();
  bench.add('B', 100, { stepMs: 2 });
  bench.run(5);
  bench.add('s', 2, { stepMs: 2 });
  expect(bench.run(4)).toBe('ssBB');
});

test('equals of little service go in order of arrival', () => {
  const bench = new Bench();
  for (const name of 'abc') bench.add(name, 2);
  expect(bench.run()).toBe('aabbcc');
});

test('two big ones take turns that grow longer', () => {
  const bench = new Bench();
  bench.add('a', 40);
  bench.run(1);
  bench.add('b', 40);
  const runs = bench.run().match(/a+|b+/g)!;
  // Strict turns would make 80.
  expect(runs.length).toBeLessThan(40);
  expect(bench.log.indexOf('b')).toBeLessThan(8);
});

test('a stream of new ones leaves an old one its share', () => {
  const bench = new Bench();
  bench.add('B', 1000, { stepMs: 5 });
  bench.run(10);
  let steps = '';
  for (let i = 0; i < 80; i++) {
    bench.add('s', 1);
    bench.add('s', 1);
    steps += bench.run(2);
  }
  expect(steps.split('B').length - 1).toBe(20);
});

test('a higher priority runs to its end before a lower one goes on', () => {
  const bench = new Bench();
  bench.add('l', 10);
  bench.run(2);
  bench.add('h', 20, { priority: 5 });
  expect(bench.run()).toBe('h'.repeat(20) + 'l'.repeat(8));
});

test('what is cancelled lets go before anything else, whatever its priority', () => {
  const bench = new Bench();
  let isCancelled = false;
  bench.add('c', 50, { stepMs: 10, cancelled: () => isCancelled });
  bench.run(3);
  bench.add('h', 3, { priority: 5 });
  isCancelled = true;
  expect(bench.run()).toBe('chhh');
});
