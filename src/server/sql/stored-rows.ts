import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { DruidError } from '../../common/druid-error.js';
import type { SqlCellOptions } from './sql-cell.js';
import { rowCells, type SqlResult } from './sql-rows.js';

/** Rows of a page, and where it lies in the file. */
export interface StoredPage {
  readonly numRows: number;
  readonly startByte: number;
  readonly sizeInBytes: number;
}

export interface StoredRowsLimits {
  readonly rowsPerPage: number;
  readonly maxBytes: number;
}

const SAMPLE_ROWS = 3000;
/** Characters that are kept before they are written. */
const BUFFER = 256 * 1024;

/** The rows of a finished result in a file: a line a row, JSON texts between tabs, which JSON never has unescaped. */
export class StoredRows {
  readonly pages: readonly StoredPage[];
  /** The first rows, each a JSON array. */
  readonly sample: readonly string[];
  readonly #path: string;

  private constructor(path: string, pages: readonly StoredPage[], sample: readonly string[]) {
    this.#path = path;
    this.pages = pages;
    this.sample = sample;
  }

  /** @throws DruidError CAPACITY_EXCEEDED beyond `maxBytes`, or as the query does; no file is left then */
  static async write(
    path: string,
    result: SqlResult,
    options: SqlCellOptions,
    limits: StoredRowsLimits,
  ): Promise<StoredRows> {
    const writer = new RowsWriter(await open(path, 'w'), limits);
    try {
      for await (const rows of rowCells(result, options)) {
        for (const cells of rows) writer.add(result.columns.map((_, i) => cells(i)));
        await writer.flush(BUFFER);
      }
      await writer.flush(0);
      return new StoredRows(path, writer.finish(), writer.sample);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await writer.close();
    }
  }

  get numRows(): number {
    return this.pages.reduce((sum, { numRows }) => sum + numRows, 0);
  }

  get sizeInBytes(): number {
    return this.pages.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
  }

  /** The cells of every row, or of a page. */
  async *cells(page: StoredPage | undefined): AsyncGenerator<Iterable<(column: number) => string>> {
    const start = page?.startByte ?? 0;
    const end = start + (page?.sizeInBytes ?? this.sizeInBytes) - 1;
    if (end < start) return;
    const lines = createInterface({ input: createReadStream(this.#path, { start, end }), crlfDelay: 0 });
    for await (const line of lines) {
      const cells = line.split('\t');
      yield [(i) => cells[i]!];
    }
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

class RowsWriter {
  readonly sample: string[] = [];
  readonly #file: FileHandle;
  readonly #limits: StoredRowsLimits;
  readonly #pages: StoredPage[] = [];
  #text = '';
  #written = 0;
  #pageStart = 0;
  #pageRows = 0;

  constructor(file: FileHandle, limits: StoredRowsLimits) {
    this.#file = file;
    this.#limits = limits;
  }

  add(cells: readonly string[]): void {
    const line = `${cells.join('\t')}\n`;
    if (this.sample.length < SAMPLE_ROWS) this.sample.push(`[${cells.join(',')}]`);
    this.#text += line;
    this.#written += Buffer.byteLength(line);
    if (this.#written > this.#limits.maxBytes) {
      throw new DruidError(`The result is larger than [${this.#limits.maxBytes}] bytes`, {
        category: 'CAPACITY_EXCEEDED',
      });
    }
    if (++this.#pageRows === this.#limits.rowsPerPage) this.#endPage();
  }

  /** Writes what has come together if it is more than so many characters. */
  async flush(beyond: number): Promise<void> {
    if (this.#text.length <= beyond) return;
    const text = this.#text;
    this.#text = '';
    await this.#file.appendFile(text);
  }

  finish(): readonly StoredPage[] {
    if (this.#pageRows > 0) this.#endPage();
    return this.#pages;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #endPage(): void {
    const startByte = this.#pageStart;
    this.#pages.push({ numRows: this.#pageRows, startByte, sizeInBytes: this.#written - startByte });
    this.#pageStart = this.#written;
    this.#pageRows = 0;
  }
}
