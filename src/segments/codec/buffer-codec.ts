import { createRequire } from 'node:module';
import type * as Lz4 from 'lz4-napi';
import { decompressZstd } from './zstd.js';

// Its native library takes 20 to 50 ms to load: only once something is to be (de)compressed, and without waiting, since loads
// of column blocks are synchronous.
let loaded: typeof Lz4 | undefined;
const lz4 = (): typeof Lz4 => (loaded ??= createRequire(import.meta.url)('lz4-napi') as typeof Lz4);

/** `none` stores every buffer as it is. */
export type Compression = 'zstd' | 'lz4' | 'none';

/** First bytes of a frame, little-endian. @source RFC 8878 section 3.1.1, LZ4 frame format */
const ZSTD_MAGIC = 0xfd2f_b528;

/** Length prefix of a stored buffer: int64 little-endian, the uncompressed length, or -1 when the bytes follow as they are. */
const PREFIX_BYTES = 8;
/** Compressed bytes must be at most 7/8 of the raw ones: less is not worth the work of every reader. */
const WORTH_NUMERATOR = 7;
const WORTH_DENOMINATOR = 8;

/**
 * A buffer as Arrow's BodyCompression (method BUFFER) stores it. An empty one has no bytes at all.
 * @param raw not to be changed until the result is there
 * @source https://arrow.apache.org/docs/format/Columnar.html#recordbatch-message
 */
export async function encodeBuffer(raw: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (raw.length === 0) return raw;
  const packed = await compress(raw, compression);
  const worth = packed !== undefined && packed.length * WORTH_DENOMINATOR <= raw.length * WORTH_NUMERATOR;
  const body = worth ? packed : raw;
  const stored = new Uint8Array(PREFIX_BYTES + body.length);
  new DataView(stored.buffer).setBigInt64(0, worth ? BigInt(raw.length) : -1n, true);
  stored.set(body, PREFIX_BYTES);
  return stored;
}

/**
 * The raw bytes of a stored buffer; a view of `stored` when it was not compressed.
 * @returns undefined when the bytes are not a buffer of `rawLength` bytes
 */
export function decodeBuffer(stored: Uint8Array, rawLength: number): Uint8Array | undefined {
  if (stored.length === 0) return rawLength === 0 ? stored : undefined;
  if (stored.length < PREFIX_BYTES) return undefined;
  const prefix = new DataView(stored.buffer, stored.byteOffset, PREFIX_BYTES).getBigInt64(0, true);
  const body = stored.subarray(PREFIX_BYTES);
  if (prefix === -1n) return body.length === rawLength ? body : undefined;
  if (prefix !== BigInt(rawLength)) return undefined;
  const raw = isZstd(body) ? decompressZstd(body, rawLength) : lz4().decompressFrameSync(asBuffer(body));
  return raw.length === rawLength ? raw : undefined;
}

async function compress(raw: Uint8Array, compression: Compression): Promise<Uint8Array | undefined> {
  switch (compression) {
    case 'zstd':
      // It compresses at level 3, whatever it is asked for (1.2.2), on a thread of its own.
      return (await import('@mongodb-js/zstd')).compress(asBuffer(raw));
    case 'lz4':
      return lz4().compressFrameSync(asBuffer(raw));
    case 'none':
      return undefined;
  }
}

function isZstd(frame: Uint8Array): boolean {
  return frame.length >= 4 && new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0, true) === ZSTD_MAGIC;
}

/** Native codecs take Buffers, and not over shared memory. */
function asBuffer(bytes: Uint8Array): Buffer {
  return bytes.buffer instanceof ArrayBuffer
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes);
}
