import type { EncodedColumn } from '../column/column-encoder.js';
import { type Compression, encodeBuffer } from '../codec/buffer-codec.js';
import { xxhash64 } from '../codec/checksum.js';
import type { SortedDictionary } from '../dictionary/sorted-dictionary.js';
import type * as ArrowMetadata from './arrow-metadata.js';
import type { ArrowField, BufferPlace, MessagePlace } from './arrow-metadata.js';
import type { OutputFile } from './output-file.js';

const MAGIC = new TextEncoder().encode('ARROW1');
/** Begins every message; with a length of 0 it ends the stream of messages. */
const CONTINUATION = 0xffff_ffff;
const ALIGNMENT = 8;

/** Where the buffers of one column of one message went. */
export interface StoredRange {
  /** In the file; buffers follow each other, each padded to 8 bytes. */
  readonly offset: number;
  /** Stored bytes of each buffer in Arrow's order; 0 for an absent one. */
  readonly bufferLengths: readonly number[];
  /** xxHash64 of the whole range, padding between buffers included. */
  readonly checksum: bigint;
}

/** Buffers of one column, compressed, behind each other. */
interface Packed {
  readonly bytes: Uint8Array;
  readonly bufferLengths: readonly number[];
}

/** Writes data.arrow: schema, dictionaries, one record batch a block, footer. */
export class ArrowFileWriter {
  readonly #file: OutputFile;
  readonly #fields: readonly ArrowField[];
  readonly #compression: Compression;
  readonly #metadata: typeof ArrowMetadata;
  readonly #dictionaries: MessagePlace[] = [];
  readonly #batches: MessagePlace[] = [];

  private constructor(
    file: OutputFile,
    fields: readonly ArrowField[],
    compression: Compression,
    metadata: typeof ArrowMetadata,
  ) {
    this.#file = file;
    this.#fields = fields;
    this.#compression = compression;
    this.#metadata = metadata;
  }

  /** Begins the file with its magic and schema. */
  static async create(
    file: OutputFile,
    fields: readonly ArrowField[],
    compression: Compression,
  ): Promise<ArrowFileWriter> {
    // Only writers need flatbuffers; a process that serves queries starts without them.
    const metadata = await import('./arrow-metadata.js');
    const writer = new ArrowFileWriter(file, fields, compression, metadata);
    await file.append(MAGIC);
    await file.pad(ALIGNMENT);
    await writer.#writeMessage(metadata.schemaMessage(fields), []);
    return writer;
  }

  async writeDictionary(id: number, dictionary: SortedDictionary): Promise<StoredRange> {
    const { offsets, bytes, size } = dictionary;
    const rawOffsets = new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength);
    const packed = await this.#pack([new Uint8Array(0), rawOffsets, bytes]);
    const places = bufferPlaces([packed]);
    const header = this.#metadata.dictionaryMessage(id, size, places, packed.bytes.length, this.#codec);
    const [range] = await this.#writeMessage(header, [packed], this.#dictionaries);
    return range!;
  }

  /** @param columns one a field, in the order of the fields */
  async writeBatch(numRows: number, columns: readonly EncodedColumn[]): Promise<readonly StoredRange[]> {
    const packed = await Promise.all(columns.map(({ buffers }) => this.#pack(buffers)));
    const nodes = columns.flatMap((column) => column.nodes);
    const bodyLength = packed.reduce((sum, column) => sum + column.bytes.length, 0);
    const header = this.#metadata.recordBatchMessage(numRows, nodes, bufferPlaces(packed), bodyLength, this.#codec);
    return this.#writeMessage(header, packed, this.#batches);
  }

  /** Ends the messages and writes the footer. */
  async finish(): Promise<void> {
    const end = new Uint8Array(8);
    new DataView(end.buffer).setUint32(0, CONTINUATION, true);
    await this.#file.append(end);
    const footer = this.#metadata.fileFooter(this.#fields, this.#dictionaries, this.#batches);
    await this.#file.append(footer);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setInt32(0, footer.length, true);
    await this.#file.append(length);
    await this.#file.append(MAGIC);
  }

  /** What messages declare: a buffer that is stored as it is needs no codec, but the field has no value for none. */
  get #codec(): 'zstd' | 'lz4' {
    return this.#compression === 'lz4' ? 'lz4' : 'zstd';
  }

  async #pack(buffers: readonly Uint8Array[]): Promise<Packed> {
    const stored = await Promise.all(buffers.map((raw) => encodeBuffer(raw, this.#compression)));
    const bytes = new Uint8Array(stored.reduce((sum, { length }) => sum + padded(length), 0));
    let at = 0;
    for (const buffer of stored) {
      bytes.set(buffer, at);
      at += padded(buffer.length);
    }
    const bufferLengths = stored.map((buffer) => buffer.length);
    return { bytes, bufferLengths };
  }

  async #writeMessage(
    header: Uint8Array,
    columns: readonly Packed[],
    places?: MessagePlace[],
  ): Promise<readonly StoredRange[]> {
    const start = this.#file.offset;
    const metadataLength = 8 + padded(header.length);
    const prefix = new Uint8Array(metadataLength);
    const view = new DataView(prefix.buffer);
    view.setUint32(0, CONTINUATION, true);
    view.setInt32(4, metadataLength - 8, true);
    prefix.set(header, 8);
    await this.#file.append(prefix);
    const ranges: StoredRange[] = [];
    for (const { bytes, bufferLengths } of columns) {
      ranges.push({ offset: this.#file.offset, bufferLengths, checksum: xxhash64(bytes) });
      await this.#file.append(bytes);
    }
    const bodyLength = this.#file.offset - start - metadataLength;
    places?.push({ offset: start, metadataLength, bodyLength });
    return ranges;
  }
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function bufferPlaces(columns: readonly Packed[]): BufferPlace[] {
  const places: BufferPlace[] = [];
  let offset = 0;
  for (const { bufferLengths } of columns) {
    for (const length of bufferLengths) {
      places.push({ offset, length });
      offset += padded(length);
    }
  }
  return places;
}
