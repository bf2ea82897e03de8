import { zero } from '../../memory/zero.js';
import { assert } from '../../common/assert.js';
import type { ZoneRef } from '../../memory/block-ref.js';
import type { Block } from '../../vectors/block.js';
import type { KernelSet, Pointer, ValueType } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import type { Feed } from './leaf-shape.js';
import type { Localizer } from './localize.js';
import type { ReusedBuffers } from './reused-buffers.js';
import type { FeedState } from './state-set.js';

/** A feed's column in one block, ready for kernels of the home arena. */
export interface FeedValues {
  readonly type: ValueType;
  readonly elementBytes: number;
  /** Added to integer elements. */
  readonly base: number;
  readonly values: Pointer;
  /** 0 when no row is null. */
  readonly nulls: Pointer;
  readonly isInteger: boolean;
  /** No value is further from 0, in units of the integers. */
  readonly bound: number;
}

/** 'missing': no row has a value. */
export type FeedInput = FeedValues | 'missing';

/** Integer sums stay below 2^62 in size; values beyond this would need folding all the time. */
const MAX_INT_BOUND = 2 ** 54;
const BLOCK_ROWS = 65_536;
const BYTES: Readonly<Record<ValueType, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
};

/** Reads the columns of feeds from blocks; what it gives holds until the same feed's next block. */
export class FeedReader {
  readonly #context: RunContext;
  readonly #buffers: ReusedBuffers;
  readonly #localizer: Localizer;
  readonly #kernels: KernelSet;
  #zeros: Pointer = 0;

  constructor(context: RunContext, buffers: ReusedBuffers, localizer: Localizer) {
    this.#context = context;
    this.#buffers = buffers;
    this.#localizer = localizer;
    this.#kernels = context.kernels(context.home);
  }

  /** 65,536 zero bytes: the elements of a constant block, or keys of rows that are all in one group. */
  get zeros(): Pointer {
    if (this.#zeros === 0) {
      this.#zeros = this.#buffers.get('zeros', BLOCK_ROWS);
      zero(new Uint8Array(this.#context.buffer(this.#context.home, this.#zeros + BLOCK_ROWS), this.#zeros, BLOCK_ROWS));
    }
    return this.#zeros;
  }

  /**
   * @param place names the feed's buffers
   * @param state takes the scale of the first integers that it is to hold; integers of another scale come as reals
   */
  read(feed: Feed, place: number, block: Block, state: FeedState): FeedInput {
    const stored = block.stored(feed.column);
    if (stored === undefined) return 'missing';
    assert(stored.kind === 'ints' || stored.kind === 'reals', `Column [${feed.column}] holds no numbers`);
    const n = block.numRows;
    const nulls = stored.nulls === 0 ? 0 : this.#localizer.local(`nulls${place}`, stored.arena, stored.nulls, n);
    const type = stored.kind === 'ints' ? (stored.type ?? 'u8') : stored.type;
    const isConstant = stored.kind === 'ints' && stored.type === null;
    const elementBytes = BYTES[type];
    const values = isConstant
      ? this.zeros
      : this.#localizer.local(`values${place}`, stored.arena, stored.values, n * elementBytes);
    if (stored.kind === 'reals') return { type, elementBytes, base: 0, values, nulls, isInteger: false, bound: 0 };
    const bound = stored.bound ?? (type === 'i64' ? 2 ** 63 : Math.abs(stored.base) + 2 ** (8 * elementBytes));
    if (feed.kind === 'double') {
      if (bound > MAX_INT_BOUND || (state.scale !== -1 && state.scale !== stored.scale)) {
        const reals = this.#buffers.get(`reals${place}`, 8 * n);
        this.#kernels.toF64(type)(values, stored.base, 10 ** stored.scale, n, reals);
        return { type: 'f64', elementBytes: 8, base: 0, values: reals, nulls, isInteger: false, bound: 0 };
      }
    }
    state.scale = stored.scale;
    return { type, elementBytes, base: stored.base, values, nulls, isInteger: true, bound };
  }
}

/** The exact bounds of a block's non-null values, where its zone tells them. */
export interface ExactZone {
  readonly kind: 'long' | 'double';
  readonly min: bigint | number;
  readonly max: bigint | number;
  readonly nullCount: number;
}

/**
 * What a zone says about the extremes of a column, or undefined when the values must be read. An infinite bound of doubles may hide a NaN,
 * and a zero may be either zero. Planning leaves a column out by the same rule.
 */
export function exactZone(zone: ZoneRef | undefined): ExactZone | undefined {
  if (zone?.kind === 'long') return zone;
  if (zone?.kind !== 'double') return undefined;
  const isExact = (bound: number): boolean => Number.isFinite(bound) && bound !== 0;
  return isExact(zone.min) && isExact(zone.max) ? zone : undefined;
}
