import { randomUUID } from 'node:crypto';

/** Randomness as a dependency, so that a simulation can repeat a run. Not for secrets. */
export interface Randomness {
  /** Version 4 form. */
  uuid(): string;
  /** In [0, 1). */
  nextDouble(): number;
}

export const systemRandomness: Randomness = {
  uuid: () => randomUUID(),
  nextDouble: () => Math.random(),
};

/** The same sequence for the same seed. */
export class SeededRandomness implements Randomness {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  uuid(): string {
    const hex = (digits: number): string => {
      let text = '';
      while (text.length < digits) text += Math.floor(this.nextDouble() * 16).toString(16);
      return text;
    };
    const variant = '89ab'[Math.floor(this.nextDouble() * 4)];
    return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
  }

  /** @source mulberry32 (Tommy Ettinger, public domain) */
  nextDouble(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
