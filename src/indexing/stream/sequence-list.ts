import { assert } from '../../common/assert.js';
import { BumpArena } from '../../memory/bump-arena.js';
import type { ArenaHandle } from '../../memory/memory-ref.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { SegmentBlocks } from '../../memory/block-ref.js';
import { type MakeIndex, Sequence } from './sequence.js';
import type { TaskView } from './task-messages.js';

/** Arenas that wait for the next sequence; more are left to the garbage collector. */
const SPARE_ARENAS = 2;

/**
 * The sequences of one task that are still needed, oldest first: published ones that some query may ask for, closed ones that wait
 * to be published, and the one being read, which is always the last.
 */
export class SequenceList {
  readonly #dataSource: string;
  readonly #viewsSeal: boolean;
  readonly #arenaBytes: number;
  readonly #makeIndex: MakeIndex;
  readonly #sequences: Sequence[] = [];
  readonly #spareArenas: BumpArena[] = [];
  /** Closed, and in a run on disk, too. */
  readonly #merged = new Set<number>();
  /** Named by views in place of their rows. */
  readonly #spilled = new Set<number>();
  /** Of the spilled ones, those whose memory was given back. */
  readonly #freed = new Set<number>();
  /** Where this task began with each partition. */
  readonly #born = new Map<string, number>();
  #numbered = 0;

  constructor(options: {
    readonly dataSource: string;
    readonly viewsSeal: boolean;
    readonly arenaBytes: number;
    readonly makeIndex: MakeIndex;
  }) {
    this.#dataSource = options.dataSource;
    this.#viewsSeal = options.viewsSeal;
    this.#arenaBytes = options.arenaBytes;
    this.#makeIndex = options.makeIndex;
  }

  /** Memory of the rows that are kept in it. */
  get usedBytes(): number {
    return this.#bytesOf(({ number }) => !this.#freed.has(number));
  }

  /** Closed sequences that are in memory only. */
  get unmerged(): number {
    return this.#sequences.filter(({ number, closedAt }) => closedAt !== undefined && !this.#merged.has(number)).length;
  }

  merged(number: number): void {
    // One that came too late: its sequence is dropped already.
    if (this.#sequences.some((sequence) => sequence.number === number)) this.#merged.add(number);
  }

  /** Takes the rows of the oldest merged sequences out of views until the others take no more than `limitBytes`. @returns their numbers */
  spill(limitBytes: number): number[] {
    const found: number[] = [];
    let bytes = this.#bytesOf(({ number }) => !this.#spilled.has(number));
    for (const { number, arena } of this.#sequences) {
      if (bytes <= limitBytes) break;
      if (!this.#merged.has(number) || this.#spilled.has(number)) continue;
      this.#spilled.add(number);
      found.push(number);
      bytes -= arena.usedBytes;
    }
    return found;
  }

  /** Gives back the memory of a spilled sequence; nobody may hold a view of it. */
  free(number: number): void {
    const sequence = this.#sequences.find((kept) => kept.number === number);
    if (sequence === undefined || this.#freed.has(number)) return;
    assert(this.#spilled.has(number), `Sequence [${number}] is freed while views have its rows`);
    this.#freed.add(number);
    this.#reuse(sequence.arena);
  }

  /** Starts the next sequence at the vector where the last one was closed, or with more partitions. */
  open(from: OffsetVector, startedAtMs: number): Sequence {
    for (const [partition, offset] of Object.entries(from)) {
      if (!this.#born.has(partition)) this.#born.set(partition, offset);
    }
    const sequence = new Sequence({
      number: this.#numbered++,
      from,
      startedAtMs,
      arena: this.#spareArenas.pop() ?? BumpArena.create(this.#arenaBytes),
      dataSource: this.#dataSource,
      viewsSeal: this.#viewsSeal,
      makeIndex: this.#makeIndex,
    });
    this.#sequences.push(sequence);
    return sequence;
  }

  /** Forgets the oldest sequence; nobody may hold a view of it. */
  drop(number: number): void {
    const first = this.#sequences[0];
    assert(first !== undefined && first.number === number, `Sequence [${number}] is dropped before an older one`);
    assert(first.closedAt !== undefined, `Sequence [${number}] is dropped while it is read`);
    this.#sequences.shift();
    if (!this.#freed.has(number)) this.#reuse(first.arena);
    for (const numbers of [this.#merged, this.#spilled, this.#freed]) numbers.delete(number);
  }

  /** Forgets the sequence that is being read, which has no rows, so that another can begin in its place. */
  removeEmpty(): void {
    const last = this.#sequences.pop();
    assert(last !== undefined && last.numInputRows === 0, 'Only a sequence without rows can be removed');
    if (this.#spareArenas.length < SPARE_ARENAS) this.#spareArenas.push(last.arena);
  }

  /** All rows after `from`, which must be the start of a kept sequence. */
  view(from: OffsetVector, columns: readonly string[] | null, now: OffsetVector, monotonicMs: number): TaskView {
    const first = this.#sequences.findIndex((sequence) => this.#startsAt(sequence, from));
    if (first < 0)
      return { outcome: 'refused', reason: `Offsets [${JSON.stringify(from)}] are not the start of a kept sequence` };
    const blocks: SegmentBlocks[] = [];
    const arenas: ArenaHandle[] = [];
    const sequences: number[] = [];
    const spilled: number[] = [];
    let to = now;
    for (const sequence of this.#sequences.slice(first)) {
      if (this.#spilled.has(sequence.number)) {
        to = sequence.closedAt!;
        spilled.push(sequence.number);
        continue;
      }
      const view = sequence.view(columns, now, monotonicMs);
      to = view.to;
      sequences.push(sequence.number);
      if (view.blocks.length === 0) continue;
      blocks.push(...view.blocks);
      arenas.push(sequence.arena.handle);
    }
    return { outcome: 'view', blocks, arenas, to, sequences, spilled };
  }

  #bytesOf(which: (sequence: Sequence) => boolean): number {
    return this.#sequences.reduce((sum, sequence) => sum + (which(sequence) ? sequence.arena.usedBytes : 0), 0);
  }

  #reuse(arena: BumpArena): void {
    arena.reset();
    if (this.#spareArenas.length < SPARE_ARENAS) this.#spareArenas.push(arena);
  }

  /** A partition that one side does not know yet agrees when nothing of it was read before this sequence. */
  #startsAt(sequence: Sequence, from: OffsetVector): boolean {
    for (const [partition, offset] of Object.entries(from)) {
      if ((sequence.from[partition] ?? this.#born.get(partition)) !== offset) return false;
    }
    for (const [partition, offset] of Object.entries(sequence.from)) {
      if (from[partition] === undefined && this.#born.get(partition) !== offset) return false;
    }
    return true;
  }
}
