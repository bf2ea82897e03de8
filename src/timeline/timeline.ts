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
  readonly #chunks = new Map<string, Chunk<T>>();
  readonly #chunkOfId = new Map<string, Chunk<T>>();
  readonly #cover = new IntervalCover<Chunk<T>>();

  /** Number of segments, overshadowed ones included. */
  get size(): number {
    return this.#chunkOfId.size;
  }

  /** Adds a segment, or replaces the one with its id. */
  add(entry: T): void {
    this.remove(entry.id);
    const key = `${entry.intervalStartMs}/${entry.intervalEndMs}/${entry.version}`;
    let chunk = this.#chunks.get(key);
    if (chunk === undefined) this.#chunks.set(key, (chunk = new Chunk<T>(key, entry)));
    chunk.add(entry);
    this.#chunkOfId.set(entry.id, chunk);
    this.#show(chunk);
  }

  /** False when there is no such segment. */
  remove(id: string): boolean {
    const chunk = this.#chunkOfId.get(id);
    if (chunk === undefined) return false;
    this.#chunkOfId.delete(id);
    chunk.remove(id);
    if (chunk.isEmpty) this.#chunks.delete(chunk.key);
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

  #show(chunk: Chunk<T>): void {
    if (chunk.isComplete) this.#cover.add(chunk);
    else this.#cover.remove(chunk);
  }
}

/** The segments of one interval and version. */
class Chunk<T extends TimelineEntry> {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly version: string;
  readonly #entries = new Map<string, T>();
  /** Entries that belong to a core set; without any, completeness needs no look at the others. */
  #coreEntries = 0;
  #sorted: readonly T[] | undefined;

  constructor(key: string, first: T) {
    this.key = key;
    this.startMs = first.intervalStartMs;
    this.endMs = first.intervalEndMs;
    this.version = first.version;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get isComplete(): boolean {
    if (this.#coreEntries === 0) return !this.isEmpty;
    let core = 0;
    for (const entry of this.#entries.values()) core = Math.max(core, entry.corePartitions);
    const present = new Set<number>();
    for (const entry of this.#entries.values()) if (entry.partitionNum < core) present.add(entry.partitionNum);
    return present.size === core;
  }

  add(entry: T): void {
    this.#entries.set(entry.id, entry);
    if (entry.corePartitions > 0) this.#coreEntries++;
    this.#sorted = undefined;
  }

  remove(id: string): void {
    if ((this.#entries.get(id)?.corePartitions ?? 0) > 0) this.#coreEntries--;
    this.#entries.delete(id);
    this.#sorted = undefined;
  }

  /** In partition order; the array is never changed once given out. */
  segments(): readonly T[] {
    this.#sorted ??= [...this.#entries.values()].sort((a, b) => a.partitionNum - b.partitionNum);
    return this.#sorted;
  }
}
