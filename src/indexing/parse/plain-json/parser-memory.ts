import { DruidError } from '../../../common/druid-error.js';

const PAGE_BYTES = 65_536;
/** 1 GiB: far more than the dictionaries of a hundred fields may take. */
const MAX_PAGES = 16_384;
const FIRST_PAGES = 64;

/** The memory of one parser. Nothing is freed: what grows takes twice as much anew. */
export class ParserMemory {
  readonly memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES, shared: true });
  /** Views of the whole memory, replaced when it grows. */
  words!: Uint32Array;
  bytes!: Uint8Array;
  doubles!: Float64Array;
  buffer!: Buffer;
  // Address 0 means nowhere.
  #used = 64;

  constructor() {
    this.#view();
  }

  /** Zeroed bytes, aligned to 16. @throws DruidError CAPACITY_EXCEEDED */
  allocate(bytes: number): number {
    const pointer = this.#used;
    this.#used = Math.ceil((pointer + bytes) / 16) * 16;
    const missing = Math.ceil((this.#used - this.bytes.length) / PAGE_BYTES);
    if (missing <= 0) return pointer;
    const grown = this.bytes.length / PAGE_BYTES + missing;
    if (grown > MAX_PAGES)
      throw new DruidError('Memory of a JSON parser is used up', { category: 'CAPACITY_EXCEEDED' });
    this.memory.grow(Math.min(MAX_PAGES - this.bytes.length / PAGE_BYTES, Math.max(missing, FIRST_PAGES)));
    this.#view();
    return pointer;
  }

  #view(): void {
    const { buffer } = this.memory;
    this.words = new Uint32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.buffer = Buffer.from(buffer);
  }
}
