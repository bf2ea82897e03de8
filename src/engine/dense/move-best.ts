import type { SegmentCut } from '../../plan/leaf-plan.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import { denseCodes } from './export-set.js';
import type { LeafShape } from './leaf-shape.js';
import { mergeByGroups } from './merge-sets.js';
import type { ReusedBuffers } from './reused-buffers.js';
import { bestGroups } from './segment-cut.js';
import type { StateSet } from './state-set.js';
import type { TaskLayouts } from './task-layouts.js';

/** Adds the best groups of one segment, which are by its own ids and whole, to the set of all segments. */
export function moveBest(
  shape: LeafShape,
  layouts: TaskLayouts,
  from: StateSet,
  to: StateSet,
  cut: SegmentCut | null,
  buffers: ReusedBuffers,
  context: RunContext,
): void {
  const kernels = context.kernels(context.home);
  const indexes = (count: number): Pointer => buffers.get('groups', 4 * count);
  const best = cut === null ? null : bestGroups(kernels, shape, from, cut, indexes);
  const out = indexes(from.size);
  const groups = best ?? from.words(out, kernels.nonEmpty(from.counts(0), from.size, out)).slice();
  if (groups.length === 0) return;
  const codes = denseCodes(from, groups);
  for (let i = 0; i < shape.dimensions.length; i++)
    codes[i] = sharedCodes(layouts, from.segment, i, codes[i]!, context);
  const keys = groupNumbers(to, codes, groups.length, buffers, context);
  const gathered = buffers.get('picked', 8 * groups.length);
  mergeByGroups(kernels, shape, to, from, keys, groups.length, (pointer) => {
    pick(from.words(pointer, 2 * from.size), groups, from.words(gathered, 2 * groups.length));
    return gathered;
  });
}

/** A segment's own ids as ids of the space that it shares. */
function sharedCodes(
  layouts: TaskLayouts,
  segment: number,
  dimension: number,
  codes: Uint32Array,
  context: RunContext,
): Uint32Array {
  const shared = layouts.codes(segment, false)[dimension]!;
  if (shared.kind !== 'space' || shared.remap === null) return codes;
  const { arena, offset, length } = shared.remap;
  const remap = new Uint32Array(context.buffer(arena, offset + length), offset, length / 4);
  return codes.map((code) => remap[code]!);
}

/** Numbers of groups in a set by the codes of their parts; a hashed set gets those that it lacks. */
function groupNumbers(
  to: StateSet,
  codes: readonly Uint32Array[],
  n: number,
  buffers: ReusedBuffers,
  context: RunContext,
): Pointer {
  const { layout, tables } = to;
  const keys = buffers.get('best keys', 4 * n);
  if (tables === null) {
    const out = to.words(keys, n).fill(0);
    let stride = 1;
    layout.parts.forEach(({ range }, part) => {
      addStrided(codes[part]!, stride, out);
      stride *= range;
    });
    return keys;
  }
  tables.reserve(n);
  const word = buffers.get('best word', 4 * n);
  const hash = context.kernels(context.home).hashGroups('all');
  for (let i = 0; i < layout.numWords; i++) {
    const out = to.words(word, n).fill(0);
    layout.parts.forEach((part, k) => {
      if (part.word === i) addStrided(codes[k]!, part.stride, out);
    });
    hash(i === 0 ? 0 : keys, word, 0, n, tables.headers[i]!, keys);
  }
  to.ensure();
  return keys;
}

function addStrided(codes: Uint32Array, stride: number, out: Uint32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = out[i]! + codes[i]! * stride;
}

function pick(words: Uint32Array, groups: Uint32Array, out: Uint32Array): void {
  for (let i = 0; i < groups.length; i++) {
    out[2 * i] = words[2 * groups[i]!]!;
    out[2 * i + 1] = words[2 * groups[i]! + 1]!;
  }
}
