import type { StreamBatch, StreamBounds, StreamRecord, StreamSource } from '../../src/streams/stream-source.js';
import type { NodeClock } from './node-clock.js';
import type { World } from './world.js';

/** An event as it was written. */
export interface Written {
  readonly timeMs: number;
  readonly page: string;
  readonly added: number;
}

/** null = an offset without a record: a control record, or one of an aborted transaction. `bad`: not parseable. */
type Entry = Written | 'bad' | null;

export interface Totals {
  readonly count: number;
  readonly added: number;
  /** By hour and page. */
  readonly groups: Readonly<Record<string, { readonly count: number; readonly added: number }>>;
}

const BATCH_RECORDS = 120;
const NOTHING: Totals = { count: 0, added: 0, groups: {} };
const HOUR_MS = 3_600_000;

interface Partition {
  earliest: number;
  readonly log: Entry[];
}

/** The topic between two creations, and what earlier ones had published when it was made. */
interface Life {
  readonly partitions: Partition[];
  readonly before: Totals;
  /** Commit with which the life before it was forgotten. */
  readonly sinceS: number;
}

/** A topic, and the oracle over it: what counts at any vector is counted from here alone. */
export class SimulatedTopic {
  readonly name = 'events';
  isAway = false;
  readonly #world: World;
  readonly #lives: Life[] = [];

  constructor(world: World, partitions: number) {
    this.#world = world;
    this.recreate(partitions, {}, 0);
  }

  get incarnation(): string {
    return `simulated:${this.#lives.length}`;
  }

  get partitions(): Partition[] {
    return this.#lives.at(-1)!.partitions;
  }

  /** Deletes the topic and makes it anew. @param published where its offsets were committed when the operator reset them, with commit `s` */
  recreate(partitions: number, published: Readonly<Record<string, number>>, s: number): void {
    const before = this.#lives.length === 0 ? NOTHING : this.at(published);
    this.#lives.push({ partitions: [], before, sinceS: s });
    for (let p = 0; p < partitions; p++) this.addPartition();
  }

  addPartition(): void {
    this.partitions.push({ earliest: 0, log: [] });
  }

  produce(count: number): void {
    const world = this.#world;
    const { log } = this.partitions[world.below(this.partitions.length)]!;
    const isAborted = world.chance(0.1);
    for (let i = 0; i < count; i++) {
      if (isAborted || world.chance(0.02)) log.push(null);
      else if (world.chance(0.03)) log.push('bad');
      else {
        const timeMs = world.clock.nowMs() - (world.chance(0.05) ? world.below(7_200_000) : world.below(1_000));
        log.push({ timeMs, page: `page-${world.below(7)}`, added: world.below(1_000) });
      }
    }
    // The marker that ends a transaction.
    if (world.chance(0.5)) log.push(null);
  }

  get end(): Record<string, number> {
    return Object.fromEntries(this.partitions.map(({ log }, p) => [p, log.length]));
  }

  /** @param incarnation of the vector; '' = nothing was committed of the one that there was at `s` */
  at(vector: Readonly<Record<string, number>>, incarnation = this.incarnation, s = Infinity): Totals {
    const life =
      incarnation === ''
        ? this.#lives.findLast(({ sinceS }) => sinceS <= s)!
        : this.#lives[Number(incarnation.split(':')[1]) - 1]!;
    let { count, added } = life.before;
    const groups = structuredClone(life.before.groups) as Record<string, { count: number; added: number }>;
    for (const [p, offset] of Object.entries(vector)) {
      const log = life.partitions[Number(p)]?.log ?? [];
      if (offset > log.length) throw new Error(`Offset ${offset} of partition ${p} is beyond its end ${log.length}`);
      for (const entry of log.slice(0, offset)) {
        if (entry === null || entry === 'bad') continue;
        count++;
        added += entry.added;
        const group = (groups[groupKey(entry.timeMs, entry.page)] ??= { count: 0, added: 0 });
        group.count++;
        group.added += entry.added;
      }
    }
    return { count, added, groups };
  }

  /** Records of this life before a vector that are no rows, as `partition:offset`. */
  bad(vector: Readonly<Record<string, number>>): string[] {
    return Object.entries(vector).flatMap(([p, to]) =>
      this.partitions[Number(p)]!.log.slice(0, to).flatMap((entry, offset) =>
        entry === 'bad' ? [`${p}:${offset}`] : [],
      ),
    );
  }

