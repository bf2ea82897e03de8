import type { GroupedLeaf, SegmentCut } from '../../plan/leaf-plan.js';
import type { Block } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { GroupedRun } from '../grouped/grouped-run.js';
import { mergePartials } from '../merge.js';
import type { LeafRun, RunContext, RunSegment } from '../run.js';
import { BlockAdder } from './block-adder.js';
import type { LayoutSpace, NumberSpaces } from './group-layout.js';
import { numberSpace } from './number-spaces.js';
import { type LeafShape, leafShape, segmentFits } from './leaf-shape.js';
import { type ExportPlan, exportSet, idsColumn, textColumn } from './export-set.js';
import { markedGroups } from './marked-groups.js';
import { bestGroups, shownGroups } from './segment-cut.js';
import { ReusedBuffers } from './reused-buffers.js';
import { SpaceText } from './space-text.js';
import type { StateSet } from './state-set.js';
import { StateSets } from './state-sets.js';
import { TaskLayouts } from './task-layouts.js';
import { earliestTime, filledBuckets, type TimeBuckets, timeBuckets } from './time-buckets.js';
import { sharedColumn } from './shared-codes.js';

/**
 * Grouped aggregation by kernels: group numbers are integers made of dictionary ids and bucket numbers, states are arrays in scratch that
 * threads hand to each other. Blocks in a form that it does not know (multi-value dimensions, odd types) go to a general run beside it.
 */
export class DenseRun implements LeafRun {
  readonly done = false;
  readonly #plan: GroupedLeaf;
  readonly #shape: LeafShape;
  readonly #buckets: TimeBuckets;
  readonly #context: RunContext;
  readonly #layouts: TaskLayouts;
  readonly #buffers: ReusedBuffers;
  #adder: BlockAdder | undefined;
  #sets: StateSets | undefined;
  /** By segment that is kept apart; -1: of all others. */
  readonly #general = new Map<number, GroupedRun>();
  readonly #ofSegments: Table[] = [];
  /** Known once something is exported. */
  #bucketTimes: Float64Array | undefined;

  private constructor(
    plan: GroupedLeaf,
    shape: LeafShape,
    buckets: TimeBuckets,
    numbers: NumberSpaces,
    context: RunContext,
  ) {
    this.#plan = plan;
    this.#shape = shape;
    this.#buckets = buckets;
    this.#context = context;
    this.#buffers = new ReusedBuffers(context);
    this.#layouts = new TaskLayouts(plan, shape, buckets.starts.length, context.segments, numbers);
  }

  /** undefined when the plan has parts that only the general path knows. */
  static create(plan: GroupedLeaf, context: RunContext): DenseRun | undefined {
    const { segments } = context;
    const shape = leafShape(plan, segments);
    if (shape === undefined) return undefined;
    if (!segments.some((segment) => segmentFits(shape, segment))) return undefined;
    const buckets = timeBuckets(plan, segments);
    if (buckets === undefined) return undefined;
    const numbers: (LayoutSpace | null | undefined)[] = [];
    for (const [i, column] of shape.dimensions.entries()) {
      const space = shape.isNumber[i] ? numberSpace(segments, column) : undefined;
      if (shape.isNumber[i] && space === undefined) return undefined;
      numbers.push(space);
    }
    return new DenseRun(plan, shape, buckets, numbers, context);
  }

  add(segmentIndex: number, blockIndex: number): void {
    const segment = this.#context.segments[segmentIndex]!;
    const block = segment.block(blockIndex);
    const isLocal = this.#layouts.isLocal(segmentIndex);
    const sets = this.#openSets();
    if (!this.#addBlock(sets, segment, segmentIndex, block)) {
      this.#generalOf(isLocal ? segmentIndex : -1).add(segmentIndex, blockIndex);
      sets.of(segmentIndex, isLocal).isCuttable = false;
    }
    if (isLocal && this.#context.isComplete(segmentIndex)) {
      const set = sets.of(segmentIndex, true);
      set.foldLanes();
      this.#keepApart(sets, set);
    }
  }

  get ofSegments(): readonly Table[] {
    return this.#ofSegments;
  }

  leave(): Table | null {
    if (this.#shape.others.length > 0) return this.#leaveAlone();
    const { exchange } = this.#context;
    const sets = this.#sets;
    if (sets !== undefined && sets.all.length > 0) {
      sets.foldLanes();
      for (;;) {
        for (let other = exchange.take(); other !== undefined; other = exchange.take()) sets.take(other);
        const state = sets.describe();
        if (exchange.offer(state)) break;
        this.#context.scratch(this.#context.home).free(state);
      }
      sets.handedOver();
    }
    this.#buffers.release();
    return this.#leaveGeneral();
  }

  finish(): Table {
    if (this.#shape.others.length > 0) return this.#export([], false);
    const { exchange } = this.#context;
    for (let state = exchange.take(); state !== undefined; state = exchange.take()) this.#openSets().take(state);
    const sets = this.#sets;
    if (sets === undefined) return this.#export([], true);
    sets.foldLanes();
    for (const set of sets.all) if (set.isLocal) this.#keepApart(sets, set);
    const isWhole = sets.all.every((set) => set.isCuttable);
    const table = this.#export(
      sets.all.filter((set) => set.hasRows),
      isWhole,
    );
    sets.release();
    this.#buffers.release();
    return table;
  }

  /** The partial of this thread: some states cannot be handed over. */
  #leaveAlone(): Table | null {
    const sets = this.#sets;
    const general = this.#leaveGeneral();
    if (sets === undefined) return general;
    sets.foldLanes();
    // Other threads may have rows of them.
    for (const set of sets.all) if (set.isLocal) this.#keepApart(sets, set, false);
    const own = this.#export(
      sets.all.filter((set) => set.hasRows),
      false,
      general !== null,
    );
    sets.release();
    this.#buffers.release();
    return general === null ? own : mergePartials(this.#plan, [own, general]);
  }

