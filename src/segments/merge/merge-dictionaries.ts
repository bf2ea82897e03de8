import type { Dictionary } from '../../vectors/block.js';
import { sortedIds } from '../dictionary/sort-utf8.js';
import { SortedDictionary } from '../dictionary/sorted-dictionary.js';
import { compareUtf8AsUtf16 } from '../dictionary/utf8-order.js';

export interface MergedDictionary {
  readonly dictionary: SortedDictionary;
  /** By dictionary key: the merged id of each id, 0 for 0. */
  readonly remaps: ReadonlyMap<string, Uint32Array>;
}

/** Merges dictionaries, sorted or not, into one in Java string order. Of views of one dictionary (same key) the longest counts. */
export function mergeDictionaries(dictionaries: Iterable<Dictionary>): MergedDictionary {
  const longest = new Map<string, Dictionary>();
  for (const dictionary of dictionaries) {
    const known = longest.get(dictionary.key);
    if (known === undefined || known.size < dictionary.size) longest.set(dictionary.key, dictionary);
  }
  const sources = [...longest].map(([key, dictionary]) => sourceOf(key, dictionary));
  const dictionary = mergeSorted(sources);
  return { dictionary, remaps: new Map(sources.map((source) => [source.key, source.remap])) };
}

/** One dictionary on its way through the merge. */
interface Source {
  readonly key: string;
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
  /** Ascending by value. */
  readonly ids: Uint32Array;
  /** Merged id of each id. */
  readonly remap: Uint32Array;
  /** The value that is merged next. */
  at: number;
}

function sourceOf(key: string, dictionary: Dictionary): Source {
  const { size } = dictionary;
  const { offsets, bytes } = utf8Of(dictionary);
  const ids = dictionary.sorted ? Uint32Array.from({ length: size }, (_, i) => i + 1) : sortedIds(offsets, bytes, size);
  return { key, offsets, bytes, ids, remap: new Uint32Array(size + 1), at: 0 };
}

function utf8Of(dictionary: Dictionary): { readonly offsets: Uint32Array; readonly bytes: Uint8Array } {
  if (dictionary instanceof SortedDictionary) return dictionary;
  if (dictionary.utf8 !== undefined) return dictionary.utf8;
  const offsets = new Uint32Array(dictionary.size + 1);
  const values = Array.from({ length: dictionary.size }, (_, i) => Buffer.from(dictionary.value(i + 1), 'utf8'));
  values.forEach((value, i) => {
    offsets[i + 1] = offsets[i]! + value.length;
  });
  return { offsets, bytes: Buffer.concat(values) };
}

/** Distinct values of all sources in order; fills their remaps. A heap holds the sources by their next value. */
function mergeSorted(sources: readonly Source[]): SortedDictionary {
  const heap = sources.filter((source) => source.ids.length > 0);
  heap.sort(compareNext);
  const merged = new DictionaryBuilder(sources);
  let size = heap.length;
  while (size > 0) {
    const source = heap[0]!;
    const id = source.ids[source.at]!;
    source.remap[id] = merged.add(source.bytes, source.offsets[id - 1]!, source.offsets[id]!);
    source.at++;
    if (source.at === source.ids.length) heap[0] = heap[--size]!;
    if (size > 1) siftDown(heap, size);
  }
  return merged.finish();
}

function compareNext(a: Source, b: Source): number {
  const x = a.ids[a.at]!;
  const y = b.ids[b.at]!;
  return compareUtf8AsUtf16(a.bytes, a.offsets[x - 1]!, a.offsets[x]!, b.bytes, b.offsets[y - 1]!, b.offsets[y]!);
}

function siftDown(heap: Source[], size: number): void {
  const source = heap[0]!;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && compareNext(heap[child + 1]!, heap[child]!) < 0) child++;
    if (compareNext(source, heap[child]!) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = source;
}

/** Takes values in order, each as often as it comes. */
class DictionaryBuilder {
  readonly #offsets: Uint32Array;
  readonly #bytes: Uint8Array;
  #size = 0;

  /** Has room for the values of all sources. */
  constructor(sources: readonly Source[]) {
    const numValues = sources.reduce((sum, { ids }) => sum + ids.length, 0);
    const numBytes = sources.reduce((sum, { ids, offsets }) => sum + offsets[ids.length]!, 0);
    this.#offsets = new Uint32Array(numValues + 1);
    this.#bytes = new Uint8Array(numBytes);
  }

  /** @returns the id of the value, which is the last one or comes after it */
  add(source: Uint8Array, start: number, end: number): number {
    const bytes = this.#bytes;
    const at = this.#offsets[this.#size]!;
    if (this.#size > 0 && isLast(bytes, this.#offsets[this.#size - 1]!, at, source, start, end)) return this.#size;
    for (let i = start; i < end; i++) bytes[at + i - start] = source[i]!;
    this.#size++;
    this.#offsets[this.#size] = at + end - start;
    return this.#size;
  }

  finish(): SortedDictionary {
    const numBytes = this.#offsets[this.#size]!;
    const isTight = numBytes === this.#bytes.length;
    return new SortedDictionary(
      isTight ? this.#offsets.subarray(0, this.#size + 1) : this.#offsets.slice(0, this.#size + 1),
      isTight ? this.#bytes : this.#bytes.slice(0, numBytes),
    );
  }
}

function isLast(bytes: Uint8Array, from: number, to: number, source: Uint8Array, start: number, end: number): boolean {
  if (to - from !== end - start) return false;
  for (let i = 0; i < end - start; i++) if (bytes[from + i] !== source[start + i]) return false;
  return true;
}

/** The values of these ids only, and the new id of each old one. `used` has an entry for every id; a value other than 0 = used. */
export function keepUsed(
  dictionary: SortedDictionary,
  used: Uint8Array,
): { readonly dictionary: SortedDictionary; readonly remap: Uint32Array } {
  const remap = new Uint32Array(dictionary.size + 1);
  let size = 0;
  let numBytes = 0;
  for (let id = 1; id <= dictionary.size; id++) {
    if (used[id] === 0) continue;
    remap[id] = ++size;
    numBytes += dictionary.offsets[id]! - dictionary.offsets[id - 1]!;
  }
  if (size === dictionary.size) return { dictionary, remap };
  const offsets = new Uint32Array(size + 1);
  const bytes = new Uint8Array(numBytes);
  let at = 0;
  for (let id = 1; id <= dictionary.size; id++) {
    if (remap[id] === 0) continue;
    const start = dictionary.offsets[id - 1]!;
    const end = dictionary.offsets[id]!;
    bytes.set(dictionary.bytes.subarray(start, end), at);
    at += end - start;
    offsets[remap[id]!] = at;
  }
  return { dictionary: new SortedDictionary(offsets, bytes), remap };
}