  /** Retention: drops what lies before. */
  trim(vector: Readonly<Record<string, number>>): void {
    for (const [p, offset] of Object.entries(vector)) {
      const partition = this.partitions[Number(p)];
      if (partition !== undefined) partition.earliest = Math.max(partition.earliest, offset);
    }
  }

  bounds(): Map<string, StreamBounds> {
    return new Map(this.partitions.map(({ earliest, log }, p) => [String(p), { earliest, latest: log.length }]));
  }

  /** Records from `position` on; the batch may end in a gap. */
  batch(partition: string, position: number): StreamBatch {
    const { log } = this.partitions[Number(partition)]!;
    const nextOffset = Math.min(log.length, position + 1 + this.#world.below(BATCH_RECORDS));
    const records: StreamRecord[] = [];
    for (let offset = position; offset < nextOffset; offset++) {
      const entry = log[offset]!;
      if (entry === null) continue;
      const text = entry === 'bad' ? '{"time": not' : JSON.stringify({ ...entry, time: entry.timeMs });
      records.push({ partition, offset, timestampMs: 0, key: null, value: Buffer.from(text) });
    }
    return { partition, records, nextOffset, highOffset: log.length };
  }
}

export function groupKey(timeMs: number, page: string): string {
  return `${timeMs - (timeMs % HOUR_MS)} ${page}`;
}

/** Those of the totals that lie in an interval of whole hours. */
export function totalsWithin({ groups }: Totals, startMs: number, endMs: number): Totals {
  const within = Object.entries(groups).filter(
    ([key]) => Number.parseInt(key) >= startMs && Number.parseInt(key) < endMs,
  );
  const sum = (of: 'count' | 'added'): number => within.reduce((total, [, group]) => total + group[of], 0);
  return { count: sum('count'), added: sum('added'), groups: Object.fromEntries(within) };
}

type Handlers = Parameters<StreamSource['start']>[1];

/** One consumer of the topic. */
export class SimulatedSource implements StreamSource {
  readonly stream: string;
  readonly #world: World;
  readonly #topic: SimulatedTopic;
  readonly #clock: NodeClock;
  /** A consumer whose topic is deleted never sees the one of the same name that comes after it. */
  readonly #incarnation: string;
  #isStopped = false;

  constructor(world: World, topic: SimulatedTopic, clock: NodeClock) {
    this.stream = topic.name;
    this.#world = world;
    this.#topic = topic;
    this.#clock = clock;
    this.#incarnation = topic.incarnation;
  }

  async incarnation(): Promise<string> {
    await this.#reach();
    return this.#incarnation;
  }

  async partitions(): Promise<readonly string[]> {
    await this.#reach();
    return [...this.#topic.bounds().keys()];
  }

  async bounds(): Promise<ReadonlyMap<string, StreamBounds>> {
    await this.#reach();
    return this.#topic.bounds();
  }

  async start(from: ReadonlyMap<string, number>, handlers: Handlers): Promise<void> {
    await this.#reach();
    for (const [partition, offset] of from) void this.#follow(partition, offset, handlers);
  }

  pause(): void {}

  resume(): void {}

  async stop(): Promise<void> {
    this.#isStopped = true;
  }

  async #follow(partition: string, from: number, handlers: Handlers): Promise<void> {
    let position = from;
    while (!this.#isStopped) {
      await this.#clock.sleep(5 + this.#world.below(60));
      if (this.#isStopped) return;
      if (this.#isGone) {
        handlers.onOtherStream(this.#topic.incarnation);
        return;
      }
      const bounds = this.#topic.bounds().get(partition) ?? { earliest: 0, latest: 0 };
      if (position < bounds.earliest || position > bounds.latest) {
        handlers.onDataLoss(partition, position, bounds);
        return;
      }
      const isAway = this.#topic.isAway || this.#world.fault(0.01);
      handlers.onTrouble(isAway ? new Error('The stream is away') : undefined);
      if (isAway || position === bounds.latest) continue;
      // After a lost connection a client begins earlier than where it was.
      const again = this.#world.fault(0.05) ? this.#world.below(5) : 0;
      const batch = this.#topic.batch(partition, Math.max(bounds.earliest, position - again));
      await handlers.onBatch(batch);
      position = Math.max(position, batch.nextOffset);
    }
  }

  get #isGone(): boolean {
    return this.#incarnation !== this.#topic.incarnation;
  }

  async #reach(): Promise<void> {
    await this.#world.delay(20);
    await this.#clock.awake();
    if (this.#isGone || this.#topic.isAway || this.#world.fault(0.02)) throw new Error('The stream is away');
  }
}
