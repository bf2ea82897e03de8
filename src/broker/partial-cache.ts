import { tableBytes } from '../vectors/table-size.js';
import type { Table } from '../vectors/table.js';

/** A partial larger than this share of the budget is not worth what it would push out. */
const LARGEST_SHARE = 0.1;

/**
 * Merged partials of stored segments, by plan and exact segment set: immutable inputs, so an entry is never stale, only
 * unused. Least recently used entries go first.
 */
export class PartialCache {
  readonly #budgetBytes: number;
  readonly #entries = new Map<string, { readonly table: Table; readonly bytes: number }>();
  #bytes = 0;
  hits = 0;
  misses = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get(key: string): Table | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.table;
  }

  put(key: string, table: Table): void {
    const bytes = tableBytes(table) + key.length * 2;
    if (bytes > this.#budgetBytes * LARGEST_SHARE || this.#entries.has(key)) return;
    this.#entries.set(key, { table, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#budgetBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
