import { createLeafRun } from '../engine/leaf-run.js';
import type { LeafRun, RunContext, RunSegment } from '../engine/run.js';
import type { SegmentDefinition } from '../memory/segment-table.js';
import { openBlock } from '../vectors/block-view.js';
import { openSegment } from '../vectors/segment-view.js';
import type { Table } from '../vectors/table.js';
import type { QueryMessage, TaskPart } from './engine-messages.js';
import { Morsels } from './morsels.js';
import { QueryWords } from './query-words.js';
import type { ThreadMemory } from './thread-memory.js';

/** What one step of a query was. */
export type StepOutcome =
  | { readonly kind: 'worked' }
  /** Over before this thread took part. */
  | { readonly kind: 'missed' }
  | { readonly kind: 'left'; readonly partial: Table | null; readonly total: Table | null };

/** One thread's part in one query: joins when it first gets to it, works block by block, leaves when no block is left. */
export class ThreadQuery {
  readonly id: number;
  readonly priority: number;
  /** Time spent on it here, ms: the query that had least comes next. */
  serviceMs = 0;
  readonly #message: QueryMessage;
  readonly #thread: number;
  readonly #words: QueryWords;
  readonly #memory: ThreadMemory;
  readonly #definitions: ReadonlyMap<number, SegmentDefinition>;
  #work: { readonly run: LeafRun; readonly segments: readonly RunSegment[]; readonly morsels: Morsels } | undefined;

  constructor(
    message: QueryMessage,
    thread: number,
    memory: ThreadMemory,
    definitions: ReadonlyMap<number, SegmentDefinition>,
  ) {
    this.id = message.id;
    this.priority = message.priority;
    this.#message = message;
    this.#thread = thread;
    this.#words = new QueryWords(message.words);
    this.#memory = memory;
    this.#definitions = definitions;
  }

  /** Works on one block, or ends the query in this thread. What it throws, the caller reports; `abandon` must follow. */
  step(): StepOutcome {
    const work = this.#work;
    if (work === undefined) {
      if (!this.#words.join(this.#thread)) return { kind: 'missed' };
      this.#work = this.#open();
      return { kind: 'worked' };
    }
    if (this.#words.isStopped) return this.#leave(false);
    const morsel = work.run.done ? undefined : work.morsels.next();
    if (morsel === undefined) return this.#leave(true);
    work.run.add(morsel.part, morsel.block);
    this.#words.addRows(work.segments[morsel.part]!.block(morsel.block).numRows);
    return { kind: 'worked' };
  }

  /** After an error: the other threads stop, and this one is out of the query. */
  abandon(): void {
    this.#words.stop();
    if (this.#work !== undefined) this.#words.leave();
    this.#work = undefined;
  }

  #leave(withResult: boolean): StepOutcome {
    const { run } = this.#work!;
    const partial = withResult ? run.leave() : null;
    this.#work = undefined;
    const isLast = this.#words.leave();
    const total = isLast && withResult && !this.#words.isStopped ? run.finish() : null;
    return { kind: 'left', partial, total };
  }

  #open(): { run: LeafRun; segments: readonly RunSegment[]; morsels: Morsels } {
    const { parts, plan, home, id } = this.#message;
    this.#memory.use(this.#message.arenas);
    const segments = parts.map((part) => this.#openPart(part));
    const morsels = new Morsels(
      this.#words,
      segments.map((segment) => segment.numBlocks),
    );
    const context: RunContext = {
      segments,
      home,
      kernels: (arena) => this.#memory.kernels(arena),
      scratch: (arena) => this.#memory.scratch(arena, id),
      buffer: (arena, end) => this.#memory.buffer(arena, end),
      exchange: {
        take: () => this.#words.takeState(),
        offer: (state) => this.#words.offerState(state),
      },
      isComplete: (segment) => morsels.hasAll(segment),
    };
    return { run: createLeafRun(plan, context), segments, morsels };
  }

  #openPart(part: TaskPart): RunSegment {
    const memory = (arena: number): ArrayBufferLike => this.#memory.buffer(arena);
    if ('blocks' in part) {
      const { blocks: refs, ...segment } = part.blocks;
      return { ...segment, numBlocks: refs.length, block: (index) => openBlock(refs[index]!, memory) };
    }
    const definition = this.#definitions.get(part.definition);
    if (definition === undefined) throw new Error(`Segment [${part.definition}] was not defined in this thread`);
    const spaces = part.hasSpaces ? this.#message.spaces : null;
    return openSegment({ definition, blocks: part.numbers, spaces }, memory);
  }
}
