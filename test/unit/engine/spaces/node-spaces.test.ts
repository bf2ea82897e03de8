import { afterAll, describe, expect, test } from 'vitest';
import { Worker } from 'node:worker_threads';
import { workerEntry } from '../../../../src/common/worker-entry.js';
import { DictionarySpaces } from '../../../../src/engine/spaces/dictionary-spaces.js';
import { NodeSpaces, type SpaceLease } from '../../../../src/engine/spaces/node-spaces.js';
import {
  type RemapJob,
  type RemapOutcome,
  type RemapPart,
  runRemapJob,
} from '../../../../src/engine/spaces/remap-job.js';
import { Utf8Space } from '../../../../src/engine/spaces/utf8-space.js';
import { DictionaryArena } from './stored-dictionary.js';

const MEGABYTE = 2 ** 20;

function run(arena: DictionaryArena, lease: SpaceLease, ...parts: RemapPart[]): readonly RemapOutcome[] {
  return runRemapJob(lease.job(parts), () => arena.memory);
}

function texts(lease: SpaceLease, ids: Iterable<number>): string[] {
  return Array.from(ids, (id) => lease.space.value!(id));
}

describe('remaps', () => {
  test('equal strings of segments get one id; null stays 0', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const lease = new NodeSpaces(MEGABYTE).acquire('w', 'city');
    const [a, b] = [arena.part(arena.store(['', 'b', 'ü'])), arena.part(arena.store(['a', 'b', 'c', 'ü']))];
    expect(run(arena, lease, a, b)).toEqual(['identity', 'remapped']);
    expect([...arena.remapOf(b)]).toEqual([0, 4, 2, 5, 3]);
    expect(lease.use).toEqual({ key: lease.key, size: 5 });
    expect(texts(lease, [1, 2, 3, 4, 5])).toEqual(['', 'b', 'ü', 'a', 'c']);
  });

  test('a segment with the values of the first one needs no remap', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const lease = new NodeSpaces(MEGABYTE).acquire('w', 'flag');
    expect(run(arena, lease, arena.part(arena.store(['A', 'N', 'R'])))).toEqual(['identity']);
    expect(run(arena, lease, arena.part(arena.store(['A', 'N', 'R'])))).toEqual(['identity']);
    expect(run(arena, lease, arena.part(arena.store(['A', 'N'])))).toEqual(['identity']);
    expect(lease.use.size).toBe(3);
  });

  test('many values over the growing memory keep their ids', () => {
    const arena = new DictionaryArena(16 * MEGABYTE);
    const lease = new NodeSpaces(64 * MEGABYTE).acquire('w', 'part');
    const segments = [0, 1, 2].map((i) =>
      arena.part(arena.store(Array.from({ length: 20_000 }, (_, k) => `part ${(k * 7 + i * 9000) % 50_000}`))),
    );
    run(arena, lease, ...segments);
    const ids = new Map<string, number>();
    segments.forEach((part, i) => {
      arena.remapOf(part).forEach((id, k) => {
        if (k === 0) return;
        const value = `part ${((k - 1) * 7 + i * 9000) % 50_000}`;
        expect(ids.get(value) ?? id).toBe(id);
        ids.set(value, id);
      });
    });
    expect(lease.use.size).toBe(ids.size);
    for (const [value, id] of [...ids].slice(0, 500)) expect(lease.space.value!(id)).toBe(value);
  });

  test('what does not fit stays its own space, what is known still fits', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const lease = new NodeSpaces(32_768).acquire('w', 'id');
    const known = ['a', 'b'];
    const many = Array.from({ length: 5000 }, (_, i) => `a value of some length ${i}`);
    const [first, big, again] = [known, many, known].map((values) => arena.part(arena.store(values)));
    expect(run(arena, lease, first!, big!, again!)).toEqual(['identity', 'none', 'identity']);
    expect(lease.isFull).toBe(true);
    expect(lease.use.size).toBe(2);
  });

  test('a space that was given up takes no values and begins anew under another key', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const spaces = new NodeSpaces(MEGABYTE);
    const lease = spaces.acquire('w', 'x');
    run(arena, lease, arena.part(arena.store(['a'])));
    lease.giveUp();
    expect(run(arena, lease, arena.part(arena.store(['b'])))).toEqual(['none']);
    expect(spaces.resolve(lease.key)).toBeUndefined();
    expect(spaces.acquire('w', 'x').key).not.toBe(lease.key);
    expect(texts(lease, [1])).toEqual(['a']);
  });
});

describe('budget', () => {
  test('spaces in use stay; then those used longest ago go, though who holds one can still read it', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const dropped: string[] = [];
    const spaces = new NodeSpaces(60_000, (key) => dropped.push(key));
    const leases = ['a', 'b', 'c'].map((column) => {
      const lease = spaces.acquire('w', column);
      run(arena, lease, arena.part(arena.store(Array.from({ length: 1000 }, (_, i) => `${column} ${i}`))));
      return lease;
    });
    expect(spaces.bytes).toBeGreaterThan(60_000);
    expect(dropped).toEqual([]);
    leases[1]!.release();
    leases[1]!.release();
    expect(dropped[0]).toBe(leases[1]!.key);
    expect(leases[1]!.space.value!(1000)).toBe('b 999');
    expect(spaces.resolve(leases[0]!.key)).toBe(leases[0]!.space);
    expect(spaces.acquire('w', 'a').key).toBe(leases[0]!.key);
  });
});

