import { TIME_COLUMN } from '../../common/column-type.js';
import { assert } from '../../common/assert.js';
import type { MemoryRef } from '../../memory/memory-ref.js';
import type { Block, StoredVector } from '../../vectors/block.js';
import type { IntType, KernelSet, KeyWidth, Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import type { BlockBuckets, KernelRows } from './block-rows.js';
import type { FeedReader } from './feed-values.js';
import type { SegmentCodes } from './group-layout.js';
import type { Localizer } from './localize.js';
import type { ReusedBuffers } from './reused-buffers.js';
import type { StateSet } from './state-set.js';

/** The codes of one dimension in a block. */
export type BlockCodes =
  | { readonly kind: 'constant'; readonly code: number }
  /** `remap` 0: the ids are the codes. */
  | {
      readonly kind: 'ids';
      readonly ids: Pointer;
      readonly width: KeyWidth;
      readonly remap: Pointer;
      readonly mayBeNull: boolean;
    };

/** Groups of rows: keys[row] + keyBase, or keyBase alone when there are no keys. */
export interface RowKeys {
  readonly keys: Pointer;
  readonly width: KeyWidth;
  readonly keyBytes: number;
  readonly keyBase: number;
  /** Whether any row may be null in any dimension. */
  readonly mayBeNull: boolean;
}

const KEY_BYTES: Readonly<Record<KeyWidth, number>> = { u8: 1, u16: 2, u32: 4 };
const INT_BYTES: Readonly<Record<IntType, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, i64: 8 };

type Variable =
  | { readonly kind: 'ids'; readonly codes: Extract<BlockCodes, { kind: 'ids' }>; readonly stride: number }
  | { readonly kind: 'time'; readonly stride: number };

/** A list of rows is packed one by one while it is this many times shorter than the block, which kernels pack as a whole. */
const LIST_COST = 8;

interface IdViews {
  readonly ids: Uint8Array | Uint16Array | Uint32Array;
  readonly remap: Uint32Array | null;
}

/** Makes group numbers of a block's rows from the ids of its dimensions and its times. */
export class BlockKeys {
  readonly #context: RunContext;
  readonly #kernels: KernelSet;
  readonly #buffers: ReusedBuffers;
  readonly #localizer: Localizer;
  readonly #feeds: FeedReader;
  readonly #starts: Float64Array;
  #boundaries: Pointer = 0;
  /** The last table of each dimension, in the home arena. */
  readonly #remaps = new Map<number, { readonly ref: MemoryRef; readonly pointer: Pointer }>();

  constructor(
    context: RunContext,
    buffers: ReusedBuffers,
    localizer: Localizer,
    feeds: FeedReader,
    starts: Float64Array,
  ) {
    this.#context = context;
    this.#kernels = context.kernels(context.home);
    this.#buffers = buffers;
    this.#localizer = localizer;
    this.#feeds = feeds;
    this.#starts = starts;
  }

  /** A dimension's codes, or undefined when the block's column has another form than its layout expects. */
  codes(block: Block, column: string, dimension: number, codes: SegmentCodes): BlockCodes | undefined {
    const stored = block.stored(column);
    if (stored === undefined) return { kind: 'constant', code: 0 };
    if (codes.kind === 'numbers') return this.#numberCodes(block, stored, dimension, codes.from);
    if (stored.kind !== 'ids' || codes.kind === 'null') return undefined;
    const { dictionary } = stored;
    if (codes.kind === 'own' && (codes.dictionaryKey !== dictionary.key || dictionary.size > codes.size)) {
      return undefined;
    }
    const remap = codes.kind === 'space' ? codes.remap : null;
    if (remap !== null && remap.length < 4 * (dictionary.size + 1)) return undefined;
    if (stored.width === null) {
      if (remap === null) return { kind: 'constant', code: stored.constant };
      const buffer = this.#context.buffer(remap.arena, remap.offset + remap.length);
      return { kind: 'constant', code: new Uint32Array(buffer, remap.offset, dictionary.size + 1)[stored.constant]! };
    }
    const bytes = block.numRows * KEY_BYTES[stored.width];
    return {
      kind: 'ids',
      ids: this.#localizer.local(`ids${dimension}`, stored.arena, stored.ids, bytes),
      width: stored.width,
      remap: remap === null ? 0 : this.#remapOf(dimension, remap),
      mayBeNull: block.zone(column)?.nullCount !== 0,
    };
  }

