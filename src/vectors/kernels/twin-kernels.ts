/**
 * The kernels in plain TypeScript: what each means, said as simply as it can be. Tests hold the WebAssembly module against them; nothing
 * else runs them. Sums of reals may differ from the module's in rounding, since those add in another order; all else is equal.
 */
import type { KernelSet } from './kernel-set.js';
import { arithmeticTwins } from './twins/arithmetic.js';
import { bitTwins } from './twins/bits.js';
import { cellTextTwins } from './twins/cell-text.js';
import { filterTwins } from './twins/filters.js';
import { groupTwins } from './twins/groups.js';
import { hashTwins } from './twins/hash.js';
import { keyTwins } from './twins/keys.js';
import { loadingTwins } from './twins/loading.js';
import { mergeTwins } from './twins/merge.js';
import { murmurTwins } from './twins/murmur.js';
import { pickTwins } from './twins/pick-rows.js';
import { reduceTwins } from './twins/reduce.js';
import { topKTwins } from './twins/top-k.js';
import { TwinMemory } from './twins/twin-memory.js';

/** `buffer` is asked at every call: a memory that grows gives another one. */
export function twinKernels(buffer: () => ArrayBufferLike): KernelSet {
  const memory = new TwinMemory(buffer);
  return {
    ...reduceTwins(memory),
    ...groupTwins(memory),
    ...pickTwins(memory),
    ...murmurTwins(memory),
    ...mergeTwins(memory),
    ...keyTwins(memory),
    ...hashTwins(memory),
    ...filterTwins(memory),
    ...bitTwins(memory),
    ...arithmeticTwins(memory),
    ...topKTwins(memory),
    ...loadingTwins(memory),
    ...cellTextTwins(memory),
  };
}
