import type { MemoryRef } from '../../memory/memory-ref.js';

const ALIGNMENT = 64;

/** A part of a slot, by offset from the slot's start. */
export interface SlotPart {
  readonly offset: number;
  readonly length: number;
}

/** Lays the buffers of one value behind each other in its slot, each aligned to 64 bytes. */
export class SlotLayout {
  #end = 0;

  /** Bytes that the slot needs. */
  get bytes(): number {
    return this.#end;
  }

  add(length: number): SlotPart {
    const part = { offset: this.#end, length };
    this.#end += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return part;
  }
}

/** The part as a ref, given the slot's own. */
export function partRef(slot: MemoryRef, part: SlotPart): MemoryRef {
  return { arena: slot.arena, offset: slot.offset + part.offset, length: part.length };
}

/** The part's bytes, given the slot's. */
export function partBytes(slot: Uint8Array, part: SlotPart): Uint8Array {
  return slot.subarray(part.offset, part.offset + part.length);
}
