import { keptTable, usesSpace } from '../engine/cache/kept-table.js';
import { tableBytes } from '../vectors/table-size.js';
import type { Table } from '../vectors/table.js';

/** A partial larger than this share of the budget is not worth what it would push out. */
const LARGEST_SHARE = 0.1;

/**
 * Merged partials of stored segments, by plan and exact segment set: immutable inputs, so an entry is never stale, only
 * unused. Least recently used entries go first. A changed set is met by the nodes' caches of single segments (engine/cache).
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

  get bytes(): number {
    return this.#bytes;
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
    if (this.#entries.has(key)) return;
    const kept = keptTable(table, this.#budgetBytes * LARGEST_SHARE);
    if (kept === undefined) return;
    const bytes = tableBytes(kept) + key.length * 2;
    this.#entries.set(key, { table: kept, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#budgetBytes) break;
      this.#remove(oldest);
    }
  }

  /** Lets partials with ids of a dropped space go. */
  forgetSpace(space: string): void {
    for (const [key, { table }] of this.#entries) if (usesSpace(table, space)) this.#remove(key);
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}
