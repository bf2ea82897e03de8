import type { Zone } from '../column/zone.js';
import { LEAF_TYPES, type PhysicalType } from '../column/physical-type.js';
import { xxhash64 } from '../codec/checksum.js';
import type { StoredRange } from './arrow-file-writer.js';
import {
  BLOCK,
  COLUMN,
  COLUMN_FLAGS,
  FIXED,
  FORMAT_VERSION,
  HEADER,
  MAGIC,
  NO_SCALE,
  RANGE_KINDS,
} from './descriptor-layout.js';
import type { SegmentInfo } from './segment-schema.js';

/** What the descriptor says of one column. */
export interface ColumnEntry {
  readonly name: string;
  readonly type: string;
  readonly physical: PhysicalType;
  readonly dictionary?: { readonly size: number; readonly rawBytes: number; readonly stored: StoredRange };
  readonly index?: { readonly offset: number; readonly bitmapBytes: number };
  readonly blocks: BlockTable;
}

export interface DescriptorContent {
  readonly numRows: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly dataBytes: number;
  readonly dataChecksum: bigint;
  readonly indexBytes: number;
  readonly indexPages: readonly bigint[];
  readonly numBlocks: number;
  readonly columns: readonly ColumnEntry[];
  readonly info: SegmentInfo;
}

/** The fixed-size records of one column's blocks, 64 bytes each, as they are stored. */
export class BlockTable {
  #bytes = new Uint8Array(16 * BLOCK.size);
  #length = 0;

