import { assert } from '../../common/assert.js';
import type { MemoryRef } from '../../memory/memory-ref.js';
import type { BitmapIndexRef, ColumnBlockRef, DictionaryRef } from '../../memory/block-ref.js';

type WithoutIds = Exclude<ColumnBlockRef, { readonly kind: 'string' | 'multiString' | 'array' }>;
type StringRef = Extract<ColumnBlockRef, { readonly kind: 'string' }>;
type MultiStringRef = Extract<ColumnBlockRef, { readonly kind: 'multiString' }>;

/**
 * A column block in memory, before it is bound to the dictionary and the index of its column: those live in slots of their
 * own, which may come and go between two queries.
 */
export type StoredColumnBlock =
  | WithoutIds
  | Omit<StringRef, 'dictionary' | 'index'>
  | Omit<MultiStringRef, 'dictionary' | 'index'>
  | {
      readonly kind: 'array';
      readonly offsets: MemoryRef;
      readonly elements: StoredColumnBlock;
      readonly numElements: number;
      readonly nulls?: MemoryRef;
    };

/** The block as the engine takes it. @param dictionary required for columns of ids */
export function bindColumnBlock(
  stored: StoredColumnBlock,
  dictionary?: DictionaryRef,
  index?: BitmapIndexRef,
): ColumnBlockRef {
  switch (stored.kind) {
    case 'string':
    case 'multiString':
      assert(dictionary !== undefined, 'A column of ids needs its dictionary');
      return { ...stored, dictionary, ...(index !== undefined && { index }) };
    case 'array':
      return { ...stored, elements: bindColumnBlock(stored.elements, dictionary) };
    case 'long':
    case 'double':
    case 'decimal':
    case 'float':
    case 'binary':
      return stored;
  }
}
