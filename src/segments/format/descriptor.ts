import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import { BLOCK_ROWS, type ZoneRef } from '../../memory/block-ref.js';
import { formatChecksum, xxhash64 } from '../codec/checksum.js';
import { LEAF_TYPES, type PhysicalType, bufferCount } from '../column/physical-type.js';
import { sharedScale } from '../column/leaf-form.js';
import { type Zone, type ZoneRange, zoneRefOf } from '../column/zone.js';
import {
  BLOCK,
  COLUMN,
  COLUMN_FLAGS,
  FIXED,
  FORMAT_VERSION,
  HEADER,
  MAGIC,
  NO_SCALE,
  OLDEST_VERSION,
  PAGE_BYTES,
  RANGE_KINDS,
} from './descriptor-layout.js';
import { SegmentCorruption } from './segment-corruption.js';
import { DESCRIPTOR_FILE, type SegmentInfo } from './segment-schema.js';

/** A dictionary within data.arrow. */
export interface StoredDictionary {
  /** Values without null. */
  readonly size: number;
  readonly offset: number;
  /** Stored bytes of the offsets and of the values. */
  readonly offsetsLength: number;
  readonly bytesLength: number;
  /** Bytes of the values, uncompressed. */
  readonly rawBytes: number;
  readonly checksum: bigint;
}

/** An index within index.roaring: u32 offsets (dictionary size + 2), then the bitmaps. */
export interface StoredIndex {
  readonly offset: number;
  readonly offsetsBytes: number;
  readonly bitmapBytes: number;
}

export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Rows of a STRING column hold lists. */
  readonly multiValue: boolean;
  readonly physical: PhysicalType;
  readonly dictionary?: StoredDictionary;
  readonly index?: StoredIndex;
  /** Position in stored order. */
  readonly position: number;
}

/** One block of one column within data.arrow. */
export interface StoredBlock {
  readonly offset: number;
  readonly length: number;
  readonly bufferLengths: readonly number[];
  readonly checksum: bigint;
}

/** segment.bin, read: everything that must be known before a byte of data is. Per-block tables are read where they lie. */
export class SegmentDescriptor {
  readonly numRows: number;
  readonly numBlocks: number;
  /** Smallest and largest __time, inclusive. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly dataBytes: number;
  /** xxHash64 of the whole data.arrow; queries check blocks instead. */
  readonly dataChecksum: bigint;
  readonly indexBytes: number;
  /** In stored order, __time first. */
  readonly columns: readonly StoredColumn[];
  readonly info: SegmentInfo;
  readonly #view: DataView;
  readonly #byName: ReadonlyMap<string, StoredColumn>;
  /** By position, once asked for. */
  readonly #scales = new Map<number, { readonly scale: number | undefined }>();
  readonly #blocksOffset: number;
  readonly #pagesOffset: number;

  /** @param footer verified bytes; kept */
  constructor(footer: Uint8Array) {
    const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
    this.#view = view;
    this.numRows = readUint53(view, FIXED.numRows);
    this.minTimeMs = Number(view.getBigInt64(FIXED.minTime, true));
    this.maxTimeMs = Number(view.getBigInt64(FIXED.maxTime, true));
    this.dataBytes = readUint53(view, FIXED.dataBytes);
    this.dataChecksum = view.getBigUint64(FIXED.dataChecksum, true);
    this.indexBytes = readUint53(view, FIXED.indexBytes);
    this.numBlocks = view.getUint32(FIXED.numBlocks, true);
    this.#blocksOffset = view.getUint32(FIXED.blocksOffset, true);
    this.#pagesOffset = view.getUint32(FIXED.pagesOffset, true);
    const infoOffset = view.getUint32(FIXED.infoOffset, true);
    this.info = JSON.parse(text(footer, infoOffset, view.getUint32(FIXED.infoLength, true))) as SegmentInfo;
    const columnsOffset = view.getUint32(FIXED.columnsOffset, true);
    this.columns = Array.from({ length: view.getUint32(FIXED.numColumns, true) }, (_, i) =>
      readColumn(footer, columnsOffset + i * COLUMN.size, i),
    );
    this.#byName = new Map(this.columns.map((column) => [column.name, column]));
  }

