import type { MetadataStore } from '../../src/metadata/metadata-store.js';
import type { NodeClock } from './node-clock.js';
import type { Shared, SimulatedIndexer, SimulatedNode } from './simulated-node.js';
import { supervisorSpec } from './supervisor.js';

/** What of a simulated cluster faults work on. */
export interface FaultyCluster {
  readonly shared: Shared;
  readonly databaseClock: NodeClock;
  readonly hasRollup: boolean;
  /** With the broker. */
  readonly front: SimulatedNode;
  readonly nodes: readonly SimulatedNode[];
  indexer(id: 'a' | 'b'): SimulatedIndexer;
  /** Kills and starts again after a while. */
  kill(id: 'a' | 'b'): void;
  restartHistorical(): Promise<void>;
  query(): Promise<unknown>;
  /** Every process that lives is to die at a point of its next work, and start again. */
  armKillPoints(): void;
}

/** Steps between two faults of a row that belong together. */
const SHORT_MS = 800;

type Fault = (cluster: FaultyCluster) => void | Promise<void>;

/** Faults and operations with their weights; the rest to 100 is calm. */
const FAULTS: readonly (readonly [weight: number, fault: Fault])[] = [
  [6, (cluster) => cluster.kill(someIndexer(cluster))],
  [2, (cluster) => cluster.restartHistorical()],
  [2, ({ shared }) => forAWhile(shared, 'metadata store is away', 15_000, (is) => (shared.storeIsAway = is))],
  [2, ({ shared }) => forAWhile(shared, 'deep storage is away', 15_000, (is) => (shared.storageIsAway = is))],
  [2, ({ shared }) => forAWhile(shared, 'stream is away', 8_000, (is) => (shared.topic.isAway = is))],
  [2, cutOff],
  [3, handoff],
  [1, addPartition],
  [2, trim],
  [3, isolate],
  [3, pause],
  [2, jump],
  [2, fillDisk],
  [4, rebalance],
  [2, recreateTopic],
  [2, recreateYoungTopic],
  [2, recreateTopicUnderWay],
  [4, stammer],
  [4, lag],
];

/** Something may go wrong, or an operator do something; most faults end by themselves. */
export async function inject(cluster: FaultyCluster): Promise<void> {
  let at = cluster.shared.world.below(100);
  for (const [weight, fault] of FAULTS) {
    at -= weight;
    if (at >= 0) continue;
    await fault(cluster);
    return;
  }
}

/** Processes die at their kill points, over and over, also while groups change hands: then no lease alone fences who had them. */
export async function killAtPoints(cluster: FaultyCluster): Promise<void> {
  cluster.armKillPoints();
  const { world } = cluster.shared;
  if (world.chance(0.7)) handoff(cluster);
  if (world.chance(0.2)) await rebalance(cluster);
}

function forAWhile({ world }: Shared, what: string, maxMs: number, set: (isWrong: boolean) => void): void {
  world.note(what);
  set(true);
  world.clock.setTimeout(() => {
    world.note(`no more: ${what}`);
    set(false);
  }, world.below(maxMs));
}

function someIndexer({ shared }: FaultyCluster): 'a' | 'b' {
  return shared.world.chance(0.5) ? 'a' : 'b';
}

function cutOff(cluster: FaultyCluster): void {
  const node = cluster.indexer(someIndexer(cluster));
  forAWhile(cluster.shared, `${node.id} is cut off from the broker`, 8_000, (is) => (node.isCutOff = is));
}

function handoff(cluster: FaultyCluster): void {
  for (const id of ['a', 'b'] as const) cluster.indexer(id).indexer.handoff('events', [0, 1]);
}

function addPartition(cluster: FaultyCluster): void {
  const { shared } = cluster;
  if (shared.topic.partitions.length >= 6) return;
  if (shared.world.chance(0.5)) stammer(cluster);
  shared.world.note('a partition is added');
  shared.unsettle();
  shared.joinedAtMs = shared.world.clock.monotonicMs();
  shared.topic.addPartition();
}

/** Retention drops what is published. */
async function trim({ shared }: FaultyCluster): Promise<void> {
  const { offsets } = await shared.store.snapshot();
  for (const row of offsets) if (row.incarnation === shared.topic.incarnation) shared.topic.trim(row.partitions);
}

function isolate(cluster: FaultyCluster): void {
  const node = cluster.shared.world.chance(0.7) ? cluster.indexer(someIndexer(cluster)) : cluster.front;
  // Another may take its groups over at any moment, and reads again what it had.
  cluster.shared.unsettle();
  forAWhile(cluster.shared, `${node.id} is cut off from the metadata store`, 40_000, (is) => (node.isIsolated = is));
}

