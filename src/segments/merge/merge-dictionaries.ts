import type { Dictionary } from '../../vectors/block.js';
import { SortedDictionary } from '../dictionary/sorted-dictionary.js';

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
  const sources = [...longest].map(([key, dictionary]) => sortedSource(key, dictionary));
  const values = mergeSorted(sources);
  const remaps = new Map<string, Uint32Array>(sources.map((source) => [source.key, source.remap]));
  return { dictionary: toDictionary(values), remaps };
}

/** One dictionary on its way through the merge. */
interface Source {
  readonly key: string;
  /** Ascending by UTF-16 code units. */
  readonly values: readonly string[];
  /** The id of each of `values`. */
  readonly ids: Uint32Array;
  /** Merged id of each id. */
  readonly remap: Uint32Array;
  /** The value that is merged next. */
  at: number;
}

function sortedSource(key: string, dictionary: Dictionary): Source {
  const { size } = dictionary;
  const values: string[] = [];
  const ids = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    values.push(dictionary.value(i + 1));
    ids[i] = i + 1;
  }
  if (!dictionary.sorted) {
    const idOf = new Map<string, number>();
    for (let i = 0; i < size; i++) idOf.set(values[i]!, i + 1);
    // Without a comparator strings are compared by UTF-16 code units.
    values.sort();
    for (let i = 0; i < size; i++) ids[i] = idOf.get(values[i]!)!;
  }
  return { key, values, ids, remap: new Uint32Array(size + 1), at: 0 };
}

/** Distinct values of all sources in order; fills their remaps. A heap holds the sources by their next value. */
function mergeSorted(sources: readonly Source[]): readonly string[] {
  const heap = sources.filter((source) => source.values.length > 0);
  heap.sort((a, b) => (a.values[0]! < b.values[0]! ? -1 : 1));
  let size = heap.length;
  const merged: string[] = [];
  let last: string | undefined;
  while (size > 0) {
    const source = heap[0]!;
    const value = source.values[source.at]!;
    if (value !== last) {
      merged.push(value);
      last = value;
    }
    source.remap[source.ids[source.at]!] = merged.length;
    source.at++;
    if (source.at === source.values.length) heap[0] = heap[--size]!;
    siftDown(heap, size);
  }
  return merged;
}

function siftDown(heap: Source[], size: number): void {
  const source = heap[0]!;
  const value = source.values[source.at];
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    let next = heap[child]!;
    const right = child + 1 < size ? heap[child + 1]! : undefined;
    if (right !== undefined && right.values[right.at]! < next.values[next.at]!) {
      child++;
      next = right;
    }
    if (value! <= next.values[next.at]!) break;
    heap[at] = next;
    at = child;
  }
  heap[at] = source;
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

function toDictionary(values: readonly string[]): SortedDictionary {
  const offsets = new Uint32Array(values.length + 1);
  let numBytes = 0;
  for (const value of values) numBytes += Buffer.byteLength(value, 'utf8');
  const bytes = Buffer.allocUnsafeSlow(numBytes);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    at += bytes.write(values[i]!, at, 'utf8');
    offsets[i + 1] = at;
  }
  return new SortedDictionary(offsets, bytes);
}
