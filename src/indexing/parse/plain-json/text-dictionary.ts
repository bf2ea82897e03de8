import type { BatchTexts } from '../../../segments/incremental/row-batch.js';
import { InternedText, type TextSource } from '../../../segments/incremental/interned-text.js';
import type { ParserMemory } from './parser-memory.js';

/** Numbers of values of one field. One that grows beyond this begins anew: the field is nearly unique, and old values would only take room. */
const MAX_VALUES = 1 << 18;
const MAX_BYTES = 1 << 24;
const FIRST_VALUES = 1024;
const FIRST_BYTES = 1 << 14;
/** A value may be read with a few bytes of what lies behind it. */
const SLACK = 16;

/** Byte offsets of the words of a dictionary; the layout is the kernel's (assembly/row-values.ts). */
const WORDS = { slots: 0, mask: 4, hashes: 8, offsets: 12, bytes: 16, size: 20, capacity: 24, byteCapacity: 28 };
const DICTIONARY_BYTES = 32;

/** Distinct texts of a field in the kernel's memory, and each as an object once it was asked for. */
export class TextDictionary {
  readonly pointer: number;
  readonly #memory: ParserMemory;
  #capacity = 0;
  #byteCapacity = 0;
  #texts: (InternedText | undefined)[] = [];
  /** Another one whenever numbers begin anew. */
  #source: TextSource = {};

  constructor(memory: ParserMemory) {
    this.#memory = memory;
    this.pointer = memory.allocate(DICTIONARY_BYTES);
    this.#allocate(FIRST_VALUES, FIRST_BYTES);
  }

  /** The text of a number that the kernel gave. */
  text(number: number): InternedText {
    return (this.#texts[number] ??= new InternedText(this.#decode(number), number, this.#source));
  }

  /** The values as they are now, valid until the next record is read. */
  texts(): BatchTexts {
    const size = this.#word(WORDS.size);
    const offsets = this.#word(WORDS.offsets) >> 2;
    const { words, bytes } = this.#memory;
    return {
      source: this.#source,
      size,
      text: (number) => this.#decode(number),
      utf8: {
        bytes: bytes.subarray(this.#word(WORDS.bytes)),
        offsets: words.subarray(offsets, offsets + size + 1),
      },
    };
  }

  /** Makes room, at the price of all numbers given so far when it is large already. @param bytes of the value that did not fit */
  makeRoom(bytes: number): void {
    const isLarge = this.#capacity >= MAX_VALUES || this.#byteCapacity + bytes > MAX_BYTES;
    if (!isLarge) return this.#grow(bytes);
    if (bytes > this.#byteCapacity) this.#allocate(this.#capacity, bytes * 2);
    else this.#clear();
  }

  #word(offset: number): number {
    return this.#memory.words[(this.pointer + offset) >> 2]!;
  }

  #setWord(offset: number, value: number): void {
    this.#memory.words[(this.pointer + offset) >> 2] = value;
  }

  #decode(number: number): string {
    const offsets = this.#word(WORDS.offsets) >> 2;
    const bytes = this.#word(WORDS.bytes);
    const { words, buffer } = this.#memory;
    return buffer.toString('utf8', bytes + words[offsets + number - 1]!, bytes + words[offsets + number]!);
  }

  /** Twice as large; values keep their numbers. */
  #grow(bytes: number): void {
    const size = this.#word(WORDS.size);
    const old = {
      hashes: this.#word(WORDS.hashes),
      offsets: this.#word(WORDS.offsets),
      bytes: this.#word(WORDS.bytes),
    };
    const [texts, source] = [this.#texts, this.#source];
    const usedBytes = this.#memory.words[(old.offsets >> 2) + size]!;
    this.#allocate(this.#capacity * 2, Math.max(this.#byteCapacity * 2, usedBytes + bytes));
    const { bytes: memory } = this.#memory;
    memory.copyWithin(this.#word(WORDS.hashes), old.hashes, old.hashes + (size + 1) * 4);
    memory.copyWithin(this.#word(WORDS.offsets), old.offsets, old.offsets + (size + 1) * 4);
    memory.copyWithin(this.#word(WORDS.bytes), old.bytes, old.bytes + usedBytes);
    this.#setWord(WORDS.size, size);
    this.#texts = texts;
    this.#source = source;
    this.#insertAll(size);
  }

  #insertAll(size: number): void {
    const { words } = this.#memory;
    const slots = this.#word(WORDS.slots) >> 2;
    const hashes = this.#word(WORDS.hashes) >> 2;
    const mask = this.#word(WORDS.mask);
    for (let number = 1; number <= size; number++) {
      let slot = words[hashes + number]! & mask;
      while (words[slots + slot] !== 0) slot = (slot + 1) & mask;
      words[slots + slot] = number;
    }
  }

  #allocate(capacity: number, byteCapacity: number): void {
    this.#capacity = capacity;
    this.#byteCapacity = byteCapacity;
    this.#setWord(WORDS.slots, this.#memory.allocate(capacity * 2 * 4));
    this.#setWord(WORDS.mask, capacity * 2 - 1);
    this.#setWord(WORDS.hashes, this.#memory.allocate((capacity + 1) * 4));
    this.#setWord(WORDS.offsets, this.#memory.allocate((capacity + 1) * 4));
    this.#setWord(WORDS.bytes, this.#memory.allocate(byteCapacity + SLACK));
    this.#setWord(WORDS.capacity, capacity);
    this.#setWord(WORDS.byteCapacity, byteCapacity);
    this.#clear();
  }

  #clear(): void {
    const { words } = this.#memory;
    const slots = this.#word(WORDS.slots) >> 2;
    words.fill(0, slots, slots + this.#capacity * 2);
    words[this.#word(WORDS.offsets) >> 2] = 0;
    this.#setWord(WORDS.size, 0);
    this.#texts = [];
    this.#source = {};
  }
}
