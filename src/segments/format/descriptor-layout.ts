/** Byte positions in segment.bin, format versions 1 and 2. All numbers little-endian. @source docs/format/segment.md */

export const MAGIC = 'MILLRACE';
export const FORMAT_VERSION = 2;
/** Version 1 has LZ4 buffers only; everything else is the same. */
export const OLDEST_VERSION = 1;
/** Begins index.roaring, before the version as u32 and four zero bytes. */
export const INDEX_MAGIC = 'MLR-INDX';
export const INDEX_HEADER_BYTES = 16;
/** Unit of checksums in index.roaring. */
export const PAGE_BYTES = 65_536;

export const HEADER = { magic: 0, version: 8, reserved: 12, footerLength: 16, footerChecksum: 24, size: 32 } as const;

/** Beginning of the footer; offsets in it count from the footer's start. */
export const FIXED = {
  numRows: 0,
  minTime: 8,
  maxTime: 16,
  dataBytes: 24,
  dataChecksum: 32,
  indexBytes: 40,
  numBlocks: 48,
  numColumns: 52,
  columnsOffset: 56,
  blocksOffset: 60,
  pagesOffset: 64,
  infoOffset: 68,
  infoLength: 72,
  reserved: 76,
  size: 80,
} as const;

/** One column. */
export const COLUMN = {
  nameOffset: 0,
  nameLength: 4,
  typeLength: 6,
  leaf: 8,
  flags: 9,
  reserved: 10,
  dictionarySize: 12,
  dictionaryOffset: 16,
  dictionaryOffsetsLength: 24,
  dictionaryBytesLength: 28,
  dictionaryRawBytes: 32,
  indexBitmapBytes: 36,
  dictionaryChecksum: 40,
  indexOffset: 48,
  reserved2: 56,
  size: 64,
} as const;

export const COLUMN_FLAGS = { list: 1, dictionary: 2, index: 4 } as const;

/** One block of one column. */
export const BLOCK = {
  offset: 0,
  checksum: 8,
  min: 16,
  max: 24,
  nullCount: 32,
  numElements: 36,
  elementNulls: 40,
  rangeKind: 44,
  decimalScale: 45,
  reserved: 46,
  bufferLengths: 48,
  size: 64,
} as const;

/** Values of BLOCK.rangeKind by position; the first: no range. */
export const RANGE_KINDS = ['none', 'long', 'double', 'ids'] as const;
/** Value of BLOCK.decimalScale when there is none. */
export const NO_SCALE = 255;