  /** undefined when the segment has no such column. */
  column(name: string): StoredColumn | undefined {
    return this.#byName.get(name);
  }

  /** Rows of block `block`. */
  blockRows(block: number): number {
    assert(block >= 0 && block < this.numBlocks, `Block [${block}] is outside [0, ${this.numBlocks})`);
    return Math.min(BLOCK_ROWS, this.numRows - block * BLOCK_ROWS);
  }

  /** Where one block of one column lies. */
  block(column: StoredColumn, block: number): StoredBlock {
    const at = this.#blockAt(column, block);
    const view = this.#view;
    const bufferLengths: number[] = [];
    let length = 0;
    for (let i = 0; i < bufferCount(column.physical); i++) {
      const stored = view.getUint32(at + BLOCK.bufferLengths + 4 * i, true);
      bufferLengths.push(stored);
      length += padded(stored);
    }
    return {
      offset: readUint53(view, at + BLOCK.offset),
      length,
      bufferLengths,
      checksum: view.getBigUint64(at + BLOCK.checksum, true),
    };
  }

  /** What is known of one block of one column without reading it. */
  zone(column: StoredColumn, block: number): Zone {
    const at = this.#blockAt(column, block);
    const view = this.#view;
    const range = readRange(view, at);
    const scale = view.getUint8(at + BLOCK.decimalScale);
    return {
      nullCount: view.getUint32(at + BLOCK.nullCount, true),
      numElements: view.getUint32(at + BLOCK.numElements, true),
      elementNulls: view.getUint32(at + BLOCK.elementNulls, true),
      ...(range !== undefined && { range }),
      ...(scale !== NO_SCALE && { decimalScale: scale }),
    };
  }

  /** The scale that all decimal blocks of a DOUBLE column have in memory; undefined when each has its own. */
  decimalScale(column: StoredColumn): number | undefined {
    if (column.physical.leaf !== 'f64' || column.physical.list) return undefined;
    const known = this.#scales.get(column.position);
    if (known !== undefined) return known.scale;
    const scale = sharedScale(Array.from({ length: this.numBlocks }, (_, block) => this.zone(column, block)));
    this.#scales.set(column.position, { scale });
    return scale;
  }

  /** Exact bounds for planning: the extreme values themselves. undefined for lists and where they are not known. */
  zoneRef(column: StoredColumn, block: number): ZoneRef | undefined {
    if (column.physical.list) return undefined;
    return zoneRefOf(this.zone(column, block), this.blockRows(block));
  }

  /** Smallest and largest __time of a block, inclusive. */
  blockTimeRange(block: number): { readonly minTimeMs: number; readonly maxTimeMs: number } {
    const at = this.#blockAt(this.columns[0]!, block);
    return {
      minTimeMs: Number(this.#view.getBigInt64(at + BLOCK.min, true)),
      maxTimeMs: Number(this.#view.getBigInt64(at + BLOCK.max, true)),
    };
  }

  /** xxHash64 of page `page` of index.roaring. */
  indexPageChecksum(page: number): bigint {
    assert(page * PAGE_BYTES < this.indexBytes, `Page [${page}] is beyond the index`);
    return this.#view.getBigUint64(this.#pagesOffset + 8 * page, true);
  }

  #blockAt(column: StoredColumn, block: number): number {
    assert(block >= 0 && block < this.numBlocks, `Block [${block}] is outside [0, ${this.numBlocks})`);
    return this.#blocksOffset + (column.position * this.numBlocks + block) * BLOCK.size;
  }
}

/** Reads segment.bin. @throws SegmentCorruption when its bytes are not what was written, or of an unknown version */
export function parseDescriptor(bytes: Uint8Array): SegmentDescriptor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  check(
    0,
    `at least ${HEADER.size + FIXED.size} bytes`,
    `${bytes.length} bytes`,
    bytes.length >= HEADER.size + FIXED.size,
  );
  const magic = text(bytes, HEADER.magic, MAGIC.length);
  check(HEADER.magic, MAGIC, JSON.stringify(magic), magic === MAGIC);
  const version = view.getUint32(HEADER.version, true);
  const isKnown = version >= OLDEST_VERSION && version <= FORMAT_VERSION;
  check(HEADER.version, `format version ${OLDEST_VERSION} to ${FORMAT_VERSION}`, `format version ${version}`, isKnown);
  const reserved = view.getUint32(HEADER.reserved, true);
  check(HEADER.reserved, '0', String(reserved), reserved === 0);
  const length = view.getBigUint64(HEADER.footerLength, true);
  const actualLength = bytes.length - HEADER.size;
  check(HEADER.footerLength, `${length} bytes`, `${actualLength} bytes`, length === BigInt(actualLength));
  const footer = bytes.subarray(HEADER.size);
  const expected = view.getBigUint64(HEADER.footerChecksum, true);
  const actual = xxhash64(footer);
  check(HEADER.size, formatChecksum(expected), formatChecksum(actual), expected === actual);
  return new SegmentDescriptor(footer);
}

