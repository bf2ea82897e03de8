import { createAggregator } from '../../aggregators/create-aggregator.js';
import type { GroupedAggregator } from '../../aggregators/grouped-aggregator.js';
import { compileFilter } from '../filter/compile-filter.js';
import { zero } from '../../memory/zero.js';
import type { KernelSet, Pointer, StateType } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import type { GroupLayout } from './group-layout.js';
import { HashTables } from './hash-tables.js';
import type { LeafShape } from './leaf-shape.js';
import type { StateMemory } from './state-memory.js';

/** How two states of one group become one. */
export type MergeOp = 'sum' | 'min' | 'max';

/** The state arrays that a feed can have; which ones exist depends on the blocks met. */
export const FEED_ARRAYS = {
  /** Rows with a value; absent while no row without one was met: then it is the count of rows. */
  nonNull: { op: 'sum', type: 'i64' },
  sumInt: { op: 'sum', type: 'i64' },
  sumReal: { op: 'sum', type: 'f64' },
  minInt: { op: 'min', type: 'i64' },
  minReal: { op: 'min', type: 'f64' },
  maxInt: { op: 'max', type: 'i64' },
  maxReal: { op: 'max', type: 'f64' },
} as const satisfies Record<string, { op: MergeOp; type: StateType }>;

export type FeedArray = keyof typeof FEED_ARRAYS;
export const FEED_ARRAY_NAMES = Object.keys(FEED_ARRAYS) as readonly FeedArray[];

/** A feed's arrays (0 = there is none yet). */
export interface FeedState {
  readonly arrays: Record<FeedArray, Pointer>;
  /** Integer states are in units of 10^-scale; -1 while there are none. LONG: 0. */
  scale: number;
  /** Of a DOUBLE feed: no integer sum can be further from 0 than this. */
  bound: number;
}

/** A state set as plain data, for the exchange. */
export interface StateSetImage {
  /** A segment of the task that has this layout. */
  readonly segment: number;
  readonly isLocal: boolean;
  readonly isCuttable: boolean;
  readonly capacity: number;
  readonly counts: readonly Pointer[];
  readonly feeds: readonly FeedState[];
  readonly tables: readonly Pointer[] | null;
}

/** Up to so many groups there are four copies of each array, so that neighbouring rows of one group do not wait for each other. */
const MAX_LANE_GROUPS = 1024;
const LANES = 4;
/** Room in the state arrays of a hashed set at first. */
const FIRST_HASHED = 4096;

/** The states of all groups of one layout: structure of arrays in scratch, 8 bytes a group. */
export class StateSet {
  readonly layout: GroupLayout;
  readonly segment: number;
  /** Groups are of one segment only, by its own ids. */
  readonly isLocal: boolean;
  /** False once rows of a local set's segment went elsewhere: then its groups are not whole and none may be left out. */
  isCuttable: boolean;
  readonly tables: HashTables | null;
  readonly #isCounted: readonly boolean[];
  readonly feeds: readonly FeedState[];
  /** Of this thread: they do not travel. */
  readonly others: readonly GroupedAggregator[];
  readonly #counts: Pointer[];
  /** By filter: a group from which on there may be some without a mark. */
  readonly #unmarked: number[];
  readonly #context: RunContext;
  readonly #kernels: KernelSet;
  readonly #memory: StateMemory;
  #capacity: number;
  #lanes: number;