  /** Numbers as codes, made for the whole block; 0 where they are null. */
  #numberCodes(block: Block, stored: StoredVector, dimension: number, from: number): BlockCodes | undefined {
    if (stored.kind !== 'ints' || stored.logical !== 'long') return undefined;
    const { arena, type, base, values, nulls } = stored;
    const { numRows } = block;
    if (type === null && nulls === 0) return { kind: 'constant', code: base - from };
    const ids = this.#buffers.get(`codes${dimension}`, 4 * numRows);
    if (type === null) this.#wordsAt(ids, numRows).fill(base - from);
    else {
      const local = this.#localizer.local(`numbers${dimension}`, arena, values, numRows * INT_BYTES[type]);
      this.#kernels.packInts(type)(local, base, from, 1, numRows, ids, 0);
    }
    if (nulls !== 0) {
      const isNull = new Uint8Array(this.#context.buffer(arena, nulls + numRows), nulls, numRows);
      const words = this.#wordsAt(ids, numRows);
      for (let row = 0; row < numRows; row++) if (isNull[row] === 1) words[row] = 0;
    }
    return { kind: 'ids', ids, width: 'u32', remap: 0, mayBeNull: nulls !== 0 };
  }

  #remapOf(dimension: number, ref: MemoryRef): Pointer {
    const known = this.#remaps.get(dimension);
    if (known?.ref.arena === ref.arena && known.ref.offset === ref.offset) return known.pointer;
    const pointer = this.#localizer.local(`remap${dimension}`, ref.arena, ref.offset, ref.length);
    this.#remaps.set(dimension, { ref, pointer });
    return pointer;
  }

  /**
   * Keys of the selected rows for a dense set. When the block is cut into buckets, `keyBase` leaves the bucket out.
   * @param rows what will be asked of the keys: other rows need not have one
   */
  dense(set: StateSet, codes: readonly BlockCodes[], block: Block, buckets: BlockBuckets, rows: KernelRows): RowKeys {
    const { parts } = set.layout;
    const variables: Variable[] = [];
    let keyBase = 0;
    codes.forEach((code, i) => {
      const { stride } = parts[i]!;
      if (code.kind === 'constant') keyBase += code.code * stride;
      else variables.push({ kind: 'ids', codes: code, stride });
    });
    if (buckets.cuts === null && buckets.last > buckets.first) {
      const { stride } = parts.at(-1)!;
      variables.push({ kind: 'time', stride });
    }
    const mayBeNull = codes.some((code) => (code.kind === 'constant' ? code.code === 0 : code.mayBeNull));
    const [first] = variables;
    if (first === undefined) return { keys: 0, width: 'u8', keyBytes: 1, keyBase, mayBeNull };
    if (variables.length === 1 && first.kind === 'ids' && first.stride === 1 && first.codes.remap === 0) {
      const { ids, width } = first.codes;
      return { keys: ids, width, keyBytes: KEY_BYTES[width], keyBase, mayBeNull };
    }
    const keys = this.#buffers.get('keys', 4 * block.numRows);
    variables.forEach((variable, i) => this.#pack(variable, block, buckets, rows, keys, i === 0 ? 0 : 1));
    return { keys, width: 'u32', keyBytes: 4, keyBase, mayBeNull };
  }

  /** Keys of the selected rows for a hashed set: the numbers that its tables give. */
  hashed(set: StateSet, codes: readonly BlockCodes[], block: Block, buckets: BlockBuckets, rows: KernelRows): RowKeys {
    const tables = set.tables;
    assert(tables !== null, 'Hashed keys need hash tables');
    const groups = this.#buffers.get('groups', 4 * block.numRows);
    const word = this.#buffers.get('keys', 4 * block.numRows);
    tables.reserve(rows.count);
    const hash = this.#kernels.hashGroups(rows.form);
    const shift = 4 * rows.from;
    let high = 0;
    for (let i = 0; i < set.layout.numWords; i++) {
      this.#packWord(set, i, codes, block, buckets, rows, word);
      hash(high, word + shift, rows.pointer, rows.n, tables.headers[i]!, groups + shift);
      high = groups + shift;
    }
    set.ensure();
    return { keys: groups, width: 'u32', keyBytes: 4, keyBase: 0, mayBeNull: true };
  }

  #packWord(
    set: StateSet,
    word: number,
    codes: readonly BlockCodes[],
    block: Block,
    buckets: BlockBuckets,
    rows: KernelRows,
    out: Pointer,
  ): void {
    const variables: Variable[] = [];
    let constant = 0;
    set.layout.parts.forEach(({ word: own, stride }, i) => {
      if (own !== word) return;
      const code = codes[i];
      if (code === undefined) {
        constant += buckets.first * stride;
        if (buckets.last > buckets.first) variables.push({ kind: 'time', stride });
      } else if (code.kind === 'constant') constant += code.code * stride;
      else variables.push({ kind: 'ids', codes: code, stride });
    });
    const isFilled = constant !== 0 || variables.length === 0;
    if (isFilled) {
      this.#wordsAt(out, block.numRows).fill(constant);
    }
    variables.forEach((variable, i) => this.#pack(variable, block, buckets, rows, out, i === 0 && !isFilled ? 0 : 1));
  }

  /** Writes (add 0) or adds one part of the keys: of the rows in the range, of a short list, or else of all rows. */
  #pack(part: Variable, block: Block, buckets: BlockBuckets, rows: KernelRows, keys: Pointer, add: number): void {
    const from = rows.form === 'all' ? rows.from : 0;
    const n = rows.form === 'all' ? rows.n : block.numRows;
    const out = keys + 4 * from;
    if (part.kind === 'time') {
      this.#packTime(part.stride, block, buckets, from, n, out, add);
      return;
    }
    const { ids, width, remap } = part.codes;
    if (rows.form === 'rows' && rows.n * LIST_COST < n) {
      packList(this.#idViews(part.codes, n), this.#rowsAt(rows), part.stride, this.#wordsAt(keys, n), add);
      return;
    }
    const at = ids + from * KEY_BYTES[width];
    if (remap === 0) this.#kernels.packIds(width)(at, part.stride, n, out, add);
    else this.#kernels.packRemapped(width)(at, remap, part.stride, n, out, add);
  }

  #idViews({ ids, width, remap }: Extract<BlockCodes, { kind: 'ids' }>, n: number): IdViews {
    const buffer = this.#homeBuffer(ids + n * KEY_BYTES[width]);
    const remaps = remap === 0 ? null : new Uint32Array(this.#homeBuffer(remap + 4), remap);
    return { ids: idView(buffer, width, ids, n), remap: remaps };
  }

  #rowsAt({ pointer, n }: KernelRows): Uint16Array {
    return new Uint16Array(this.#homeBuffer(pointer + 2 * n), pointer, n);
  }

  #wordsAt(pointer: Pointer, n: number): Uint32Array {
    return new Uint32Array(this.#homeBuffer(pointer + 4 * n), pointer, n);
  }

  #homeBuffer(end: number): ArrayBufferLike {
    return this.#context.buffer(this.#context.home, end);
  }

  /** Adds the bucket's number from the block's first bucket on. */
  #packTime(
    stride: number,
    block: Block,
    buckets: BlockBuckets,
    from: number,
    n: number,
    out: Pointer,
    add: number,
  ): void {
    const stored = block.stored(TIME_COLUMN);
    assert(stored?.kind === 'ints', `Block has no column [${TIME_COLUMN}]`);
    const type = stored.type ?? 'u8';
    const values =
      stored.type === null
        ? this.#feeds.zeros
        : this.#localizer.local('time', stored.arena, stored.values, block.numRows * INT_BYTES[type]);
    const boundaries = this.#boundaryList() + 8 * buckets.first;
    const count = buckets.last - buckets.first + 1;
    const pack = this.#kernels.packTimeBuckets(type);
    pack(values + from * INT_BYTES[type], stored.base, boundaries, count, stride, n, out, add);
  }

  #boundaryList(): Pointer {
    if (this.#boundaries === 0) {
      const bytes = 8 * this.#starts.length;
      this.#boundaries = this.#buffers.get('boundaries', bytes);
      const buffer = this.#context.buffer(this.#context.home, this.#boundaries + bytes);
      new Float64Array(buffer, this.#boundaries, this.#starts.length).set(this.#starts);
    }
    return this.#boundaries;
  }
}

function packList({ ids, remap }: IdViews, rows: Uint16Array, stride: number, keys: Uint32Array, add: number): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const id = ids[row]!;
    keys[row] = (remap === null ? id : remap[id]!) * stride + (add === 0 ? 0 : keys[row]!);
  }
}

export function idView(buffer: ArrayBufferLike, width: KeyWidth, ids: Pointer, n: number): IdViews['ids'] {
  if (width === 'u8') return new Uint8Array(buffer, ids, n);
  return width === 'u16' ? new Uint16Array(buffer, ids, n) : new Uint32Array(buffer, ids, n);
}
