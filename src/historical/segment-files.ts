import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { DruidError } from '../common/druid-error.js';
import type { DeepStorage } from '../deep-storage/deep-storage.js';
import type { FileSystem, ReadHandle } from '../platform/file-system.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import { SegmentCorruption } from '../segments/format/segment-corruption.js';
import { verifySegment } from '../segments/format/verify.js';

/** The objects of a segment; the descriptor is the last to be written, so its presence means all are there. */
export const SEGMENT_FILES = ['data.arrow', 'index.roaring', 'segment.bin'] as const;
export type SegmentFile = (typeof SEGMENT_FILES)[number];

/** Bytes [offset, offset + length) of a file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

const MAX_OPEN_FILES = 256;
/** Directories listed in one turn: about a millisecond. */
const LISTED_AT_ONCE = 64;
/** In the names of directories that are being filled or removed. */
const UNFINISHED = '.fetch-';

export interface SegmentFilesOptions {
  readonly cacheDir: string;
  readonly deepStorage: DeepStorage;
  /** The machine's own when absent. */
  readonly files?: FileSystem;
  /** Called for every corrupt local copy, after it was set aside. */
  readonly onCorruption: (segmentPath: string, corruption: SegmentCorruption) => void;
}

/**
 * Byte ranges of segments: from the local copy when there is a whole one, else from deep storage. A local copy that fails a
 * checksum is set aside and read from deep storage instead. Segments are named by their path in deep storage.
 */
export class SegmentFiles {
  readonly #options: SegmentFilesOptions;
  readonly #files: FileSystem;
  /** Segments that were looked for: whether they have a local copy. */
  readonly #present = new Map<string, boolean>();
  /** Directories, relative to the cache, into which copies are being fetched. */
  readonly #filling = new Set<string>();
  readonly #open = new Map<string, Promise<ReadHandle>>();

  constructor(options: SegmentFilesOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFileSystem;
  }

