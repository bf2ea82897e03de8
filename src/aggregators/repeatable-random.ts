import type { RandomSource } from '../sketches/quantiles-state.js';

/** A fixed sequence, so that one partial computed twice is the same: which values a quantiles sketch keeps is drawn by lot. */
export function repeatableRandom(): RandomSource {
  let state = 0x2545f491;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
