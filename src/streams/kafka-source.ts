import { randomUUID } from 'node:crypto';
import type * as KafkaJs from 'kafkajs';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { DruidError } from '../common/druid-error.js';
import { systemClock } from '../platform/clock.js';
import { kafkaLibrary, registerKafkaCodecs } from './kafka-codecs.js';
import { type KafkaSettings, kafkaSettings } from './kafka-config.js';
import { kafkaLogCreator } from './kafka-log.js';
import { KafkaTopicIds } from './kafka-topic-id.js';
import { KafkaTopicLife } from './kafka-topic-life.js';
import { byTopic, type KafkaPlace, KafkaTopics } from './kafka-topics.js';
import { PartitionPosition } from './kafka-position.js';
import { StopGate } from './stop-gate.js';
import type { StreamLog } from './stream-log.js';
import type { StreamBounds, StreamSource } from './stream-source.js';

type Handlers = Parameters<StreamSource['start']>[1];

/** How long a fetch waits at the broker for the first record; a record ends the wait, so this is not latency. */
const MAX_WAIT_MS = 100;
const REQUEST_TIMEOUT_MS = 8_000;
const HEARTBEAT_MS = 3_000;
/** Bounds are looked at this often: it finds a silent reset of an idle partition, and connection trouble. */
const WATCH_MS = 1_000;
const RESTART_MS = 500;
const RESTART_MAX_MS = 5_000;
/** After a broker's crash its last stable offset may lag for a moment; only a position that stays beyond it is lost. */
const BEYOND_END_TRIES = 6;
const BEYOND_END_WAIT_MS = 500;

/**
 * One Kafka topic, or all those of a pattern, through kafkajs as transport only. kafkajs has no assign(): each start is the only member of a group of its own with
 * our own assigner, never commits, and is told every position by seek. kafkajs answers "offset out of range" by moving silently; every
 * batch says from where it was fetched, so a batch that was not fetched from the expected position is never delivered: it is
 * either sought back or reported as data loss. Nor is one of a topic that was deleted and made again, whose offsets mean other records: the
 * topic's id is looked at with the batches (not with a pattern: there a topic made again is seen only when it is too short for the position).
 */
export class KafkaSource implements StreamSource {
  readonly stream: string;
  readonly #topics: KafkaTopics;
  readonly #settings: KafkaSettings;
  readonly #log: StreamLog;
  readonly #positions = new Map<string, PartitionPosition>();
  #library: typeof KafkaJs | undefined;
  #kafka: Kafka | undefined;
  #admin: Promise<Admin> | undefined;
  #consumer: Consumer | undefined;
  #handlers: Handlers | undefined;
  #watch: NodeJS.Timeout | undefined;
  #restartMs = RESTART_MS;
  #paused = false;
  /** The consumer takes requests to pause. */
  #isRunning = false;
  #troubled = false;
  readonly #gate = new StopGate();
  #ids: KafkaTopicIds | undefined;
  /** Absent for a pattern. */
  readonly #life: KafkaTopicLife | undefined;