  /** @returns false when the block is in a form that the kernels do not read; nothing was added then */
  #addBlock(sets: StateSets, segment: RunSegment, segmentIndex: number, block: Block): boolean {
    const set = sets.of(segmentIndex, this.#layouts.isLocal(segmentIndex));
    return this.#openAdder().add(set, segment, segmentIndex, block);
  }

  /**
   * Exports the best groups of a segment, by ids that the segments share where they do.
   * @param isAll all its rows are in the set
   */
  #keepApart(sets: StateSets, set: StateSet, isAll = true): void {
    if (set.hasRows) {
      const groups = this.#groupsOf(set, false, isAll ? this.#layouts.cut : null);
      const table = exportSet(set, groups, {
        ...this.#exportPlan(),
        dimensionColumn: (codes, space, dimension) =>
          sharedColumn(this.#layouts, set.segment, dimension, codes, this.#context) ?? ownColumn(codes, space),
      });
      this.#ofSegments.push({ ...table, segment: set.segment });
    }
    sets.drop(set);
  }

  #generalOf(segment: number): GroupedRun {
    let run = this.#general.get(segment);
    if (run === undefined) {
      run = new GroupedRun(this.#plan, this.#context.segments);
      this.#general.set(segment, run);
    }
    return run;
  }

  #leaveGeneral(): Table | null {
    let common: Table | null = null;
    for (const [segment, run] of this.#general) {
      if (segment === -1) common = run.leave();
      else this.#ofSegments.push({ ...run.leave(), segment });
    }
    return common;
  }

  /**
   * Sets without rows have nothing to show; without any set the general path makes the empty buckets.
   * @param isWhole no block of any thread went to a general run
   * @param isText the partial is merged with others here, where ids cannot be looked up
   */
  #export(sets: readonly StateSet[], isWhole: boolean, isText = false): Table {
    if (sets.length === 0) return new GroupedRun(this.#plan, this.#context.segments).leave();
    const { dimensions } = this.#shape;
    const plan = this.#exportPlan();
    const [only] = sets;
    const isAlone = this.#context.segments.length === 1 && this.#shape.others.length === 0;
    if (sets.length === 1 && only !== undefined && !isText) {
      return exportSet(only, this.#groupsOf(only, isWhole, isAlone ? this.#layouts.cut : null), {
        ...plan,
        dimensionColumn: ownColumn,
      });
    }
    const text = new SpaceText(this.#context, this.#layouts.spaces, dimensions);
    const tables = sets.map((set) =>
      exportSet(set, this.#groupsOf(set, false, null), {
        ...plan,
        dimensionColumn: (codes, space, dimension) =>
          space === null ? idsColumn(codes, null) : textColumn(codes, text.valueOf(space, dimension)),
      }),
    );
    return mergePartials(this.#plan, tables);
  }

  #exportPlan(): Omit<ExportPlan, 'dimensionColumn'> {
    this.#bucketTimes ??= this.#buckets.isAll
      ? Float64Array.of(earliestTime(this.#plan, this.#context.segments))
      : this.#buckets.starts;
    return { plan: this.#plan, shape: this.#shape, bucketTimes: this.#bucketTimes };
  }

  /**
   * Groups to export; null = all of a hashed set.
   * @param isWhole the set holds all groups of the task
   */
  #groupsOf(set: StateSet, isWhole: boolean, cut: SegmentCut | null): Uint32Array | null {
    if (set.tables !== null) return null;
    const kernels = this.#context.kernels(this.#context.home);
    const indexes = (count: number): Pointer => this.#buffers.get('groups', 4 * count);
    const best = cut === null ? null : bestGroups(kernels, this.#shape, set, cut, indexes);
    if (best !== null) return best;
    if (isWhole && this.#plan.wholeCut !== undefined) {
      const shown = shownGroups(kernels, this.#shape, set, this.#plan.wholeCut, indexes);
      if (shown !== null) return shown;
    }
    const filled = filledBuckets(this.#plan, this.#context.segments, this.#buckets);
    const counts = set.counts(0);
    if (set.isMarked(0)) return markedGroups(set.marks(0), filled);
    if (filled.includes(1)) {
      const seen = set.words(counts, 2 * set.size);
      return Uint32Array.from(filled.keys()).filter(
        (group) => filled[group] === 1 || seen[2 * group] !== 0 || seen[2 * group + 1] !== 0,
      );
    }
    const out = indexes(set.size);
    return set.words(out, kernels.nonEmpty(counts, set.size, out)).slice();
  }

  #openAdder(): BlockAdder {
    this.#adder ??= new BlockAdder(
      this.#plan,
      this.#shape,
      this.#buckets.starts,
      this.#layouts,
      this.#buffers,
      this.#context,
    );
    return this.#adder;
  }

  #openSets(): StateSets {
    this.#sets ??= new StateSets(
      this.#context,
      this.#shape,
      (segment, isLocal) => this.#layouts.of(segment, isLocal),
      (name, words) => this.#buffers.put(name, words),
    );
    return this.#sets;
  }
}

/** Ids as they are, but as text where nobody else could look them up. */
function ownColumn(codes: Uint32Array, space: LayoutSpace | null): TableColumn {
  const dictionary = space?.dictionary;
  if (dictionary?.derived === undefined) return idsColumn(codes, space);
  return textColumn(codes, (id) => dictionary.value(id));
}
