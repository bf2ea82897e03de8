import type { Interval } from '../common/interval.js';
import { IntervalCover } from './interval-cover.js';

/** What the timeline must know of a segment. */
export interface TimelineEntry {
  readonly id: string;
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
  /** Compared as text; a greater one overshadows. */
  readonly version: string;
  readonly partitionNum: number;
  /** The version is complete when partitions 0 to this - 1 are there; 0 = each partition may be seen on its own. */
  readonly corePartitions: number;
}

/** A stretch of time in which one version is visible, and the segments of that version, by partition number. */
export interface TimelineHolder<T extends TimelineEntry> {
  readonly interval: Interval;
  readonly version: string;
  readonly segments: readonly T[];
}

/**
 * The segments of one data source by time and version: at each instant the newest complete version is visible, as a whole.
 * Lookups cost a binary search and what they return; results stay valid (and as they were) when the timeline changes.
 *
 * @source Druid `timeline/VersionedIntervalTimeline.java`
 */
export class Timeline<T extends TimelineEntry> {
  /** By start; a number as key takes less memory and time than a text of everything that tells chunks apart. */
  readonly #chunks = new Map<number, Chunk<T>[]>();
  readonly #chunkOfId = new Map<string, Chunk<T>>();
  readonly #cover = new IntervalCover<Chunk<T>>();

  /** @param entries what it starts with: together they cost a fraction of adding one after another. Ids differ */
  constructor(entries: readonly T[] = []) {
    for (const entry of entries) this.#put(entry);
    const complete: Chunk<T>[] = [];
    for (const chunks of this.#chunks.values()) for (const chunk of chunks) if (chunk.isComplete) complete.push(chunk);
    this.#cover.addAll(complete);
  }

  /** Number of segments, overshadowed ones included. */
  get size(): number {
    return this.#chunkOfId.size;
  }

  /** Adds a segment, or replaces the one with its id. */
  add(entry: T): void {
    this.remove(entry.id);
    this.#show(this.#put(entry));
  }

  /** False when there is no such segment. */
  remove(id: string): boolean {
    const chunk = this.#chunkOfId.get(id);
    if (chunk === undefined) return false;
    this.#chunkOfId.delete(id);
    chunk.remove(id);
    if (chunk.isEmpty) this.#forget(chunk);
    this.#show(chunk);
    return true;
  }

  /** What is visible in the interval, clipped to it, in time order. */
  lookup(interval: Interval): TimelineHolder<T>[] {
    return this.#cover.lookup(interval).map(({ startMs, endMs, layer }) => ({
      interval: { startMs, endMs },
      version: layer.version,
      segments: layer.segments(),
    }));
  }

  /** Whether nothing of the segment is visible at any time. @returns true for unknown ids too */
  isOvershadowed(id: string): boolean {
    const chunk = this.#chunkOfId.get(id);
    return chunk === undefined || !this.#cover.lookup(chunk).some(({ layer }) => layer === chunk);
  }

  /** Segments that share interval and version with others, those of each such chunk together, where anything of them is visible. */
  crowds(): (readonly T[])[] {
    const found: (readonly T[])[] = [];
    for (const chunks of this.#chunks.values()) {
      for (const chunk of chunks) {
        if (chunk.size > 1 && this.#cover.lookup(chunk).some(({ layer }) => layer === chunk))
          found.push(chunk.segments());
      }
    }
    return found;
  }

  #put(entry: T): Chunk<T> {
    const { intervalStartMs: startMs, intervalEndMs: endMs, version } = entry;
    let chunks = this.#chunks.get(startMs);
    if (chunks === undefined) this.#chunks.set(startMs, (chunks = []));
    let chunk = chunks.find((one) => one.endMs === endMs && one.version === version);
    if (chunk === undefined) chunks.push((chunk = new Chunk<T>(startMs, endMs, version)));
    chunk.add(entry);
    this.#chunkOfId.set(entry.id, chunk);
    return chunk;
  }

  #forget(chunk: Chunk<T>): void {
    const rest = this.#chunks.get(chunk.startMs)!.filter((one) => one !== chunk);
    if (rest.length > 0) this.#chunks.set(chunk.startMs, rest);
    else this.#chunks.delete(chunk.startMs);
  }

  #show(chunk: Chunk<T>): void {
    if (chunk.isComplete) this.#cover.add(chunk);
    else this.#cover.remove(chunk);
  }
}

/** The segments of one interval and version: most often one, so an array and not a map of them. */
class Chunk<T extends TimelineEntry> {
  readonly startMs: number;
  readonly endMs: number;
  readonly version: string;
  #entries: T[] = [];
  /** Entries that belong to a core set; without any, completeness needs no look at the others. */
  #coreEntries = 0;
  #isSorted = true;
  /** The array was given out, and is not changed any more. */
  #isGiven = false;

  constructor(startMs: number, endMs: number, version: string) {
    this.startMs = startMs;
    this.endMs = endMs;
    this.version = version;
  }

  get size(): number {
    return this.#entries.length;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get isComplete(): boolean {
    if (this.#coreEntries === 0) return !this.isEmpty;
    let core = 0;
    for (const entry of this.#entries) core = Math.max(core, entry.corePartitions);
    const present = new Set<number>();
    for (const entry of this.#entries) if (entry.partitionNum < core) present.add(entry.partitionNum);
    return present.size === core;
  }

  /** @param entry one that is not there yet */
  add(entry: T): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && last.partitionNum > entry.partitionNum) this.#isSorted = false;
    this.#own();
    this.#entries.push(entry);
    if (entry.corePartitions > 0) this.#coreEntries++;
  }

  remove(id: string): void {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    if (index === -1) return;
    if (this.#entries[index]!.corePartitions > 0) this.#coreEntries--;
    this.#own();
    this.#entries.splice(index, 1);
  }

  /** In partition order; the array is never changed once given out. */
  segments(): readonly T[] {
    if (!this.#isSorted) {
      this.#own();
      this.#entries.sort((a, b) => a.partitionNum - b.partitionNum);
      this.#isSorted = true;
    }
    this.#isGiven = true;
    return this.#entries;
  }

  #own(): void {
    if (!this.#isGiven) return;
    this.#entries = [...this.#entries];
    this.#isGiven = false;
  }
}
