import type { ScanLeaf } from '../../plan/leaf-plan.js';
import type { Selection } from '../../vectors/selection.js';
import type { Table } from '../../vectors/table.js';
import type { LeafRun, RunContext } from '../run.js';
import { BlockSelector } from '../select/block-selector.js';
import { placeOf, withPlace } from './block-order.js';
import { type FoundBlock, FoundRows } from './found-rows.js';
import { joinScans } from './join-scans.js';
import { noRows, readRows } from './read-rows.js';

/**
 * A page of a scan without an order: each thread notes which rows match, and the last one reads those of the page, and no others, in the
 * order of segments and blocks.
 */
export class PageRun implements LeafRun {
  /** Rows before the page, once finished. */
  skipped = 0;
  readonly #plan: ScanLeaf;
  readonly #maxRows: number;
  readonly #context: RunContext;
  readonly #found = new FoundRows();
  #selector: BlockSelector | undefined;

  constructor(plan: ScanLeaf, maxRows: number, context: RunContext) {
    this.#plan = plan;
    this.#maxRows = maxRows;
    this.#context = context;
  }

  /** Blocks of a segment come in order, but segments do not: only rows of the first one are certain to be before all others. */
  get done(): boolean {
    return this.#found.numRowsInFirst >= this.#maxRows;
  }

  add(segmentIndex: number, blockIndex: number): void {
    const segment = this.#context.segments[segmentIndex]!;
    const block = segment.block(blockIndex);
    this.#selector ??= new BlockSelector(this.#plan, this.#context);
    const selection = this.#selector.select(segment, block);
    const place = { segment: segmentIndex, block: blockIndex };
    if (selection.kind === 'none') return;
    if (selection.kind === 'range') {
      const { from, to } = selection;
      this.#found.add({ ...place, count: Math.min(this.#maxRows, to - from), from, rows: null });
      return;
    }
    const { rows, count } = this.#selector.toRows(selection);
    const kept = Math.min(this.#maxRows, count);
    this.#found.add({ ...place, count: kept, from: 0, rows: rows!.slice(0, kept) });
  }

  leave(): null {
    const { exchange, home } = this.#context;
    while (!this.#found.isEmpty) {
      this.#takeAll();
      const pointer = this.#found.describe(this.#context);
      if (exchange.offer(pointer)) break;
      this.#context.scratch(home).free(pointer);
    }
    return null;
  }

  finish(): Table {
    const page = new FoundRows();
    for (let state = this.#context.exchange.take(); state !== undefined; state = this.#context.exchange.take()) {
      page.take(state, this.#context);
    }
    const skip = this.#plan.skipRows ?? 0;
    const tables: Table[] = [];
    this.skipped = page.page(skip, this.#maxRows - skip, (found, rows) => tables.push(this.#read(found, rows)));
    return tables.length === 0 ? withPlace(noRows(this.#plan), 0) : joinScans(tables);
  }

  #takeAll(): void {
    const { exchange } = this.#context;
    for (let state = exchange.take(); state !== undefined; state = exchange.take()) {
      this.#found.take(state, this.#context);
    }
  }

  #read({ segment: s, block: b }: FoundBlock, selection: Selection): Table {
    const segment = this.#context.segments[s]!;
    return withPlace(readRows(this.#plan, segment, segment.block(b), selection, this.#context), placeOf(s, b));
  }
}
