import { createAggregator } from '../../aggregators/create-aggregator.js';
import { type GroupedAggregator, grown } from '../../aggregators/grouped-aggregator.js';
import { granularityFromJson, type Granularity } from '../../common/granularity.js';
import { intersect } from '../../common/interval.js';
import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import type { Block, SegmentContext } from '../../vectors/block.js';
import { allRows, type RowFilter, type Selection } from '../../vectors/selection.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import type { Table } from '../../vectors/table.js';
import { compileFilter } from '../filter/compile-filter.js';
import { lookupContext } from '../plan-lookup.js';
import type { LeafRun, RunSegment } from '../run.js';
import { TimeRangeFilter } from '../time-range.js';
import { createDimensionValues, type DimensionValues } from './dimension-values.js';
import { assertSingleValues, explode } from './explode.js';
import { GroupKeys } from './group-keys.js';
import { DimensionPart, type KeyPart } from './key-part.js';
import { LocalGroups } from './local-groups.js';
import { TimePart } from './time-part.js';

/** Layouts of local groups that are kept: one per segment that blocks still come from. */
const MAX_LOCAL = 8;

/** Grouped aggregation of one thread: one accumulator per aggregator holds all groups of all segments. */
export class GroupedRun implements LeafRun {
  readonly done = false;
  readonly #plan: GroupedLeaf;
  readonly #all: readonly RunSegment[];
  readonly #granularity: Granularity;
  readonly #timeRange: TimeRangeFilter;
  readonly #filter: RowFilter | null;
  readonly #time: TimePart;
  readonly #values: readonly DimensionValues[];
  readonly #dimensions: readonly DimensionPart[];
  readonly #parts: readonly KeyPart[];
  readonly #aggregators: readonly GroupedAggregator[];
  readonly #keys: GroupKeys;
  readonly #key: Uint32Array;
  readonly #local = new Map<string, LocalGroups>();
  #earliestMs = Number.POSITIVE_INFINITY;
  #groups: Uint32Array = new Uint32Array(0);
  #scratch: Uint32Array = new Uint32Array(0);

  /** @param segments all of the task; also those without a block left have empty buckets to show */
  constructor(plan: GroupedLeaf, segments: readonly RunSegment[]) {
    this.#plan = plan;
    this.#all = segments;
    this.#granularity = granularityFromJson(plan.granularity);
    this.#timeRange = new TimeRangeFilter(plan.intervals);
    this.#filter = plan.filter === null ? null : compileFilter(plan.filter);
    this.#time = new TimePart(this.#granularity);
    this.#values = plan.dimensions.map((dimension) => createDimensionValues(dimension.outputType));
    this.#dimensions = plan.dimensions.map(
      (dimension, i) => new DimensionPart(dimension, this.#values[i]!, plan.refusesArrays === true),
    );
    this.#parts = [this.#time, ...this.#dimensions];
    this.#aggregators = plan.aggregators.map((spec) => createAggregator(spec, compileFilter, lookupContext(plan)));
    this.#keys = new GroupKeys(this.#parts.length);
    this.#key = new Uint32Array(this.#parts.length);
  }

