const INITIAL_SLOTS = 1024;

/** Gives dense group numbers 0, 1, 2… to distinct tuples of `width` value numbers. */
export class GroupKeys {
  readonly #width: number;
  #slots = new Uint32Array(INITIAL_SLOTS);
  #keys: Uint32Array;
  #size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#keys = new Uint32Array(INITIAL_SLOTS * Math.max(1, width));
  }

  get size(): number {
    return this.#size;
  }

  /** The group of `key[0..width)`, a new one when it is not known. */
  intern(key: Uint32Array): number {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(key, 0, this.#width) & mask;
    while (slots[slot] !== 0) {
      const group = slots[slot]! - 1;
      if (this.#equals(group, key)) return group;
      slot = (slot + 1) & mask;
    }
    this.#keys.set(key.subarray(0, this.#width), this.#size * this.#width);
    this.#size++;
    slots[slot] = this.#size;
    return this.#size - 1;
  }

  /** The value numbers of part `part`, one entry per group. */
  part(part: number): Uint32Array {
    const numbers = new Uint32Array(this.#size);
    for (let group = 0; group < this.#size; group++) numbers[group] = this.#keys[group * this.#width + part]!;
    return numbers;
  }

  #equals(group: number, key: Uint32Array): boolean {
    const at = group * this.#width;
    for (let i = 0; i < this.#width; i++) if (this.#keys[at + i] !== key[i]) return false;
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const keys = new Uint32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    for (let group = 0; group < this.#size; group++) {
      let slot = hashOf(keys, group * this.#width, this.#width) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = group + 1;
    }
    this.#slots = slots;
    this.#keys = keys;
  }
}

function hashOf(key: Uint32Array, at: number, width: number): number {
  let hash = 0x9e3779b9;
  for (let i = 0; i < width; i++) {
    hash = Math.imul(hash ^ key[at + i]!, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 13)) >>> 0;
}
