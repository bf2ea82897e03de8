import { checkStop } from '../common/stop-check.js';
import type { Hash128 } from '../sketches/murmur3.js';
import { newHash128 } from '../sketches/murmur3.js';
import type { Utf8Values } from '../vectors/block.js';
import type { KernelSet } from '../vectors/kernels/kernel-set.js';
import { bindKernels, loadKernelModule } from '../vectors/kernels/wasm-kernels.js';

/** How a sketch has the hash of a text: MurmurHash3 of its bytes in this encoding. */
export interface TextEncoding {
  readonly units: 'utf8' | 'utf16';
  readonly seed: number;
}

/** Values and bytes that are hashed in one call of a kernel. */
const CHUNK_VALUES = 16_384;
const CHUNK_BYTES = 2 ** 20;
const PAGE_BYTES = 65_536;

const OFFSETS_AT = 64;
const HASHES_AT = OFFSETS_AT + 4 * (CHUNK_VALUES + 16);
const BYTES_AT = HASHES_AT + 16 * CHUNK_VALUES;
const UNITS_AT = BYTES_AT + CHUNK_BYTES;
const MEMORY_PAGES = Math.ceil((UNITS_AT + 2 * CHUNK_BYTES) / PAGE_BYTES);

/** Kernels over a small memory of this thread, that values are copied through: they lie in any arena, or in none. */
interface Bench {
  readonly kernels: KernelSet;
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly hashes: Uint32Array;
}

let bench: Bench | undefined;

/**
 * Hashes the values of ids from..to of a dictionary; `use` gets each with its hash, which the next call overwrites.
 * @returns the first id that was not hashed: to + 1, or one whose value is too long for a chunk
 */
export function hashTexts(
  { offsets, bytes }: Utf8Values,
  { units, seed }: TextEncoding,
  from: number,
  to: number,
  use: (id: number, hash: Hash128) => void,
): number {
  bench ??= newBench();
  const hash = newHash128();
  let first = from;
  while (first <= to) {
    const start = offsets[first - 1]!;
    let end = first;
    while (end <= to && end - first < CHUNK_VALUES && offsets[end]! - start <= CHUNK_BYTES) end++;
    if (end === first) return first;
    bench.bytes.set(bytes.subarray(start, offsets[end - 1]), BYTES_AT);
    const n = end - first;
    for (let i = 0; i <= n; i++) bench.offsets[i] = offsets[first - 1 + i]! - start;
    if (units === 'utf8') bench.kernels.hashUtf8(OFFSETS_AT, BYTES_AT, n, seed, HASHES_AT);
    else bench.kernels.hashUtf16(OFFSETS_AT, BYTES_AT, n, seed, UNITS_AT, HASHES_AT);
    const { hashes } = bench;
    for (let i = 0; i < n; i++) {
      checkStop();
      hash[0] = hashes[4 * i]!;
      hash[1] = hashes[4 * i + 1]!;
      hash[2] = hashes[4 * i + 2]!;
      hash[3] = hashes[4 * i + 3]!;
      use(first + i, hash);
    }
    first = end;
  }
  return first;
}

function newBench(): Bench {
  const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
  const { buffer } = memory;
  return {
    kernels: bindKernels(loadKernelModule(), memory),
    bytes: new Uint8Array(buffer),
    offsets: new Uint32Array(buffer, OFFSETS_AT, CHUNK_VALUES + 1),
    hashes: new Uint32Array(buffer, HASHES_AT, 4 * CHUNK_VALUES),
  };
}
