import type { Interval } from '../common/interval.js';
import type { Clock, Timer } from '../platform/clock.js';
import type {
  LeaseRow,
  MetadataChanges,
  MetadataStore,
  OffsetsRow,
  SegmentRow,
  SupervisorRow,
} from './metadata-store.js';
import { groupOfPartition, isStreamLeaseOf, type StreamState } from './stream-state.js';

/** One publish of a stream whose segments no historical has loaded yet. */
interface HeldPublish {
  /** Queries that do not see it use this S or an earlier one. */
  readonly beforeS: number;
  readonly segmentIds: readonly string[];
  readonly after: OffsetsRow;
  /** Monotonic; from then on historicals read from deep storage. */
  readonly untilMs: number;
}

interface HeldStream {
  readonly dataSource: string;
  /** Offsets that queries begin at. */
  offsets: OffsetsRow | undefined;
  /** Oldest first. */
  readonly publishes: HeldPublish[];
}

/** What a view knows before it applies changes. */
export interface ViewBefore {
  supervisor(id: string): SupervisorRow | undefined;
  streams(dataSource: string): readonly StreamState[];
  lease(name: string): LeaseRow | undefined;
  segment(id: string): SegmentRow | undefined;
  visible(dataSource: string, interval: Interval): readonly { readonly row: SegmentRow }[];
}

const LOOK_MS = 50;
/** Historicals that cannot load for this long will not: an indexer does not keep its rows for ever. */
const MAX_HELD_MS = 10 * 60_000;

/**
 * Publishes that a broker does not use yet: their rows still come from the indexer, which keeps them until all brokers have passed the
 * commit, and their segments from no one. So no query waits for a historical to fetch what was published a moment ago, nor fails when deep
 * storage is away just then. Only what appends to a stream that keeps its owners is held; anything else that happens to the data source or
 * the stream lets go of it, as does a query that finds the older state gone.
 */
export class HeldPublishes {
  readonly #store: Pick<MetadataStore, 'loadedAmong'>;
  readonly #clock: Clock;
  readonly #streams = new Map<string, HeldStream>();
  readonly #hidden = new Set<string>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(store: Pick<MetadataStore, 'loadedAmong'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Whether queries get the rows of this segment from an indexer. */
  hides(segmentId: string): boolean {
    return this.#hidden.has(segmentId);
  }

  /** The offsets that queries begin at, instead of the `committed` ones. */
  offsets(supervisorId: string, committed: OffsetsRow | undefined): OffsetsRow | undefined {
    const held = this.#streams.get(supervisorId);
    return held === undefined ? committed : held.offsets;
  }

  /** The smallest S whose rows of streams queries use, of a view that is at `s`. */
  minS(s: number): number {
    let minS = s;
    for (const { publishes } of this.#streams.values()) minS = Math.min(minS, publishes[0]!.beforeS);
    return minS;
  }

  /** Looks at changes before the view has applied them. */
  take(changes: MetadataChanges, view: ViewBefore): void {
    const appends = new Map<string, readonly string[]>();
    for (const row of changes.offsets) {
      const segmentIds = appendedIds(changes, row, view);
      if (segmentIds !== undefined) appends.set(row.supervisorId, segmentIds);
    }
    for (const [supervisorId, held] of this.#streams) {
      if (appends.has(supervisorId)) continue;
      if (isTouched(changes, supervisorId, held.dataSource, view)) this.#letGo(supervisorId);
    }
    for (const row of changes.offsets) {
      const segmentIds = appends.get(row.supervisorId);
      if (segmentIds !== undefined) this.#hold(row, segmentIds, changes, view);
    }
  }

  /** Nothing is held any more, as for a view that begins anew. */
  clear(): void {
    this.#streams.clear();
    this.#hidden.clear();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
  }

  #hold(after: OffsetsRow, segmentIds: readonly string[], changes: MetadataChanges, view: ViewBefore): void {
    const { supervisorId } = after;
    let held = this.#streams.get(supervisorId);
    if (held === undefined) {
      const { dataSource, state } = streamOf(view, supervisorId)!;
      held = { dataSource, offsets: state.offsets, publishes: [] };
      this.#streams.set(supervisorId, held);
    }
    const untilMs = this.#clock.monotonicMs() + MAX_HELD_MS;
    held.publishes.push({ beforeS: changes.fromS, segmentIds, after, untilMs });
    for (const id of segmentIds) this.#hidden.add(id);
    this.#lookLater();
  }

