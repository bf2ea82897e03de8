import { resolve } from 'node:path';
import { DruidError } from '../../common/druid-error.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import { StopGate } from '../stop-gate.js';
import type { StreamBounds, StreamSource } from '../stream-source.js';
import { LogBus, type LogMessage } from './log-bus.js';
import { logDirectory, logIncarnation, partitionDirectory } from './log-files.js';
import { PartitionReader } from './partition-reader.js';

type Handlers = Parameters<StreamSource['start']>[1];
type LogState = LogMessage & { readonly kind: 'state' };

const ASK_TIMEOUT_MS = 5_000;
const RETRY_MS = 500;

/**
 * Reads an embedded log of this process, from any of its threads. The service says what is durable as soon as it is, so nothing is
 * polled; bytes come from the log's files.
 */
export class LocalLogSource implements StreamSource {
  readonly stream: string;
  readonly #directory: string;
  readonly #bus: LogBus;
  readonly #bounds = new Map<string, StreamBounds>();
  #state: LogState | undefined;
  #failure: string | undefined;
  #paused = false;
  readonly #gate = new StopGate();
  /** Resolves and is replaced whenever something that a waiting reader waits for changes. */
  #changed = signal();
  readonly #readers: Promise<void>[] = [];

  constructor(options: { readonly directory: string; readonly stream: string }) {
    this.stream = options.stream;
    this.#directory = resolve(options.directory);
    this.#bus = new LogBus(this.#directory, (message) => this.#onMessage(message));
  }

  async incarnation(): Promise<string> {
    return logIncarnation((await this.#ask()).meta);
  }

  async partitions(): Promise<readonly string[]> {
    return (await this.#ask()).bounds.map((_, partition) => String(partition));
  }

  async bounds(): Promise<ReadonlyMap<string, StreamBounds>> {
    await this.#ask();
    return new Map(this.#bounds);
  }

  async start(from: ReadonlyMap<string, number>, handlers: Handlers): Promise<void> {
    await this.#ask();
    for (const [partition, offset] of from) this.#readers.push(this.#tail(partition, offset, handlers));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#gate.stop();
    this.#wake();
    await Promise.all(this.#readers);
    this.#bus.close();
  }

  /** Follows one partition until stop or data loss. */
  async #tail(partition: string, from: number, handlers: Handlers): Promise<void> {
    let position = from;
    let reader: PartitionReader | undefined;
    let troubled = false;
    while (!this.#gate.stopped) {
      const bounds = this.#bounds.get(partition);
      if (bounds === undefined || position < bounds.earliest || position > bounds.latest) {
        handlers.onDataLoss(partition, position, bounds ?? { earliest: 0, latest: 0 });
        break;
      }
      if (this.#paused || position === bounds.latest) {
        await this.#changed.promise;
        continue;
      }
      try {
        const log = partitionDirectory(logDirectory(this.#directory, this.stream), Number(partition));
        reader ??= new PartitionReader(nodeFileSystem, log, partition, position);
        const result = await reader.read(bounds.latest);
        if (result.kind === 'gone') {
          await this.#ask();
          continue;
        }
        if (troubled) handlers.onTrouble(undefined);
        troubled = false;
        const { records, nextOffset } = result;
        const accepted = handlers.onBatch({
          partition,
          records,
          nextOffset,
          highOffset: this.#bounds.get(partition)!.latest,
        });
        await this.#gate.unlessStopped(accepted);
        position = nextOffset;
      } catch (error) {
        troubled = true;
        handlers.onTrouble(error instanceof Error ? error : new Error(String(error)));
        await reader?.close();
        reader = undefined;
        await this.#gate.sleep(RETRY_MS);
      }
    }
    await reader?.close();
  }

  /** The state of the log as its service says it now. @throws DruidError SERVICE_UNAVAILABLE when nobody answers */
  async #ask(): Promise<LogState> {
    const deadline = Date.now() + ASK_TIMEOUT_MS;
    this.#state = undefined;
    this.#bus.send({ kind: 'ask', stream: this.stream });
    this.#failure = undefined;
    while (this.#state === undefined && this.#failure === undefined && !this.#gate.stopped) {
      const remainingMs = deadline - Date.now();
      if (remainingMs <= 0) break;
      await Promise.race([this.#changed.promise, this.#gate.sleep(remainingMs)]);
    }
    if (this.#state === undefined) {
      throw new DruidError(`Local log [${this.stream}] is not open in this process${this.#failureText()}`, {
        category: 'SERVICE_UNAVAILABLE',
      });
    }
    return this.#state;
  }

  #failureText(): string {
    return this.#failure === undefined ? '' : `: ${this.#failure}`;
  }

  #onMessage(message: LogMessage): void {
    if (message.stream !== this.stream) return;
    if (message.kind === 'state') {
      this.#state = message;
      message.bounds.forEach((bounds, partition) => this.#bounds.set(String(partition), bounds));
    } else if (message.kind === 'changed') {
      this.#bounds.set(String(message.partition), message.bounds);
    } else if (message.kind === 'failed') {
      this.#failure = message.message;
    } else {
      return;
    }
    this.#wake();
  }

  #wake(): void {
    const { resolve: wake } = this.#changed;
    this.#changed = signal();
    wake();
  }
}

function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let wake = (): void => {};
  const promise = new Promise<void>((done) => {
    wake = done;
  });
  return { promise, resolve: wake };
}
