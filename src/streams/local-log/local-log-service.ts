import { resolve } from 'node:path';
import { DruidError } from '../../common/druid-error.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { FileSystem } from '../../platform/file-system.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import type { StreamBounds } from '../stream-source.js';
import type { LogRecord, Producer } from './frame.js';
import { createMeta, logDirectory, type LogMeta, partitionDirectory, readMeta } from './log-files.js';
import { LogBus, type LogMessage } from './log-bus.js';
import { PartitionLog } from './partition-log.js';

const SEGMENT_BYTES = 64 * 1024 * 1024;

export interface LocalLogOptions {
  readonly directory: string;
  readonly segmentBytes?: number;
  readonly now?: () => number;
  /** The machine's own when absent. */
  readonly files?: FileSystem;
}

/** Where a push went: records [firstOffset, firstOffset + count) of `partition`. */
export interface PushResult {
  readonly partition: string;
  readonly firstOffset: number;
  readonly count: number;
  /** The same push was made before; nothing was appended now. */
  readonly duplicate: boolean;
}

interface OpenLog {
  readonly meta: LogMeta;
  readonly partitions: readonly PartitionLog[];
  nextPartition: number;
}

/** All embedded logs of a data directory, by stream name. The only writer: one per directory and machine. */
export class LocalLogService {
  readonly #options: LocalLogOptions;
  readonly #directory: string;
  readonly #logs = new Map<string, Promise<OpenLog>>();
  readonly #bus: LogBus;
  #closed = false;

  constructor(options: LocalLogOptions) {
    this.#options = options;
    this.#directory = resolve(options.directory);
    this.#bus = new LogBus(this.#directory, (message) => this.#onMessage(message));
  }

  /** Opens the stream's log, creating it with so many partitions if there is none; an existing log keeps its own. */
  async create(stream: string, partitions = 1): Promise<LogMeta> {
    return (await this.#open(stream, partitions)).meta;
  }

  /**
   * Appends records together to one partition and resolves when they are on disk. With a producer, a repeated push returns the
   * first one's result. Creates the log when there is none.
   * @throws DruidError CAPACITY_EXCEEDED, CONFLICT (old sequence number), SERVICE_UNAVAILABLE (disk, shutdown)
   */
  async append(stream: string, records: readonly LogRecord[], producer?: Producer): Promise<PushResult> {
    const log = await this.#open(stream, 1);
    // A retry must meet its first try, so a producer stays with one partition.
    const number = producer === undefined ? log.nextPartition++ : hash(producer.id);
    const partition = number % log.partitions.length;
    const result = await log.partitions[partition]!.append(records, producer);
    return { partition: String(partition), ...result };
  }

  async bounds(stream: string): Promise<ReadonlyMap<string, StreamBounds>> {
    const log = await this.#open(stream, 1);
    return new Map(log.partitions.map((partition, p) => [String(p), partition.bounds]));
  }

  /** The logs that were opened since the start: those that are written or read. */
  async streams(): Promise<readonly LogMeta[]> {
    const logs = await Promise.allSettled(this.#logs.values());
    return logs.flatMap((log) => (log.status === 'fulfilled' ? [log.value.meta] : []));
  }

  /** Deletes the oldest files of what lies wholly before these offsets, down to so many bytes a partition. */
  async trim(stream: string, before: OffsetVector, keepBytes: number): Promise<void> {
    const { partitions } = await this.#open(stream, 1);
    for (const [partition, offset] of Object.entries(before))
      await partitions[Number(partition)]?.trim(offset, keepBytes);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const logs = await Promise.allSettled(this.#logs.values());
    for (const log of logs) {
      if (log.status === 'fulfilled') await Promise.all(log.value.partitions.map((partition) => partition.close()));
    }
    this.#bus.close();
  }

  #open(stream: string, partitions: number): Promise<OpenLog> {
    if (this.#closed) return Promise.reject(new DruidError('Local log is closed', { category: 'SERVICE_UNAVAILABLE' }));
    let log = this.#logs.get(stream);
    if (log === undefined) {
      log = this.#load(stream, partitions);
      this.#logs.set(stream, log);
      // A log that could not be opened is tried again by the next caller.
      log.catch(() => this.#logs.delete(stream));
    }
    return log;
  }

  async #load(stream: string, partitions: number): Promise<OpenLog> {
    const directory = logDirectory(this.#directory, stream);
    const files = this.#options.files ?? nodeFileSystem;
    const meta = (await readMeta(files, directory)) ?? (await createMeta(files, directory, stream, partitions));
    const opened = Array.from({ length: meta.partitions }, (_, partition) =>
      PartitionLog.open(partitionDirectory(directory, partition), {
        files,
        segmentBytes: this.#options.segmentBytes ?? SEGMENT_BYTES,
        now: this.#options.now ?? Date.now,
        onChange: (bounds) => this.#bus.send({ kind: 'changed', stream, partition, bounds }),
      }),
    );
    return { meta, partitions: await Promise.all(opened), nextPartition: 0 };
  }

  #onMessage(message: LogMessage): void {
    if (message.kind !== 'ask' || this.#closed) return;
    const { stream } = message;
    this.#open(stream, 1).then(
      ({ meta, partitions }) => {
        if (!this.#closed)
          this.#bus.send({ kind: 'state', stream, meta, bounds: partitions.map((partition) => partition.bounds) });
      },
      (error: unknown) => {
        if (!this.#closed)
          this.#bus.send({ kind: 'failed', stream, message: error instanceof Error ? error.message : String(error) });
      },
    );
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let h = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x0100_0193);
  return h >>> 0;
}
