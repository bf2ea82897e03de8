/** A set of 32-bit integers (unsigned ones by their bits) that a whole column is looked up in. */
export class IntSet {
  readonly #slots: Int32Array;
  readonly #shift: number;
  /** What free slots hold: no member. */
  readonly #free: number;

  /** @param members each once */
  constructor(members: ArrayLike<number>) {
    let bits = 4;
    while (2 ** bits < members.length * 4) bits++;
    const free = smallestAbsent(members);
    const slots = new Int32Array(2 ** bits).fill(free);
    this.#free = free;
    this.#shift = 32 - bits;
    this.#slots = slots;
    const mask = slots.length - 1;
    for (let i = 0; i < members.length; i++) {
      const member = members[i]! | 0;
      let slot = Math.imul(member, HASH) >>> this.#shift;
      while (slots[slot] !== free) slot = (slot + 1) & mask;
      slots[slot] = member;
    }
  }

  /** Writes the bitset (words of 32 bits) of the elements that are members; returns how many are. */
  bitsOf(elements: Int32Array, n: number, words: Uint32Array): number {
    return bitsOfSet(elements, this.#slots, this.#shift, this.#free, n, words);
  }
}

/** Knuth's multiplier: 2^32 divided by the golden ratio. */
const HASH = 0x9e3779b1;

/** The smallest number from 0 that is no member. */
function smallestAbsent(members: ArrayLike<number>): number {
  const marks = new Uint8Array(members.length + 1);
  for (let i = 0; i < members.length; i++) {
    const member = members[i]! | 0;
    if (member >= 0 && member < marks.length) marks[member] = 1;
  }
  return marks.indexOf(0);
}

function bitsOfSet(
  elements: Int32Array,
  slots: Int32Array,
  shift: number,
  free: number,
  n: number,
  words: Uint32Array,
): number {
  const mask = slots.length - 1;
  let count = 0;
  for (let w = 0; w < words.length; w++) {
    const first = w << 5;
    const end = Math.min(n, first + 32);
    let word = 0;
    for (let row = first; row < end; row++) {
      const element = elements[row]!;
      let slot = Math.imul(element, 0x9e3779b1) >>> shift;
      let found = slots[slot]!;
      while (found !== element && found !== free) {
        slot = (slot + 1) & mask;
        found = slots[slot]!;
      }
      if (found === element && element !== free) {
        word |= 1 << (row & 31);
        count++;
      }
    }
    words[w] = word;
  }
  return count;
}
