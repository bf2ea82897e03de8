import { type RunningXxhash64, xxhash64 } from '../codec/checksum.js';
import type { AppendHandle } from '../../platform/file-system.js';

/** Small appends are gathered into writes of about this size. */
const WRITE_BYTES = 1 << 20;

/** A file of a segment while it is written from front to back: knows its offset, gathers small writes, keeps checksums. */
export class OutputFile {
  readonly #handle: AppendHandle;
  readonly #observers: readonly Pick<RunningXxhash64, 'update'>[];
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #offset = 0;
  #closed = false;

  /** @param observers see every byte in order */
  constructor(handle: AppendHandle, observers: readonly Pick<RunningXxhash64, 'update'>[]) {
    this.#handle = handle;
    this.#observers = observers;
  }

  /** Bytes appended so far: where the next one goes. */
  get offset(): number {
    return this.#offset;
  }

  /** `bytes` is not copied: the caller leaves it alone until `flush`. */
  async append(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    for (const observer of this.#observers) observer.update(bytes);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#offset += bytes.length;
    if (this.#pendingBytes >= WRITE_BYTES) await this.flush();
  }

  /** Appends zeros up to a multiple of `alignment`. */
  async pad(alignment: number): Promise<void> {
    await this.append(new Uint8Array(-this.#offset & (alignment - 1)));
  }

  async flush(): Promise<void> {
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (bytes.length > 0) await this.#handle.append(bytes);
  }

  /** Writes what is left, waits until it is on the disk, and closes. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#handle.sync();
    await this.abandon();
  }

  /** Closes without writing what is left; a closed file is left as it is. */
  async abandon(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }
}

/** Checksums of every page of a file, the last one possibly short. */
export class PageChecksums {
  readonly #page: Uint8Array;
  readonly #sums: bigint[] = [];
  #used = 0;

  constructor(pageBytes: number) {
    this.#page = new Uint8Array(pageBytes);
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const n = Math.min(this.#page.length - this.#used, bytes.length - at);
      this.#page.set(bytes.subarray(at, at + n), this.#used);
      this.#used += n;
      at += n;
      if (this.#used === this.#page.length) this.#endPage();
    }
  }

  finish(): readonly bigint[] {
    if (this.#used > 0) this.#endPage();
    return this.#sums;
  }

  #endPage(): void {
    this.#sums.push(xxhash64(this.#page.subarray(0, this.#used)));
    this.#used = 0;
  }
}