describe('order', () => {
  function orderOf(space: unknown, ids: number[]): number[] {
    if (!(space instanceof Utf8Space)) throw new Error('has no order');
    const words = space.orderWords(Uint32Array.from(ids));
    return ids.map((_, i) => i).sort((a, b) => words[a]! - words[b]!);
  }

  test('ids of any space go by Java string order, null first', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const lease = new NodeSpaces(MEGABYTE).acquire('w', 'x');
    const values = ['b', '\u{1f600}', '\uffff', 'a\0', 'a', 'Customer#000000002', 'Customer#000000001', ''];
    run(arena, lease, arena.part(arena.store(values)));
    expect(orderOf(lease.space, [1, 2, 3, 4, 5, 6, 7, 8, 0])).toEqual([8, 7, 6, 5, 4, 3, 0, 1, 2]);
    const many = Array.from({ length: 100 }, (_, i) => `z${i}`);
    run(arena, lease, arena.part(arena.store(many)));
    expect(orderOf(lease.space, [3, 2, 108])).toEqual([2, 1, 0]);
  });

  test('many strings at once are the same as one by one, whatever their bytes', () => {
    const arena = new DictionaryArena(4 * MEGABYTE);
    const lease = new NodeSpaces(16 * MEGABYTE).acquire('w', 'x');
    const values = Array.from({ length: 9000 }, (_, i) => `${['ü', '\u{1f600}', 'plain', ''][i % 4]} ${i}`);
    values[77] = 'ü\u{1f600}'.repeat(20_000);
    run(arena, lease, arena.part(arena.store(values)));
    expect(lease.space.values!(Uint32Array.from(values, (_, i) => i + 1))).toEqual(values);
    expect(texts(lease, [1, 78, 9000])).toEqual([values[0], values[77], values[8999]]);
  });

  test('a dictionary outlives its slots as a space, and is copied again when it has grown', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const spaces = new DictionarySpaces(MEGABYTE);
    const ref = arena.store(['a', 'b'], true);
    const space = spaces.open(ref, () => arena.memory);
    expect(spaces.open(ref, () => arena.memory)).toBe(space);
    const grown = spaces.open({ ...arena.store(['a', 'b', 'c']), key: ref.key }, () => arena.memory);
    new Uint8Array(arena.memory).fill(0);
    expect([space.value!(2), grown.value!(3), space.key]).toEqual(['b', 'c', grown.key]);
  });

  test('copies of dictionaries beyond the budget are let go', () => {
    const arena = new DictionaryArena(MEGABYTE);
    const spaces = new DictionarySpaces(600);
    const refs = [0, 1].map((i) => arena.store(Array.from({ length: 50 }, (_, k) => `${i}-${k}`)));
    const [first] = refs.map((ref) => spaces.open(ref, () => arena.memory));
    expect(spaces.bytes).toBeLessThanOrEqual(600);
    expect(spaces.open(refs[0]!, () => arena.memory)).not.toBe(first);
  });
});

describe('threads', () => {
  const workers: Worker[] = [];
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  });

  function inThread(worker: Worker, job: RemapJob, memory: SharedArrayBuffer): Promise<readonly RemapOutcome[]> {
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage({ job, memory });
    });
  }

  test('remaps made by several at once give each string one id', async () => {
    const { url, execArgv } = workerEntry(import.meta.url, './remap.worker');
    for (let i = 0; i < 3; i++) workers.push(new Worker(url, { execArgv: [...execArgv] }));
    const arena = new DictionaryArena(32 * MEGABYTE);
    const lease = new NodeSpaces(64 * MEGABYTE).acquire('w', 'x');
    const segments = Array.from({ length: 24 }, (_segment, i) =>
      Array.from({ length: 3000 }, (_, k) => `value ${(k * 31 + i * 1237) % 20_011}`),
    );
    const parts = segments.map((values) => arena.part(arena.store(values)));
    const jobs = workers.map((worker, i) =>
      inThread(worker, lease.job(parts.filter((_, k) => k % workers.length === i)), arena.memory),
    );
    const outcomes = (await Promise.all(jobs)).flat();
    expect(outcomes).not.toContain('none');
    const ids = new Map<string, number>();
    parts.forEach((part, i) => {
      const remap = arena.remapOf(part);
      segments[i]!.forEach((value, k) => {
        const id = remap[k + 1]!;
        expect(ids.get(value) ?? id).toBe(id);
        ids.set(value, id);
      });
    });
    expect(new Set(ids.values()).size).toBe(ids.size);
    expect(lease.use.size).toBe(ids.size);
    for (const [value, id] of ids) expect(lease.space.value!(id)).toBe(value);
  });

  test('who waits for the lock of a thread that died goes on once the space is given up', async () => {
    const arena = new DictionaryArena(MEGABYTE);
    const lease = new NodeSpaces(MEGABYTE).acquire('w', 'x');
    const lock = new Int32Array(lease.job([]).space.header);
    lock[0] = 1;
    const waiting = inThread(workers[0]!, lease.job([arena.part(arena.store(['a']))]), arena.memory);
    lease.giveUp();
    expect(await waiting).toEqual(['none']);
  });
});
