import { isDeepStrictEqual } from 'node:util';
import { Broker } from '../../src/broker/broker.js';
import { ClusterView } from '../../src/broker/cluster-view.js';
import { NodeUnreachable } from '../../src/broker/http-leaf-client.js';
import { DruidError } from '../../src/common/druid-error.js';
import { formatIso } from '../../src/common/iso-time.js';
import { CompactionDuty } from '../../src/coordination/coordinator/compaction-duty.js';
import { MemoryDeepStorage } from '../../src/deep-storage/memory.js';
import { runCompaction } from '../../src/indexing/tasks/compaction-runner.js';
import { SqlMetadataStore } from '../../src/metadata/sql-metadata-store.js';
import { openSqliteDatabase } from '../../src/metadata/sqlite-database.js';
import type { NodeRow } from '../../src/metadata/metadata-store.js';
import type { KillPoint } from '../../src/platform/kill-point.js';
import type { LeafClient, LeafResponse } from '../../src/protocol/leaf.js';
import type { NodeLeaf } from '../../src/plan/leaf-plan.js';
import { parseNativeQuery } from '../../src/query/parse-native-query.js';
import { wholeText } from '../../src/server/http/encode/answer-body.js';
import { createLogger } from '../../src/telemetry/logger.js';
import type { ModelFileSystem } from '../support/model-file-system.js';
import { type FaultyCluster, inject, killAtPoints, stammer } from './faults.js';
import { NodeClock } from './node-clock.js';
import { SimulatedHistorical, streamLeaf } from './simulated-historical.js';
import { mergerOf, type Shared, SimulatedIndexer, SimulatedNode } from './simulated-node.js';
import { groupKey, SimulatedTopic, type Totals, totalsWithin } from './simulated-stream.js';
import { supervisorSpec } from './supervisor.js';
import { World } from './world.js';
import { deleteUploads, strayPaths, UPLOADS_LATE_MS } from './uploads.js';

const DATA_SOURCE = 'events';
const HOUR_MS = 3_600_000;
/** All that events can be of. */
const ALL_HOURS = [Date.UTC(2023, 0), Date.UTC(2025, 0)] as const;
/** Longer than any timeout of the engine that has to pass before it tries again. */
const RECOVERY_MS = 90_000;
const QUERY_MS = 60_000;
/** After a change of owners that nobody announces. */
const SETTLE_MS = 60_000;
/** After it, a new partition or a node that was silent is known to everyone. */
const JOIN_MS = 30_000;
/** A broker heard of within this time is alive to everyone. */
const LIVE_MS = 6_000;

/** Longest time that a process which died at a kill point is away. */
const DEAD_MS = 2_000;
/** Longest time that what it sent is on its way. */
const LATE_MS = 8_000;
/** Of the deaths, those over a publish that arrives all the same. */
const LATE_SHARE = 0.3;
const KILL_POINTS: readonly KillPoint[] = ['fsync', 'rename', 'put', 'commit'];
const MAX_KILL_POINT = 4;

export class InvariantBroken extends Error {}

/** What goes wrong in a run: anything, or deaths at kill points alone. */
export type FaultKind = 'any' | 'kill points';

/** Vector that an answer is exact at, and what it said. */
interface Answered {
  readonly s: number;
  readonly incarnation: string;
  readonly vector: Readonly<Record<string, number>>;
  readonly totals: Totals;
  /** Whole hours that were asked for. */
  readonly startMs: number;
  readonly endMs: number;
}

/** A cluster in one thread: two indexers, a historical, a broker and a coordinator over one stream, store and object store. */
export class Simulation {
  readonly world: World;
  readonly #shared: Shared;
  readonly #topic: SimulatedTopic;
  readonly #hasRollup: boolean;
  readonly #indexers = new Map<string, SimulatedIndexer>();
  #historical: SimulatedHistorical;
  readonly #front: SimulatedNode;
  /** A coordinator that believes to be the only one, as one does that lost its lease unnoticed. */
  #second: SimulatedNode;
  readonly #databaseClock: NodeClock;
  readonly #cluster: ClusterView;
  readonly #broker: Broker;
  readonly #kind: FaultKind;
  #last: Answered | undefined;
  #losses = 0;
  #queries = 0;
  /** Until then counts may fall without a word of the owner that lost its rows. */
  #settlesAtMs = 0;
  answers = 0;
  refusals = 0;
  /** Deaths at each kill point. */
  readonly deaths = new Map<string, number>();