/** Stored length of a buffer with its padding. */
export function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function check(offset: number, expected: string, actual: string, holds: boolean): void {
  if (!holds) throw new SegmentCorruption(DESCRIPTOR_FILE, offset, expected, actual);
}

function readColumn(footer: Uint8Array, at: number, position: number): StoredColumn {
  const view = new DataView(footer.buffer, footer.byteOffset + at, COLUMN.size);
  const nameOffset = view.getUint32(COLUMN.nameOffset, true);
  const nameLength = view.getUint16(COLUMN.nameLength, true);
  const type = text(footer, nameOffset + nameLength, view.getUint16(COLUMN.typeLength, true)) as ColumnType;
  const flags = view.getUint8(COLUMN.flags);
  const list = (flags & COLUMN_FLAGS.list) !== 0;
  const dictionary = (flags & COLUMN_FLAGS.dictionary) === 0 ? undefined : readDictionary(view);
  return {
    name: text(footer, nameOffset, nameLength),
    type,
    multiValue: list && type === 'STRING',
    physical: { leaf: LEAF_TYPES[view.getUint8(COLUMN.leaf)]!, list },
    ...(dictionary !== undefined && { dictionary }),
    ...((flags & COLUMN_FLAGS.index) !== 0 && {
      index: {
        offset: readUint53(view, COLUMN.indexOffset),
        offsetsBytes: (dictionary!.size + 2) * 4,
        bitmapBytes: view.getUint32(COLUMN.indexBitmapBytes, true),
      },
    }),
    position,
  };
}

function readDictionary(view: DataView): StoredDictionary {
  return {
    size: view.getUint32(COLUMN.dictionarySize, true),
    offset: readUint53(view, COLUMN.dictionaryOffset),
    offsetsLength: view.getUint32(COLUMN.dictionaryOffsetsLength, true),
    bytesLength: view.getUint32(COLUMN.dictionaryBytesLength, true),
    rawBytes: view.getUint32(COLUMN.dictionaryRawBytes, true),
    checksum: view.getBigUint64(COLUMN.dictionaryChecksum, true),
  };
}

function readRange(view: DataView, at: number): ZoneRange | undefined {
  const kind = RANGE_KINDS[view.getUint8(at + BLOCK.rangeKind)]!;
  switch (kind) {
    case 'none':
      return undefined;
    case 'long':
      return { kind, min: view.getBigInt64(at + BLOCK.min, true), max: view.getBigInt64(at + BLOCK.max, true) };
    case 'double':
      return { kind, min: view.getFloat64(at + BLOCK.min, true), max: view.getFloat64(at + BLOCK.max, true) };
    case 'ids':
      return { kind, min: readUint53(view, at + BLOCK.min), max: readUint53(view, at + BLOCK.max) };
  }
}

/** A uint64 that is known to be a safe integer: planning reads many, and BigInts cost. */
function readUint53(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 4_294_967_296;
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('utf8');
}
