import { AssertionFailure } from '../../common/assert.js';
import type { LeafPlan, ScanLeaf } from '../../plan/leaf-plan.js';
import type { RowSteps } from '../../plan/row-steps.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { createHeapRun } from '../heap/create-heap-run.js';
import { heapSegment } from '../heap/heap-segment.js';
import type { RowBatch } from '../heap/row-batch.js';
import { mergePartials } from '../merge.js';
import type { LeafRun, RunContext, RunSegment } from '../run.js';
import { PLACE_COLUMN, placeOf } from '../scan/block-order.js';
import { joinScans, SEGMENT_COLUMN } from '../scan/join-scans.js';
import { type RowSelector, rowSelector, ScanRun } from '../scan/scan-run.js';
import { RowStepper } from './row-stepper.js';

/** Partials that lie beside each other before they are merged. */
const MERGED_AT = 8;

/** A plan over rows that are made of blocks: each block is scanned, goes through the steps and is run on the heap of this thread. */
export class SteppedRun implements LeafRun {
  readonly #plan: LeafPlan;
  readonly #scan: ScanLeaf;
  readonly #context: RunContext;
  readonly #select: RowSelector;
  readonly #stepper: RowStepper;
  #partials: Table[] = [];
  #numRows = 0;

  /** @param context whose segments have the virtual columns of `scan` */
  constructor(plan: LeafPlan, { steps }: RowSteps, scan: ScanLeaf, context: RunContext) {
    const { over: _, ...bare } = plan;
    this.#plan = bare;
    this.#scan = scan;
    this.#context = context;
    this.#select = rowSelector(scan, context);
    this.#stepper = new RowStepper(steps, { lookup: context.lookup ?? (() => undefined) });
  }

  get done(): boolean {
    const plan = this.#plan;
    return plan.kind === 'scan' && plan.order === 'none' && plan.maxRows !== null && this.#numRows >= plan.maxRows;
  }

  add(segmentIndex: number, blockIndex: number): void {
    if (this.done) return;
    const segment = this.#context.segments[segmentIndex]!;
    const scan = new ScanRun(this.#scan, this.#context, this.#select);
    scan.add(segmentIndex, blockIndex);
    const table = ownColumns(scan.leave());
    if (table.numRows === 0) return;
    const batch = batchOf(segment, table);
    const place = placeOf(segmentIndex, blockIndex);
    for (const rows of this.#stepper.run(batch)) if (rows.table.numRows > 0) this.#runOver(rows, segment, place);
  }

  leave(): Table {
    const partials = [...this.#partials, this.#empty()];
    return this.#plan.kind === 'scan' ? joinScans(filled(partials)) : mergePartials(this.#plan, partials);
  }

  /** Every thread gives its own partial. */
  finish(): null {
    return null;
  }

  #runOver(batch: RowBatch, segment: RunSegment, place: number): void {
    const plan = this.#plan;
    const rows = heapSegment(batch, segment);
    // Buckets without rows are those of the segments: they come once, at the end.
    const run = createHeapRun(plan.kind === 'grouped' ? { ...plan, fillEmptyBuckets: false } : plan, [rows]);
    for (let block = 0; block < rows.numBlocks; block++) run.add(0, block);
    const partial = run.leave();
    if (partial === null) return;
    this.#numRows += partial.numRows;
    this.#partials.push(plan.kind === 'scan' ? placed(partial, place) : partial);
    if (plan.kind === 'grouped' && this.#partials.length >= MERGED_AT) {
      this.#partials = [mergePartials(plan, this.#partials)];
    }
  }

  /** What segments give without a row: their empty buckets, and the names of columns. */
  #empty(): Table {
    const none = this.#context.segments.map((segment) => {
      return heapSegment(batchOf(segment, { numRows: 0, names: [], columns: [] }), segment);
    });
    const partial = createHeapRun(this.#plan, none).leave();
    if (partial === null) throw new AssertionFailure('A run over the heap left no partial');
    return partial;
  }
}

function batchOf(segment: RunSegment, table: Table): RowBatch {
  const { minTimeMs, maxTimeMs, segmentId, columnTypes } = segment;
  const types = Object.fromEntries(table.names.map((name) => [name, columnTypes[name] ?? ('STRING' as const)]));
  return { table, types, segmentId, range: { minTimeMs, maxTimeMs } };
}

/** Without what a scan adds: places first, the segment last. */
function ownColumns({ numRows, names, columns }: Table): Table {
  const kept = names.flatMap((name, i) => (name === PLACE_COLUMN || name === SEGMENT_COLUMN ? [] : [i]));
  return { numRows, names: kept.map((i) => names[i]!), columns: kept.map((i) => columns[i]!) };
}

/** A scan's partial whose rows stand at the place of the block that they are made of. */
function placed(partial: Table, place: number): Table {
  const places: TableColumn = { type: 'DOUBLE', values: new Float64Array(partial.numRows).fill(place), nulls: null };
  return { ...partial, columns: [places, ...partial.columns.slice(1)] };
}

function filled(partials: readonly Table[]): readonly Table[] {
  const some = partials.filter(({ numRows }) => numRows > 0);
  return some.length > 0 ? some : partials.slice(-1);
}
