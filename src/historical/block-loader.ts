import type { Interval } from '../common/interval.js';
import { TIME_COLUMN } from '../common/column-type.js';
import type { MemoryRef } from '../memory/memory-ref.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import type { Pinned, SlotCache } from '../memory/slot-cache.js';
import type { SegmentRow } from '../metadata/metadata-store.js';
import type { BitmapIndexRef, BlockRef, ColumnBlockRef, DictionaryRef } from '../memory/block-ref.js';
import { BLOCK_ROWS } from '../memory/block-ref.js';
import { bindColumnBlock, type StoredColumnBlock } from '../segments/column/stored-column.js';
import type { SegmentDescriptor, StoredColumn } from '../segments/format/descriptor.js';
import * as loader from '../segments/format/loading.js';
import type { SegmentFile, SegmentFiles } from './segment-files.js';

/** What the slot cache holds: refs to one loaded value. */
export type LoadedValue = StoredColumnBlock | DictionaryRef | BitmapIndexRef;

/** Which columns of a segment a leaf reads, and for which of them its filter could use the index. */
export interface WantedColumns {
  /** null = all. */
  readonly columns: readonly string[] | null;
  readonly indexed: ReadonlySet<string>;
}

/** Blocks of one segment whose columns stay in memory until `release`. */
export interface PinnedBlocks {
  readonly blocks: readonly BlockRef[];
  release(): void;
}

/** Brings column blocks of stored segments into shared memory, and keeps them there while a query needs them. */
export class BlockLoader {
  readonly #files: SegmentFiles;
  readonly #pool: ArenaPool;
  readonly #cache: SlotCache<LoadedValue>;

  constructor(files: SegmentFiles, pool: ArenaPool, cache: SlotCache<LoadedValue>) {
    this.#files = files;
    this.#pool = pool;
    this.#cache = cache;
  }

  /** Numbers of the blocks whose range of time touches the intervals. */
  blocksIn(descriptor: SegmentDescriptor, intervals: readonly Interval[]): number[] {
    const found: number[] = [];
    for (let block = 0; block < descriptor.numBlocks; block++) {
      const time = descriptor.blockTimeRange(block);
      if (intervals.some((i) => time.minTimeMs < i.endMs && time.maxTimeMs >= i.startMs)) found.push(block);
    }
    return found;
  }

  /** Bytes that one block's wanted columns take, dictionaries and indexes apart. */
  bytesOf(descriptor: SegmentDescriptor, wanted: WantedColumns, block: number): number {
    let bytes = 0;
    for (const column of columnsOf(descriptor, wanted))
      bytes += loader.planColumnBlock(descriptor, column, block).memoryBytes;
    return bytes;
  }

  /** Loads what is missing. When any load fails, everything taken so far is released. */
  async pin(
    row: SegmentRow,
    descriptor: SegmentDescriptor,
    wanted: WantedColumns,
    blocks: readonly number[],
  ): Promise<PinnedBlocks> {
    const pins: Pinned<LoadedValue>[] = [];
    const keep = (pinned: Pinned<LoadedValue>): LoadedValue => {
      pins.push(pinned);
      return pinned.value;
    };
    const release = (): void => {
      for (const pinned of pins.splice(0)) this.#cache.unpin(pinned);
    };
    try {
      const columns = columnsOf(descriptor, wanted);
      const shared = new Map<string, { dictionary: DictionaryRef; index: BitmapIndexRef | undefined }>();
      for (const column of columns) {
        if (column.dictionary === undefined) continue;
        const dictionary = keep(await this.#dictionary(row, column)) as DictionaryRef;
        const useIndex = wanted.indexed.has(column.name) && column.index !== undefined;
        const index = useIndex ? (keep(await this.#index(row, descriptor, column)) as BitmapIndexRef) : undefined;
        shared.set(column.name, { dictionary, index });
      }
      const refs: BlockRef[] = [];
      for (const block of blocks) {
        const loaded = await settled(
          columns.map((column) => this.#column(row, descriptor, column, block)),
          keep,
        );
        const entries = columns.map(({ name }, i): [string, ColumnBlockRef] => {
          const of = shared.get(name);
          return [name, bindColumnBlock(loaded[i] as StoredColumnBlock, of?.dictionary, of?.index)];
        });
        refs.push(blockRef(descriptor, block, Object.fromEntries(entries)));
      }
      return { blocks: refs, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #column(
    row: SegmentRow,
    descriptor: SegmentDescriptor,
    column: StoredColumn,
    block: number,
  ): Promise<Pinned<LoadedValue>> {
    const plan = loader.planColumnBlock(descriptor, column, block);
    return this.#load(row, `${row.path}|${column.name}|${block}`, plan, `${row.path}|${block}`, (bytes, target, ref) =>
      loader.loadColumnBlock(descriptor, column, block, bytes, target, ref),
    );
  }

  #dictionary(row: SegmentRow, column: StoredColumn): Promise<Pinned<LoadedValue>> {
    const key = `${row.path}|${column.name}|dictionary`;
    return this.#load(row, key, loader.planDictionary(column), undefined, (bytes, target, ref) =>
      loader.loadDictionary(column, bytes, target, ref, `${key}@${ref.arena}:${ref.offset}`),
    );
  }

  #index(row: SegmentRow, descriptor: SegmentDescriptor, column: StoredColumn): Promise<Pinned<LoadedValue>> {
    return this.#load(
      row,
      `${row.path}|${column.name}|index`,
      loader.planIndex(descriptor, column),
      undefined,
      (bytes, target, ref) => loader.loadIndex(descriptor, column, bytes, target, ref),
    );
  }

  #load(
    row: SegmentRow,
    key: string,
    plan: loader.LoadPlan,
    affinity: string | undefined,
    fill: (bytes: Uint8Array, target: Uint8Array, ref: MemoryRef) => LoadedValue,
  ): Promise<Pinned<LoadedValue>> {
    return this.#cache.acquire(
      key,
      plan.memoryBytes,
      (ref) => {
        const target = new Uint8Array(this.#pool.buffer(ref.arena), ref.offset, ref.length);
        return this.#files.read(row.path, plan.file as SegmentFile, plan, (bytes) => fill(bytes, target, ref));
      },
      affinity,
    );
  }
}

function columnsOf(descriptor: SegmentDescriptor, wanted: WantedColumns): readonly StoredColumn[] {
  if (wanted.columns === null) return descriptor.columns;
  return [...new Set([TIME_COLUMN, ...wanted.columns])].flatMap((name) => descriptor.column(name) ?? []);
}

/** Waits for all loads; when one fails, those that succeeded are still handed to `keep`, so that they get released. */
async function settled(
  loads: readonly Promise<Pinned<LoadedValue>>[],
  keep: (pinned: Pinned<LoadedValue>) => LoadedValue,
): Promise<LoadedValue[]> {
  const results = await Promise.allSettled(loads);
  const values = results.flatMap((result) => (result.status === 'fulfilled' ? [keep(result.value)] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return values;
}

function blockRef(
  descriptor: SegmentDescriptor,
  block: number,
  columns: Readonly<Record<string, ColumnBlockRef>>,
): BlockRef {
  return {
    numRows: descriptor.blockRows(block),
    firstRow: block * BLOCK_ROWS,
    ...descriptor.blockTimeRange(block),
    sortedByTime: true,
    columns,
  };
}
