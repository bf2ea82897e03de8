import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockShare } from '../../../src/runtime/block-share.js';
import { QueryControl } from '../../../src/runtime/query-control.js';

const segments = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 });

/** A thread that joins, takes blocks and leaves as serve-engine's queries do, a shared operation at a time. */
class Thread {
  readonly taken: string[] = [];
  state: 'new' | 'in' | 'out' | 'late' = 'new';
  /** What `leave` gave. */
  joined = 0;
  readonly share: BlockShare;
  readonly #number: number;
  readonly #control: QueryControl;

  constructor(number: number, buffer: SharedArrayBuffer) {
    this.#number = number;
    this.#control = new QueryControl(buffer);
    this.share = new BlockShare(this.#control);
  }

  step(): void {
    if (this.state === 'new') {
      this.state = this.#control.hasBlocks && this.#control.join(this.#number) ? 'in' : 'late';
    } else if (this.state === 'in') {
      if (this.share.take()) {
        this.taken.push(`${this.share.segment}/${this.share.block}`);
      } else {
        this.joined = this.#control.leave();
        this.state = 'out';
      }
    }
  }
}

test('each block goes to one thread, and exactly the last that leaves knows how many joined', () => {
  fc.assert(
    fc.property(segments, fc.array(fc.nat(3), { maxLength: 60 }), (blocks, schedule) => {
      const control = QueryControl.create(4, Int32Array.from(blocks));
      const threads = [0, 1, 2, 3].map((number) => new Thread(number, control.buffer));
      for (const turn of schedule) threads[turn]!.step();
      for (const thread of threads) while (thread.state === 'new' || thread.state === 'in') thread.step();
      const all = blocks.flatMap((n, segment) => Array.from({ length: n }, (_, block) => `${segment}/${block}`));
      expect(threads.flatMap((thread) => thread.taken).sort()).toEqual(all.sort());
      const out = threads.filter((thread) => thread.state === 'out');
      expect(threads.map((thread) => thread.joined).filter((joined) => joined > 0)).toEqual(
        out.length > 0 ? [out.length] : [],
      );
      expect(threads.map((_, number) => control.hasJoined(number))).toEqual(
        threads.map(({ state }) => state === 'out'),
      );
      if (out.length > 0) expect(control.join(0)).toBe(false);
    }),
  );
});

test('a thread has all of a segment only when nobody else had a block of it', () => {
  fc.assert(
    fc.property(segments, fc.array(fc.nat(1), { maxLength: 60 }), (blocks, schedule) => {
      const control = QueryControl.create(2, Int32Array.from(blocks));
      const threads = [0, 1].map((number) => new Thread(number, control.buffer));
      for (const turn of [...schedule, ...Array<number>(60).fill(0), ...Array<number>(60).fill(1)])
        threads[turn]!.step();
      blocks.forEach((n, segment) => {
        for (const { taken, share } of threads) {
          const own = taken.filter((block) => block.startsWith(`${segment}/`)).length;
          expect(share.hasAll(segment)).toBe(own === n);
        }
      });
    }),
  );
});

test('the largest segments are started first, and a thread stays with its own until nothing else is left', () => {
  const control = QueryControl.create(2, Int32Array.of(1, 8, 3));
  const [a, b] = [new Thread(0, control.buffer), new Thread(1, control.buffer)];
  for (let i = 0; i < 7; i++) {
    a.step();
    b.step();
  }
  expect(a.taken).toEqual(['1/0', '1/1', '1/2', '1/3', '1/4', '1/6']);
  expect(b.taken).toEqual(['2/0', '2/1', '2/2', '0/0', '1/5', '1/7']);
});

test('after enough or a cancellation nothing is taken, and a closed query takes no thread in', () => {
  for (const stop of ['setEnough', 'cancel'] as const) {
    const control = QueryControl.create(2, Int32Array.of(5));
    const thread = new Thread(0, control.buffer);
    thread.step();
    thread.step();
    control[stop]();
    expect(thread.share.take()).toBe(false);
    expect(control.hasBlocks).toBe(false);
    expect(control.isCancelled).toBe(stop === 'cancel');
    expect(control.close()).toBe(1);
    expect(control.join(1)).toBe(false);
    expect(control.leave()).toBe(0);
  }
});

test('one state lies in the exchange at a time, at any 32-bit pointer', () => {
  const control = QueryControl.create(1, Int32Array.of(1));
  const pointer = 0xfff0_0040;
  expect(control.take()).toBeUndefined();
  expect(control.offer(pointer)).toBe(true);
  expect(control.offer(64)).toBe(false);
  expect(control.take()).toBe(pointer);
  expect(control.take()).toBeUndefined();
});
