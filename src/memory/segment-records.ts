/**
 * What lies where of one segment, as Float64 words in shared memory. Layout: a header of COLUMN_WORDS for each column (dictionary, index,
 * id space), then records of BLOCK_WORDS for each block of the first column, of the second, and so on. A version of 0 says that the
 * thing is not in memory; each load gives a version that the segment never had before.
 */
import { assert } from '../common/assert.js';
import type { BitmapIndexRef, ColumnBlockRef, DictionaryRef, IdSpaceRef, IntWidth, ZoneRef } from './block-ref.js';
import type { MemoryRef } from './memory-ref.js';
import { blockRows, type SegmentDefinition } from './segment-table.js';

type StringRef = Extract<ColumnBlockRef, { readonly kind: 'string' }>;
type MultiStringRef = Extract<ColumnBlockRef, { readonly kind: 'multiString' }>;
type Plain = Exclude<ColumnBlockRef, { readonly kind: 'string' | 'multiString' | 'array' }>;

/** A column block without the dictionary and index of its column, which have records of their own. */
export type UnboundColumn =
  | Plain
  | Omit<StringRef, 'dictionary' | 'index'>
  | Omit<MultiStringRef, 'dictionary' | 'index'>
  | {
      readonly kind: 'array';
      readonly offsets: MemoryRef;
      readonly elements: UnboundColumn;
      readonly numElements: number;
      readonly nulls?: MemoryRef;
    };

const DICTIONARY = { version: 0, size: 1, arena: 2, offsets: 3, bytes: 4, bytesLength: 5 } as const;
const INDEX = { version: 6, arena: 7, offsets: 8, offsetsLength: 9, bytes: 10, bytesLength: 11 } as const;
/** `arena` -1: no remap. The key follows as UTF-8 bytes. */
const SPACE = { version: 12, arena: 13, remap: 14, remapLength: 15, keyLength: 16, key: 17 } as const;
const COLUMN_WORDS = 32;
const MAX_KEY_BYTES = (COLUMN_WORDS - SPACE.key) * 8;

const BLOCK = {
  version: 0,
  /** Kind, kind of elements, width and scale. */
  form: 1,
  arena: 2,
  /** Or the id of every row. */
  base: 3,
  values: 4,
  valuesLength: 5,
  /** Null bytes of the values; pointers of what is absent are 0. */
  nulls: 6,
  offsets: 7,
  offsetsLength: 8,
  listNulls: 9,
  numElements: 10,
  zoneKind: 11,
  zoneNulls: 12,
  zoneMin: 13,
  zoneMax: 14,
} as const;
const BLOCK_WORDS = 15;

const KINDS = ['string', 'multiString', 'long', 'double', 'decimal', 'float', 'binary', 'array'] as const;
const WIDTHS = ['u8', 'u16', 'u32', 'i8', 'i16', 'i32', 'i64', 'constant'] as const;
const ZONE_KINDS = ['none', 'long', 'double', 'ids', 'null'] as const;

/** Bytes of the records of a segment. */
export function recordBytes(numColumns: number, numBlocks: number): number {
  return (numColumns * COLUMN_WORDS + numColumns * numBlocks * BLOCK_WORDS) * 8;
}

/** Reads the records of one segment in any thread, and writes them in the main thread. Columns and blocks by number. */
export class SegmentRecords {
  readonly #words: Float64Array;
  readonly #longs: BigInt64Array;
  readonly #bytes: Uint8Array;
  readonly #numColumns: number;
  readonly #definition: SegmentDefinition;

  constructor(definition: SegmentDefinition, numColumns: number) {
    this.#definition = definition;
    this.#numColumns = numColumns;
    this.#words = new Float64Array(definition.records);
    this.#longs = new BigInt64Array(definition.records);
    this.#bytes = new Uint8Array(definition.records);
  }

  /** 0 when the block is not in memory. */
  columnVersion(column: number, block: number): number {
    return this.#words[this.#blockAt(column, block)]!;
  }

