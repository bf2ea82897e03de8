import type { FunctionContext } from '../expressions/functions/expr-function.js';
import type { Scratch } from '../memory/scratch.js';
import type { Block, Dictionary, SegmentContext } from '../vectors/block.js';
import type { KernelSet } from '../vectors/kernels/kernel-set.js';
import type { Table } from '../vectors/table.js';

/** CONTRACT. A segment (or real-time sequence) of a task, the same in every thread that works on it. */
export interface RunSegment extends SegmentContext {
  readonly numBlocks: number;
  /** Blocks 0..numBlocks-1 of the task; made anew at each call, cheap until a column is asked for. */
  block(index: number): Block;
  /** Of a virtual column: the dictionary of all blocks, the same in every thread, or null when there is none; undefined for stored columns. */
  dictionaryOf?(column: string): Dictionary | null | undefined;
  /** What a scan of all columns shows, where that is not every column that has a type. */
  readonly shownColumns?: readonly string[];
}

/** How the threads of one query hand finished states to each other: at most one lies there at a time. */
export interface Exchange {
  /** Takes what another thread left, to merge it; undefined when nothing is there. */
  take(): number | undefined;
  /** Leaves a state (a pointer in the home arena's scratch, not 0); false when another one lies there, which must be taken first. */
  offer(state: number): boolean;
}

/** In place of an arena: a run over the heap has no kernels and no scratch. */
export const NO_ARENA = -1;

/** What a run may use; belongs to one thread and one query. */
export interface RunContext {
  readonly segments: readonly RunSegment[];
  /** The arena for states, shared by all threads of the query; most blocks lie in it. */
  readonly home: number;
  kernels(arena: number): KernelSet;
  /** Scratch of this query: what is not freed goes when the query ends. */
  scratch(arena: number): Scratch;
  /** The arena's memory, at least up to `end` (it may have grown). */
  buffer(arena: number, end?: number): ArrayBufferLike;
  readonly exchange: Exchange;
  /**
   * True when this thread alone has had all blocks of the segment and no more will come: its rows are complete. Blocks of one segment come
   * to a thread one after another unless they are stolen at the end.
   */
  isComplete(segment: number): boolean;
  /** Registered lookups as they are in this thread; absent where there are none. */
  readonly lookup?: FunctionContext['lookup'];
}

/** One leaf plan over the blocks that are added to it, in any order; belongs to one thread. */
export interface LeafRun {
  add(segment: number, block: number): void;
  /** True when no further block can change the result. */
  readonly done: boolean;
  /** Once finished: rows before those of a scan's page, which are not among its rows; absent = none. */
  readonly skipped?: number;
  /** No block is left for this thread: gives its partial (plan/leaf-plan.ts), or leaves its state in the exchange and gives null. */
  leave(): Table | null;
  /** Once left and finished: partials of single segments that are cut when all come together (`cut/`); absent = none. */
  readonly ofSegments?: readonly Table[];
  /** After `leave`, in the thread that is the last to leave: the partial of all that lies in the exchange, or null. */
  finish(): Table | null;
}
