import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import type { GroupLayout } from './group-layout.js';
import type { LeafShape } from './leaf-shape.js';
import { mergeSets, type PutWords } from './merge-sets.js';
import type { OwnedMemory } from './state-memory.js';
import { StateMemory } from './state-memory.js';
import { StateSet, type StateSetImage } from './state-set.js';

/** What lies in the exchange: JSON text behind its length (u32). */
interface HandOver {
  readonly owned: OwnedMemory;
  readonly sets: readonly StateSetImage[];
}

const LENGTH_BYTES = 64;

/** All state sets of one thread, which travel together from thread to thread. */
export class StateSets {
  readonly #context: RunContext;
  readonly #shape: LeafShape;
  readonly #layoutOf: (segment: number, isLocal: boolean) => GroupLayout;
  readonly #put: PutWords;
  readonly #memory: StateMemory;
  readonly #sets = new Map<string, StateSet>();

  /** @param layoutOf the layout of a segment's groups, the same in every thread */
  constructor(
    context: RunContext,
    shape: LeafShape,
    layoutOf: (segment: number, isLocal: boolean) => GroupLayout,
    put: PutWords,
  ) {
    this.#context = context;
    this.#shape = shape;
    this.#layoutOf = layoutOf;
    this.#put = put;
    this.#memory = new StateMemory(() => context.scratch(context.home));
  }

  get all(): readonly StateSet[] {
    return [...this.#sets.values()];
  }

  /** The set that a segment's rows go to, a new one when there is none. */
  of(segment: number, isLocal: boolean): StateSet {
    const layout = this.#layoutOf(segment, isLocal);
    const key = setKey(layout, segment, isLocal);
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new StateSet({ layout, segment, isLocal, shape: this.#shape }, this.#context, this.#memory);
      this.#sets.set(key, set);
    }
    return set;
  }

  /** Takes a set out of use and gives its memory back. */
  drop(set: StateSet): void {
    this.#sets.delete(setKey(set.layout, set.segment, set.isLocal));
    set.free();
  }

  foldLanes(): void {
    for (const set of this.#sets.values()) set.foldLanes();
  }

  /** Describes all states in scratch of the home arena for another thread; they are still this thread's until `handedOver`. */
  describe(): Pointer {
    const { home } = this.#context;
    const owned = this.#memory.owned;
    const text: HandOver = { owned, sets: this.all.map((set) => set.image()) };
    const bytes = Buffer.from(JSON.stringify(text));
    const pointer = this.#context.scratch(home).allocate(LENGTH_BYTES + bytes.length);
    const buffer = this.#context.buffer(home, pointer + LENGTH_BYTES + bytes.length);
    new Uint32Array(buffer, pointer, 1)[0] = bytes.length;
    new Uint8Array(buffer, pointer + LENGTH_BYTES, bytes.length).set(bytes);
    return pointer;
  }

  /** The states belong to whoever took them from the exchange. */
  handedOver(): void {
    this.#memory.forget();
    this.#sets.clear();
  }

  /** Merges what another thread described, whose lanes are folded, as this thread's must be. */
  take(pointer: Pointer): void {
    const { home } = this.#context;
    const kernels = this.#context.kernels(home);
    const { owned, sets } = this.#read(pointer);
    this.#context.scratch(home).free(pointer);
    this.#memory.adopt(owned);
    for (const image of sets) {
      const { segment, isLocal } = image;
      const layout = this.#layoutOf(segment, isLocal);
      const from = new StateSet({ layout, segment, isLocal, shape: this.#shape, image }, this.#context, this.#memory);
      const key = setKey(layout, segment, isLocal);
      const to = this.#sets.get(key);
      if (to === undefined) this.#sets.set(key, from);
      else {
        mergeSets(kernels, this.#shape, to, from, this.#put);
        from.free();
      }
    }
  }

  release(): void {
    this.#memory.release();
    this.#sets.clear();
  }

  #read(pointer: Pointer): HandOver {
    const { home } = this.#context;
    const length = new Uint32Array(this.#context.buffer(home, pointer + 4), pointer, 1)[0]!;
    const at = pointer + LENGTH_BYTES;
    const bytes = new Uint8Array(this.#context.buffer(home, at + length), at, length).slice();
    return JSON.parse(Buffer.from(bytes).toString()) as HandOver;
  }
}

function setKey(layout: GroupLayout, segment: number, isLocal: boolean): string {
  return isLocal ? `segment ${segment}` : layout.key;
}
