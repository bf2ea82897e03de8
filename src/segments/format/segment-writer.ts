import { join } from 'node:path';
import { assert } from '../../common/assert.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import type { FileSystem } from '../../platform/file-system.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { ColumnVector, LongVector } from '../../vectors/block.js';
import { BitmapIndexBuilder } from '../bitmap/bitmap-index-builder.js';
import { serializeIndex } from '../bitmap/bitmap-index-serializer.js';
import type { Compression } from '../codec/buffer-codec.js';
import { RunningXxhash64 } from '../codec/checksum.js';
import { encodeColumn } from '../column/column-encoder.js';
import { type PhysicalType, physicalType } from '../column/physical-type.js';
import { ArrowFileWriter, type StoredRange } from './arrow-file-writer.js';
import { INDEX_MAGIC, FORMAT_VERSION, INDEX_HEADER_BYTES, PAGE_BYTES } from './descriptor-layout.js';
import { BlockTable, serializeDescriptor } from './descriptor-writer.js';
import { OutputFile, PageChecksums } from './output-file.js';
import {
  DATA_FILE,
  DESCRIPTOR_FILE,
  INDEX_FILE,
  type SegmentColumn,
  type SegmentInfo,
  type SegmentSchema,
  type WriteBlock,
  type WrittenSegment,
} from './segment-schema.js';

export interface SegmentWriterOptions {
  /** Default zstd: each buffer that it shrinks by an eighth is compressed. */
  readonly compression?: Compression;
  readonly fileSystem?: FileSystem;
}

/** `blocks` takes blocks, `full` has had its last one (shorter than a whole block); what fails half way stays `broken`. */
type Stage = 'blocks' | 'full' | 'broken' | 'done';

interface ColumnState {
  readonly column: SegmentColumn;
  readonly physical: PhysicalType;
  readonly blocks: BlockTable;
  readonly index: BitmapIndexBuilder | undefined;
  readonly dictionary: { readonly size: number; readonly rawBytes: number; readonly stored: StoredRange } | undefined;
}

/**
 * Writes one segment directory, block by block, then its indexes and last its descriptor: a directory with a segment.bin is
 * complete. Holds the dictionaries, one block, and the containers of the indexes in memory.
 */
export class SegmentWriter {
  readonly #directory: string;
  readonly #fileSystem: FileSystem;
  readonly #file: OutputFile;
  readonly #hash: RunningXxhash64;
  readonly #arrow: ArrowFileWriter;
  readonly #columns: readonly ColumnState[];
  #stage: Stage = 'blocks';
  #numRows = 0;
  #numBlocks = 0;
  #minTimeMs = 0;
  #maxTimeMs = 0;

  private constructor(
    directory: string,
    fileSystem: FileSystem,
    file: OutputFile,
    hash: RunningXxhash64,
    arrow: ArrowFileWriter,
    columns: readonly ColumnState[],
  ) {
    this.#directory = directory;
    this.#fileSystem = fileSystem;
    this.#file = file;
    this.#hash = hash;
    this.#arrow = arrow;
    this.#columns = columns;
  }

  /**
   * Creates the directory where it is absent, and writes the dictionaries. What an earlier attempt left there is replaced.
   * @throws AssertionFailure for a schema that no segment can have
   */
  static async create(
    directory: string,
    schema: SegmentSchema,
    options: SegmentWriterOptions = {},
  ): Promise<SegmentWriter> {
    checkSchema(schema);
    const fileSystem = options.fileSystem ?? nodeFileSystem;
    await fileSystem.mkdir(directory);
    for (const name of [DESCRIPTOR_FILE, DATA_FILE, INDEX_FILE]) await fileSystem.remove(join(directory, name));
    const hash = new RunningXxhash64();
    const file = new OutputFile(await fileSystem.openAppend(join(directory, DATA_FILE)), [hash]);
    try {
      const physicals = schema.columns.map((column, i) => physicalType(column, i === 0));
      const fields = schema.columns.map((column, i) => ({
        name: column.name,
        druidType: column.type,
        physical: physicals[i]!,
        nullable: i > 0,
        ...(column.dictionary !== undefined && { dictionaryId: i }),
      }));
      const arrow = await ArrowFileWriter.create(file, fields, options.compression ?? 'zstd');
      const columns: ColumnState[] = [];
      for (const [i, column] of schema.columns.entries()) {
        columns.push(await openColumn(arrow, column, physicals[i]!, i));
      }
      return new SegmentWriter(directory, fileSystem, file, hash, arrow, columns);
    } catch (error) {
      await file.abandon();
      throw error;
    }
  }