  append(range: StoredRange, zone: Zone): void {
    const at = this.#length++ * BLOCK.size;
    if (at + BLOCK.size > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const view = new DataView(this.#bytes.buffer, at, BLOCK.size);
    view.setBigUint64(BLOCK.offset, BigInt(range.offset), true);
    view.setBigUint64(BLOCK.checksum, range.checksum, true);
    view.setUint32(BLOCK.nullCount, zone.nullCount, true);
    view.setUint32(BLOCK.numElements, zone.numElements, true);
    view.setUint32(BLOCK.elementNulls, zone.elementNulls, true);
    view.setUint8(BLOCK.rangeKind, RANGE_KINDS.indexOf(zone.range?.kind ?? 'none'));
    view.setUint8(BLOCK.decimalScale, zone.decimalScale ?? NO_SCALE);
    range.bufferLengths.forEach((length, i) => view.setUint32(BLOCK.bufferLengths + 4 * i, length, true));
    setRange(view, zone.range);
  }

  /** All records so far, a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length * BLOCK.size);
  }
}

function setRange(view: DataView, range: Zone['range']): void {
  switch (range?.kind) {
    case undefined:
      return;
    case 'long':
      view.setBigInt64(BLOCK.min, range.min, true);
      view.setBigInt64(BLOCK.max, range.max, true);
      return;
    case 'double':
      view.setFloat64(BLOCK.min, range.min, true);
      view.setFloat64(BLOCK.max, range.max, true);
      return;
    case 'ids':
      view.setBigUint64(BLOCK.min, BigInt(range.min), true);
      view.setBigUint64(BLOCK.max, BigInt(range.max), true);
      return;
  }
}

/** The bytes of segment.bin. */
export function serializeDescriptor(content: DescriptorContent): Uint8Array {
  const { columns, numBlocks, indexPages } = content;
  const names = columns.map(({ name, type }) => [Buffer.from(name, 'utf8'), Buffer.from(type, 'utf8')] as const);
  const info = Buffer.from(JSON.stringify(content.info), 'utf8');
  const columnsOffset = FIXED.size;
  const blocksOffset = columnsOffset + columns.length * COLUMN.size;
  const pagesOffset = blocksOffset + columns.length * numBlocks * BLOCK.size;
  const namesOffset = pagesOffset + indexPages.length * 8;
  const infoOffset = namesOffset + names.reduce((sum, [name, type]) => sum + name.length + type.length, 0);
  const footerLength = infoOffset + info.length;

  const file = new Uint8Array(HEADER.size + footerLength);
  const footer = file.subarray(HEADER.size);
  const view = new DataView(file.buffer, HEADER.size);
  setFixed(view, content);
  view.setUint32(FIXED.columnsOffset, columnsOffset, true);
  view.setUint32(FIXED.blocksOffset, blocksOffset, true);
  view.setUint32(FIXED.pagesOffset, pagesOffset, true);
  view.setUint32(FIXED.infoOffset, infoOffset, true);
  view.setUint32(FIXED.infoLength, info.length, true);
  let nameAt = namesOffset;
  columns.forEach((column, c) => {
    const [name, type] = names[c]!;
    const record = new DataView(file.buffer, HEADER.size + columnsOffset + c * COLUMN.size, COLUMN.size);
    record.setUint32(COLUMN.nameOffset, nameAt, true);
    record.setUint16(COLUMN.nameLength, name.length, true);
    record.setUint16(COLUMN.typeLength, type.length, true);
    setColumn(record, column);
    footer.set(name, nameAt);
    footer.set(type, nameAt + name.length);
    nameAt += name.length + type.length;
    footer.set(column.blocks.bytes, blocksOffset + c * numBlocks * BLOCK.size);
  });
  indexPages.forEach((sum, i) => view.setBigUint64(pagesOffset + 8 * i, sum, true));
  footer.set(info, infoOffset);
  setHeader(new DataView(file.buffer, 0, HEADER.size), footer);
  return file;
}

function setHeader(view: DataView, footer: Uint8Array): void {
  for (let i = 0; i < MAGIC.length; i++) view.setUint8(HEADER.magic + i, MAGIC.charCodeAt(i));
  view.setUint32(HEADER.version, FORMAT_VERSION, true);
  view.setBigUint64(HEADER.footerLength, BigInt(footer.length), true);
  view.setBigUint64(HEADER.footerChecksum, xxhash64(footer), true);
}

function setFixed(view: DataView, content: DescriptorContent): void {
  view.setBigUint64(FIXED.numRows, BigInt(content.numRows), true);
  view.setBigInt64(FIXED.minTime, BigInt(content.minTimeMs), true);
  view.setBigInt64(FIXED.maxTime, BigInt(content.maxTimeMs), true);
  view.setBigUint64(FIXED.dataBytes, BigInt(content.dataBytes), true);
  view.setBigUint64(FIXED.dataChecksum, content.dataChecksum, true);
  view.setBigUint64(FIXED.indexBytes, BigInt(content.indexBytes), true);
  view.setUint32(FIXED.numBlocks, content.numBlocks, true);
  view.setUint32(FIXED.numColumns, content.columns.length, true);
}

function setColumn(view: DataView, { physical, dictionary, index }: ColumnEntry): void {
  const flags =
    (physical.list ? COLUMN_FLAGS.list : 0) |
    (dictionary === undefined ? 0 : COLUMN_FLAGS.dictionary) |
    (index === undefined ? 0 : COLUMN_FLAGS.index);
  view.setUint8(COLUMN.leaf, LEAF_TYPES.indexOf(physical.leaf));
  view.setUint8(COLUMN.flags, flags);
  if (dictionary !== undefined) {
    view.setUint32(COLUMN.dictionarySize, dictionary.size, true);
    view.setBigUint64(COLUMN.dictionaryOffset, BigInt(dictionary.stored.offset), true);
    view.setUint32(COLUMN.dictionaryOffsetsLength, dictionary.stored.bufferLengths[1]!, true);
    view.setUint32(COLUMN.dictionaryBytesLength, dictionary.stored.bufferLengths[2]!, true);
    view.setUint32(COLUMN.dictionaryRawBytes, dictionary.rawBytes, true);
    view.setBigUint64(COLUMN.dictionaryChecksum, dictionary.stored.checksum, true);
  }
  if (index !== undefined) {
    view.setBigUint64(COLUMN.indexOffset, BigInt(index.offset), true);
    view.setUint32(COLUMN.indexBitmapBytes, index.bitmapBytes, true);
  }
}