  /** True when a whole local copy is on disk. */
  async isLocal(segmentPath: string): Promise<boolean> {
    const known = this.#present.get(segmentPath);
    if (known !== undefined) return known;
    const found = (await this.#files.stat(this.#local(segmentPath, 'segment.bin'))) !== undefined;
    this.#present.set(segmentPath, found);
    return found;
  }

  /**
   * Reads a range and hands it to `use`, which verifies it. When a local copy proves corrupt, it is set aside and `use` gets the
   * bytes of deep storage; corruption there is an error.
   * @throws DruidError SERVICE_UNAVAILABLE when deep storage lacks the object
   */
  async read<T>(
    segmentPath: string,
    file: SegmentFile,
    range: ByteRange | 'whole',
    use: (bytes: Uint8Array) => T,
  ): Promise<T> {
    if (await this.isLocal(segmentPath)) {
      const bytes = await this.#readLocal(segmentPath, file, range);
      if (bytes !== undefined) {
        try {
          return use(bytes);
        } catch (error) {
          if (!(error instanceof SegmentCorruption)) throw error;
          await this.quarantine(segmentPath, error);
        }
      }
    }
    return use(await this.readDeep(segmentPath, file, range));
  }

  /** Directory of a segment's local copy, whether it is there or not. */
  directory(segmentPath: string): string {
    return path.join(this.#options.cacheDir, segmentPath);
  }

  /** A local copy was found to be gone (dropped, set aside): look again before it is used. */
  forget(segmentPath: string): void {
    this.#present.delete(segmentPath);
  }

  /** Reads a range from deep storage. @throws DruidError SERVICE_UNAVAILABLE when the object is not there */
  async readDeep(segmentPath: string, file: string, range: ByteRange | 'whole'): Promise<Uint8Array> {
    const key = `${segmentPath}/${file}`;
    const bytes =
      range === 'whole'
        ? await this.#options.deepStorage.get(key)
        : await this.#options.deepStorage.getRange(key, range.offset, range.length);
    if (bytes !== undefined) return bytes;
    throw new DruidError(`Segment file [${key}] is missing in deep storage [${this.#options.deepStorage.location}]`, {
      category: 'SERVICE_UNAVAILABLE',
      persona: 'OPERATOR',
    });
  }

  /** Downloads a whole local copy, verified, under its final name or not at all. False when deep storage lacks it. */
  async fetch(segmentPath: string): Promise<boolean> {
    if (await this.isLocal(segmentPath)) return true;
    const target = path.join(this.#options.cacheDir, segmentPath);
    const staging = `${target}${UNFINISHED}${randomUUID()}`;
    this.#filling.add(path.relative(this.#options.cacheDir, staging));
    await this.#files.mkdir(staging);
    try {
      for (const file of SEGMENT_FILES) {
        if (!(await this.#options.deepStorage.getFile(`${segmentPath}/${file}`, path.join(staging, file))))
          return false;
      }
      await verifySegment(staging, this.#files);
      await this.#files.rename(staging, target);
      this.#present.set(segmentPath, true);
      return true;
    } finally {
      await this.#files.remove(staging);
      this.#filling.delete(path.relative(this.#options.cacheDir, staging));
    }
  }

  /** Removes the local copy of a segment that is no longer assigned here. */
  async drop(segmentPath: string): Promise<void> {
    this.#present.set(segmentPath, false);
    await this.#close(segmentPath);
    // Under its name there is a whole copy or none, also when the process ends half way.
    const leaving = `${this.directory(segmentPath)}${UNFINISHED}${randomUUID()}`;
    await this.#files.rename(this.directory(segmentPath), leaving).catch(() => undefined);
    this.#present.delete(segmentPath);
    await this.#files.remove(leaving);
  }

  /** Sets a corrupt local copy aside, for someone to look at, and reports it. */
  async quarantine(segmentPath: string, corruption: SegmentCorruption): Promise<void> {
    if (this.#present.get(segmentPath) === false) return;
    this.#present.set(segmentPath, false);
    await this.#close(segmentPath);
    const aside = path.join(
      this.#options.cacheDir,
      '.quarantine',
      `${segmentPath.replaceAll('/', '+')}-${randomUUID()}`,
    );
    await this.#files.mkdir(path.dirname(aside));
    await this.#files.rename(path.join(this.#options.cacheDir, segmentPath), aside).catch(() => undefined);
    this.#options.onCorruption(segmentPath, corruption);
  }

  /** Whether there may be local copies at all. */
  async hasCopies(): Promise<boolean> {
    return (await this.#files.readdir(this.#options.cacheDir)).some((name) => !name.startsWith('.'));
  }

  /**
   * Paths of the segments with a local copy, a few directories at a time, by names alone: what is in a copy is verified as it is read. Removes
   * what was left unfinished when the process ended.
   */
  async *listLocal(): AsyncGenerator<readonly string[], void> {
    const { cacheDir } = this.#options;
    for (const dataSource of await this.#files.readdir(cacheDir)) {
      if (dataSource.startsWith('.')) continue;
      const intervals = await this.#files.readdir(path.join(cacheDir, dataSource));
      for (let i = 0; i < intervals.length; i += LISTED_AT_ONCE) {
        const found: string[] = [];
        for (const interval of intervals.slice(i, i + LISTED_AT_ONCE)) {
          const parent = `${dataSource}/${interval}`;
          for (const id of this.#files.readdirNow(`${cacheDir}/${parent}`)) found.push(`${parent}/${id}`);
        }
        const unfinished = found.filter((segmentPath) => segmentPath.includes(UNFINISHED));
        for (const segmentPath of unfinished) {
          if (!this.#filling.has(segmentPath)) await this.#files.remove(this.directory(segmentPath));
        }
        yield unfinished.length === 0 ? found : found.filter((segmentPath) => !segmentPath.includes(UNFINISHED));
        await nextTurn();
      }
    }
  }

  async close(): Promise<void> {
    const handles = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(handles.map(async (handle) => (await handle).close()));
  }

  async #readLocal(
    segmentPath: string,
    file: SegmentFile,
    range: ByteRange | 'whole',
  ): Promise<Uint8Array | undefined> {
    try {
      const handle = await this.#handle(segmentPath, file);
      const { offset, length } = range === 'whole' ? { offset: 0, length: handle.sizeBytes } : range;
      const bytes = new Uint8Array(length);
      // A copy that ends early is handed on as it is: its checksum will not fit.
      await handle.readSome(bytes, offset, length);
      return bytes;
    } catch {
      // The copy went away between two reads (dropped, set aside): deep storage has it.
      this.#present.delete(segmentPath);
      return undefined;
    }
  }

  async #handle(segmentPath: string, file: SegmentFile): Promise<ReadHandle> {
    const name = this.#local(segmentPath, file);
    let handle = this.#open.get(name);
    if (handle === undefined) handle = this.#files.openRead(name);
    // Re-inserting makes the least recently used file the first.
    this.#open.delete(name);
    this.#open.set(name, handle);
    for (const [oldest, opened] of this.#open) {
      if (this.#open.size <= MAX_OPEN_FILES) break;
      this.#open.delete(oldest);
      void opened.then((h) => h.close()).catch(() => undefined);
    }
    try {
      return await handle;
    } catch (error) {
      this.#open.delete(name);
      throw error;
    }
  }

  async #close(segmentPath: string): Promise<void> {
    for (const file of SEGMENT_FILES) {
      const name = this.#local(segmentPath, file);
      const handle = this.#open.get(name);
      this.#open.delete(name);
      await handle?.then((h) => h.close()).catch(() => undefined);
    }
  }

  #local(segmentPath: string, file: SegmentFile): string {
    return path.join(this.#options.cacheDir, segmentPath, file);
  }
}
