import type { Interval } from '../common/interval.js';
import { Timeline } from '../timeline/timeline.js';
import type { HeldPublishes } from './held-publishes.js';
import type {
  LeaseRow,
  MetadataChanges,
  MetadataStore,
  OffsetsRow,
  SegmentRow,
  SupervisorRow,
} from './metadata-store.js';
import { type StreamState, streamState } from './stream-state.js';

/** What a view needs of the store. */
type FollowedStore = Pick<MetadataStore, 'snapshot' | 'changesSince' | 'onCommit'>;

/** How names of data sources begin that a task keeps rows in while it runs; its id follows. */
export const STAGED_PREFIX = '__staged_';

/** A used segment that a query sees, and the part of it that newer versions leave visible (null = all of it). */
export interface VisibleSegment {
  readonly row: SegmentRow;
  readonly clip: Interval | null;
}

/**
 * A node's copy of the metadata at one S, kept up to date by following the change log. Everything that one query needs is
 * read in one synchronous step, so it is all of the same S.
 */
export class MetadataView {
  /** What queries do not use yet: of a broker's view. */
  readonly held: HeldPublishes | null;
  readonly #store: FollowedStore;
  readonly #segments = new Map<string, SegmentRow>();
  readonly #timelines = new Map<string, Timeline<SegmentRow>>();
  /** Of each data source the row that came last. */
  readonly #newest = new Map<string, SegmentRow>();
  readonly #offsets = new Map<string, OffsetsRow>();
  readonly #leases = new Map<string, LeaseRow>();
  readonly #supervisors = new Map<string, SupervisorRow>();
  /** Terminated while this view looked on: their rows count until they are published. */
  readonly #ending = new Map<string, SupervisorRow>();
  readonly #listeners = new Set<() => void>();
  #s = -1;
  #refreshing: Promise<void> | undefined;
  #again = false;
  #poll: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(store: FollowedStore, held: HeldPublishes | null = null) {
    this.#store = store;
    this.held = held;
  }

  /** The S of everything that this view says; -1 before `start`. */
  get s(): number {
    return this.#s;
  }

  /** Loads a snapshot, then follows commits by hints and by polling. Failed polls are retried at the next one. */
  async start(pollMs: number, onError: (error: unknown) => void): Promise<void> {
    await this.refresh();
    const follow = (): void => {
      this.refresh().catch(onError);
    };
    this.#unsubscribe = this.#store.onCommit(follow);
    this.#poll = setInterval(follow, pollMs);
    this.#poll.unref();
  }

  stop(): void {
    clearInterval(this.#poll);
    this.held?.stop();
    this.#unsubscribe?.();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Brings the view to at least the S that the store has when called. */
  refresh(): Promise<void> {
    if (this.#refreshing !== undefined) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#follow();
    return this.#refreshing;
  }

  /** Those that users see. */
  dataSources(): string[] {
    return this.#filled().filter((name) => !name.startsWith(STAGED_PREFIX));
  }

  /** Those that tasks keep rows in while they run. */
  stagedDataSources(): string[] {
    return this.#filled().filter((name) => name.startsWith(STAGED_PREFIX));
  }

  #filled(): string[] {
    const names = new Set<string>();
    for (const [name, timeline] of this.#timelines) if (timeline.size > 0) names.add(name);
    return [...names].sort();
  }

  supervisors(): readonly SupervisorRow[] {
    return [...this.#supervisors.values()];
  }

  /** Data sources that streams feed, or did and have rows that may not be published yet. */
  fedDataSources(): ReadonlySet<string> {
    return new Set([...this.#supervisors.values(), ...this.#ending.values()].map(({ dataSource }) => dataSource));
  }

  supervisor(id: string): SupervisorRow | undefined {
    return this.#supervisors.get(id);
  }

  lease(name: string): LeaseRow | undefined {
    return this.#leases.get(name);
  }

  segment(id: string): SegmentRow | undefined {
    return this.#segments.get(id);
  }

  /** Of a data source the segment that came last, used or not. */
  newestSegment(dataSource: string): SegmentRow | undefined {
    return this.#newest.get(dataSource);
  }

  /** Used segments, overshadowed ones included. */
  segments(): readonly SegmentRow[] {
    return [...this.#segments.values()];
  }

  /** The segments of a data source that are visible in the interval, in time order. */
  visible(dataSource: string, interval: Interval): VisibleSegment[] {
    const found: VisibleSegment[] = [];
    for (const holder of this.#timelines.get(dataSource)?.lookup(interval) ?? []) {
      for (const row of holder.segments) {
        const whole = holder.interval.startMs <= row.minTimeMs && row.maxTimeMs < holder.interval.endMs;
        found.push({ row, clip: whole ? null : holder.interval });
      }
    }
    return found;
  }

  /** Visible segments that share interval and version with others: what may be merged. */
  crowds(): (readonly SegmentRow[])[] {
    return [...this.#timelines.values()].flatMap((timeline) => timeline.crowds());
  }

  /**
   * The streams that feed a data source, and those that did and have rows that are not published yet.
   * @param held publishes that are not to be used
   */
  streams(dataSource: string, held: HeldPublishes | null = null): StreamState[] {
    const offsetsOf = (id: string): OffsetsRow | undefined =>
      held === null ? this.#offsets.get(id) : held.offsets(id, this.#offsets.get(id));
    const states = [...this.#supervisors.values()]
      .filter((supervisor) => supervisor.dataSource === dataSource)
      .map((supervisor) => streamState(supervisor, offsetsOf(supervisor.id), this.#leases));
    for (const supervisor of this.#ending.values()) {
      if (supervisor.dataSource !== dataSource) continue;
      const state = streamState(supervisor, this.#offsets.get(supervisor.id), this.#leases, true);
      const isHeld = state.groups.some(({ lease }) => lease !== undefined && lease.holder !== null);
      if (isHeld || state.former.length > 0) states.push(state);
      else this.#ending.delete(supervisor.id);
    }
    return states;
  }

  async #follow(): Promise<void> {
    try {
      do {
        this.#again = false;
        const before = this.#s;
        const changes = before < 0 ? undefined : await this.#store.changesSince(before);
        if (changes === undefined) await this.#reload();
        else this.#apply(changes);
        if (this.#s !== before) for (const listener of this.#listeners) listener();
      } while (this.#again);
    } finally {
      // In the turn of the last look at `#again`: whoever asks from now on gets a read of its own, not one that is already over.
      this.#refreshing = undefined;
    }
  }

  async #reload(): Promise<void> {
    const snapshot = await this.#store.snapshot();
    this.held?.clear();
    for (const map of [this.#segments, this.#timelines, this.#newest, this.#offsets, this.#leases, this.#supervisors])
      map.clear();
    for (const row of snapshot.segments) this.#segments.set(row.id, row);
    for (const [name, rows] of byDataSource(snapshot.segments)) this.#timelines.set(name, new Timeline(rows));
    for (const row of snapshot.offsets) this.#offsets.set(row.supervisorId, row);
    for (const row of snapshot.leases) this.#leases.set(row.name, row);
    for (const row of snapshot.supervisors) this.#begin(row);
    this.#s = snapshot.s;
  }

  #apply(changes: MetadataChanges): void {
    this.held?.take(changes, this);
    for (const id of changes.segmentsRetired) this.#remove(id);
    for (const row of changes.segmentsAdded) this.#add(this.#compact(row));
    for (const id of changes.offsetsRemoved) this.#offsets.delete(id);
    for (const row of changes.offsets) this.#offsets.set(row.supervisorId, row);
    for (const row of changes.leases) this.#leases.set(row.name, row);
    for (const id of changes.supervisorsRemoved) this.#end(id);
    for (const row of changes.supervisors) this.#begin(row);
    this.#s = changes.toS;
  }

  #begin(row: SupervisorRow): void {
    this.#supervisors.set(row.id, row);
    this.#ending.delete(row.id);
  }

  #end(supervisorId: string): void {
    const row = this.#supervisors.get(supervisorId);
    this.#supervisors.delete(supervisorId);
    if (row !== undefined) this.#ending.set(supervisorId, row);
  }

  /** A row as a snapshot has it: with the texts and lists of an earlier row of its data source, where they are equal. */
  #compact(row: SegmentRow): SegmentRow {
    const known = this.#newest.get(row.dataSource);
    const compact =
      known === undefined
        ? row
        : {
            ...row,
            dataSource: known.dataSource,
            version: row.version === known.version ? known.version : row.version,
            dimensions: sameNames(row.dimensions, known.dimensions) ? known.dimensions : row.dimensions,
            metrics: sameNames(row.metrics, known.metrics) ? known.metrics : row.metrics,
          };
    this.#newest.set(compact.dataSource, compact);
    return compact;
  }

  #add(row: SegmentRow): void {
    this.#segments.set(row.id, row);
    let timeline = this.#timelines.get(row.dataSource);
    if (timeline === undefined) this.#timelines.set(row.dataSource, (timeline = new Timeline<SegmentRow>()));
    timeline.add(row);
  }

  #remove(id: string): void {
    const row = this.#segments.get(id);
    if (row === undefined) return;
    this.#segments.delete(id);
    this.#timelines.get(row.dataSource)?.remove(row.id);
  }
}

function byDataSource(rows: readonly SegmentRow[]): Map<string, SegmentRow[]> {
  const groups = new Map<string, SegmentRow[]>();
  for (const row of rows) {
    const group = groups.get(row.dataSource);
    if (group === undefined) groups.set(row.dataSource, [row]);
    else group.push(row);
  }
  return groups;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