  constructor(
    from: { layout: GroupLayout; segment: number; isLocal: boolean; shape: LeafShape } & { image?: StateSetImage },
    context: RunContext,
    memory: StateMemory,
  ) {
    const { layout, image } = from;
    this.layout = layout;
    this.segment = from.segment;
    this.isLocal = from.isLocal;
    this.isCuttable = image?.isCuttable ?? true;
    this.#context = context;
    this.#kernels = context.kernels(context.home);
    this.#memory = memory;
    const words = (pointer: Pointer, count: number) => this.words(pointer, count);
    this.tables =
      layout.denseGroups === null
        ? new HashTables(layout.numWords, this.#kernels, memory, words, image?.tables?.slice())
        : null;
    this.#capacity = image?.capacity ?? layout.denseGroups ?? FIRST_HASHED;
    this.#isCounted = from.shape.isCounted;
    this.#lanes = image === undefined && layout.denseGroups !== null && this.#capacity <= MAX_LANE_GROUPS ? LANES : 1;
    this.feeds = image?.feeds ?? from.shape.feeds.map(() => newFeedState());
    this.others = from.shape.others.map(({ spec }) => createAggregator(spec, compileFilter));
    this.#counts = image?.counts.slice() ?? from.shape.filters.map(() => 0);
    this.#unmarked = from.shape.filters.map(() => 0);
  }

  /** Number of groups: dense ones, or those numbered so far. */
  get size(): number {
    return this.tables === null ? this.#capacity : this.tables.size;
  }

  /** False while nothing was ever counted. */
  get hasRows(): boolean {
    return this.#counts[0] !== 0;
  }

  /** Distance of the copies of an array, for kernels that alternate between them; 0 when there is one. */
  get laneBytes(): number {
    return this.#lanes === 1 ? 0 : 8 * this.#capacity;
  }

  /** Rows per group under a filter: i64, or marks. */
  counts(filter: number): Pointer {
    if (this.#counts[filter] === 0) {
      this.#counts[filter] = this.isMarked(filter) ? this.#newMarks() : this.#create('sum', 'i64');
    }
    return this.#counts[filter]!;
  }

  /** True when `counts` has a byte a group, 1 for those that have a row: many groups, of which no count is asked. */
  isMarked(filter: number): boolean {
    return this.tables === null && this.layout.denseGroups! > MAX_LANE_GROUPS && !this.#isCounted[filter]!;
  }

  /** Whether all groups have a mark, but for those of null where there is one dimension: then further rows need none. */
  areMarked(filter: number): boolean {
    const { groupsPerBucket, spaces } = this.layout;
    // 0: no group is left out.
    const nullEvery = spaces.length === 1 ? groupsPerBucket : 0;
    const marks = this.marks(filter);
    let group = this.#unmarked[filter]!;
    while (group < marks.length && (marks[group] === 1 || group % nullEvery === 0)) group++;
    this.#unmarked[filter] = group;
    return group === marks.length;
  }

  /** A feed's array, made when it is first asked for. */
  array(feed: number, name: FeedArray): Pointer {
    const { arrays } = this.feeds[feed]!;
    if (arrays[name] === 0) arrays[name] = this.#create(FEED_ARRAYS[name].op, FEED_ARRAYS[name].type);
    return arrays[name];
  }

  /** From now on rows without a value are told apart; so far every row under the filter had one. */
  trackNulls(feed: number, filter: number): void {
    if (this.feeds[feed]!.arrays.nonNull !== 0) return;
    const bytes = 8 * this.#capacity * this.#lanes;
    const counts = this.counts(filter);
    const nonNull = this.array(feed, 'nonNull');
    if (this.isMarked(filter)) {
      const words = this.words(nonNull, 2 * this.#capacity);
      this.marks(filter).forEach((mark, group) => {
        words[2 * group] = mark;
      });
      return;
    }
    new Uint8Array(this.#buffer(nonNull + bytes), nonNull, bytes).set(
      new Uint8Array(this.#buffer(counts + bytes), counts, bytes),
    );
  }

  /** Makes room for the groups of the hash tables. */
  ensure(): void {
    const needed = this.size;
    if (needed <= this.#capacity) return;
    const capacity = Math.max(needed, 2 * this.#capacity);
    this.#counts.forEach((pointer, filter) => {
      if (pointer !== 0) this.#counts[filter] = this.#grown(pointer, capacity, 'sum', 'i64');
    });
    for (const { arrays } of this.feeds) {
      for (const name of FEED_ARRAY_NAMES) {
        const { op, type } = FEED_ARRAYS[name];
        if (arrays[name] !== 0) arrays[name] = this.#grown(arrays[name], capacity, op, type);
      }
    }
    this.#capacity = capacity;
  }

  /** Adds the copies of each array up in the first. */
  foldLanes(): void {
    if (this.#lanes === 1) return;
    const fold = (pointer: Pointer, op: MergeOp, type: StateType): Pointer => {
      const bytes = 8 * this.#capacity;
      for (let lane = 1; lane < LANES; lane++) {
        mergeKernel(this.#kernels, op, type)(pointer, pointer + lane * bytes, this.#capacity);
      }
      const folded = this.#memory.allocate(bytes);
      new Uint8Array(this.#buffer(folded + bytes), folded, bytes).set(
        new Uint8Array(this.#buffer(pointer + bytes), pointer, bytes),
      );
      this.#memory.free(pointer, LANES * bytes);
      return folded;
    };
    this.#counts.forEach((pointer, filter) => {
      if (pointer !== 0) this.#counts[filter] = fold(pointer, 'sum', 'i64');
    });
    for (const { arrays } of this.feeds) {
      for (const name of FEED_ARRAY_NAMES) {
        if (arrays[name] !== 0) arrays[name] = fold(arrays[name], FEED_ARRAYS[name].op, FEED_ARRAYS[name].type);
      }
    }
    this.#lanes = 1;
  }

  /** The first n states of an array as a view. */
  ints(pointer: Pointer, n = this.size): BigInt64Array {
    return new BigInt64Array(this.#buffer(pointer + 8 * n), pointer, n);
  }

  /** The marks of a filter that has them. */
  marks(filter: number): Uint8Array {
    const pointer = this.counts(filter);
    return new Uint8Array(this.#buffer(pointer + this.#capacity), pointer, this.#capacity);
  }

  words(pointer: Pointer, n: number): Uint32Array {
    return new Uint32Array(this.#buffer(pointer + 4 * n), pointer, n);
  }

  reals(pointer: Pointer, n = this.size): Float64Array {
    return new Float64Array(this.#buffer(pointer + 8 * n), pointer, n);
  }

  /** Moves the integer sums of a DOUBLE feed into its real ones, so that they cannot overflow. */
  foldSums(feed: number): void {
    const state = this.feeds[feed]!;
    state.bound = 0;
    if (state.arrays.sumInt === 0) return;
    const n = this.#capacity * this.#lanes;
    const ints = this.ints(state.arrays.sumInt, n);
    const reals = this.reals(this.array(feed, 'sumReal'), n);
    const divisor = 10 ** state.scale;
    for (let i = 0; i < n; i++) reals[i] = reals[i]! + Number(ints[i]!) / divisor;
    ints.fill(0n);
  }

  /** Moves all integer states of a DOUBLE feed into its real ones. */
  toReals(feed: number): void {
    const { arrays, scale } = this.feeds[feed]!;
    this.foldSums(feed);
    for (const op of ['min', 'max'] as const) {
      const from = arrays[op === 'min' ? 'minInt' : 'maxInt'];
      if (from === 0) continue;
      const n = this.#capacity * this.#lanes;
      const ints = this.ints(from, n);
      const reals = this.reals(this.array(feed, op === 'min' ? 'minReal' : 'maxReal'), n);
      const identity = op === 'min' ? MAX_LONG : MIN_LONG;
      for (let i = 0; i < n; i++) {
        if (ints[i] !== identity) reals[i] = Math[op](reals[i]!, Number(ints[i]) / 10 ** scale);
      }
      ints.fill(identity);
    }
    this.feeds[feed]!.scale = -1;
  }

  /** Lanes must be folded before. */
  image(): StateSetImage {
    return {
      segment: this.segment,
      isLocal: this.isLocal,
      isCuttable: this.isCuttable,
      capacity: this.#capacity,
      counts: this.#counts,
      feeds: this.feeds,
      tables: this.tables?.headers ?? null,
    };
  }

  free(): void {
    const bytes = 8 * this.#capacity * this.#lanes;
    this.#counts.forEach((pointer, filter) => {
      if (pointer !== 0) this.#memory.free(pointer, this.isMarked(filter) ? this.#capacity : bytes);
      this.#counts[filter] = 0;
    });
    for (const { arrays } of this.feeds) {
      for (const name of FEED_ARRAY_NAMES) {
        if (arrays[name] !== 0) this.#memory.free(arrays[name], bytes);
        arrays[name] = 0;
      }
    }
    this.tables?.free();
  }

  #newMarks(): Pointer {
    const pointer = this.#memory.allocate(this.#capacity);
    zero(new Uint8Array(this.#buffer(pointer + this.#capacity), pointer, this.#capacity));
    return pointer;
  }

  #create(op: MergeOp, type: StateType): Pointer {
    const n = this.#capacity * this.#lanes;
    const pointer = this.#memory.allocate(8 * n);
    this.#fill(pointer, 0, n, op, type);
    return pointer;
  }

  #grown(pointer: Pointer, capacity: number, op: MergeOp, type: StateType): Pointer {
    const grown = this.#memory.allocate(8 * capacity);
    const bytes = 8 * this.#capacity;
    new Uint8Array(this.#buffer(grown + bytes), grown, bytes).set(
      new Uint8Array(this.#buffer(pointer + bytes), pointer, bytes),
    );
    this.#fill(grown, this.#capacity, capacity, op, type);
    this.#memory.free(pointer, bytes);
    return grown;
  }

  /** By words: V8 fills shared memory element by element. */
  #fill(pointer: Pointer, from: number, to: number, op: MergeOp, type: StateType): void {
    if (op === 'sum') {
      this.reals(pointer, to).fill(0, from);
    } else if (type === 'f64') {
      this.reals(pointer, to).fill(op === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, from);
    } else {
      this.ints(pointer, to).fill(op === 'min' ? MAX_LONG : MIN_LONG, from);
    }
  }

  #buffer(end: number): ArrayBufferLike {
    return this.#context.buffer(this.#context.home, end);
  }
}

export const MIN_LONG = -(2n ** 63n);
export const MAX_LONG = 2n ** 63n - 1n;

export function mergeKernel(
  kernels: KernelSet,
  op: MergeOp,
  type: StateType,
): (dst: Pointer, src: Pointer, n: number) => void {
  if (op === 'sum') return kernels.mergeSum(type);
  return op === 'min' ? kernels.mergeMin(type) : kernels.mergeMax(type);
}

function newFeedState(): FeedState {
  const arrays = { nonNull: 0, sumInt: 0, sumReal: 0, minInt: 0, minReal: 0, maxInt: 0, maxReal: 0 };
  return { arrays, scale: -1, bound: 0 };
}
