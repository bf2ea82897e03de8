/** Records of files in formats of their own: Parquet and Avro object containers. */
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inflateRawSync } from 'node:zlib';
import type { Type } from 'avsc';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import { checkAvroBlock } from '../parse/avro-check.js';
import { avroLibrary, type AvroModule, avroOptions, plainAvro } from '../parse/avro-values.js';
import type { AvroOcfFormat } from '../spec/binary-format.js';
import type { FileFormat, ParquetFormat } from '../spec/input-format.js';
import { downloadPath, type InputEntity } from './input-entities.js';

export type FileRecord = Readonly<Record<string, unknown>>;

/** Rows of one row group that are made at a time. */
const PARQUET_ROWS = 20_000;
/** Of an Avro block, unpacked; writers make them of 64 KiB or some MiB. */
const MAX_BLOCK_BYTES = 512 * 1024 * 1024;

/** @param directory for files that must be downloaded first. @throws DruidError INVALID_INPUT for what is no such file */
export function fileRecords(entity: InputEntity, format: FileFormat, directory: string): AsyncIterable<FileRecord[]> {
  return format.type === 'parquet' ? parquetRecords(entity, format, directory) : avroRecords(entity, format);
}

/** The bytes cannot be had, whatever they are. */
class InputFailed extends DruidError {
  constructor(name: string, cause: unknown) {
    super(`File [${name}] cannot be read: ${String(cause)}`, { category: 'RUNTIME_FAILURE', cause });
  }
}

let downloads = 0;

async function* parquetRecords(
  entity: InputEntity,
  format: ParquetFormat,
  directory: string,
): AsyncGenerator<FileRecord[]> {
  const path = entity.path ?? downloadPath(directory, downloads++);
  if (entity.path === undefined) await pipeline(Readable.from(entity.chunks()), createWriteStream(path));
  const file = await open(path);
  try {
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    const { size } = await file.stat();
    const buffer = {
      byteLength: size,
      slice: async (start: number, end = size): Promise<ArrayBuffer> => {
        // A footer may say anything.
        if (start < 0 || end > size) throw new Error(`there are no bytes from [${start}] to [${end}]`);
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start).catch((cause: unknown) => {
          throw new InputFailed(entity.name, cause);
        });
        if (bytesRead < bytes.length) throw new InputFailed(entity.name, new Error('it has become shorter'));
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(buffer);
    const numRows = Number(metadata.num_rows);
    const parsers = {
      timestampFromMilliseconds: (ms: bigint) => Number(ms),
      timestampFromMicroseconds: (micros: bigint) => Number(micros / 1000n),
      timestampFromNanoseconds: (nanos: bigint) => Number(nanos / 1_000_000n),
      dateFromDays: (days: number) => days * 86_400_000,
    };
    for (let rowStart = 0; rowStart < numRows; rowStart += PARQUET_ROWS) {
      const rowEnd = Math.min(numRows, rowStart + PARQUET_ROWS);
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        parsers,
        utf8: format.binaryAsString,
        rowStart,
        rowEnd,
      });
      yield rows.map((row) => plainParquet(row) as FileRecord);
    }
  } catch (error) {
    if (error instanceof InputFailed) throw error;
    throw invalidInput(`File [${entity.name}] cannot be read as Parquet: ${(error as Error).message}`);
  } finally {
    await file.close();
    if (entity.path === undefined) await rm(path, { force: true });
  }
}

/** 64-bit integers as numbers where they are exact, bytes as base64. */
function plainParquet(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(plainParquet);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainParquet(member)]));
}

async function* avroRecords(entity: InputEntity, format: AvroOcfFormat): AsyncGenerator<FileRecord[]> {
  const avro = await avroLibrary();
  const { snappyUncompress } = await import('hyparquet');
  const asRead = readerType(avro, format);
  let type = asRead;
  let written: Type | undefined;
  /** What the library hides behind an error of its own. */
  let wrong: Error | undefined;
  const unpacking =
    (unpack: (packed: Buffer) => Buffer): Codec =>
    (packed, done) => {
      try {
        const bytes = unpack(packed);
        checkAvroBlock(written!, bytes);
        done(null, bytes);
      } catch (error) {
        wrong = error as Error;
        done(wrong);
      }
    };
  const decoder = new avro.streams.BlockDecoder({
    parseHook: (schema: unknown) => {
      written = avro.Type.forSchema(schema as never, avroOptions(avro));
      type ??= written;
      return written;
    },
    ...(asRead && { readerSchema: asRead }),
    codecs: {
      null: unpacking((bytes) => bytes),
      deflate: unpacking((bytes) => inflateRawSync(bytes, { maxOutputLength: MAX_BLOCK_BYTES })),
      // Four bytes of checksum follow the data.
      snappy: unpacking((bytes) => snappied(snappyUncompress, bytes.subarray(0, -4))),
    },
  } as never);
  const source = Readable.from(entity.chunks());
  let failure: Error | undefined;
  source.on('error', (error) => {
    failure = error;
    decoder.destroy(error);
  });
  try {
    for await (const value of source.pipe(decoder)) {
      const record = plainAvro(value, type!, format.binaryAsString);
      yield [record as FileRecord];
    }
  } catch (error) {
    if (failure !== undefined) throw failure;
    throw invalidInput(`File [${entity.name}] cannot be read as Avro: ${(wrong ?? (error as Error)).message}`);
  } finally {
    source.destroy();
  }
}

type Codec = (packed: Buffer, done: (error: Error | null, bytes?: Buffer) => void) => void;

/** @throws DruidError INVALID_INPUT for what is no schema */
function readerType(avro: AvroModule, { schema }: AvroOcfFormat): Type | undefined {
  if (schema === null) return undefined;
  try {
    return avro.Type.forSchema(schema as never, avroOptions(avro));
  } catch (error) {
    throw invalidInput(`schema of inputFormat [avro_ocf] cannot be used: ${(error as Error).message}`);
  }
}

/** The size comes first, as a varint. */
function snappied(uncompress: (input: Uint8Array, output: Uint8Array) => void, bytes: Uint8Array): Buffer {
  let size = 0;
  for (let i = 0, shift = 0; i < bytes.length; i++, shift += 7) {
    size += (bytes[i]! & 0x7f) * 2 ** shift;
    if (bytes[i]! < 0x80) break;
  }
  if (size > MAX_BLOCK_BYTES) throw new Error(`a block has more than ${MAX_BLOCK_BYTES} bytes`);
  const output = Buffer.alloc(size);
  uncompress(bytes, output);
  return output;
}
