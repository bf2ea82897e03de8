import { DruidError } from '../common/druid-error.js';
import type { BitmapIndexRef, DictionaryRef } from '../memory/block-ref.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import type { ResidentSegment } from '../memory/resident-segment.js';
import type { Slot, SlotCache } from '../memory/slot-cache.js';
import type { SegmentDescriptor } from '../segments/format/descriptor.js';
import {
  indexThing,
  type LoadedThing,
  type LoadItem,
  type LoadJob,
  type LoadOutcome,
  type LoadThing,
} from '../segments/format/load-job.js';
import { type LoadPlan, planColumnBlock, planDictionary, planIndex } from '../segments/format/loading.js';
import type { StoredColumnBlock } from '../segments/column/stored-column.js';
import { SegmentCorruption } from '../segments/format/segment-corruption.js';
import type { SegmentFiles } from './segment-files.js';
import { fetchRanges } from './fetch-ranges.js';

/** Runs a job in a worker thread. */
export type LoadRunner = (
  job: LoadJob,
  transfer: readonly ArrayBuffer[],
) => Promise<readonly (readonly LoadOutcome[])[]>;

export interface CellLoadsOptions {
  readonly files: SegmentFiles;
  readonly arenas: ArenaPool;
  readonly cache: SlotCache;
  readonly run: LoadRunner;
}

/** Cells of one segment that a query misses. */
export interface MissingCells {
  readonly path: string;
  readonly descriptor: SegmentDescriptor;
  readonly segment: ResidentSegment;
  readonly cells: readonly number[];
}

/** One cell on its way into memory. */
interface CellLoad {
  readonly path: string;
  readonly segment: ResidentSegment;
  readonly cell: number;
  readonly thing: LoadThing;
  readonly plan: LoadPlan;
  slot: Slot | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A query's loads are cut into about this many jobs, so that all threads have some. */
const JOBS_PER_LOAD = 4;
const MIN_JOB_BYTES = 512 * 1024;
const MAX_JOB_BYTES = 8 * 1024 ** 2;
/** Alignment unit of slots; a cell without bytes has none. */
const MIN_SLOT_BYTES = 64;

/** Brings cells into memory: takes slots, has worker threads fill them, records what they hold. Two queries that miss a cell share one load. */
export class CellLoads {
  readonly #options: CellLoadsOptions;

  constructor(options: CellLoadsOptions) {
    this.#options = options;
  }

  /** Resolves when all cells are in memory; rejects when one cannot be loaded, as soon as no load of this call is under way any more. */
  async load(missing: readonly MissingCells[]): Promise<void> {
    const own: CellLoad[] = [];
    const waits: Promise<void>[] = [];
    for (const of of missing) {
      for (const cell of of.cells) {
        const known = of.segment.loading.get(cell);
        if (known !== undefined) waits.push(known);
        else if (!of.segment.isResident(cell)) waits.push(begin(of, cell, own));
      }
    }
    const started = this.#start(own);
    const outcomes = await Promise.allSettled(waits);
    await started;
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Takes slots one by one and hands full batches to the threads. */
  async #start(loads: readonly CellLoad[]): Promise<void> {
    const total = loads.reduce((sum, { plan }) => sum + plan.length, 0);
    const limit = Math.min(MAX_JOB_BYTES, Math.max(MIN_JOB_BYTES, total / JOBS_PER_LOAD));
    let batch: CellLoad[] = [];
    let bytes = 0;
    const dispatch = (): void => {
      if (batch.length > 0) void this.#run(batch);
      batch = [];
      bytes = 0;
    };
    for (const [i, load] of loads.entries()) {
      try {
        const slot = this.#reserve(load);
        // What has its slots need not wait for the others.
        if (slot instanceof Promise) dispatch();
        load.slot = await slot;
      } catch (error) {
        for (const rest of loads.slice(i)) this.#fail(rest, error);
        break;
      }
      batch.push(load);
      bytes += load.plan.length;
      if (bytes >= limit) dispatch();
    }
    dispatch();
  }

  #reserve({ segment, cell, plan }: CellLoad): Slot | Promise<Slot> {
    return this.#options.cache.reserve(segment, cell, Math.max(MIN_SLOT_BYTES, plan.memoryBytes), segment.arena);
  }

