import type { StreamBatch } from '../../streams/stream-source.js';

/** So much is kept decoded ahead of parsing; a source that has more waits. */
const MAX_BYTES = 8 * 1024 * 1024;
/** What a record costs besides its bytes. */
const RECORD_BYTES = 100;

interface Entry {
  readonly batch: StreamBatch;
  readonly bytes: number;
}

/** Batches between a source and the parser, so that fetching and parsing overlap; bounded by bytes. */
export class BatchQueue {
  readonly #entries: Entry[] = [];
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  /** Called when a batch comes into the queue. */
  readonly #onBatch: () => void;

  constructor(onBatch: () => void) {
    this.#onBatch = onBatch;
  }

  /** Resolves when there is room for another. */
  async push(batch: StreamBatch): Promise<void> {
    let bytes = 0;
    for (const record of batch.records) bytes += RECORD_BYTES + (record.value?.length ?? 0);
    this.#entries.push({ batch, bytes });
    this.#bytes += bytes;
    this.#onBatch();
    if (this.#bytes > MAX_BYTES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  shift(): StreamBatch | undefined {
    const entry = this.#entries.shift();
    if (entry !== undefined) this.#take(entry.bytes);
    return entry?.batch;
  }

  clear(): void {
    this.#entries.length = 0;
    this.#take(this.#bytes);
  }

  #take(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes <= MAX_BYTES) for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
