import type { Dictionary } from '../../vectors/block.js';

/** Matching ids of all dictionaries that a thread keeps. */
const MAX_IDS = 4_000_000;
/** Dictionaries and predicates that a thread keeps, whatever they match. */
const MAX_ENTRIES = 8192;

/** The ids 1..size of a dictionary that a predicate matches, ascending. */
export interface KnownMatches {
  readonly ids: Uint32Array;
  readonly size: number;
}

/** By predicate and dictionary; least recently used first. */
const kept = new Map<string, KnownMatches>();
let numIds = 0;

/** What this thread found out before, in this query or an earlier one. @param predicate names it; equal texts mean equal matches */
export function knownMatches(predicate: string, dictionary: Dictionary): KnownMatches | undefined {
  const key = keyOf(predicate, dictionary);
  const known = kept.get(key);
  if (known === undefined) return undefined;
  kept.delete(key);
  kept.set(key, known);
  return known;
}

/** Keeps what was found out of a dictionary, as long as there is room. */
export function keepMatches(predicate: string, dictionary: Dictionary, matches: KnownMatches): void {
  // The ids of a dictionary that a virtual column makes mean something in one query only.
  if (dictionary.derived !== undefined || matches.ids.length > MAX_IDS / 4) return;
  const key = keyOf(predicate, dictionary);
  numIds += matches.ids.length - (kept.get(key)?.ids.length ?? 0);
  kept.delete(key);
  kept.set(key, matches);
  for (const [oldest, { ids }] of kept) {
    if (numIds <= MAX_IDS && kept.size <= MAX_ENTRIES) return;
    kept.delete(oldest);
    numIds -= ids.length;
  }
}

function keyOf(predicate: string, dictionary: Dictionary): string {
  return `${dictionary.key}\n${predicate}`;
}
