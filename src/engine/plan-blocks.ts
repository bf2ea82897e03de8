import { type ColumnType, TIME_COLUMN } from '../common/column-type.js';
import { type Granularity, granularityFromJson } from '../common/granularity.js';
import type { ZoneRef } from '../memory/block-ref.js';
import { leafColumns } from '../plan/leaf-columns.js';
import { tableScan } from '../plan/table-scan.js';
import { storedColumns, virtualName } from '../plan/virtual-inputs.js';
import type { GroupedLeaf, LeafPlan } from '../plan/leaf-plan.js';
import type { AggregatorSpec } from '../query/native-query.js';
import { exactZone } from './dense/feed-values.js';
import { leafShape } from './dense/leaf-shape.js';
import { type FilterTree, filterTree } from './filter/filter-tree.js';
import { filterVerdict, timeZone, type ZoneOf } from './filter/filter-verdict.js';
import { timeVerdict, touchingIntervals } from './select/time-node.js';

/** What planning wants to know of a stored segment, all of it from the descriptor. */
export interface SegmentFacts {
  readonly numBlocks: number;
  /** Logical types of the columns that the segment has. */
  readonly columnTypes: Readonly<Record<string, ColumnType>>;
  /** Smallest and largest __time of a block, inclusive. */
  blockTimeRange(block: number): { readonly minTimeMs: number; readonly maxTimeMs: number };
  /** undefined when nothing is known; the run must be given the same zones. */
  zone(column: string, block: number): ZoneRef | undefined;
}

/** Which blocks a leaf visits, and what must be in memory for it. */
export interface BlockPlan {
  /** Blocks to visit, ascending; null = all. */
  readonly blocks: Int32Array | null;
  /** Columns that the segment has and the leaf could read or decide by zones, each once; none without a block to visit. */
  readonly columns: readonly ColumnPlan[];
}

export interface ColumnPlan {
  readonly name: string;
  /** Blocks to load, ascending; null = all that are visited, empty = none. */
  readonly blocks: Int32Array | null;
  /** A filter may use the column's index. */
  readonly index: boolean;
}

/**
 * Decides before anything is loaded what a leaf needs of a segment: blocks that lie outside of the intervals, or that zones show to have no
 * matching row, are not visited; a column is loaded only for the blocks in which it must be looked at. Running the leaf decides by the same
 * zones and the same functions, so that what is left out here is never asked for.
 */
export function planBlocks(plan: LeafPlan, facts: SegmentFacts): BlockPlan {
  const { over, intervals } = plan;
  const planner = new BlockPlanner(over === undefined ? plan : tableScan(intervals, over), facts);
  const visited: number[] = [];
  const asked = plan.kind === 'scan' ? plan.blocks : undefined;
  const end = Math.min(facts.numBlocks, asked?.to ?? facts.numBlocks);
  for (let block = asked?.from ?? 0; block < end; block++) if (planner.visit(block)) visited.push(block);
  if (visited.length === 0) return { blocks: new Int32Array(0), columns: [] };
  const columns = planner.columns.map(({ name, blocks, index }): ColumnPlan => {
    return { name, index, blocks: blocks.length === visited.length ? null : Int32Array.from(blocks) };
  });
  return { blocks: visited.length === facts.numBlocks ? null : Int32Array.from(visited), columns };
}

/** A column while blocks are gone through. */
interface PlannedColumn {
  readonly name: string;
  readonly blocks: number[];
  index: boolean;
}

class BlockPlanner {
  readonly columns: readonly PlannedColumn[];
  readonly #plan: LeafPlan;
  readonly #facts: SegmentFacts;
  readonly #filter: FilterTree | null;
  /** The filter and those of aggregators. */
  readonly #filters: readonly FilterTree[];
  /** Columns that are read whatever zones say. */
  readonly #always: Set<string>;
  /** Columns of which nothing but the smallest or largest value is asked. */
  readonly #extremes: ReadonlySet<string>;
  readonly #granularity: Granularity | null;
  readonly #virtual: ReadonlySet<string>;