  #letGo(supervisorId: string): void {
    for (const { segmentIds } of this.#streams.get(supervisorId)?.publishes ?? []) {
      for (const id of segmentIds) this.#hidden.delete(id);
    }
    this.#streams.delete(supervisorId);
  }

  #lookLater(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimeout(() => {
      void this.#look().finally(() => {
        this.#timer = undefined;
        if (this.#streams.size > 0) this.#lookLater();
      });
    }, LOOK_MS);
  }

  async #look(): Promise<void> {
    let loaded: ReadonlySet<string>;
    try {
      loaded = await this.#store.loadedAmong([...this.#hidden]);
    } catch {
      // The store is away: what is held stays held, and is looked at again.
      loaded = new Set();
    }
    const nowMs = this.#clock.monotonicMs();
    for (const [supervisorId, held] of this.#streams) {
      for (let first = held.publishes[0]; first !== undefined; first = held.publishes[0]) {
        if (nowMs < first.untilMs && !first.segmentIds.every((id) => loaded.has(id))) break;
        held.publishes.shift();
        held.offsets = first.after;
        for (const id of first.segmentIds) this.#hidden.delete(id);
      }
      if (held.publishes.length === 0) this.#streams.delete(supervisorId);
    }
  }
}

/** The segments that a publish of the stream adds to its data source, when they only append and its owners keep the rows; else undefined. */
function appendedIds(changes: MetadataChanges, after: OffsetsRow, view: ViewBefore): readonly string[] | undefined {
  const { supervisorId } = after;
  const stream = streamOf(view, supervisorId);
  if (stream === undefined || stream.state.isEnding || stream.state.former.length > 0) return undefined;
  const { dataSource, state } = stream;
  if (isChanged(changes, supervisorId, view) || !isSameStream(state.offsets, after)) return undefined;
  if (changes.offsets.some((other) => other !== after && streamOf(view, other.supervisorId)?.dataSource === dataSource))
    return undefined;
  if (!isOwned(state, after)) return undefined;
  if (changes.segmentsRetired.some((id) => view.segment(id)?.dataSource === dataSource)) return undefined;
  const added = changes.segmentsAdded.filter((row) => row.dataSource === dataSource);
  const appends = added.every((row) => {
    const interval = { startMs: row.intervalStartMs, endMs: row.intervalEndMs };
    return view.visible(dataSource, interval).every((visible) => visible.row.version === row.version);
  });
  return added.length > 0 && appends ? added.map(({ id }) => id) : undefined;
}

function streamOf(
  view: ViewBefore,
  supervisorId: string,
): { readonly dataSource: string; readonly state: StreamState } | undefined {
  const row = view.supervisor(supervisorId);
  if (row === undefined) return undefined;
  const state = view.streams(row.dataSource).find((candidate) => candidate.supervisorId === supervisorId);
  return state === undefined ? undefined : { dataSource: row.dataSource, state };
}

/** The supervisor is another one, or one of its groups has another owner, or none. */
function isChanged(changes: MetadataChanges, supervisorId: string, view: ViewBefore): boolean {
  return (
    changes.supervisors.some(({ id }) => id === supervisorId) ||
    changes.supervisorsRemoved.includes(supervisorId) ||
    changes.offsetsRemoved.includes(supervisorId) ||
    changes.leases.some((lease) => {
      const before = view.lease(lease.name);
      return (
        isStreamLeaseOf(lease.name, supervisorId) && (before?.holder !== lease.holder || before.epoch !== lease.epoch)
      );
    })
  );
}

/** Whether something happens to a held stream or its data source that is not one more publish. */
function isTouched(changes: MetadataChanges, supervisorId: string, dataSource: string, view: ViewBefore): boolean {
  return (
    isChanged(changes, supervisorId, view) ||
    changes.offsets.some((row) => row.supervisorId === supervisorId) ||
    changes.segmentsAdded.some((row) => row.dataSource === dataSource) ||
    changes.segmentsRetired.some((id) => view.segment(id)?.dataSource === dataSource)
  );
}

function isSameStream(before: OffsetsRow | undefined, after: OffsetsRow): boolean {
  return before !== undefined && before.stream === after.stream && before.incarnation === after.incarnation;
}

/** Whether all partitions that move are of groups with an owner, who has their rows. */
function isOwned({ groups, offsets }: StreamState, after: OffsetsRow): boolean {
  return Object.entries(after.partitions).every(([partition, offset]) => {
    if (offsets?.partitions[partition] === offset) return true;
    const { lease } = groups[groupOfPartition(partition, groups.length)]!;
    return lease !== undefined && lease.holder !== null;
  });
}
