import { DruidError } from '../../common/druid-error.js';
import type { AppendHandle, FileSystem } from '../../platform/file-system.js';
import type { StreamBounds } from '../stream-source.js';
import { decodeFrame, encodeFrame, type LogRecord, MAX_FRAME_BYTES, type Producer } from './frame.js';
import { listSegments, producersFile, segmentFile } from './log-files.js';
import { type AppendResult, ProducerTable } from './producer-table.js';

export interface PartitionLogOptions {
  readonly files: FileSystem;
  /** A segment file is closed once it is this large. */
  readonly segmentBytes: number;
  readonly now: () => number;
  /** Called after new records are durable, or old ones gone. */
  readonly onChange: (bounds: StreamBounds) => void;
}

interface Waiting {
  readonly frame: Buffer;
  readonly result: AppendResult;
  readonly producer: Producer | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Writer of one partition: the only one. Appends wait in a queue; a loop writes all that wait with one write and one fsync, and
 * only then are they acknowledged and announced to readers.
 */
export class PartitionLog {
  readonly #directory: string;
  readonly #options: PartitionLogOptions;
  /** Base offset and size of each segment file, the last one being written. */
  readonly #segments: { readonly base: number; sizeBytes: number }[] = [];
  #producers = new ProducerTable();
  #file: AppendHandle | undefined;
  /** Base of a segment file that was begun and failed: it must be gone before more is appended to the one before it. */
  #stray: number | undefined;
  /** Offset after the last durable record. */
  #durable = 0;
  /** Offset after the last record that waits. */
  #next = 0;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  private constructor(directory: string, options: PartitionLogOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Opens or creates the partition; a torn tail of its last segment file is cut off. */
  static async open(directory: string, options: PartitionLogOptions): Promise<PartitionLog> {
    const log = new PartitionLog(directory, options);
    const { files } = options;
    await files.mkdir(directory);
    for (const base of await listSegments(files, directory)) {
      const found = await files.stat(segmentFile(directory, base));
      if (found !== undefined) log.#segments.push({ base, sizeBytes: found.sizeBytes });
    }
    if (log.#segments.length === 0) await log.#startSegment(0);
    else await log.#recover();
    return log;
  }

  get bounds(): StreamBounds {
    return { earliest: this.#segments[0]!.base, latest: this.#durable };
  }

  /**
   * Appends records as one frame; resolves once they are durable. A push that was made before is not appended again.
   * @throws DruidError CAPACITY_EXCEEDED when the records are too large together, CONFLICT on an old sequence number
   */
  append(records: readonly LogRecord[], producer?: Producer): Promise<AppendResult & { readonly duplicate: boolean }> {
    if (this.#closed) throw new DruidError('Local log is closed', { category: 'SERVICE_UNAVAILABLE' });
    const known = producer === undefined ? undefined : this.#producers.find(producer);
    if (known !== undefined) return this.#afterDurable(known).then((result) => ({ ...result, duplicate: true }));
    const result: AppendResult = { firstOffset: this.#next, count: records.length };
    if (records.length === 0) return Promise.resolve({ ...result, duplicate: false });
    const frame = encodeFrame(result.firstOffset, this.#options.now(), records, producer);
    if (frame.length > MAX_FRAME_BYTES) {
      throw new DruidError(`Push of [${frame.length}] bytes is larger than [${MAX_FRAME_BYTES}]`, {
        category: 'CAPACITY_EXCEEDED',
      });
    }
    this.#next += records.length;
    if (producer !== undefined) this.#producers.remember(producer, result);
    const appended = new Promise<AppendResult>((resolve, reject) => {
      this.#waiting.push({ frame, result, producer, resolve, reject });
    });
    this.#flushing ??= this.#flush();
    return appended.then((done) => ({ ...done, duplicate: false }));
  }

  /** Deletes the oldest segment files while the partition is larger than `keepBytes` and all records of the file lie before `offset`. */
  async trim(offset: number, keepBytes: number): Promise<void> {
    let dropped = false;
    while (this.#segments.length > 1 && this.#segments[1]!.base <= offset && this.#sizeBytes() > keepBytes) {
      await this.#removeSegment(this.#segments[0]!.base);
      this.#segments.shift();
      dropped = true;
    }
    if (dropped) this.#options.onChange(this.bounds);
  }

  /** Waits for what was appended, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
    await this.#file?.close();
    this.#file = undefined;
  }

  /** A retry that overtakes its first try waits for the same fsync. */
  async #afterDurable(result: AppendResult): Promise<AppendResult> {
    while (this.#durable < result.firstOffset + result.count && this.#flushing !== undefined) await this.#flushing;
    if (this.#durable < result.firstOffset + result.count)
      throw new DruidError('Append failed', { category: 'SERVICE_UNAVAILABLE' });
    return result;
  }

  async #flush(): Promise<void> {
    // Appends of the same turn share the first fsync.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(group);
      } catch (error) {
        await this.#fail([...group, ...this.#waiting.splice(0)], error);
        continue;
      }
      for (const { resolve, result } of group) resolve(result);
    }
    this.#flushing = undefined;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const segment = this.#segments.at(-1)!;
    if (this.#stray !== undefined) await this.#removeSegment(this.#stray);
    this.#stray = undefined;
    this.#file ??= await this.#options.files.openAppend(segmentFile(this.#directory, segment.base));
    if (this.#file.sizeBytes !== segment.sizeBytes) await this.#file.truncate(segment.sizeBytes);
    await this.#file.append(group.length === 1 ? group[0]!.frame : Buffer.concat(group.map(({ frame }) => frame)));
    await this.#file.sync();
    segment.sizeBytes = this.#file.sizeBytes;
    const { firstOffset, count } = group.at(-1)!.result;
    this.#durable = firstOffset + count;
    this.#options.onChange(this.bounds);
    if (segment.sizeBytes >= this.#options.segmentBytes) await this.#roll();
  }

  /** Rolling may fail (a full disk) without harm: the segment just grows on. */
  async #roll(): Promise<void> {
    try {
      const full = this.#file;
      await this.#startSegment(this.#durable);
      await full?.close();
    } catch {
      // Tried again after the next append.
    }
  }

  /** Nothing of a failed write was acknowledged: the file goes back to its durable length. */
  async #fail(group: readonly Waiting[], cause: unknown): Promise<void> {
    this.#next = this.#durable;
    for (const { producer } of group) if (producer !== undefined) this.#producers.forget(producer);
    await this.#file?.truncate(this.#segments.at(-1)!.sizeBytes).catch(() => {});
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
    const error = new DruidError('Local log cannot be written', {
      category: 'SERVICE_UNAVAILABLE',
      persona: 'OPERATOR',
      cause,
    });
    for (const { reject } of group) reject(error);
  }

  async #startSegment(base: number): Promise<void> {
    const { files } = this.#options;
    this.#stray = base;
    await files.writeAtomic(producersFile(this.#directory, base), Buffer.from(JSON.stringify(this.#producers)));
    this.#file = await files.openAppend(segmentFile(this.#directory, base));
    this.#stray = undefined;
    this.#segments.push({ base, sizeBytes: this.#file.sizeBytes });
  }

  async #removeSegment(base: number): Promise<void> {
    await this.#options.files.remove(segmentFile(this.#directory, base));
    await this.#options.files.remove(producersFile(this.#directory, base));
  }

  #sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  async #recover(): Promise<void> {
    const { files } = this.#options;
    await this.#dropStrays();
    const last = this.#segments.at(-1)!;
    const found = await this.#scan(last.base);
    this.#producers = found.producers;
    this.#file = await files.openAppend(segmentFile(this.#directory, last.base));
    if (found.sizeBytes < this.#file.sizeBytes) await this.#file.truncate(found.sizeBytes);
    await this.#file.sync();
    last.sizeBytes = found.sizeBytes;
    this.#durable = found.next;
    this.#next = found.next;
  }

  /** Empty files that a failed start left while the file before them grew on beyond their base; a removed one may be back after a power cut. */
  async #dropStrays(): Promise<void> {
    for (let i = this.#segments.length - 1; i > 0; i--) {
      const { base, sizeBytes } = this.#segments[i]!;
      if (sizeBytes > 0) continue;
      const isLast = i === this.#segments.length - 1;
      if (isLast && (await this.#scan(this.#segments[i - 1]!.base)).next === base) continue;
      await this.#removeSegment(base);
      this.#segments.splice(i, 1);
    }
  }

  /** Reads the whole frames of a segment file. */
  async #scan(base: number): Promise<{ next: number; sizeBytes: number; producers: ProducerTable }> {
    const { files } = this.#options;
    const table = (await files.readFile(producersFile(this.#directory, base))) ?? '[]';
    const producers = ProducerTable.fromJSON(JSON.parse(Buffer.from(table).toString()));
    const bytes = Buffer.from((await files.readFile(segmentFile(this.#directory, base))) ?? []);
    let sizeBytes = 0;
    let next = base;
    while (sizeBytes < bytes.length) {
      const result = decodeFrame(bytes, sizeBytes, bytes.length);
      if (result.kind !== 'frame' || result.frame.firstOffset !== next) break;
      const { producer, firstOffset, count } = result.frame;
      if (producer !== undefined) producers.remember(producer, { firstOffset, count });
      next = firstOffset + count;
      sizeBytes += result.frame.sizeBytes;
    }
    return { next, sizeBytes, producers };
  }
}
