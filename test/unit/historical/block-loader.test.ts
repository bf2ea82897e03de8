import { cp, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDeepStorage } from '../../../src/deep-storage/open-deep-storage.js';
import { BlockLoader, type PinnedSlices, type SegmentWant } from '../../../src/historical/block-loader.js';
import { DescriptorCache } from '../../../src/historical/descriptor-cache.js';
import { pinWindows } from '../../../src/historical/pin-windows.js';
import { SegmentFiles } from '../../../src/historical/segment-files.js';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import { sliceRows } from '../../../src/memory/segment-table.js';
import { SlotCache } from '../../../src/memory/slot-cache.js';
import type { SegmentRow } from '../../../src/metadata/metadata-store.js';
import { type LoadJob, runLoadJob } from '../../../src/segments/format/load-job.js';
import { openSegment } from '../../../src/vectors/segment-view.js';
import { writeSegment } from '../segments/segment-fixture.js';

const ROWS = 150_000;
const PATH = 'edits/2024/one';
/** In runs, so that its index is small enough to be kept. */
const page = (i: number): string | null => (i < 500 ? null : `page-${Math.floor(i / 500)}`);

let directory: string;
let files: SegmentFiles;
let jobs: LoadJob[];
let corruptions: string[];
let row: SegmentRow;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-loader-'));
  jobs = [];
  corruptions = [];
  const numbers = Array.from({ length: ROWS }, (_, i) => i);
  await writeSegment(await made('deep', PATH), [
    { name: '__time', type: 'LONG', values: numbers.map((i) => BigInt(1_700_000_000_000 + i)) },
    { name: 'page', type: 'STRING', indexed: true, values: numbers.map(page) },
    { name: 'added', type: 'LONG', values: numbers.map((i) => BigInt(i % 5000) * 1_000_003n) },
    { name: 'price', type: 'DOUBLE', values: numbers.map((i) => (i % 11 === 0 ? null : Math.sqrt(i))) },
    { name: 'one', type: 'LONG', values: numbers.map(() => 1n) },
  ]);
  files = new SegmentFiles({
    cacheDir: join(directory, 'cache'),
    deepStorage: await openDeepStorage(join(directory, 'deep')),
    onCorruption: (path) => corruptions.push(path),
  });
  row = {
    id: 'edits_one',
    dataSource: 'edits',
    path: PATH,
    intervalStartMs: 0,
    intervalEndMs: 2e12,
    minTimeMs: 1_700_000_000_000,
    maxTimeMs: 1_700_000_000_000 + ROWS - 1,
  } as SegmentRow;
});
afterEach(async () => {
  await files.close();
  await rm(directory, { recursive: true, force: true });
});

async function made(...parts: string[]): Promise<string> {
  const { mkdir } = await import('node:fs/promises');
  const path = join(directory, ...parts);
  await mkdir(path, { recursive: true });
  return path;
}

function newLoader(budgetMib = 64, run?: (job: LoadJob) => Promise<ReturnType<typeof runLoadJob>>) {
  const arenas = new ArenaPool({ budgetBytes: budgetMib * 2 ** 20 });
  const cache = new SlotCache({ pool: arenas, waitMs: 20 });
  const memory = (arena: number): SharedArrayBuffer => arenas.buffer(arena);
  const inline = async (job: LoadJob) => {
    jobs.push(structuredClone(job));
    return structuredClone(runLoadJob(structuredClone(job), memory));
  };
  const loader = new BlockLoader({ files, arenas, cache, run: run ?? inline });
  return { arenas, cache, memory, loader, inline };
}

async function want(columns: readonly string[], blocks: readonly number[] | null = null): Promise<SegmentWant> {
  const descriptor = await new DescriptorCache(files).get(row);
  return {
    row,
    descriptor,
    blocks: blocks && Int32Array.from(blocks),
    columns: columns.map((name) => ({ name, blocks: null, index: name === 'page' })),
  };
}

/** Pages and prices of a pinned slice, row by row. */
function read(pinned: PinnedSlices, memory: (arena: number) => SharedArrayBuffer): { pages: (string | null)[] } {
  const segment = openSegment(pinned.slices[0]!, memory);
  const pages: (string | null)[] = [];
  for (let b = 0; b < segment.numBlocks; b++) {
    const block = segment.block(b);
    const vector = block.column('page');
    if (vector?.kind !== 'string') throw new Error('no strings');
    for (let i = 0; i < block.numRows; i++) {
      pages.push(vector.ids[i] === 0 ? null : vector.dictionary.value(vector.ids[i]!));
    }
  }
  return { pages };
}

