import type { OffsetsRow } from '../../metadata/metadata-store.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import { isSameStream } from '../../metadata/same-stream.js';
import type { Clock, Timer } from '../../platform/clock.js';
import type { LocalLogService } from '../../streams/local-log/local-log-service.js';
import { logIncarnation } from '../../streams/local-log/log-files.js';
import type { IndexingLog } from '../indexing-log.js';

const LOOK_MS = 10_000;

export interface LogTrimmerOptions {
  readonly localLog: LocalLogService;
  /** Of each supervisor that reads the stream: what it has published, undefined before its first publish. */
  readonly readersOf: (stream: string) => readonly (OffsetsRow | undefined)[];
  /** Of each partition so much is kept of what is published, for readers that begin again. */
  readonly retentionBytes: number;
  readonly clock: Clock;
  readonly log: IndexingLog;
}

/** Deletes pushed events that all their readers have published, so that the embedded log does not grow without end. */
export class LogTrimmer {
  readonly #options: LogTrimmerOptions;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: LogTrimmerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      void this.trim().then(() => this.start());
    }, LOOK_MS);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
  }

  /** One look at all streams; what fails is tried again by the next one. */
  async trim(): Promise<void> {
    const { localLog, readersOf, retentionBytes, log } = this.#options;
    for (const meta of await localLog.streams()) {
      const { stream } = meta;
      const before = publishedByAll(readersOf(stream), { stream, incarnation: logIncarnation(meta) });
      await localLog.trim(stream, before, retentionBytes).catch((err: unknown) => {
        log('warn', 'Pushed events that are published cannot be deleted, trying again', { stream, err });
      });
    }
  }
}

/** Offsets that every reader of this stream has passed; of none when there is no reader, or one that has published nothing. */
function publishedByAll(
  readers: readonly (OffsetsRow | undefined)[],
  of: { readonly stream: string; readonly incarnation: string },
): OffsetVector {
  const [first, ...others] = readers;
  if (first === undefined || readers.some((offsets) => offsets === undefined || !isSameStream(offsets, of))) return {};
  const common: Record<string, number> = {};
  for (const [partition, offset] of Object.entries(first.partitions)) {
    const all = [offset, ...others.map((reader) => reader?.partitions[partition] ?? 0)];
    common[partition] = Math.min(...all);
  }
  return common;
}
