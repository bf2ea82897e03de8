import type { TimeZone } from '../../common/time-zone.js';
import type { Table } from '../../vectors/table.js';
import type { RunningSelect } from '../sql/run-select.js';
import { avaticaCell } from './avatica-cell.js';
import { repsOf } from './column-metadata.js';
import type { AvaticaValue, Frame } from './messages.js';

/** Rows of a running statement, frame by frame. */
export class Cursor {
  readonly #select: RunningSelect;
  readonly #batches: AsyncIterator<Table>;
  readonly #zone: TimeZone;
  readonly #over: () => void;
  /** Rows that may still be given; infinite = no limit. */
  #left: number;
  #cells: readonly ((row: number) => AvaticaValue)[] = [];
  #numRows = 0;
  #row = 0;
  #offset = 0;

  /**
   * @param maxRows below 0 = no limit
   * @param over called when the last row is given, or nobody wants the rest; maybe more than once
   */
  constructor(select: RunningSelect, zone: TimeZone, maxRows: number, over: () => void) {
    this.#select = select;
    this.#over = over;
    this.#batches = select.batches[Symbol.asyncIterator]();
    this.#zone = zone;
    this.#left = maxRows < 0 ? Number.POSITIVE_INFINITY : maxRows;
  }

  /** The next rows, at most so many; `done` when none is left behind them. */
  async next(maxRows: number): Promise<Frame> {
    const offset = this.#offset;
    const rows: AvaticaValue[][] = [];
    while (await this.#hasRow()) {
      if (rows.length === maxRows) return this.#frame(offset, rows, false);
      rows.push(this.#cells.map((cell) => cell(this.#row)));
      this.#row++;
      this.#left--;
    }
    await this.close();
    return this.#frame(offset, rows, true);
  }

  /** Stops what still runs. */
  async close(): Promise<void> {
    this.#over();
    await this.#batches.return?.();
  }

  #frame(offset: number, rows: AvaticaValue[][], done: boolean): Frame {
    this.#offset += rows.length;
    return { offset, done, rows, reps: repsOf(this.#select.columns) };
  }

  async #nextBatch(): Promise<IteratorResult<Table>> {
    try {
      return await this.#batches.next();
    } catch (error) {
      this.#over();
      throw error;
    }
  }

  async #hasRow(): Promise<boolean> {
    if (this.#left <= 0) return false;
    while (this.#row >= this.#numRows) {
      const next = await this.#nextBatch();
      if (next.done === true) return false;
      const table = next.value;
      this.#cells = this.#select.columns.map((column, i) => avaticaCell(table.columns[i]!, column, this.#zone));
      this.#numRows = table.numRows;
      this.#row = 0;
    }
    return true;
  }
}