/** A process stands still, beyond its leases at times, and goes on as if nothing had happened. */
function pause(cluster: FaultyCluster): void {
  const node = cluster.indexer(someIndexer(cluster));
  cluster.shared.unsettle();
  if (cluster.shared.world.chance(0.5)) handoff(cluster);
  forAWhile(cluster.shared, `${node.id} is paused`, 25_000, (is) => (is ? node.clock.pause() : node.clock.resume()));
}

/** A wall clock is set, of a process or of the database: leases may end early or late, never count twice. */
function jump({ shared, nodes, databaseClock }: FaultyCluster): void {
  const { world } = shared;
  const at = world.below(nodes.length + 1);
  const byMs = world.below(60_000) - 30_000;
  world.note(`the clock of ${nodes[at]?.id ?? 'the database'} jumps by ${byMs} ms`);
  shared.unsettle();
  (nodes[at]?.clock ?? databaseClock).jump(byMs);
}

function fillDisk({ shared, nodes }: FaultyCluster): void {
  const node = nodes[shared.world.below(nodes.length)]!;
  forAWhile(shared, `the disk of ${node.id} is full`, 15_000, (is) => (node.diskIsFull = is));
}

/** Planned: the number of task groups changes, owners publish and give back, others take over. */
async function rebalance({ shared, hasRollup }: FaultyCluster): Promise<void> {
  const taskCount = 1 + shared.world.below(2);
  shared.world.note(`the supervisor has ${taskCount} task groups now`);
  const spec = supervisorSpec({ taskCount, rollup: hasRollup });
  await shared.store.putSupervisor({ id: 'events', dataSource: 'events', spec, suspended: false });
}

/** The topic is deleted and made anew, and an operator resets the supervisor; requests of the old owners may still be under way. */
async function recreateTopic(cluster: FaultyCluster): Promise<void> {
  const { shared } = cluster;
  const { topic, store, world } = shared;
  if (world.chance(0.5)) stammer(cluster);
  shared.onLoss();
  shared.unsettle();
  const { vector, s } = await resetOffsets(store);
  topic.recreate(topic.partitions.length, vector, s);
  world.note(`the topic is made anew: ${topic.incarnation}, published before: ${JSON.stringify(vector)}`);
}

/** Once more before anything of it is published, while the broker hears nothing of it: offsets alone tell no difference. */
async function recreateYoungTopic(cluster: FaultyCluster): Promise<void> {
  const { shared, front } = cluster;
  const { world, topic } = shared;
  await recreateTopic(cluster);
  await world.advance(2 * SHORT_MS);
  topic.produce(40);
  await world.advance(SHORT_MS);
  world.note('the broker hears nothing of the metadata store');
  front.isIsolated = true;
  await recreateTopic(cluster);
  await world.advance(2 * SHORT_MS);
  topic.produce(40);
  await world.advance(SHORT_MS);
  await cluster.query();
  front.isIsolated = false;
}

/** While owners publish and lose the metadata store: what they sent before arrives after the reset. */
async function recreateTopicUnderWay(cluster: FaultyCluster): Promise<void> {
  const { shared } = cluster;
  cluster.shared.topic.produce(60);
  await shared.world.advance(SHORT_MS);
  handoff(cluster);
  await shared.world.advance(shared.world.below(SHORT_MS));
  const indexers = (['a', 'b'] as const).map((id) => cluster.indexer(id));
  const set = (is: boolean): void => indexers.forEach((node) => (node.isIsolated = is));
  shared.unsettle();
  forAWhile(shared, 'the indexers are cut off from the metadata store', 25_000, set);
  await shared.world.advance(2 * SHORT_MS);
  await recreateTopic(cluster);
}

/** For a while the indexers hear nothing of most of their publishes and send them again; all of them arrive some time. */
export function stammer(cluster: FaultyCluster): void {
  const indexers = (['a', 'b'] as const).map((id) => cluster.indexer(id));
  const set = (is: boolean): void => indexers.forEach((node) => (node.isStammering = is));
  cluster.shared.unsettle();
  forAWhile(cluster.shared, 'requests of the indexers are given up and arrive late', 4_000, set);
}

/** The broker is behind, not dead: owners publish and keep what it may ask for. */
async function lag(cluster: FaultyCluster): Promise<void> {
  const { shared, front } = cluster;
  shared.topic.produce(30);
  await shared.world.advance(SHORT_MS);
  shared.world.note('the broker is behind');
  front.isIsolated = true;
  handoff(cluster);
  await shared.world.advance(3 * SHORT_MS);
  await cluster.query();
  front.isIsolated = false;
}

/** @returns what was committed when it was forgotten */
async function resetOffsets(
  store: MetadataStore,
): Promise<{ readonly vector: Readonly<Record<string, number>>; readonly s: number }> {
  for (;;) {
    const before = await store.snapshot();
    await store.resetOffsets('events');
    const after = await store.snapshot();
    // Nothing was published in between.
    if (after.s === before.s + 1) return { vector: before.offsets[0]?.partitions ?? {}, s: after.s };
  }
}
