import type { ColumnBlockRef } from '../memory/block-ref.js';
import { openIndex } from './bitmap-view.js';
import type { StoredVector } from './block.js';
import { openDictionary } from './dictionary-view.js';

type IdsRef = Extract<ColumnBlockRef, { readonly kind: 'string' | 'multiString' }>;

const OTHER: StoredVector = { kind: 'other' };

/**
 * A column block as kernels take it: where it lies, and in which form. A constant block has no values, its `ids` or `values` point
 * nowhere; and without nulls either, its arena means nothing.
 * @param memory finds the bytes of an arena in this thread, for the dictionary and the index
 */
export function storedVector(ref: ColumnBlockRef, memory: (arena: number) => ArrayBufferLike): StoredVector {
  switch (ref.kind) {
    case 'string':
      return {
        kind: 'ids',
        arena: ref.ids.arena,
        width: ref.width === 'constant' ? null : ref.width,
        constant: ref.constant ?? 0,
        ids: ref.ids.offset,
        ...openIds(ref, memory),
      };
    case 'multiString':
      return {
        kind: 'multiIds',
        arena: ref.ids.arena,
        width: ref.width,
        offsets: ref.offsets.offset,
        ids: ref.ids.offset,
        ...openIds(ref, memory),
      };
    case 'long':
    case 'decimal':
      return {
        kind: 'ints',
        logical: ref.kind === 'long' ? 'long' : 'double',
        arena: ref.values.arena,
        type: ref.width === 'constant' ? null : ref.width,
        base: ref.base,
        scale: ref.kind === 'long' ? 0 : ref.scale,
        values: ref.values.offset,
        nulls: ref.nulls?.offset ?? 0,
      };
    case 'double':
    case 'float':
      return {
        kind: 'reals',
        logical: ref.kind,
        arena: ref.values.arena,
        type: ref.kind === 'double' ? 'f64' : 'f32',
        values: ref.values.offset,
        nulls: ref.nulls?.offset ?? 0,
      };
    case 'binary':
    case 'array':
      return OTHER;
  }
}

function openIds(ref: IdsRef, memory: (arena: number) => ArrayBufferLike) {
  const index = ref.index === undefined ? {} : { index: openIndex(ref.index, ref.dictionary.size, memory) };
  return { dictionary: openDictionary(ref.dictionary, memory), ...index };
}
