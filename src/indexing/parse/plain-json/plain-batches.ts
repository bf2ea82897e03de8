import type { RowBatch } from '../../../segments/incremental/row-batch.js';
import { MAX_STAGED_ROWS } from '../../../segments/incremental/row-store.js';
import type { BatchParser } from '../row-handler.js';
import type { PlainBatch } from './plain-batch.js';

/** Longer records are left to the general parser. */
export const MAX_RECORD_BYTES = 1 << 16;
const MIN_RECORDS = 4;
const MAX_SKIP = 256;

/** Records that are not plain end a batch: with many of them, batches are smaller, so that few records are copied in vain. */
export class PlainBatches implements BatchParser {
  readonly #batch: PlainBatch;
  #maxRecords = MAX_STAGED_ROWS;
  #numRecords = 0;
  /** Records to leave alone, for there was no row when it was tried last; and how many next time. */
  #toSkip = 0;
  #nextSkip = 1;

  constructor(batch: PlainBatch) {
    this.#batch = batch;
  }

  push(bytes: Uint8Array | null): boolean {
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return false;
    }
    if (bytes === null || bytes.length === 0 || bytes.length > MAX_RECORD_BYTES) return false;
    if (this.#numRecords >= this.#maxRecords || !this.#batch.push(bytes)) return false;
    this.#numRecords++;
    return true;
  }

  read(): RowBatch | undefined {
    const wanted = this.#numRecords;
    this.#numRecords = 0;
    if (wanted === 0) return undefined;
    const batch = this.#batch.read();
    const numRows = batch?.numRows ?? 0;
    this.#toSkip = numRows === 0 ? this.#nextSkip : 0;
    this.#nextSkip = numRows === 0 ? Math.min(MAX_SKIP, this.#nextSkip * 2) : 1;
    const next = numRows < wanted ? numRows * 2 : this.#maxRecords * 2;
    this.#maxRecords = Math.min(MAX_STAGED_ROWS, Math.max(MIN_RECORDS, next));
    return batch;
  }
}
