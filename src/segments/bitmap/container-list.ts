import type { ContainerKind } from './container.js';

const KINDS: readonly ContainerKind[] = ['array', 'bitset', 'run'];
/** Ends a chain; also the state of an id without rows. */
const NONE = 0xffff_ffff;

/** Containers of all ids of one column as they are built: bytes in one buffer, chained per id in block order. */
export class ContainerList {
  /** Of id: its first and last container. */
  readonly #first: Uint32Array;
  readonly #last: Uint32Array;
  #next = new Uint32Array(1024);
  #block = new Uint16Array(1024);
  /** Cardinality - 1. */
  #count = new Uint16Array(1024);
  #kind = new Uint8Array(1024);
  #offset = new Float64Array(1024);
  #length = 0;
  #bytes = new Uint8Array(64 * 1024);
  #used = 0;

  constructor(numIds: number) {
    this.#first = new Uint32Array(numIds).fill(NONE);
    this.#last = new Uint32Array(numIds).fill(NONE);
  }

  /** No serialization is smaller than this: containers, and key and cardinality of each. */
  get leastBytes(): number {
    return this.#used + 4 * this.#length;
  }

  /** Makes room for a container and returns where to write it: `sizeBytes` from `offset` of `bytes`. */
  append(id: number, block: number, count: number, kind: ContainerKind, sizeBytes: number): number {
    if (this.#length === this.#next.length) this.#growEntries();
    if (this.#used + sizeBytes > this.#bytes.length) this.#growBytes(sizeBytes);
    const entry = this.#length++;
    this.#next[entry] = NONE;
    this.#block[entry] = block;
    this.#count[entry] = count - 1;
    this.#kind[entry] = KINDS.indexOf(kind);
    this.#offset[entry] = this.#used;
    if (this.#first[id] === NONE) this.#first[id] = entry;
    else this.#next[this.#last[id]!] = entry;
    this.#last[id] = entry;
    const at = this.#used;
    this.#used += sizeBytes;
    return at;
  }

  /** Replaced when the list grows: read it after `append`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** First container of an id, or -1. */
  first(id: number): number {
    const entry = this.#first[id]!;
    return entry === NONE ? -1 : entry;
  }

  /** The container of the same id in a later block, or -1. */
  next(entry: number): number {
    const next = this.#next[entry]!;
    return next === NONE ? -1 : next;
  }

  block(entry: number): number {
    return this.#block[entry]!;
  }

  /** Number of rows. */
  count(entry: number): number {
    return this.#count[entry]! + 1;
  }

  isRun(entry: number): boolean {
    return KINDS[this.#kind[entry]!] === 'run';
  }

  sizeBytes(entry: number): number {
    return this.#endOf(entry) - this.#offset[entry]!;
  }

  /** Bytes of a container, a view. */
  view(entry: number): Uint8Array {
    return this.#bytes.subarray(this.#offset[entry]!, this.#endOf(entry));
  }

  #endOf(entry: number): number {
    return entry + 1 < this.#length ? this.#offset[entry + 1]! : this.#used;
  }

  #growEntries(): void {
    const size = this.#length * 2;
    this.#next = copyInto(new Uint32Array(size), this.#next);
    this.#block = copyInto(new Uint16Array(size), this.#block);
    this.#count = copyInto(new Uint16Array(size), this.#count);
    this.#kind = copyInto(new Uint8Array(size), this.#kind);
    this.#offset = copyInto(new Float64Array(size), this.#offset);
  }

  #growBytes(sizeBytes: number): void {
    const size = Math.max(this.#used + sizeBytes, Math.ceil(this.#bytes.length * 1.5));
    this.#bytes = copyInto(new Uint8Array(size), this.#bytes);
  }
}

function copyInto<T extends { set(source: T): void }>(target: T, source: T): T {
  target.set(source);
  return target;
}
