import type { FirstLastAggregator } from '../../aggregators/first-last.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import type { Block, DoubleVector, StoredVector } from '../../vectors/block.js';
import type { KernelSet, KeyWidth, Pointer, SelectionForm } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import type { BlockSelector } from '../select/block-selector.js';
import { idView, type RowKeys } from './block-keys.js';
import { kernelRows, type RowSet } from './block-rows.js';
import type { FeedReader } from './feed-values.js';
import type { Localizer } from './localize.js';
import type { ReusedBuffers } from './reused-buffers.js';
import type { StateSet } from './state-set.js';

/** Times of a block as a kernel reads them; null where the order of rows is that of time, or no time is asked for. */
type Times = { readonly type: Parameters<KernelSet['pickEarliest']>[2]; readonly at: Pointer; readonly nulls: Pointer };

const WIDTH_BYTES: Readonly<Record<string, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, i64: 8 };

/** Finds the first or last row of each group in a block by kernels, for aggregators that keep the value of one row. */
export class RowPicks {
  readonly #context: RunContext;
  readonly #kernels: KernelSet;
  readonly #buffers: ReusedBuffers;
  readonly #localizer: Localizer;
  readonly #feeds: FeedReader;
  /** Winners that are all 0, and for how many groups. */
  #winners: Pointer = 0;
  #numGroups = 0;

  constructor(context: RunContext, buffers: ReusedBuffers, localizer: Localizer, feeds: FeedReader) {
    this.#context = context;
    this.#kernels = context.kernels(context.home);
    this.#buffers = buffers;
    this.#localizer = localizer;
    this.#feeds = feeds;
  }

  /**
   * @param keyBase group of key 0 in these rows' bucket
   * @returns false, with nothing added, when the block has the values or times in a form that no kernel reads
   */
  add(
    aggregator: FirstLastAggregator,
    set: StateSet,
    block: Block,
    selection: RowSet['selection'],
    keys: RowKeys,
    keyBase: number,
    selector: BlockSelector,
  ): boolean {
    const stored = block.stored(aggregator.fieldName);
    if (stored?.kind === 'other' && block.column(aggregator.fieldName)?.kind === 'binary') return false;
    const times = this.#timesOf(aggregator, block);
    if (times === undefined) return false;
    let selected = selection;
    if (times !== null && times.nulls !== 0) {
      const kept = selector.notNull(selection, times.nulls, block.numRows);
      if (kept.kind === 'none') return true;
      selected = kept;
    }
    const { form, pointer, n, from, count } = kernelRows(selected);
    const winners = this.#winnersOf(set.size);
    const room = 4 * (Math.min(count, set.size) + 1);
    const picked = this.#buffers.get('picked', room);
    // Without keys all rows are of one group: those of a constant block.
    const hasKeys = keys.keys !== 0;
    const keysAt = hasKeys ? keys.keys + from * keys.keyBytes : this.#feeds.zeros;
    const width = hasKeys ? keys.width : 'u8';
    const timesAt = times === null ? 0 : times.at + from * WIDTH_BYTES[times.type]!;
    const pick = this.#kernel(aggregator, form, width, times);
    const numPicked = pick(keysAt, timesAt, pointer, n, keyBase, winners, picked);
    const groups = this.#words(picked, numPicked + 1).subarray(1);
    const gather = (rows: Uint32Array): DoubleVector | undefined => this.#decimals(stored, rows, block.numRows);
    aggregator.takeRows(block, groups, this.#takeWinners(winners, set.size, groups, from), gather);
    return true;
  }

  #kernel(
    { order }: FirstLastAggregator,
    form: SelectionForm,
    width: KeyWidth,
    times: Times | null,
  ): ReturnType<KernelSet['pickFirst']> {
    const kernels = this.#kernels;
    if (times === null) return order === 'first' ? kernels.pickFirst(form, width) : kernels.pickLast(form, width);
    const { type } = times;
    return order === 'first' ? kernels.pickEarliest(form, width, type) : kernels.pickLatest(form, width, type);
  }

  /** Undefined where times are no integers in memory. */
  #timesOf({ timeColumn }: FirstLastAggregator, block: Block): Times | null | undefined {
    if (timeColumn === null || (timeColumn === TIME_COLUMN && block.sortedByTime)) return null;
    if (block.column(timeColumn)?.kind !== 'long') return undefined;
    const stored = block.stored(timeColumn);
    if (stored?.kind !== 'ints' || stored.type === null) return undefined;
    const { type, arena, values, nulls } = stored;
    const { numRows } = block;
    return {
      type,
      at: this.#localizer.local('pick times', arena, values, numRows * WIDTH_BYTES[type]!),
      nulls: nulls === 0 ? 0 : this.#localizer.local('pick nulls', arena, nulls, numRows),
    };
  }

  /** Decimals of some rows, which a column would make of all. */
  #decimals(stored: StoredVector | undefined, rows: Uint32Array, numRows: number): DoubleVector | undefined {
    if (stored?.kind !== 'ints' || stored.logical !== 'double') return undefined;
    const { type, base, scale, arena, values, nulls } = stored;
    if (type !== 'u8' && type !== 'u16' && type !== 'u32') return undefined;
    const end = Math.max(values + numRows * WIDTH_BYTES[type]!, nulls + numRows);
    const buffer = this.#context.buffer(arena, end);
    const elements = idView(buffer, type, values, numRows);
    const power = 10 ** scale;
    const nullOf = nulls === 0 ? undefined : new Uint8Array(buffer, nulls, numRows);
    return {
      kind: 'double',
      values: Float64Array.from(rows, (row) => (base + elements[row]!) / power),
      ...(nullOf && { nulls: Uint8Array.from(rows, (row) => nullOf[row]!) }),
    };
  }

  #winnersOf(numGroups: number): Pointer {
    if (numGroups > this.#numGroups) {
      this.#numGroups = Math.max(numGroups, 2 * this.#numGroups);
      this.#winners = this.#buffers.get('winners', 4 * this.#numGroups);
      this.#words(this.#winners, this.#numGroups).fill(0);
    }
    return this.#winners;
  }

  /** Rows of the groups; their winners are 0 again. */
  #takeWinners(winners: Pointer, numGroups: number, groups: Uint32Array, from: number): Uint32Array {
    const words = this.#words(winners, numGroups);
    const rows = new Uint32Array(groups.length);
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i]!;
      rows[i] = words[group]! - 1 + from;
      words[group] = 0;
    }
    return rows;
  }

  #words(pointer: Pointer, n: number): Uint32Array {
    return new Uint32Array(this.#context.buffer(this.#context.home, pointer + 4 * n), pointer, n);
  }
}
