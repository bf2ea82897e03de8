import { TIME_COLUMN } from '../common/column-type.js';
import type { Block, ColumnVector, LongVector } from '../vectors/block.js';
import { rowList, type Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { type GroupedAggregator, grown } from './grouped-aggregator.js';
import { imageAt } from './images.js';
import { NumericInput } from './numeric-input.js';
import { pairBytes, type PairValues, viewOf } from './pair-values.js';

/** Time (int64) and row number (float64), little-endian, then one byte: 1 when the value is null. */
const HEADER_BYTES = 17;

/**
 * The value at the smallest or greatest time of each group, or of the first row when no time is asked for (`any`). Of rows of one time the
 * one first (last) in the segment wins, whatever the order in which blocks come; a null value can win. State: one image per group (README), which is also how such a metric is stored.
 * @source Druid `first/*FirstAggregator.java`, `last/*LastAggregator.java`
 */
export class FirstLastAggregator implements GroupedAggregator {
  readonly stateNames = ['pair'];
  readonly stateTypes = ['BINARY'] as const;
  readonly order: 'first' | 'last';
  /** null when the first row is wanted, whatever its time. */
  readonly timeColumn: string | null;
  readonly fieldName: string;
  /** 1 keeps the smallest time, -1 the greatest. */
  readonly #sign: number;
  /** Times; null when the first row is wanted. */
  readonly #input: NumericInput | null;
  readonly #isByTime: boolean;
  readonly #values: PairValues;
  #numGroups = 0;
  #times = new Float64Array(0);
  #rows = new Float64Array(0);
  #isSet = new Uint8Array(0);
  /** Winner of the block at hand: its row + 1, 0 for none; and the groups that have one. */
  #winners = new Uint32Array(0);
  #touched = new Uint32Array(0);

  constructor(type: 'first' | 'last', fieldName: string, timeColumn: string | null, values: PairValues) {
    this.#sign = type === 'first' ? 1 : -1;
    this.order = type;
    this.timeColumn = timeColumn;
    this.fieldName = fieldName;
    this.#values = values;
    this.#isByTime = timeColumn === TIME_COLUMN;
    this.#input = timeColumn === null ? null : new NumericInput(timeColumn, { kind: 'long', unparsable: 0n });
  }

  ensure(numGroups: number): void {
    this.#numGroups = Math.max(this.#numGroups, numGroups);
    this.#times = grown(this.#times, numGroups);
    this.#rows = grown(this.#rows, numGroups);
    this.#isSet = grown(this.#isSet, numGroups);
    this.#winners = grown(this.#winners, numGroups);
    this.#touched = grown(this.#touched, numGroups);
    this.#values.ensure(numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const vector = block.column(this.fieldName);
    if (vector?.kind === 'binary') {
      const rows = rowList(selection);
      for (let i = 0; i < selection.count; i++) {
        const image = imageAt(vector, rows[i]!);
        if (image === undefined || !isPair(image)) continue;
        this.#fold(viewOf(image), 0, image.length, groups === null ? 0 : groups[i]!);
      }
      return;
    }
    const input = this.#input;
    if (input === null || (this.#isByTime && block.sortedByTime)) this.#pickInOrder(block, vector, selection, groups);
    else if (input.readDoubles(block, selection, groups)) this.#pick(block, vector, input);
  }

  /**
   * Adds rows that were found to be the first (last) selected one of their groups in a block: at most one a group.
   * @param groups their groups; @param rows in the block. Where a time is asked for, its column is LONG and they have one
   * @param gather the values of rows; undefined where they are as easily read from the column
   */
  takeRows(
    block: Block,
    groups: Uint32Array,
    rows: Uint32Array,
    gather: (rows: Uint32Array) => ColumnVector | undefined,
  ): void {
    const times = this.timeColumn === null ? undefined : block.column(this.timeColumn);
    let numTaken = 0;
    for (let i = 0; i < groups.length; i++) {
      const row = rows[i]!;
      const time = times?.kind === 'long' ? timeAt(times, row) : 0;
      if (!this.#takes(groups[i]!, time, block.firstRow + row)) continue;
      this.#touched[numTaken] = groups[i]!;
      rows[numTaken++] = row;
    }
    if (numTaken === 0) return;
    const taken = rows.subarray(0, numTaken);
    const gathered = gather(taken);
    const vector = gathered ?? block.column(this.fieldName);
    for (let i = 0; i < numTaken; i++)
      this.#values.read(this.#touched[i]!, vector, gathered === undefined ? taken[i]! : i);
  }

  exportState(): TableColumn[] {
    const n = this.#numGroups;
    const offsets = new Uint32Array(n + 1);
    let hasNull = false;
    for (let group = 0; group < n; group++) {
      const isSet = this.#isSet[group] === 1;
      hasNull ||= !isSet;
      const bytes = isSet ? HEADER_BYTES + (this.#values.byteLength(group) ?? 0) : 0;
      offsets[group + 1] = offsets[group]! + bytes;
    }
    const bytes = new Uint8Array(offsets[n]!);
    const view = viewOf(bytes);
    for (let group = 0; group < n; group++) {
      if (this.#isSet[group] === 0) continue;
      const at = offsets[group]!;
      writeTime(view, at, this.#times[group]!);
      view.setFloat64(at + 8, this.#rows[group]!, true);
      const isNull = this.#values.byteLength(group) === null;
      bytes[at + 16] = isNull ? 1 : 0;
      if (!isNull) this.#values.write(group, view, at + HEADER_BYTES);
    }
    const nulls = hasNull ? Uint8Array.from({ length: n }, (_, group) => 1 - this.#isSet[group]!) : null;
    return [{ type: 'BINARY', offsets, bytes, nulls }];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'BINARY') return;
    const { offsets, nulls } = state;
    const view = viewOf(state.bytes);
    for (let i = 0; i < groupOf.length; i++) {
      const from = offsets[i]!;
      const to = offsets[i + 1]!;
      if (from < to && nulls?.[i] !== 1) this.#fold(view, from, to, groupOf[i]!);
    }
  }

  finish(): TableColumn {
    return this.#values.finish(this.#numGroups);
  }

  /** Times and values; of `any`, the values. */
  unfinished(): TableColumn {
    if (this.#input === null) return this.finish();
    const texts = Array.from({ length: this.#numGroups }, (_, group) =>
      this.#isSet[group] === 0 ? null : `{"lhs":${this.#times[group]},"rhs":${this.#values.json(group)}}`,
    );
    return { type: 'JSON', texts };
  }

  /** Where rows come in order of time only the first (last) selected one of each group counts. */
  #pickInOrder(
    block: Block,
    vector: ColumnVector | undefined,
    { rows, count }: Selection,
    groups: Uint32Array | null,
  ): void {
    if (count === 0) return;
    const isFirst = this.#sign > 0;
    const winners = this.#winners;
    const touched = this.#touched;
    let numTouched = 0;
    const seen = groups === null ? 1 : count;
    for (let n = 0; n < seen; n++) {
      const i = isFirst ? n : count - 1 - n;
      const group = groups === null ? 0 : groups[i]!;
      if (winners[group] !== 0) continue;
      winners[group] = (rows === null ? i : rows[i]!) + 1;
      touched[numTouched++] = group;
    }
    const times = this.#input === null ? undefined : block.column(TIME_COLUMN);
    for (let n = 0; n < numTouched; n++) {
      const group = touched[n]!;
      const row = winners[group]! - 1;
      winners[group] = 0;
      const time = times?.kind === 'long' ? timeAt(times, row) : 0;
      if (!this.#takes(group, time, block.firstRow + row)) continue;
      this.#values.read(group, vector, row);
    }
  }

  #pick(block: Block, vector: ColumnVector | undefined, { values: times, groups, count, rows }: TimedRows): void {
    let numTouched = 0;
    for (let i = 0; i < count; i++) {
      const group = groups === null ? 0 : groups[i]!;
      const row = rows === null ? i : rows[i]!;
      if (!this.#takes(group, times[i]!, block.firstRow + row)) continue;
      if (this.#winners[group] === 0) this.#touched[numTouched++] = group;
      this.#winners[group] = row + 1;
    }
    for (let i = 0; i < numTouched; i++) {
      const group = this.#touched[i]!;
      this.#values.read(group, vector, this.#winners[group]! - 1);
      this.#winners[group] = 0;
    }
  }

  /** Makes a row the winner of its group, if it is better than the one before. */
  #takes(group: number, time: number, row: number): boolean {
    if (this.#isSet[group] === 1 && !this.#isBetter(group, time, row)) return false;
    this.#isSet[group] = 1;
    this.#times[group] = time;
    this.#rows[group] = row;
    return true;
  }

  /** Within a group: earlier (later) time, then earlier (later) row. Equal in both: see `#fold`. */
  #isBetter(group: number, time: number, row: number): boolean {
    const byTime = (this.#times[group]! - time) * this.#sign;
    return byTime > 0 || (byTime === 0 && (this.#rows[group]! - row) * this.#sign > 0);
  }

  /** Takes the image in these bytes of a view, if it is better. */
  #fold(view: DataView, from: number, to: number, group: number): void {
    const time = readTime(view, from);
    const row = view.getFloat64(from + 8, true);
    const isNull = view.getUint8(from + 16) === 1;
    if (this.#isSet[group] === 1 && !this.#isBetter(group, time, row)) {
      const isTie = this.#times[group] === time && this.#rows[group] === row;
      if (!isTie) return;
      // Rows of two segments can agree in both: the smaller image wins, so that the order of merging does not matter.
      const payload = isNull
        ? null
        : new Uint8Array(view.buffer, view.byteOffset + from, to - from).subarray(HEADER_BYTES);
      if (comparePayloads(payload, pairBytes(this.#values, group)) >= 0) return;
    }
    this.#isSet[group] = 1;
    this.#times[group] = time;
    this.#rows[group] = row;
    this.#values.load(group, isNull ? null : view, from + HEADER_BYTES, to);
  }
}

/** A 64-bit integer as a double: two halves, for big integers are objects. */
function readTime(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

function writeTime(view: DataView, at: number, time: number): void {
  const high = Math.floor(time / 2 ** 32);
  view.setUint32(at, time - high * 2 ** 32, true);
  view.setInt32(at + 4, high, true);
}

function timeAt({ values, base }: LongVector, row: number): number {
  return values instanceof BigInt64Array ? Number(values[row]!) : base + values[row]!;
}

/** Selected rows with their groups and times. */
interface TimedRows {
  readonly values: Float64Array;
  readonly groups: Uint32Array | null;
  readonly count: number;
  readonly rows: Uint16Array | null;
}

/** COMPLEX columns of other types, such as JSON text, have no byte like the flag of a pair in its place. */
function isPair(image: Uint8Array): boolean {
  return image.length >= HEADER_BYTES && image[16]! <= 1;
}

function comparePayloads(a: Uint8Array | null, b: Uint8Array | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return Buffer.compare(a, b);
}