  constructor(seed: number, kind: FaultKind) {
    this.#kind = kind;
    const world = new World(seed);
    this.world = world;
    this.#hasRollup = world.chance(0.3);
    this.#topic = new SimulatedTopic(world, 1 + world.below(4));
    this.#databaseClock = new NodeClock(world.clock);
    const store = new SqlMetadataStore(openSqliteDatabase(':memory:', this.#databaseClock), {
      changeLogEntries: 1_000,
      clock: world.clock,
      randomness: world.random,
    });
    const onLoss = (): void => {
      this.#last = undefined;
      this.#losses++;
    };
    const objects = new MemoryDeepStorage();
    const unsettle = (): void => {
      this.#settlesAtMs = world.clock.monotonicMs() + SETTLE_MS;
    };
    const parts = { world, topic: this.#topic, store, objects, onLoss, unsettle };
    this.#shared = { ...parts, storeIsAway: false, storageIsAway: false, joinedAtMs: 0 };
    this.#historical = new SimulatedHistorical(this.#shared, 'historical');
    this.#front = new SimulatedNode(this.#shared, 'broker', ['broker', 'coordinator']);
    this.#second = new SimulatedNode(this.#shared, 'coordinator', ['coordinator']);
    this.#cluster = new ClusterView(this.#front.store);
    const clientOf = (node: NodeRow): LeafClient<NodeLeaf> => this.#clientOf(node);
    const { view } = this.#front;
    const { clock } = this.#front;
    this.#broker = new Broker({ view, cluster: this.#cluster, clientOf, clock, cacheBytes: 2 ** 20 });
  }

  /** @throws InvariantBroken; `world.trace` then tells what led to it */
  async run(steps: number): Promise<void> {
    await this.#start();
    for (let step = 0; step < steps; step++) await this.#step();
    await this.#recover();
  }

  async #start(): Promise<void> {
    const { store } = this.#shared;
    await store.open();
    const spec = supervisorSpec({ taskCount: 1 + this.world.below(2), rollup: this.#hasRollup });
    await store.putSupervisor({ id: DATA_SOURCE, dataSource: DATA_SOURCE, spec, suspended: false });
    this.#startIndexer('a');
    this.#startIndexer('b');
    void this.#historical.run();
    void this.#front.start(() => this.#broker.minS);
    this.#front.every(500, () => this.#cluster.refresh());
    void this.#second.start(() => 0);
    this.#startDuties(this.#front);
    this.#startDuties(this.#second);
    if (this.#kind === 'any' && this.world.chance(0.5)) stammer(this.#faulty());
    await this.world.advance(3_000);
  }

  #startDuties(node: SimulatedNode): void {
    const { store, deepStorage, uploads, view, files, clock } = node;
    const merges = mergerOf(node);
    const log = (_: string, message: string): void => this.world.note(`${node.id}: ${message}`);
    const sizes = { maxRowsPerSegment: 5_000, temporaryDirectory: '/tmp' };
    const services = { store, deepStorage, uploads, merges, files, ...sizes, log };
    const logger = createLogger({ level: 'silent', format: 'json', write: () => {} });
    const limits = { targetRows: 5_000, smallShare: 0.5, minSegments: 3, quietMs: 5_000, periodMs: 2_000, maxJobs: 1 };
    const execute = async (job: Parameters<typeof runCompaction>[0]): Promise<void> => {
      await runCompaction(job, services);
    };
    const duty = new CompactionDuty({ ...limits, view, clock, logger, execute });
    node.every(duty.periodMs, () => duty.run());
    deleteUploads(node);
  }

  #startIndexer(id: string): void {
    const files = this.#indexers.get(id)?.files;
    const node = new SimulatedIndexer(this.#shared, id, files);
    this.#indexers.set(id, node);
    void node.run();
  }

  async #step(): Promise<void> {
    const { world } = this;
    this.#topic.produce(world.below(80));
    if (this.#kind === 'any') await inject(this.#faulty());
    else await killAtPoints(this.#faulty());
    await world.advance(50 + world.below(1_500));
    this.#checkBugs();
    await this.#checkPublished();
    await this.#checkLetters();
    if (world.chance(0.6)) await this.#query();
  }

  #nodes(): SimulatedNode[] {
    return [...this.#indexers.values(), this.#historical, this.#front, this.#second];
  }

  #faulty(): FaultyCluster {
    return {
      shared: this.#shared,
      databaseClock: this.#databaseClock,
      hasRollup: this.#hasRollup,
      front: this.#front,
      nodes: this.#nodes(),
      indexer: (id) => this.#indexers.get(id)!,
      kill: (id) => this.#kill(id),
      restartHistorical: () => this.#restartHistorical(),
      query: () => this.#query(),
      armKillPoints: () => this.#armKillPoints(),
    };
  }

  #armKillPoints(): void {
    const mortals: (readonly [SimulatedNode, (files: ModelFileSystem) => void])[] = [
      ...[...this.#indexers.values()].map((node) => [node, () => this.#startIndexer(node.id)] as const),
      [this.#historical, (files) => this.#startHistorical(files)],
      [this.#second, (files) => this.#startSecond(files)],
    ];
    for (const [node, restart] of mortals) {
      if (!node.isDead) this.#armKillPoint(node, restart);
    }
  }

  #armKillPoint(node: SimulatedNode, restart: (files: ModelFileSystem) => void): void {
    const { world, deaths } = this;
    const isLate = world.chance(LATE_SHARE);
    const point = isLate ? 'commit' : KILL_POINTS[world.below(KILL_POINTS.length)]!;
    const when = isLate ? 'late' : world.chance(0.5) ? 'before' : 'after';
    const onDeath = (): void => {
      world.note(`${node.id} dies ${when} a ${point}`);
      deaths.set(point, (deaths.get(point) ?? 0) + 1);
      node.kill();
      node.files.cut();
      world.clock.setTimeout(() => {
        this.#restartDisk(node.files);
        restart(node.files);
      }, world.below(DEAD_MS));
    };
    const points = isLate ? 1 : 1 + world.below(MAX_KILL_POINT);
    const later = (call: string, work: () => Promise<unknown>): void => void this.#doLate(node, call, work);
    node.killSwitch.plan = { point, points, when, onDeath, later };
  }

  /** A request that lay in the network when its sender died: others may have taken its place meanwhile. */
  async #doLate({ id }: SimulatedNode, call: string, work: () => Promise<unknown>): Promise<void> {
    await this.world.delay(LATE_MS);
    this.world.note(`${id}: ${call} arrives late`);
    await work().catch(() => {});
  }

  /** A process was killed, or its machine lost its power. */
  #restartDisk(files: ModelFileSystem): void {
    if (this.world.chance(0.5)) files.kill();
    else files.crash(this.world.below(2 ** 31));
  }

  #startHistorical(files?: ModelFileSystem): void {
    this.#historical = new SimulatedHistorical(this.#shared, 'historical', files);
    void this.#historical.run();
  }

