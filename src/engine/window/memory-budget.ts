import { resourceLimitExceeded } from '../../query/query-errors.js';
import { tableBytes } from '../../vectors/table-size.js';
import type { Table } from '../../vectors/table.js';

/** What the rows of window operators may take of memory. */
export class MemoryBudget {
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws DruidError as of Druid's ResourceLimitExceededException */
  assertHolds(...tables: readonly Table[]): void {
    let bytes = 0;
    for (const table of tables) bytes += tableBytes(table);
    if (bytes <= this.#maxBytes) return;
    throw resourceLimitExceeded(
      `Window operators need more than [${this.#maxBytes}] bytes for their rows. Reduce the rows that they get, by a filter or a limit.`,
    );
  }
}
