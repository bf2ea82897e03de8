import { assert } from '../../common/assert.js';
import type { UnsignedIds } from '../../vectors/block.js';
import type { ZoneRange } from './zone.js';

/** Arrow dictionary indices of a run of ids. */
export interface EncodedLeaf {
  /** 1 = null; undefined when nothing is null. */
  readonly nulls: Uint8Array | undefined;
  readonly nullCount: number;
  /** Values as Arrow stores them; 0 where null. */
  readonly values: Uint8Array;
  readonly range?: ZoneRange;
  readonly decimalScale?: number;
}

/**
 * Turns ids (0 = null, values from 1) into Arrow indices (from 0, null by validity).
 * @param size number of values in the dictionary
 * @throws AssertionFailure for an id beyond the dictionary
 */
export function encodeIds(ids: UnsignedIds, n: number, size: number, leaf: 'ids8' | 'ids16' | 'ids32'): EncodedLeaf {
  const out = newIndices(leaf, n);
  let min = 0xffff_ffff;
  let max = 0;
  let nullCount = 0;
  for (let i = 0; i < n; i++) {
    const id = ids[i]!;
    if (id === 0) {
      nullCount++;
      continue;
    }
    if (id < min) min = id;
    if (id > max) max = id;
    out[i] = id - 1;
  }
  assert(max <= size, `Dictionary id [${max}] is outside [0, ${size}]`);
  let nulls: Uint8Array | undefined;
  if (nullCount > 0) {
    nulls = new Uint8Array(n);
    for (let i = 0; i < n; i++) nulls[i] = ids[i] === 0 ? 1 : 0;
  }
  return {
    nulls,
    nullCount,
    values: new Uint8Array(out.buffer),
    ...(nullCount < n && { range: { kind: 'ids', min, max } }),
  };
}

function newIndices(leaf: 'ids8' | 'ids16' | 'ids32', n: number): UnsignedIds {
  if (leaf === 'ids8') return new Uint8Array(n);
  return leaf === 'ids16' ? new Uint16Array(n) : new Uint32Array(n);
}