  #startSecond(files: ModelFileSystem): void {
    this.#second = new SimulatedNode(this.#shared, 'coordinator', ['coordinator'], files);
    void this.#second.start(() => 0);
    this.#startDuties(this.#second);
  }

  #kill(id: string): void {
    const node = this.#indexers.get(id)!;
    if (node.isDead) return;
    this.world.note(`${id} is killed`);
    node.kill();
    this.#restartDisk(node.files);
    this.world.clock.setTimeout(() => this.#startIndexer(id), this.world.below(15_000));
  }

  async #restartHistorical(): Promise<void> {
    this.world.note('historical is restarted');
    this.#historical.kill();
    await this.world.advance(this.world.below(1_000));
    this.#startHistorical();
  }

  #clientOf(row: NodeRow): LeafClient<NodeLeaf> {
    return {
      run: async (request) => {
        const { world } = this;
        const node = row.id === 'historical' ? this.#historical : this.#indexers.get(row.id);
        await world.delay(30);
        await node?.clock.awake();
        const isLost = (): boolean => node === undefined || node.isDead || node.isCutOff || world.fault(0.02);
        if (node === undefined || isLost()) throw new NodeUnreachable(`${row.id} cannot be reached`);
        const answer = await Promise.race([
          node instanceof SimulatedIndexer ? streamLeaf(node, request) : node.leaf(request),
          node.death.then(() => {
            throw new NodeUnreachable(`${row.id} died over its answer`);
          }),
        ]);
        this.#checkKept(node, answer);
        await world.delay(30);
        await node?.clock.awake();
        if (isLost()) throw new NodeUnreachable(`the answer of ${row.id} is lost`);
        return answer;
      },
    };
  }

  /** I1 on what is published: the rows of used segments are those below the committed vector. */
  async #checkPublished(): Promise<void> {
    if (this.#hasRollup) return;
    const { segments, offsets, s } = await this.#shared.store.snapshot();
    const { partitions, incarnation } = offsets[0] ?? { partitions: {}, incarnation: '' };
    const rows = segments.reduce((sum, segment) => sum + segment.numRows, 0);
    const { count } = this.#topic.at(partitions, incarnation, s);
    this.#expect(`rows of used segments at S ${s}, ${incarnation} ${JSON.stringify(partitions)}`, rows, count);
  }

  /** An owner keeps the rows that a live broker may ask for: it refuses other epochs, never rows that it has dropped. */
  #checkKept(node: SimulatedNode | undefined, answer: LeafResponse): void {
    if (answer.kind !== 'refused' || !answer.reason.includes('not the start of a kept sequence')) return;
    const nowMs = this.world.clock.monotonicMs();
    const isAlive = nowMs - this.#front.heardAtMs < LIVE_MS && nowMs - this.#front.silentUntilMs > JOIN_MS;
    if (isAlive && nowMs - this.#shared.joinedAtMs > JOIN_MS)
      this.world.bugs.push(new Error(`${node?.id} has dropped rows that the broker needs: ${answer.reason}`));
  }

  #checkBugs(): void {
    const [bug] = this.world.bugs;
    if (bug !== undefined) throw new InvariantBroken(`A thread failed: ${String(bug)}`, { cause: bug });
  }

  /** I1, I2, I3 and I6: an answer is exact at its state and falls back only when an owner was lost, or there is an error that says so. */
  async #query(): Promise<Answered | undefined> {
    const before = this.#last;
    const losses = this.#losses;
    const groups = await this.#ask();
    if (groups === undefined) return undefined;
    const { vector, incarnation, s, startMs, endMs } = groups;
    this.#expect(
      `answer at ${incarnation} ${JSON.stringify(vector)} of the hours ${startMs} to ${endMs}`,
      groups.totals,
      totalsWithin(this.#topic.at(vector, incarnation, s), startMs, endMs),
    );
    const isSettled = this.world.clock.monotonicMs() >= this.#settlesAtMs;
    if (isSettled && before?.incarnation === incarnation && before === this.#last) {
      for (const [partition, offset] of Object.entries(before.vector)) {
        if ((groups.vector[partition] ?? 0) < offset)
          throw new InvariantBroken(
            `I2: partition ${partition} fell from ${offset} in ${JSON.stringify(groups.vector)}`,
          );
      }
    }
    this.#last = isSettled && losses === this.#losses ? groups : undefined;
    return groups;
  }

  async #ask(): Promise<Answered | undefined> {
    const aggregations = [
      this.#hasRollup ? { type: 'longSum', name: 'n', fieldName: 'rows' } : { type: 'count', name: 'n' },
      { type: 'longSum', name: 'added', fieldName: 'added' },
    ];
    const { startMs, endMs } = this.#someHours();
    const query = parseNativeQuery(
      {
        queryType: 'groupBy',
        dataSource: DATA_SOURCE,
        intervals: [`${formatIso(startMs)}/${formatIso(endMs)}`],
        granularity: 'hour',
        dimensions: ['page'],
        aggregations,
      },
      () => `q${this.#queries++}`,
    );
    try {
      const answer = await this.world.finish(this.#broker.run(query), QUERY_MS);
      const text = await wholeText(answer.body);
      const rows = JSON.parse(text) as { timestamp: string; event: { page: string; n: number; added: number } }[];
      const stream = answer.state.offsets[DATA_SOURCE];
      const { partitions: vector, incarnation } = stream ?? { partitions: {}, incarnation: '' };
      const totals = totalsWithin({ count: 0, added: 0, groups: groupsOf(rows) }, startMs, endMs);
      this.answers++;
      return { s: answer.state.s, incarnation, vector, totals, startMs, endMs };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.refusals++;
      this.world.note(`query: ${String(error)}`);
      return undefined;
    }
  }

  /** All there is, or some hours around now. */
  #someHours(): { readonly startMs: number; readonly endMs: number } {
    if (this.world.chance(0.6)) return { startMs: ALL_HOURS[0], endMs: ALL_HOURS[1] };
    const nowMs = this.world.clock.nowMs();
    const startMs = nowMs - (nowMs % HOUR_MS) - this.world.below(3) * HOUR_MS;
    return { startMs, endMs: startMs + (1 + this.world.below(3)) * HOUR_MS };
  }

  /** Every record before the committed vector that is no row is kept, once, with where it was. */
  async #checkLetters(): Promise<void> {
    const { incarnation } = this.#topic;
    const { offsets } = await this.#shared.store.snapshot();
    if (offsets[0]?.incarnation !== incarnation) return;
    const letters = await this.#shared.store.deadLetters(DATA_SOURCE, 10_000);
    const found = new Set(
      letters.flatMap((letter) => (letter.incarnation === incarnation ? [`${letter.partition}:${letter.offset}`] : [])),
    );
    const lacking = this.#topic.bad(offsets[0].partitions).filter((place) => !found.has(place));
    this.#expect('records without a dead letter', lacking, []);
    const known = new Set(this.#topic.bad(this.#topic.end));
    this.#expect(
      'dead letters of good records',
      [...found].filter((place) => !known.has(place)),
      [],
    );
  }

  /** I7: when faults stop, everything that was written is in the answer, and then published. */
  async #recover(): Promise<void> {
    this.world.note('faults stop');
    this.world.faults = false;
    this.#topic.isAway = false;
    for (const node of this.#nodes()) {
      node.isCutOff = false;
      node.clock.resume();
    }
    await this.world.advance(RECOVERY_MS);
    const answered = await this.#query();
    this.#expect('I7: vector of the answer', answered?.vector, this.#topic.end);
    for (const node of this.#indexers.values()) node.indexer.handoff(DATA_SOURCE, [0, 1]);
    await this.world.advance(RECOVERY_MS);
    this.#checkBugs();
    await this.#checkPublished();
    const { offsets } = await this.#shared.store.snapshot();
    this.#expect('I7: committed vector', offsets[0]?.partitions, this.#topic.end);
    await this.#query();
    await this.#checkLetters();
    // What was pushed in vain, also by nodes that died over it, is gone, and all else is there.
    await this.world.advance(2 * UPLOADS_LATE_MS);
    this.#expect('objects that do not belong to a segment, or lack', await strayPaths(this.#shared, DATA_SOURCE), []);
  }

  #expect(what: string, found: unknown, expected: unknown): void {
    if (isDeepStrictEqual(found, expected)) return;
    throw new InvariantBroken(`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

function groupsOf(
  rows: readonly { timestamp: string; event: { page: string; n: number; added: number } }[],
): Totals['groups'] {
  return Object.fromEntries(
    rows.map(({ timestamp, event }) => [
      groupKey(Date.parse(timestamp), event.page),
      { count: event.n, added: event.added },
    ]),
  );
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof DruidError) return error.category === 'SERVICE_UNAVAILABLE' || error.category === 'TIMEOUT';
  return false;
}