  /** Runs a batch; never rejects. */
  async #run(batch: readonly CellLoad[]): Promise<void> {
    try {
      const bySegment = groupByPath(batch);
      const local: CellLoad[][] = [];
      const remote: CellLoad[][] = [];
      const isLocal = await Promise.all([...bySegment.keys()].map((path) => this.#options.files.isLocal(path)));
      [...bySegment.values()].forEach((loads, i) => (isLocal[i]! ? local : remote).push(loads));
      const retry = local.length === 0 ? [] : await this.#runLocal(local);
      const rest = [...remote, ...groupByPath(retry).values()];
      if (rest.length > 0) await this.#runRemote(rest);
    } catch (error) {
      for (const load of batch) this.#fail(load, error);
    }
  }

  /** Gives back what must be read from deep storage instead. */
  async #runLocal(parts: readonly CellLoad[][]): Promise<CellLoad[]> {
    const { files } = this.#options;
    const results = await this.#job(
      parts,
      parts.map((loads) => loads.map(() => null)),
      [],
    );
    const retry: CellLoad[] = [];
    for (const { load, outcome } of results) {
      if (outcome.kind === 'loaded') {
        this.#succeed(load, outcome.thing);
        continue;
      }
      if (outcome.kind === 'corrupt') await files.quarantine(load.path, corruption(outcome));
      else files.forget(load.path);
      retry.push(load);
    }
    return retry;
  }

  async #runRemote(parts: readonly CellLoad[][]): Promise<void> {
    const { files } = this.#options;
    const fetched = await Promise.all(
      parts.map((loads) =>
        fetchRanges(
          loads.map(({ plan }) => plan),
          (file, range) => files.readDeep(loads[0]!.path, file, range),
        ),
      ),
    );
    const buffers = new Set(fetched.flat().map((bytes) => bytes.buffer));
    for (const { load, outcome } of await this.#job(parts, fetched, [...buffers])) {
      if (outcome.kind === 'loaded') this.#succeed(load, outcome.thing);
      else if (outcome.kind === 'corrupt') this.#fail(load, corruption(outcome));
      else this.#fail(load, new DruidError(outcome.message, { category: 'RUNTIME_FAILURE', persona: 'OPERATOR' }));
    }
  }

  async #job(
    parts: readonly (readonly CellLoad[])[],
    bytes: readonly (readonly (Uint8Array | null)[])[],
    transfer: readonly ArrayBuffer[],
  ): Promise<{ readonly load: CellLoad; readonly outcome: LoadOutcome }[]> {
    const { arenas, files, run } = this.#options;
    const used = new Set(parts.map((loads) => loads[0]!.segment.arena));
    const job: LoadJob = {
      arenas: arenas.handles().filter(({ id }) => used.has(id)),
      parts: parts.map((loads, p) => ({
        directory: files.directory(loads[0]!.path),
        items: loads.map((load, i) => itemOf(load, bytes[p]![i]!)),
      })),
    };
    const outcomes = await run(job, transfer);
    return parts.flatMap((loads, p) => loads.map((load, i) => ({ load, outcome: outcomes[p]![i]! })));
  }

  #succeed(load: CellLoad, thing: LoadedThing): void {
    const { segment, cell } = load;
    const slot = load.slot!;
    const { kind, column, block } = segment.kindOf(cell);
    if (kind === 'block') segment.fillBlock(column, block, thing as StoredColumnBlock, slot);
    else if (kind === 'dictionary') segment.fillDictionary(column, thing as DictionaryRef, slot);
    else segment.fillIndex(column, thing as BitmapIndexRef, slot);
    segment.loading.delete(cell);
    load.resolve();
  }

  /** Does nothing for a load that has ended already. */
  #fail(load: CellLoad, error: unknown): void {
    const { segment, cell, slot } = load;
    if (!segment.loading.delete(cell)) return;
    segment.abandon(cell);
    if (slot !== undefined) this.#options.cache.free(slot);
    load.reject(error);
  }
}

function begin({ path, descriptor, segment }: MissingCells, cell: number, own: CellLoad[]): Promise<void> {
  const { kind, column: position, block } = segment.kindOf(cell);
  const column = descriptor.columns[position]!;
  const promise = new Promise<void>((resolve, reject) => {
    const of = { path, segment, cell, slot: undefined, resolve, reject };
    if (kind === 'block') {
      const load = planColumnBlock(descriptor, column, block);
      own.push({ ...of, plan: load, thing: { kind: 'column', load } });
    } else if (kind === 'dictionary') {
      own.push({ ...of, plan: planDictionary(column), thing: { kind, column } });
    } else {
      own.push({ ...of, plan: planIndex(descriptor, column), thing: indexThing(descriptor, column) });
    }
  });
  // Everyone who waits sees the failure; nobody may be waiting.
  promise.catch(() => undefined);
  segment.begin(cell);
  segment.loading.set(cell, promise);
  return promise;
}

/** By segment, each in the order of the files. */
function groupByPath(loads: readonly CellLoad[]): Map<string, CellLoad[]> {
  const groups = new Map<string, CellLoad[]>();
  for (const load of loads) {
    const group = groups.get(load.path);
    if (group === undefined) groups.set(load.path, [load]);
    else group.push(load);
  }
  for (const group of groups.values()) {
    group.sort((a, b) =>
      a.plan.file < b.plan.file ? -1 : a.plan.file > b.plan.file ? 1 : a.plan.offset - b.plan.offset,
    );
  }
  return groups;
}

function itemOf({ thing, plan, slot }: CellLoad, bytes: Uint8Array | null): LoadItem {
  return { thing, file: plan.file, offset: plan.offset, length: plan.length, target: slot!.ref, bytes };
}

function corruption(outcome: Extract<LoadOutcome, { readonly kind: 'corrupt' }>): SegmentCorruption {
  return new SegmentCorruption(outcome.file, outcome.offset, outcome.expected, outcome.actual);
}