describe('block loader', () => {
  it('gives what is in memory at once, without a job and without a promise', async () => {
    const { loader, memory, cache } = newLoader();
    const wanted = await want(['__time', 'page', 'added', 'price']);
    const first = await loader.pin([wanted]);
    expect(read(first, memory).pages).toEqual(Array.from({ length: ROWS }, (_, i) => page(i)));
    first.release();
    const before = jobs.length;
    const again = loader.pin([wanted]);
    expect(again).not.toBeInstanceOf(Promise);
    expect(jobs).toHaveLength(before);
    expect(sliceRows((again as PinnedSlices).slices[0]!)).toBe(ROWS);
    // Three blocks of four columns, one dictionary, one index; a second run finds them all.
    expect(cache.metrics).toMatchObject({ misses: 14, hits: 14 });
    (again as PinnedSlices).release();
  });

  it('reads the local copy in the job itself, and deep storage by few range reads before it', async () => {
    const { loader, memory } = newLoader();
    (await loader.pin([await want(['page'])])).release();
    expect(
      jobs
        .flatMap(({ parts }) => parts)
        .flatMap(({ items }) => items)
        .every(({ bytes }) => bytes !== null),
    ).toBe(true);
    await cp(join(directory, 'deep', PATH), await made('cache', PATH), { recursive: true });
    files.forget(PATH);
    jobs = [];
    const other = newLoader();
    const pinned = await other.loader.pin([await want(['page'])]);
    expect(
      jobs
        .flatMap(({ parts }) => parts)
        .flatMap(({ items }) => items)
        .every(({ bytes }) => bytes === null),
    ).toBe(true);
    expect(read(pinned, other.memory).pages[1000]).toBe('page-2');
    pinned.release();
    expect(memory).toBeDefined();
  });

  it('sets a corrupt local copy aside and answers from deep storage', async () => {
    await cp(join(directory, 'deep', PATH), await made('cache', PATH), { recursive: true });
    const file = await open(join(directory, 'cache', PATH, 'data.arrow'), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size - 8192, 0x55), 0, size - 8192, 4096);
    await file.close();
    const { loader, memory } = newLoader();
    const pinned = await loader.pin([await want(['page', 'added'])]);
    expect(corruptions).toEqual([PATH]);
    expect(read(pinned, memory).pages.slice(-2)).toEqual([page(ROWS - 2), page(ROWS - 1)]);
    pinned.release();
  });

  it('loads a block once for two queries that miss it at the same time', async () => {
    const { loader } = newLoader();
    const wanted = await want(['added']);
    const [a, b] = await Promise.all([loader.pin([wanted]), loader.pin([wanted])]);
    expect(jobs.flatMap(({ parts }) => parts).flatMap(({ items }) => items)).toHaveLength(3);
    a.release();
    b.release();
  });

  it('releases everything when a load fails, for everyone who shared it, and loads anew', async () => {
    let failing = true;
    const { loader, arenas, inline } = newLoader(64, async (job) => {
      if (failing) throw new Error('the thread died');
      return inline(job);
    });
    const wanted = await want(['page', 'added']);
    const outcomes = await Promise.allSettled([loader.pin([wanted]), loader.pin([wanted])]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(arenas.bytesInUse).toBe(0);
    expect(loader.segment(row, wanted.descriptor).isIdle).toBe(true);
    failing = false;
    (await loader.pin([wanted])).release();
  });

  it('reports a segment that deep storage lacks', async () => {
    const { loader } = newLoader();
    const wanted = await want(['added']);
    await expect(loader.pin([{ ...wanted, row: { ...row, path: 'edits/2024/gone' } }])).rejects.toThrow(
      'missing in deep storage',
    );
  });

  it('loads only the blocks that each column is wanted of, and knows zones of the others', async () => {
    const { loader, memory } = newLoader();
    const wanted = await want(['added', 'price'], [0, 2]);
    const columns = [wanted.columns[0]!, { name: 'price', blocks: Int32Array.of(2), index: false }];
    const pinned = await loader.pin([{ ...wanted, columns }]);
    const segment = openSegment(pinned.slices[0]!, memory);
    expect(segment.numBlocks).toBe(2);
    expect(segment.block(1).firstRow).toBe(2 * 65_536);
    expect(segment.block(1).column('price')).toBeDefined();
    expect(() => segment.block(0).column('price')).toThrow('not in memory');
    expect(segment.block(0).zone('price')).toMatchObject({ kind: 'double', min: 1 });
    expect(segment.block(0).column('missing')).toBeUndefined();
    pinned.release();
  });

  it('keeps no bytes of a column whose rows are all equal', async () => {
    const { loader, memory, cache } = newLoader();
    const pinned = loader.pin([await want(['one'])]);
    expect(pinned).not.toBeInstanceOf(Promise);
    const block = openSegment((pinned as PinnedSlices).slices[0]!, memory).block(0);
    expect(block.stored('one')).toMatchObject({ kind: 'ints', type: null, base: 1 });
    expect(cache.metrics.bytes).toBe(0);
  });

  it('never evicts what is pinned, and evicts the rest to stay within its budget', async () => {
    const { loader, memory, cache } = newLoader(2);
    const first = await loader.pin([await want(['page'])]);
    for (let round = 0; round < 3; round++) {
      for (const block of [0, 1, 2]) (await loader.pin([await want(['price', 'added'], [block])])).release();
    }
    expect(cache.metrics.evictions).toBeGreaterThan(0);
    expect(cache.metrics.bytes).toBeLessThanOrEqual(2 * 2 ** 20);
    expect(read(first, memory).pages).toEqual(Array.from({ length: ROWS }, (_, i) => page(i)));
    const all = loader.pin([await want(['price', 'added', 'page'])]);
    await expect(all).rejects.toMatchObject({ category: 'CAPACITY_EXCEEDED' });
    first.release();
  });

  it('keeps the dictionary and an index seen by others while a query uses the column', async () => {
    const { loader, cache } = newLoader(2);
    const plain = await want(['page']);
    const withoutIndex = { ...plain, columns: [{ ...plain.columns[0]!, index: false }] };
    const using = await loader.pin([withoutIndex]);
    (await loader.pin([plain])).release();
    const segment = using.segments[0]!;
    for (let round = 0; round < 3; round++) {
      for (const block of [0, 1, 2]) (await loader.pin([await want(['price', 'added'], [block])])).release();
    }
    expect(cache.metrics.evictions).toBeGreaterThan(0);
    expect(segment.records.indexVersion(1)).toBeGreaterThan(0);
    expect(segment.records.dictionaryVersion(1)).toBeGreaterThan(0);
    using.release();
  });

  it('records the place of ids in a space, which a slice then shows', async () => {
    const { loader, memory } = newLoader();
    const pinned = await loader.pin([await want(['page'])]);
    const [segment] = pinned.segments;
    await loader.putSpace(segment!, 1, 'edits.page', 4 * 301, async (ref) => {
      new Uint32Array(memory(ref.arena), ref.offset, 301).fill(9);
    });
    const spaces = { page: { key: 'edits.page', size: 400 }, added: { key: 'other', size: 1 } };
    const view = openSegment({ ...pinned.slices[0]!, spaces }, memory);
    expect(view.spaces).toMatchObject({ page: { key: 'edits.page', size: 400, remap: { length: 4 * 301 } } });
    expect(view.spaces).not.toHaveProperty('added');
    await loader.putSpace(segment!, 1, 'edits.page#2', null, async () => undefined);
    expect(openSegment({ ...pinned.slices[0]!, spaces }, memory).spaces).toEqual({});
    const renewed = { page: { key: 'edits.page#2', size: 5 } };
    expect(openSegment({ ...pinned.slices[0]!, spaces: renewed }, memory).spaces?.['page']?.remap).toBeNull();
    pinned.release();
  });

  it('cuts what does not fit into windows that visit each block once', async () => {
    const { loader } = newLoader();
    const wanted = await want(['price', 'added'], null);
    const limit = loader.blockBytes(wanted)[0]!;
    const windows = pinWindows(loader, [wanted, wanted], limit);
    const visited = windows.map((window) => window.map(({ blocks }) => blocks && [...blocks]));
    expect(visited.flat(2).filter((block) => block !== null)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(windows.length).toBeGreaterThan(2);
    expect(pinWindows(loader, [wanted, wanted], 2 ** 40)).toEqual([[wanted, wanted]]);
  });
});
