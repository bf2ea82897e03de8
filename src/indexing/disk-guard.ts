import type { Clock, Timer } from '../platform/clock.js';
import type { IndexingLog } from './indexing-log.js';

const LOOK_MS = 1_000;
/** Reading goes on when so much more than the reserve is free, so that it does not stop and go at the edge. */
const MARGIN = 1.1;

export interface DiskGuardOptions {
  /** Free bytes of the file system that indexing writes to. */
  readonly freeBytes: () => Promise<number>;
  /** So much is to stay free; 0 = nothing. */
  readonly reserveBytes: number;
  readonly clock: Clock;
  readonly log: IndexingLog;
}

/**
 * Says when the disk is too full to read more of a stream: less than a reserve is free, or a write found no room. What is in memory
 * stays queryable meanwhile, and what is closed is published as far as it can be.
 */
export class DiskGuard {
  readonly #options: DiskGuardOptions;
  readonly #listeners = new Set<(isFull: boolean) => void>();
  #timer: Timer | undefined;
  #isFull = false;
  #freeBytes: number | undefined;
  #isStopped = false;

  constructor(options: DiskGuardOptions) {
    this.#options = options;
  }

  /** As seen last; undefined before the first look, or when the file system does not say. */
  get freeBytes(): number | undefined {
    return this.#freeBytes;
  }

  get reserveBytes(): number {
    return this.#options.reserveBytes;
  }

  /** Looks once before it returns, then every second. */
  async start(): Promise<void> {
    await this.#look();
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.start(), LOOK_MS);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
  }

  /** @param listener told of every change, and at once when the disk is full now. @returns ends it */
  subscribe(listener: (isFull: boolean) => void): () => void {
    this.#listeners.add(listener);
    if (this.#isFull) listener(true);
    return () => this.#listeners.delete(listener);
  }

  /** A write found no room: the disk is full until the next look says otherwise. */
  noteFull(): void {
    this.#set(true);
  }

  async #look(): Promise<void> {
    const { freeBytes, reserveBytes, log } = this.#options;
    try {
      const free = await freeBytes();
      this.#freeBytes = free;
      this.#set(free < (this.#isFull ? reserveBytes * MARGIN : reserveBytes));
    } catch (error) {
      if (this.#freeBytes !== undefined) log('warn', 'Free disk space is unknown', { error: String(error) });
      this.#freeBytes = undefined;
      this.#set(false);
    }
  }

  #set(isFull: boolean): void {
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const fields = { freeBytes: this.#freeBytes, reserveBytes: this.#options.reserveBytes };
    if (isFull) this.#options.log('warn', 'The disk is full: streams are not read until there is room', fields);
    else this.#options.log('info', 'The disk has room again: streams are read', fields);
    for (const listener of this.#listeners) listener(isFull);
  }
}
