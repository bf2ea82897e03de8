import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { invalidInput } from '../../common/druid-error.js';

const CHUNK_BYTES = 1 << 20;
/** A file packed with zstd is unpacked at once. */
const MAX_ZSTD_BYTES = 1 << 30;

/** The chunks of a file, unpacked as its name says. @throws DruidError INVALID_INPUT for damaged data */
export function readChunks(path: string): AsyncIterable<Uint8Array> {
  return unpacked(path, createReadStream(path, { highWaterMark: CHUNK_BYTES }));
}

/** Chunks unpacked when the name that they are of ends in .gz or .zst. @throws DruidError INVALID_INPUT for damaged data */
export function unpacked(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const path = name.replace(/[?#].*$/s, '');
  if (path.endsWith('.gz')) return gunzipped(name, chunks);
  return path.endsWith('.zst') ? unpackedZstd(name, chunks) : chunks;
}

async function* gunzipped(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks);
  const target = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => target.destroy(error));
  try {
    yield* source.pipe(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') !== true) throw error;
    throw invalidInput(`File [${name}] is not valid gzip: ${(error as Error).message}`);
  } finally {
    source.destroy();
  }
}

async function* unpackedZstd(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ZSTD_BYTES) throw invalidInput(`File [${name}] of zstd is larger than [${MAX_ZSTD_BYTES}] bytes`);
  }
  const { decompress } = await import('@mongodb-js/zstd');
  try {
    yield await decompress(Buffer.concat(parts));
  } catch (error) {
    throw invalidInput(`File [${name}] is not valid zstd: ${(error as Error).message}`);
  }
}
