import xxhash from 'xxhash-wasm';

const api = await xxhash();

/** xxhash-wasm copies its input into a memory that never shrinks: larger ranges are fed in pieces of this size. */
const PIECE_BYTES = 1 << 20;

/** xxHash64 (seed 0) of a range of bytes. @source https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
export function xxhash64(bytes: Uint8Array): bigint {
  if (bytes.length <= PIECE_BYTES) return api.h64Raw(bytes);
  const hash = new RunningXxhash64();
  hash.update(bytes);
  return hash.digest();
}

/** xxHash64 of bytes that come piece by piece. */
export class RunningXxhash64 {
  readonly #hash = api.create64();

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.#hash.update(bytes.subarray(at, at + PIECE_BYTES));
  }

  digest(): bigint {
    return this.#hash.digest();
  }
}

/** A checksum as people see it: 16 hexadecimal digits. */
export function formatChecksum(sum: bigint): string {
  return sum.toString(16).padStart(16, '0');
}