  add(segmentIndex: number, blockIndex: number): void {
    const segment = this.#all[segmentIndex]!;
    const block = segment.block(blockIndex);
    let selection = this.#timeRange.narrow(block, allRows(block.numRows));
    if (this.#filter !== null && selection.count > 0) selection = this.#filter.narrow(block, selection);
    if (selection.count === 0) return;
    block.focus?.(selection);
    const columns = this.#plan.dimensions.map((dimension) => dimension.dimension);
    if (this.#plan.refusesMultiValues === true) assertSingleValues(block, selection, columns);
    const exploded = explode(block, selection, columns, this.#plan.skipsEmptyRows === true ? 0 : 1);
    if (exploded !== undefined) selection = exploded.selection;
    if (selection.count === 0) return;
    this.#time.read(block, selection);
    this.#dimensions.forEach((part, i) => {
      const ids = exploded?.columns[i];
      if (ids === undefined) part.read(block, selection);
      else part.readExploded(ids.vector, ids.ids);
    });
    this.#aggregate(segment, block, selection);
  }

  leave(): Table {
    for (const segment of this.#all) this.#noteSegment(segment);
    const numGroups = this.#keys.size;
    const table = new TableBuilder(numGroups);
    table.add('t', { type: 'DOUBLE', values: this.#times(), nulls: null });
    this.#values.forEach((values, i) => table.add(`d${i}`, values.column(this.#keys.part(i + 1))));
    this.#aggregators.forEach((aggregator, i) => {
      aggregator.ensure(numGroups);
      aggregator.exportState().forEach((column, k) => table.add(`a${i}.${aggregator.stateNames[k]}`, column));
    });
    return table.build();
  }

  /** Every thread gives its own partial. */
  finish(): null {
    return null;
  }

  #aggregate(segment: SegmentContext, block: Block, selection: Selection): void {
    const groups = this.#groupsOf(segment, selection.count);
    for (const aggregator of this.#aggregators) {
      aggregator.ensure(this.#keys.size);
      aggregator.aggregate(block, selection, groups);
    }
  }

  /** Group numbers of the selected rows, or null when all are in group 0. */
  #groupsOf(segment: SegmentContext, n: number): Uint32Array | null {
    if (this.#dimensions.length === 0 && this.#time.range === 1) {
      this.#runGroupOf(0);
      return null;
    }
    this.#groups = grown(this.#groups, n);
    this.#scratch = grown(this.#scratch, n);
    this.#localOf(segment).resolve(this.#parts, n, this.#groups, this.#scratch, (row) => this.#runGroupOf(row));
    return this.#groups;
  }

  #localOf(segment: SegmentContext): LocalGroups {
    const key = `${segment.segmentId}\n${this.#parts.map((part) => part.space).join('\n')}`;
    const known = this.#local.get(key);
    if (known?.fits(this.#parts)) return known;
    if (this.#local.size >= MAX_LOCAL) this.#local.clear();
    const made = new LocalGroups(this.#parts.map((part) => part.range));
    this.#local.set(key, made);
    return made;
  }

  /** The run's group of the values of the i-th selected row. */
  #runGroupOf(i: number): number {
    for (let p = 0; p < this.#parts.length; p++) {
      const part = this.#parts[p]!;
      this.#key[p] = part.numberOf(part.codes[i]!);
    }
    return this.#keys.intern(this.#key);
  }

  #noteSegment(segment: SegmentContext): void {
    const data = { startMs: segment.minTimeMs, endMs: segment.maxTimeMs + 1 };
    for (const interval of this.#plan.intervals) {
      const covered = intersect(interval, data);
      if (covered === undefined) continue;
      this.#earliestMs = Math.min(this.#earliestMs, covered.startMs);
      if (this.#plan.fillEmptyBuckets) this.#fill(interval.startMs, interval.endMs, segment);
    }
  }

  /** Adds a group for every bucket of the interval from the segment's first time to the end of the bucket of its last. */
  #fill(startMs: number, endMs: number, segment: SegmentContext): void {
    this.#key.fill(0);
    if (this.#granularity.isAll) {
      this.#key[0] = this.#time.numberOfStart(0);
      this.#keys.intern(this.#key);
      return;
    }
    const from = Math.max(startMs, segment.minTimeMs);
    const to = Math.min(endMs, this.#granularity.bucketEnd(this.#granularity.bucketStart(segment.maxTimeMs)));
    for (const start of this.#granularity.bucketStarts({ startMs: from, endMs: to })) {
      this.#key[0] = this.#time.numberOfStart(start);
      this.#keys.intern(this.#key);
    }
  }

  #times(): Float64Array {
    const starts = this.#time.starts;
    const numbers = this.#keys.part(0);
    const times = new Float64Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      times[i] = this.#granularity.isAll ? this.#earliestMs : starts[numbers[i]!]!;
    }
    return times;
  }
}