  /**
   * Appends one block: BLOCK_ROWS rows, or fewer in the last. The vectors may be reused afterwards. After a failure only
   * `abort` is left.
   * @throws AssertionFailure when a vector does not fit its column, or __time does not ascend
   */
  async writeBlock(block: WriteBlock): Promise<void> {
    assert(this.#stage === 'blocks', `Segment writer takes no block in stage [${this.#stage}]`);
    const { numRows, columns } = block;
    assert(numRows > 0 && numRows <= BLOCK_ROWS, `Block of [${numRows}] rows must have 1 to [${BLOCK_ROWS}]`);
    assert(
      columns.length === this.#columns.length,
      `Block has [${columns.length}] columns of [${this.#columns.length}]`,
    );
    this.#stage = 'broken';
    this.#takeTimes(columns[0]!, numRows);
    const encoded = this.#columns.map(({ column, physical }, i) =>
      encodeColumn(columns[i]!, numRows, column, physical),
    );
    this.#columns.forEach(({ index }, i) => {
      if (index !== undefined) indexBlock(index, this.#numBlocks, columns[i]!, numRows);
    });
    const ranges = await this.#arrow.writeBatch(numRows, encoded);
    await this.#file.flush();
    this.#columns.forEach(({ blocks }, i) => blocks.append(ranges[i]!, encoded[i]!.zone));
    this.#numRows += numRows;
    this.#numBlocks++;
    this.#stage = numRows < BLOCK_ROWS ? 'full' : 'blocks';
  }

  /** Completes the segment: everything is on the disk when this resolves. */
  async finish(info: SegmentInfo): Promise<WrittenSegment> {
    const complete = this.#stage === 'full' || (this.#stage === 'blocks' && this.#numBlocks > 0);
    assert(complete, `Segment writer of [${this.#numBlocks}] blocks cannot finish in stage [${this.#stage}]`);
    this.#stage = 'broken';
    await this.#arrow.finish();
    await this.#file.finish();
    const index = await this.#writeIndexes();
    const descriptor = serializeDescriptor({
      numRows: this.#numRows,
      minTimeMs: this.#minTimeMs,
      maxTimeMs: this.#maxTimeMs,
      dataBytes: this.#file.offset,
      dataChecksum: this.#hash.digest(),
      indexBytes: index.sizeBytes,
      indexPages: index.pages,
      numBlocks: this.#numBlocks,
      columns: this.#columns.map(({ column, physical, blocks, dictionary }, i) => ({
        name: column.name,
        type: column.type,
        physical,
        blocks,
        ...(dictionary !== undefined && { dictionary }),
        ...(index.places[i] !== undefined && { index: index.places[i] }),
      })),
      info,
    });
    await this.#fileSystem.writeAtomic(join(this.#directory, DESCRIPTOR_FILE), descriptor);
    this.#stage = 'done';
    const files = [
      { name: DATA_FILE, sizeBytes: this.#file.offset },
      { name: INDEX_FILE, sizeBytes: index.sizeBytes },
      { name: DESCRIPTOR_FILE, sizeBytes: descriptor.length },
    ];
    return {
      directory: this.#directory,
      numRows: this.#numRows,
      minTimeMs: this.#minTimeMs,
      maxTimeMs: this.#maxTimeMs,
      dimensions: info.dimensions,
      metrics: info.metrics,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      files,
    };
  }

  /** Gives up, in any stage: closes the file and removes the directory. */
  async abort(): Promise<void> {
    this.#stage = 'broken';
    await this.#file.abandon();
    await this.#fileSystem.remove(this.#directory);
  }

  #takeTimes(vector: ColumnVector, numRows: number): void {
    assert(vector.kind === 'long', `Column [${TIME_COLUMN}] must be longs`);
    assert(!vector.nulls?.subarray(0, numRows).includes(1), `Column [${TIME_COLUMN}] must not have nulls`);
    const times = timeReader(vector);
    let previous = this.#numBlocks === 0 ? times(0) : this.#maxTimeMs;
    if (this.#numBlocks === 0) this.#minTimeMs = previous;
    for (let i = 0; i < numRows; i++) {
      const time = times(i);
      assert(time >= previous, `Column [${TIME_COLUMN}] must ascend; row [${this.#numRows + i}] does not`);
      previous = time;
    }
    this.#maxTimeMs = previous;
  }

  async #writeIndexes() {
    const pages = new PageChecksums(PAGE_BYTES);
    const path = join(this.#directory, INDEX_FILE);
    const file = new OutputFile(await this.#fileSystem.openAppend(path), [pages]);
    try {
      await file.append(indexHeader());
      const places: ({ readonly offset: number; readonly bitmapBytes: number } | undefined)[] = [];
      for (const { index } of this.#columns) places.push(await writeIndex(file, index));
      await file.finish();
      return { sizeBytes: file.offset, pages: pages.finish(), places };
    } catch (error) {
      await file.abandon();
      throw error;
    }
  }
}

async function openColumn(
  arrow: ArrowFileWriter,
  column: SegmentColumn,
  physical: PhysicalType,
  id: number,
): Promise<ColumnState> {
  const { dictionary } = column;
  const stored = dictionary && (await arrow.writeDictionary(id, dictionary));
  return {
    column,
    physical,
    blocks: new BlockTable(),
    index:
      column.indexed && dictionary !== undefined
        ? new BitmapIndexBuilder(dictionary.size, column.multiValue)
        : undefined,
    dictionary: dictionary && stored && { size: dictionary.size, rawBytes: dictionary.bytes.length, stored },
  };
}

async function writeIndex(file: OutputFile, builder: BitmapIndexBuilder | undefined) {
  const image = builder?.finish();
  if (image === undefined) return undefined;
  const offset = file.offset;
  for (const piece of serializeIndex(image)) {
    await file.append(piece);
    // The serializer reuses its buffer.
    await file.flush();
  }
  const bitmapBytes = file.offset - offset - (image.numIds + 1) * 4;
  await file.pad(8);
  return { offset, bitmapBytes };
}

function indexHeader(): Uint8Array {
  const header = Buffer.alloc(INDEX_HEADER_BYTES);
  header.write(INDEX_MAGIC, 'latin1');
  header.writeUInt32LE(FORMAT_VERSION, INDEX_MAGIC.length);
  return header;
}

function indexBlock(index: BitmapIndexBuilder, block: number, vector: ColumnVector, numRows: number): void {
  if (vector.kind === 'string') index.addBlock(block, vector.ids, numRows);
  else if (vector.kind === 'multiString') index.addListBlock(block, vector.ids, vector.offsets, numRows);
}

function timeReader({ values, base }: LongVector): (row: number) => number {
  if (values instanceof BigInt64Array) return (row) => Number(values[row]!);
  return (row) => base + values[row]!;
}

function checkSchema({ columns }: SegmentSchema): void {
  const time = columns[0];
  assert(time?.name === TIME_COLUMN && time.type === 'LONG', `The first column must be [${TIME_COLUMN}], a LONG`);
  assert(new Set(columns.map(({ name }) => name)).size === columns.length, 'Column names must differ');
  for (const { name, type, multiValue, indexed } of columns) {
    assert(
      !(multiValue || indexed) || type === 'STRING',
      `Column [${name}] of type [${type}] must not be indexed or multi-value`,
    );
  }
}