  constructor(plan: LeafPlan, facts: SegmentFacts) {
    this.#plan = plan;
    this.#facts = facts;
    this.#virtual = new Set(plan.virtualColumns.map(virtualName));
    this.#filter = plan.filter === null ? null : filterTree(plan.filter);
    const filters = plan.kind === 'grouped' ? plan.aggregators.flatMap(aggregatorFilters) : [];
    this.#filters = this.#filter === null ? filters : [this.#filter, ...filters];
    this.#extremes = plan.kind === 'grouped' ? extremeColumns(plan, facts) : new Set();
    this.#granularity = plan.kind === 'grouped' ? granularityFromJson(plan.granularity) : null;
    const stored = Object.keys(facts.columnTypes);
    const names = (leafColumns(plan) ?? stored).filter((name) => Object.hasOwn(facts.columnTypes, name));
    this.columns = names.map((name) => ({ name, blocks: [], index: false }));
    if (plan.kind === 'grouped') this.#always = readColumns(plan);
    else this.#always = plan.columns.length === 0 ? new Set(stored) : storedColumns(plan.columns, plan.virtualColumns);
    for (const column of this.#extremes) this.#always.delete(column);
  }

  /** Notes what block `block` needs; false when it holds nothing for the leaf. */
  visit(block: number): boolean {
    const { minTimeMs, maxTimeMs } = this.#facts.blockTimeRange(block);
    const byTime = timeVerdict(touchingIntervals(this.#plan.intervals, minTimeMs, maxTimeMs), minTimeMs, maxTimeMs);
    if (byTime === 'none') return false;
    const time = timeZone(minTimeMs, maxTimeMs);
    const zoneOf: ZoneOf = (column) => {
      if (this.#virtual.has(column)) return undefined;
      return column === TIME_COLUMN ? time : this.#facts.zone(column, block);
    };
    const byFilter = this.#filter === null ? 'all' : filterVerdict(this.#filter, zoneOf);
    if (byFilter === 'none') return false;
    const looked = new Set<string>();
    for (const filter of this.#filters) addColumns(filter, zoneOf, looked);
    const compared = storedColumns(looked, this.#plan.virtualColumns);
    if (byTime === 'some' || !this.#isOneBucket(minTimeMs, maxTimeMs)) compared.add(TIME_COLUMN);
    const isWhole = byTime === 'all' && byFilter === 'all';
    for (const column of this.columns) {
      const { name } = column;
      const isExtreme =
        this.#extremes.has(name) && !(isWhole && exactZone(this.#facts.zone(name, block)) !== undefined);
      if (this.#always.has(name) || compared.has(name) || isExtreme) column.blocks.push(block);
      if (compared.has(name)) column.index = true;
    }
    return true;
  }

  #isOneBucket(minTimeMs: number, maxTimeMs: number): boolean {
    const granularity = this.#granularity;
    if (granularity === null || granularity.isAll) return true;
    return maxTimeMs < granularity.bucketEnd(granularity.bucketStart(minTimeMs));
  }
}

/** Adds the columns that a filter looks at: those of the comparisons that zones leave open. */
function addColumns(tree: FilterTree, zoneOf: ZoneOf, columns: Set<string>): void {
  if (filterVerdict(tree, zoneOf) !== 'some') return;
  switch (tree.kind) {
    case 'true':
    case 'false':
      return;
    case 'and':
    case 'or':
      for (const field of tree.fields) addColumns(field, zoneOf, columns);
      return;
    case 'not':
      addColumns(tree.field, zoneOf, columns);
      return;
    case 'compare':
      columns.add(tree.comparison.column);
  }
}

/** What a grouped leaf reads apart from its filters; of `__time` only what is asked for by name. */
function readColumns(plan: GroupedLeaf): Set<string> {
  const bare: GroupedLeaf = { ...plan, intervals: [], filter: null, aggregators: plan.aggregators.map(unfiltered) };
  const names = new Set(leafColumns(bare));
  // Which part of a plan names it does not matter here: rather once too often.
  if (!JSON.stringify(bare).includes(TIME_COLUMN)) names.delete(TIME_COLUMN);
  return names;
}

function unfiltered(spec: AggregatorSpec): AggregatorSpec {
  return spec.type === 'filtered' ? unfiltered(spec.aggregator) : spec;
}

function aggregatorFilters(spec: AggregatorSpec): readonly FilterTree[] {
  return spec.type === 'filtered' ? [filterTree(spec.filter), ...aggregatorFilters(spec.aggregator)] : [];
}

/**
 * The columns of which only extreme values over all rows are asked. The dense path takes those of a block that matches as a whole from its
 * zone; it must be certain that it will be the one to run.
 */
function extremeColumns(plan: GroupedLeaf, { columnTypes }: SegmentFacts): ReadonlySet<string> {
  const shape = leafShape(plan, []);
  const virtual = new Set(plan.virtualColumns.map(virtualName));
  if (shape?.feeds.some(({ column }) => virtual.has(column)) === true) return new Set();
  const isOneGroup = plan.granularity.type === 'all' && plan.dimensions.length === 0;
  const fits = shape?.feeds.every(({ column, kind }) => isRead(columnTypes[column], kind)) ?? false;
  if (shape === undefined || shape.others.length > 0 || !isOneGroup || !fits) return new Set();
  const others = shape.feeds.filter(({ filter, sum }) => filter !== 0 || sum).map(({ column }) => column);
  return new Set(shape.feeds.map(({ column }) => column).filter((column) => !others.includes(column)));
}

/** Whether the dense path reads such a column. */
function isRead(type: ColumnType | undefined, kind: 'long' | 'double'): boolean {
  return type === undefined || type === 'LONG' || (kind === 'double' && (type === 'DOUBLE' || type === 'FLOAT'));
}