  column(column: number, block: number): UnboundColumn {
    const at = this.#blockAt(column, block);
    const [kind, elementKind] = [KINDS[this.#byte(at + BLOCK.form, 0)]!, KINDS[this.#byte(at + BLOCK.form, 1)]!];
    if (kind !== 'array') return this.#leaf(at, kind, this.#nulls(at, BLOCK.nulls));
    return {
      kind,
      offsets: this.#ref(at, BLOCK.offsets, this.#words[at + BLOCK.offsetsLength]!),
      elements: this.#leaf(at, elementKind, this.#nulls(at, BLOCK.nulls)),
      numElements: this.#words[at + BLOCK.numElements]!,
      ...this.#nulls(at, BLOCK.listNulls),
    };
  }

  writeColumn(column: number, block: number, version: number, ref: UnboundColumn): void {
    const at = this.#blockAt(column, block);
    const words = this.#words;
    words.fill(0, at, at + BLOCK.zoneKind);
    const leaf = ref.kind === 'array' ? ref.elements : ref;
    assert(leaf.kind !== 'array', 'Arrays of arrays are no column');
    this.#setByte(at + BLOCK.form, 0, KINDS.indexOf(ref.kind));
    this.#setByte(at + BLOCK.form, 1, KINDS.indexOf(leaf.kind));
    this.#setByte(at + BLOCK.form, 2, 'width' in leaf ? WIDTHS.indexOf(leaf.width) : 0);
    this.#setByte(at + BLOCK.form, 3, leaf.kind === 'decimal' ? leaf.scale : 0);
    words[at + BLOCK.base] = leaf.kind === 'string' ? (leaf.constant ?? 0) : 'base' in leaf ? leaf.base : 0;
    const values = leaf.kind === 'binary' ? leaf.bytes : 'ids' in leaf ? leaf.ids : leaf.values;
    words[at + BLOCK.arena] = values.arena;
    words[at + BLOCK.values] = values.offset;
    words[at + BLOCK.valuesLength] = values.length;
    if ('nulls' in leaf && leaf.nulls !== undefined) words[at + BLOCK.nulls] = leaf.nulls.offset;
    if ('offsets' in ref) {
      words[at + BLOCK.offsets] = ref.offsets.offset;
      words[at + BLOCK.offsetsLength] = ref.offsets.length;
    }
    if (ref.kind === 'array') {
      words[at + BLOCK.numElements] = ref.numElements;
      if (ref.nulls !== undefined) words[at + BLOCK.listNulls] = ref.nulls.offset;
    }
    words[at] = version;
  }

  clearColumn(column: number, block: number): void {
    this.#words[this.#blockAt(column, block)] = 0;
  }

  zone(column: number, block: number): ZoneRef | undefined {
    const at = this.#blockAt(column, block);
    const kind = ZONE_KINDS[this.#words[at + BLOCK.zoneKind]!]!;
    const nullCount = this.#words[at + BLOCK.zoneNulls]!;
    switch (kind) {
      case 'none':
        return undefined;
      case 'null':
        return { kind, nullCount };
      case 'long':
        return { kind, min: this.#longs[at + BLOCK.zoneMin]!, max: this.#longs[at + BLOCK.zoneMax]!, nullCount };
      case 'double':
      case 'ids':
        return { kind, min: this.#words[at + BLOCK.zoneMin]!, max: this.#words[at + BLOCK.zoneMax]!, nullCount };
    }
  }

  writeZone(column: number, block: number, zone: ZoneRef): void {
    const at = this.#blockAt(column, block);
    this.#words[at + BLOCK.zoneKind] = ZONE_KINDS.indexOf(zone.kind);
    this.#words[at + BLOCK.zoneNulls] = zone.nullCount;
    if (zone.kind === 'long') {
      this.#longs[at + BLOCK.zoneMin] = zone.min;
      this.#longs[at + BLOCK.zoneMax] = zone.max;
    } else if (zone.kind !== 'null') {
      this.#words[at + BLOCK.zoneMin] = zone.min;
      this.#words[at + BLOCK.zoneMax] = zone.max;
    }
  }

  dictionaryVersion(column: number): number {
    return this.#words[column * COLUMN_WORDS + DICTIONARY.version]!;
  }

  /** @param key unique in the process */
  dictionary(column: number, key: string): DictionaryRef {
    const at = column * COLUMN_WORDS;
    const words = this.#words;
    const [size, arena] = [words[at + DICTIONARY.size]!, words[at + DICTIONARY.arena]!];
    return {
      key,
      size,
      sorted: true,
      offsets: { arena, offset: words[at + DICTIONARY.offsets]!, length: (size + 1) * 4 },
      bytes: { arena, offset: words[at + DICTIONARY.bytes]!, length: words[at + DICTIONARY.bytesLength]! },
    };
  }

  writeDictionary(column: number, version: number, ref: DictionaryRef): void {
    const at = column * COLUMN_WORDS;
    const { offsets, bytes } = ref;
    this.#words.set([version, ref.size, bytes.arena, offsets.offset, bytes.offset, bytes.length], at);
  }

  indexVersion(column: number): number {
    return this.#words[column * COLUMN_WORDS + INDEX.version]!;
  }

  index(column: number): BitmapIndexRef {
    const at = column * COLUMN_WORDS;
    const words = this.#words;
    const arena = words[at + INDEX.arena]!;
    return {
      offsets: { arena, offset: words[at + INDEX.offsets]!, length: words[at + INDEX.offsetsLength]! },
      bytes: { arena, offset: words[at + INDEX.bytes]!, length: words[at + INDEX.bytesLength]! },
    };
  }

  writeIndex(column: number, version: number, { offsets, bytes }: BitmapIndexRef): void {
    const record = [version, bytes.arena, offsets.offset, offsets.length, bytes.offset, bytes.length];
    this.#words.set(record, column * COLUMN_WORDS + INDEX.version);
  }

  /** The place of a column's ids in a space; undefined when there is none or it is being replaced. */
  space(column: number): Omit<IdSpaceRef, 'size'> | undefined {
    const at = column * COLUMN_WORDS;
    const words = this.#words;
    const version = words[at + SPACE.version]!;
    if (version === 0) return undefined;
    const keyAt = (at + SPACE.key) * 8;
    const key = Buffer.from(this.#bytes.subarray(keyAt, keyAt + words[at + SPACE.keyLength]!)).toString('utf8');
    const arena = words[at + SPACE.arena]!;
    const remap = { arena, offset: words[at + SPACE.remap]!, length: words[at + SPACE.remapLength]! };
    return words[at + SPACE.version] === version ? { key, remap: arena < 0 ? null : remap } : undefined;
  }

  writeSpace(column: number, version: number, { key, remap }: Omit<IdSpaceRef, 'size'>): void {
    const at = column * COLUMN_WORDS;
    const words = this.#words;
    const bytes = Buffer.from(key, 'utf8');
    assert(bytes.length <= MAX_KEY_BYTES, `Key [${key}] of an id space is longer than [${MAX_KEY_BYTES}] bytes`);
    words[at + SPACE.version] = 0;
    words[at + SPACE.arena] = remap?.arena ?? -1;
    words[at + SPACE.remap] = remap?.offset ?? 0;
    words[at + SPACE.remapLength] = remap?.length ?? 0;
    words[at + SPACE.keyLength] = bytes.length;
    this.#bytes.set(bytes, (at + SPACE.key) * 8);
    words[at + SPACE.version] = version;
  }

  clearDictionary(column: number): void {
    this.#words[column * COLUMN_WORDS + DICTIONARY.version] = 0;
  }

  clearIndex(column: number): void {
    this.#words[column * COLUMN_WORDS + INDEX.version] = 0;
  }

  clearSpace(column: number): void {
    this.#words[column * COLUMN_WORDS + SPACE.version] = 0;
  }

  #leaf(at: number, kind: ColumnBlockRef['kind'], nulls: { nulls?: MemoryRef }): UnboundColumn {
    const values = this.#ref(at, BLOCK.values, this.#words[at + BLOCK.valuesLength]!);
    const width = WIDTHS[this.#byte(at + BLOCK.form, 2)]!;
    const base = this.#words[at + BLOCK.base]!;
    const offsets = (): MemoryRef => this.#ref(at, BLOCK.offsets, this.#words[at + BLOCK.offsetsLength]!);
    switch (kind) {
      case 'string':
        return {
          kind,
          ids: values,
          width: width as StringRef['width'],
          ...(width === 'constant' && { constant: base }),
        };
      case 'multiString':
        return { kind, offsets: offsets(), ids: values, width: width as MultiStringRef['width'] };
      case 'long':
        return { kind, base, width: width as IntWidth | 'constant', values, ...nulls };
      case 'decimal': {
        const scale = this.#byte(at + BLOCK.form, 3);
        return { kind, base, width: width as 'u8' | 'u16' | 'u32' | 'constant', scale, values, ...nulls };
      }
      case 'binary':
        return { kind, offsets: offsets(), bytes: values, ...nulls };
      default:
        return { kind: kind as 'double' | 'float', values, ...nulls };
    }
  }

  /** One byte a value: as many as the rows of the block, or the elements of a list. */
  #nulls(at: number, word: typeof BLOCK.nulls | typeof BLOCK.listNulls): { nulls?: MemoryRef } {
    if (this.#words[at + word] === 0) return {};
    const block = Math.floor((at - this.#numColumns * COLUMN_WORDS) / BLOCK_WORDS) % this.#definition.numBlocks;
    const isElements = word === BLOCK.nulls && KINDS[this.#byte(at + BLOCK.form, 0)] === 'array';
    const length = isElements ? this.#words[at + BLOCK.numElements]! : blockRows(this.#definition, block);
    return { nulls: this.#ref(at, word, length) };
  }

  #ref(at: number, word: number, length: number): MemoryRef {
    return { arena: this.#words[at + BLOCK.arena]!, offset: this.#words[at + word]!, length };
  }

  #blockAt(column: number, block: number): number {
    return this.#numColumns * COLUMN_WORDS + (column * this.#definition.numBlocks + block) * BLOCK_WORDS;
  }

  #byte(word: number, byte: number): number {
    return this.#bytes[word * 8 + byte]!;
  }

  #setByte(word: number, byte: number, value: number): void {
    this.#bytes[word * 8 + byte] = value;
  }
}