  /** @throws DruidError on consumer properties that cannot be met */
  constructor(options: {
    /** A topic's name, or a regular expression in Java's syntax that names of topics match as a whole. */
    readonly stream: { readonly topic: string } | { readonly topicPattern: string };
    readonly consumerProperties: Readonly<Record<string, unknown>>;
    readonly log: StreamLog;
  }) {
    this.#topics = new KafkaTopics(options.stream);
    this.stream = this.#topics.name;
    if ('topic' in options.stream)
      this.#life = new KafkaTopicLife(async () => (await this.#topicIds()).idOf(this.stream), systemClock);
    this.#settings = kafkaSettings(options.consumerProperties);
    this.#log = options.log;
    if (this.#settings.ignored.length > 0) {
      this.#log('warn', `Consumer properties [${this.#settings.ignored.join(', ')}] are ignored`, {
        topic: this.stream,
      });
    }
  }

  async incarnation(): Promise<string> {
    const { clusterId } = await (await this.#connectedAdmin()).describeCluster();
    return lifeName(clusterId, this.stream, await this.#life?.id);
  }

  async partitions(): Promise<readonly string[]> {
    const admin = await this.#connectedAdmin();
    const found = await this.#topics.find(admin);
    if (found.length === 0) return [];
    const { topics } = await admin.fetchTopicMetadata({ topics: [...found] });
    return topics.flatMap(({ name, partitions }) => {
      const ids = partitions.map(({ partitionId }) => partitionId).sort((a, b) => a - b);
      return ids.map((partition) => this.#topics.keyOf(name, partition));
    });
  }

  async bounds(): Promise<ReadonlyMap<string, StreamBounds>> {
    const admin = await this.#connectedAdmin();
    const found = await this.#topics.find(admin);
    const bounds = new Map<string, StreamBounds>();
    // One after the other: kafkajs forgets topics that are asked for at the same time.
    for (const topic of found) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        bounds.set(this.#topics.keyOf(topic, partition), { earliest: Number(low), latest: Number(high) });
    }
    return bounds;
  }

  async start(from: ReadonlyMap<string, number>, handlers: Handlers): Promise<void> {
    this.#handlers = handlers;
    for (const [partition, offset] of from) this.#positions.set(partition, new PartitionPosition(offset));
    const bounds = await this.bounds();
    await Promise.all(
      [...this.#positions].map(([partition, at]) => this.#verify(partition, at, bounds.get(partition))),
    );
    this.#watch = setInterval(() => void this.#look(), WATCH_MS);
    this.#watch.unref();
    await this.#consume();
  }

  pause(): void {
    this.#paused = true;
    if (this.#isRunning) this.#consumer?.pause(byTopic(this.#readable()));
  }

  resume(): void {
    this.#paused = false;
    // What is lost stays unread.
    if (this.#isRunning) this.#consumer?.resume(byTopic(this.#readable()));
  }

  async stop(): Promise<void> {
    this.#gate.stop();
    clearInterval(this.#watch);
    const quietly = (error: unknown): void => this.#log('debug', `Kafka disconnect: ${String(error)}`);
    await this.#consumer?.disconnect().catch(quietly);
    await this.#admin?.then((admin) => admin.disconnect()).catch(quietly);
    await this.#ids?.disconnect().catch(quietly);
  }

  async #connect(): Promise<Kafka> {
    if (this.#kafka !== undefined) return this.#kafka;
    this.#library = kafkaLibrary(await import('kafkajs'));
    registerKafkaCodecs(this.#library);
    this.#kafka = new this.#library.Kafka({
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 },
      logLevel: this.#library.logLevel.INFO,
      logCreator: kafkaLogCreator(this.#log),
      ...this.#settings.client,
    });
    return this.#kafka;
  }

  async #topicIds(): Promise<KafkaTopicIds> {
    const kafka = await this.#connect();
    this.#ids ??= new KafkaTopicIds(kafka);
    return this.#ids;
  }

  #connectedAdmin(): Promise<Admin> {
    this.#admin ??= this.#connect().then(async (kafka) => {
      const admin = kafka.admin();
      await admin.connect();
      return admin;
    });
    // A failed connection is tried again by the next caller.
    this.#admin.catch(() => {
      this.#admin = undefined;
    });
    return this.#admin;
  }

  /** One life of a consumer; a crash starts the next one from the positions reached. */
  async #consume(): Promise<void> {
    if (this.#gate.stopped) return;
    const readable = this.#readable();
    if (readable.length === 0) return;
    const kafka = await this.#connect();
    const consumer = kafka.consumer({
      groupId: `millrace-${randomUUID()}`,
      partitionAssigners: [this.#assigner(readable)],
      maxWaitTimeInMs: MAX_WAIT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      allowAutoTopicCreation: false,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
      ...this.#settings.consumer,
    });
    this.#isRunning = false;
    this.#consumer = consumer;
    const { GROUP_JOIN, CRASH, END_BATCH_PROCESS } = consumer.events;
    // Every (re)join forgets kafkajs' positions; the next fetch takes these.
    consumer.on(GROUP_JOIN, () => {
      this.#life?.doubt();
      this.#seekAll(consumer);
    });
    consumer.on(CRASH, ({ payload }) => this.#restartLater(payload.error));
    consumer.on(END_BATCH_PROCESS, ({ payload }) => this.#skipFiltered(payload));
    try {
      await consumer.connect();
      // fromBeginning only decides where a forbidden reset would land: at the start, where it is told from a gap.
      const topics = byTopic(readable).map(({ topic }) => topic);
      await consumer.subscribe({ topics, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: readable.length,
        eachBatch: (payload) => this.#deliver(payload),
      });
      this.#isRunning = true;
      if (this.#paused) this.pause();
      if (this.#gate.stopped) await consumer.disconnect();
    } catch (error) {
      await consumer.disconnect().catch(() => {});
      this.#restartLater(error);
    }
  }

  /** Where the partitions are that are not lost. */
  #readable(): KafkaPlace[] {
    return [...this.#positions].filter(([, at]) => !at.lost).map(([partition]) => this.#topics.placeOf(partition));
  }

  #assigner(readable: readonly KafkaPlace[]): KafkaJs.PartitionAssigner {
    const { MemberAssignment, MemberMetadata } = this.#library!.AssignerProtocol;
    const none = Buffer.alloc(0);
    const assignment = MemberAssignment.encode({
      version: 1,
      assignment: Object.fromEntries(byTopic(readable).map(({ topic, partitions }) => [topic, partitions])),
      userData: none,
    });
    return () => ({
      name: 'millrace',
      version: 1,
      assign: async ({ members }) => members.map(({ memberId }) => ({ memberId, memberAssignment: assignment })),
      protocol: ({ topics }) => ({
        name: 'millrace',
        metadata: MemberMetadata.encode({ version: 1, topics, userData: none }),
      }),
    });
  }

  #seekAll(consumer: Consumer): void {
    for (const [partition, at] of this.#positions) {
      if (!at.lost) consumer.seek({ ...this.#topics.placeOf(partition), offset: String(at.next) });
    }
  }

  #restartLater(error: unknown): void {
    if (this.#gate.stopped) return;
    this.#trouble(error);
    setTimeout(() => void this.#consume(), this.#restartMs).unref();
    this.#restartMs = Math.min(RESTART_MAX_MS, this.#restartMs * 2);
  }

  #trouble(error: unknown): void {
    this.#troubled = true;
    this.#handlers?.onTrouble(error instanceof Error ? error : new Error(String(error)));
  }

  #fine(): void {
    this.#restartMs = RESTART_MS;
    if (!this.#troubled) return;
    this.#troubled = false;
    this.#handlers?.onTrouble(undefined);
  }

  async #deliver({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const partition = this.#topics.keyOf(batch.topic, batch.partition);
    const at = this.#positions.get(partition);
    if (at === undefined || at.lost || this.#gate.stopped || !isRunning() || isStale()) return;
    if (!(await this.#isSameTopic()) || at.lost) return;
    const fetchedFrom = Number((batch as typeof batch & { readonly fetchedOffset: string }).fetchedOffset);
    if (fetchedFrom !== at.next && !(await this.#settle(partition, at, fetchedFrom))) return;
    const lastOffset = batch.lastOffset();
    const nextOffset = Number(lastOffset) + 1;
    const records = batch.messages.map((message) => ({
      partition,
      offset: Number(message.offset),
      timestampMs: Number(message.timestamp),
      key: message.key,
      value: message.value,
      headers: message.headers,
      topic: batch.topic,
    }));
    const alive = setInterval(() => void heartbeat().catch(() => {}), HEARTBEAT_MS);
    at.busy = true;
    try {
      const accepted = this.#handlers!.onBatch({
        partition,
        records,
        nextOffset,
        highOffset: Math.max(nextOffset, at.high),
      });
      await this.#gate.unlessStopped(accepted);
    } finally {
      at.busy = false;
      clearInterval(alive);
    }
    if (this.#gate.stopped) return;
    at.next = nextOffset;
    resolveOffset(lastOffset);
    this.#fine();
  }

  /** False when the topic was deleted and made again: that is reported once, and nothing is read any more. */
  async #isSameTopic(): Promise<boolean> {
    const other = await this.#life?.changed();
    if (other === undefined) return true;
    const readable = this.#readable();
    for (const at of this.#positions.values()) at.lost = true;
    if (readable.length === 0 || this.#gate.stopped) return false;
    if (this.#isRunning) this.#consumer?.pause(byTopic(readable));
    const { clusterId } = await (await this.#connectedAdmin()).describeCluster();
    this.#handlers?.onOtherStream(lifeName(clusterId, this.stream, other));
    return false;
  }

  /** kafkajs fetched from elsewhere than expected. True when that is proven harmless; else the batch is dropped and we seek back. */
  async #settle(partition: string, at: PartitionPosition, fetchedFrom: number): Promise<boolean> {
    if (!(await this.#verify(partition, at))) return false;
    if (at.takeSkip(fetchedFrom)) return true;
    this.#consumer?.seek({ ...this.#topics.placeOf(partition), offset: String(at.next) });
    return false;
  }

  /** A batch of only control records or aborted rows never reaches eachBatch: kafkajs has moved past it, and so do we. */
  #skipFiltered(payload: {
    readonly topic: string;
    readonly partition: number;
    readonly firstOffset: string | null;
    readonly lastOffset: string;
  }): void {
    const partition = this.#topics.keyOf(payload.topic, payload.partition);
    const at = this.#positions.get(partition);
    if (at === undefined || at.lost || at.busy || this.#gate.stopped) return;
    const nextOffset = Number(payload.lastOffset) + 1;
    if (nextOffset <= at.next) return;
    // null: the record batch holds nothing at the position any more (compaction), which kafkajs steps over by one.
    const first = payload.firstOffset === null ? Number(payload.lastOffset) : Number(payload.firstOffset);
    if (first !== at.next) {
      at.skip(nextOffset);
      return;
    }
    at.next = nextOffset;
    this.#announce(partition, at);
  }

  #announce(partition: string, at: PartitionPosition): void {
    const batch = { partition, records: [], nextOffset: at.next, highOffset: Math.max(at.next, at.high) };
    this.#handlers?.onBatch(batch).catch((error: unknown) => this.#trouble(error));
  }

  async #look(): Promise<void> {
    try {
      const before = new Map([...this.#positions].map(([partition, at]) => [partition, at.next]));
      const bounds = await this.bounds();
      if (!(await this.#isSameTopic())) return;
      for (const [partition, at] of this.#positions) {
        const known = bounds.get(partition);
        if (this.#gate.stopped || at.lost || known === undefined) continue;
        at.high = known.latest;
        const outside = at.next < known.earliest || before.get(partition)! > known.latest;
        if (at.busy || !(outside || at.skipped !== undefined)) continue;
        const skipped = at.skipped;
        if ((await this.#verify(partition, at)) && skipped !== undefined && at.takeSkip(skipped))
          this.#announce(partition, at);
      }
      this.#fine();
    } catch (error) {
      if (!this.#gate.stopped) this.#trouble(error);
    }
  }

  /** True when the position is inside the log. Otherwise reports the loss once and leaves the partition unread. */
  async #verify(partition: string, at: PartitionPosition, known?: StreamBounds): Promise<boolean> {
    let bounds = known;
    for (let tries = 0; !this.#gate.stopped && !at.lost; tries++) {
      bounds ??= (await this.bounds()).get(partition);
      if (bounds === undefined)
        throw new DruidError(`Stream [${this.stream}] has no partition [${partition}]`, { category: 'NOT_FOUND' });
      at.high = bounds.latest;
      if (bounds.earliest <= at.next && at.next <= bounds.latest) return true;
      if (at.next < bounds.earliest || tries >= BEYOND_END_TRIES) {
        at.lost = true;
        this.#consumer?.pause(byTopic([this.#topics.placeOf(partition)]));
        this.#handlers?.onDataLoss(partition, at.next, bounds);
        break;
      }
      bounds = undefined;
      await this.#gate.sleep(BEYOND_END_WAIT_MS);
    }
    return false;
  }
}

function lifeName(clusterId: string, stream: string, topicId: string | undefined): string {
  return `kafka:${clusterId}:${stream}${topicId === undefined ? '' : `:${topicId}`}`;
}
