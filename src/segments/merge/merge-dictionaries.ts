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
  const distinct = new Set<string>();
  for (const dictionary of longest.values()) {
    for (let id = 1; id <= dictionary.size; id++) distinct.add(dictionary.value(id));
  }
  // Without a comparator strings are compared by UTF-16 code units; inputs sorted already are merged as runs.
  const values = [...distinct].sort();
  const ids = new Map<string, number>();
  for (let i = 0; i < values.length; i++) ids.set(values[i]!, i + 1);
  const remaps = new Map<string, Uint32Array>();
  for (const [key, dictionary] of longest) {
    const remap = new Uint32Array(dictionary.size + 1);
    for (let id = 1; id <= dictionary.size; id++) remap[id] = ids.get(dictionary.value(id))!;
    remaps.set(key, remap);
  }
  return { dictionary: toDictionary(values), remaps };
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
