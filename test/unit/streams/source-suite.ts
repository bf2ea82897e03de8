import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StreamBatch, StreamBounds, StreamSource } from '../../../src/streams/stream-source.js';

/** A stream to test with: its own log or topic. */
export interface TestStream {
  open(): StreamSource;
  append(values: readonly string[]): Promise<void>;
  /** Makes everything before the offset unreadable in partition 0. */
  deleteBefore(offset: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a source and keeps what it says. */
export class Reader {
  readonly values: string[] = [];
  readonly offsets: number[] = [];
  readonly next = new Map<string, number>();
  readonly losses: { readonly partition: string; readonly wanted: number; readonly bounds: StreamBounds }[] = [];
  readonly others: string[] = [];
  readonly troubles: Error[] = [];
  batches = 0;
  hold: Promise<void> | undefined;
  readonly source: StreamSource;

  constructor(source: StreamSource) {
    this.source = source;
  }

  async start(from: Readonly<Record<string, number>>): Promise<this> {
    await this.source.start(new Map(Object.entries(from)), {
      onBatch: async (batch) => {
        this.#take(batch);
        await this.hold;
      },
      onDataLoss: (partition, wanted, bounds) => this.losses.push({ partition, wanted, bounds }),
      onOtherStream: (incarnation) => this.others.push(incarnation),
      onTrouble: (error) => error && this.troubles.push(error),
    });
    return this;
  }

  #take(batch: StreamBatch): void {
    this.batches++;
    expect(batch.nextOffset).toBeGreaterThanOrEqual((batch.records.at(-1)?.offset ?? -1) + 1);
    for (const { offset, value } of batch.records) {
      this.offsets.push(offset);
      this.values.push(Buffer.from(value!).toString());
    }
    this.next.set(batch.partition, batch.nextOffset);
  }
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Gave up waiting until ${what}`);
    await sleep(5);
  }
}

export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `row ${from + i}`);
}

/** What every stream source does; `create` gives a new stream of one partition. */
export function describeSource(name: string, create: () => Promise<TestStream>): void {
  describe(`${name} as a stream source`, () => {
    let stream: TestStream;
    const readers: Reader[] = [];
    const reader = (): Reader => {
      const made = new Reader(stream.open());
      readers.push(made);
      return made;
    };

    beforeEach(async () => {
      stream = await create();
    });
    afterEach(async () => {
      await Promise.all(readers.splice(0).map((each) => each.source.stop()));
      await stream.close();
    });

    test('an empty stream has one partition with equal bounds', async () => {
      const { source } = reader();
      expect(await source.partitions()).toEqual(['0']);
      const bounds = (await source.bounds()).get('0')!;
      expect(bounds.earliest).toBe(bounds.latest);
    });

    test('reads from the position it is told, in order, then what is appended later', async () => {
      await stream.append(numbered(0, 100));
      const { values, offsets, next } = await reader().start({ 0: 40 });
      await until(() => values.length === 60, 'old rows are read');
      await stream.append(numbered(100, 150));
      await until(() => values.length === 110, 'new rows are read');
      expect(values).toEqual(numbered(40, 150));
      expect(offsets).toEqual(Array.from({ length: 110 }, (_, i) => 40 + i));
      expect(next.get('0')).toBe(150);
    });

    test('a row is delivered within a fraction of a second of its append', async () => {
      const { values } = await reader().start({ 0: 0 });
      await stream.append(['first']);
      await until(() => values.length === 1, 'the reader is under way');
      const started = performance.now();
      await stream.append(['second']);
      await until(() => values.length === 2, 'the second row is read');
      expect(performance.now() - started).toBeLessThan(1_000);
    });

    test('two readers of one stream do not disturb each other', async () => {
      await stream.append(numbered(0, 50));
      const all = await reader().start({ 0: 0 });
      const some = await reader().start({ 0: 30 });
      await until(() => all.values.length === 50 && some.values.length === 20, 'both have read');
      expect(some.values).toEqual(numbered(30, 50));
    });

    test('nothing is delivered while the receiver holds a batch', async () => {
      await stream.append(numbered(0, 10));
      const slow = reader();
      let release = (): void => {};
      slow.hold = new Promise((resolve) => {
        release = resolve;
      });
      await slow.start({ 0: 0 });
      await until(() => slow.batches === 1, 'the first batch is there');
      await stream.append(numbered(10, 20));
      await sleep(400);
      expect(slow.batches).toBe(1);
      slow.hold = undefined;
      release();
      await until(() => slow.values.length === 20, 'the rest is read');
      expect(slow.values).toEqual(numbered(0, 20));
    });

    test('a paused source delivers nothing more and a resumed one misses nothing', async () => {
      await stream.append(numbered(0, 10));
      const paused = await reader().start({ 0: 0 });
      await until(() => paused.values.length === 10, 'the first rows are read');
      paused.source.pause();
      await sleep(300);
      await stream.append(numbered(10, 20));
      await sleep(300);
      expect(paused.values.length).toBe(10);
      paused.source.resume();
      await until(() => paused.values.length === 20, 'the rest is read');
      expect(paused.values).toEqual(numbered(0, 20));
    });

    test('readers that continue at the offset reached see every row once', async () => {
      const seen: string[] = [];
      let position = 0;
      for (let life = 0; life < 3; life++) {
        await stream.append(numbered(life * 40, (life + 1) * 40));
        const one = await reader().start({ 0: position });
        await until(() => one.values.length > 0, 'something is read');
        await one.source.stop();
        seen.push(...one.values);
        position = one.next.get('0')!;
      }
      const last = await reader().start({ 0: position });
      await until(() => seen.length + last.values.length === 120, 'all rows are read');
      expect([...seen, ...last.values]).toEqual(numbered(0, 120));
    });

    test('stop ends a source whose receiver never lets go of a batch', async () => {
      await stream.append(numbered(0, 10));
      const stuck = reader();
      stuck.hold = new Promise(() => {});
      await stuck.start({ 0: 0 });
      await until(() => stuck.batches === 1, 'the batch is there');
      await stuck.source.stop();
    });

    test('a position whose rows are gone is data loss, not a jump', async () => {
      await stream.append(numbered(0, 100));
      await stream.deleteBefore(60);
      const late = await reader().start({ 0: 10 });
      await until(() => late.losses.length === 1, 'the loss is reported');
      expect(late.losses[0]).toMatchObject({ partition: '0', wanted: 10 });
      expect(late.losses[0]!.bounds.earliest).toBeGreaterThan(10);
      await stream.append(numbered(100, 110));
      await sleep(300);
      expect(late.values).toEqual([]);
    });

    test('a position beyond the end is data loss, not a jump', async () => {
      await stream.append(numbered(0, 10));
      const early = await reader().start({ 0: 1_000 });
      await until(() => early.losses.length === 1, 'the loss is reported');
      expect(early.losses[0]).toMatchObject({ partition: '0', wanted: 1_000 });
      expect(early.values).toEqual([]);
    });

    test('two sources of one stream agree on its incarnation', async () => {
      expect(await reader().source.incarnation()).toBe(await reader().source.incarnation());
    });
  });
}
