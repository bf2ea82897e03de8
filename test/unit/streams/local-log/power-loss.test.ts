import { expect, test } from 'vitest';
import type { StreamRecord } from '../../../../src/streams/stream-source.js';
import { SeededRandomness } from '../../../../src/platform/randomness.js';
import { PartitionLog } from '../../../../src/streams/local-log/partition-log.js';
import { PartitionReader } from '../../../../src/streams/local-log/partition-reader.js';
import { errorOf, ModelFileSystem, PowerLoss } from '../../../support/model-file-system.js';

const DIRECTORY = '/data/log/events/0';
const SEEDS = 200;
const LIVES = 6;

interface Push {
  readonly id: string;
  readonly sequenceNumber: number;
  readonly values: readonly string[];
  firstOffset: number | undefined;
}

/** One partition of a log through several lives that end in a power cut or a kill, with disk errors in between. */
class Story {
  readonly files = new ModelFileSystem();
  readonly #random: SeededRandomness;
  readonly #seed: number;
  readonly #pushes: Push[] = [];

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandomness(seed);
  }

  #below(limit: number): number {
    return Math.floor(this.#random.nextDouble() * limit);
  }

  async live(life: number): Promise<void> {
    const endAt = this.files.operations + 1 + this.#below(60);
    const errorRate = this.#random.nextDouble() < 0.5 ? 0 : 0.1;
    this.files.before = (_, path) => {
      if (this.files.operations >= endAt) throw new PowerLoss('The power is cut');
      if (this.#random.nextDouble() < errorRate)
        throw errorOf(this.#random.nextDouble() < 0.5 ? 'ENOSPC' : 'EIO', path);
    };
    try {
      const log = await this.#open();
      for (let i = 0; i < 40; i++) await Promise.all(this.#some(life, i).map((push) => this.#push(log, push)));
    } catch {
      // The life is over.
    }
    if (this.#random.nextDouble() < 0.3) this.files.kill();
    else this.files.crash(this.#seed * 100 + life);
  }

  #open(): Promise<PartitionLog> {
    return PartitionLog.open(DIRECTORY, {
      files: this.files,
      segmentBytes: 600,
      now: () => 0,
      onChange: () => {},
    });
  }

  #some(life: number, i: number): Push[] {
    return Array.from({ length: 1 + this.#below(3) }, (_push, n) => {
      const size = 1 + this.#below(4);
      const values = Array.from(
        { length: size },
        (_value, v) => `${life}-${i}-${n}-${v}-${'x'.repeat(this.#below(200))}`,
      );
      const push: Push = { id: `p${n}`, sequenceNumber: life * 1000 + i, values, firstOffset: undefined };
      this.#pushes.push(push);
      return push;
    });
  }

  async #push(log: PartitionLog, push: Push): Promise<void> {
    const { id, sequenceNumber, values } = push;
    try {
      const records = values.map((value) => ({ value: Buffer.from(value) }));
      push.firstOffset = (await log.append(records, { id, sequenceNumber })).firstOffset;
    } catch (error) {
      if (error instanceof PowerLoss) throw error;
    }
  }

  /** Acknowledged pushes are where they were said to be; every other one is there whole, once, or not at all. */
  async check(): Promise<void> {
    const log = await this.#open();
    const { earliest, latest } = log.bounds;
    expect(earliest).toBe(0);
    const records = await this.#read(latest);
    expect(records.map((record) => record.offset)).toEqual(records.map((_, i) => i));
    expect(records.length).toBe(latest);
    const found = records.map((record) => Buffer.from(record.value!).toString());
    let explained = 0;
    for (const push of this.#pushes) {
      const at = found.indexOf(push.values[0]!);
      if (push.firstOffset !== undefined) expect(at).toBe(push.firstOffset);
      if (at < 0) continue;
      expect(found.slice(at, at + push.values.length)).toEqual(push.values);
      push.firstOffset = at;
      explained += push.values.length;
    }
    expect(explained).toBe(found.length);
    await this.#retryNewest(log);
    await log.close();
  }

  async #read(end: number): Promise<StreamRecord[]> {
    const reader = new PartitionReader(this.files, DIRECTORY, '0', 0);
    const records: StreamRecord[] = [];
    for (let position = 0; position < end; ) {
      const result = await reader.read(end);
      if (result.kind === 'gone') throw new Error('The log has no beginning');
      records.push(...result.records);
      position = result.nextOffset;
    }
    return records;
  }

  async #retryNewest(log: PartitionLog): Promise<void> {
    const push = this.#pushes.findLast(({ id, firstOffset }) => id === 'p0' && firstOffset !== undefined);
    if (push === undefined) return;
    const { id, sequenceNumber, firstOffset } = push;
    const again = await log.append([{ value: Buffer.from('retried') }], { id, sequenceNumber });
    expect(again).toMatchObject({ firstOffset, duplicate: true });
  }
}

test(`a log keeps what it acknowledged, and the rest whole or not at all, through power cuts, kills and disk errors in ${SEEDS} seeds`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const story = new Story(seed);
    for (let life = 0; life < LIVES; life++) {
      await story.live(life);
      await story.check().catch((error: unknown) => {
        throw new Error(`Seed ${seed}, life ${life}`, { cause: error });
      });
    }
  }
});
