import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KillPoint } from '../../src/platform/kill-point.js';
import { type Randomness, SeededRandomness } from '../../src/platform/randomness.js';
import { EventOracle } from '../support/event-oracle.js';
import { checkExact } from '../support/exact-queries.js';
import { eventually, type MillraceProcess, sleep } from '../support/millrace-process.js';
import { ChaosCluster, DATA_SOURCE } from './cluster.js';
import { deaths, startToDie } from './kill-points.js';
import { nothingIsStray } from './stray-objects.js';

export interface ChaosResult {
  readonly faults: Readonly<Record<string, number>>;
  /** Where processes died by their kill point. */
  readonly points: Readonly<Record<string, number>>;
  readonly answers: number;
  readonly refusals: number;
  readonly events: number;
}

/** How many points of a kind a process reaches in some seconds of work. */
const MAX_POINT: Readonly<Record<KillPoint, number>> = { fsync: 40, rename: 12, put: 9, commit: 6 };
const KINDS = ['fsync', 'rename', 'put', 'commit'] as const;
/** What a role hardly does is no way for it to die. */
const KINDS_OF: Readonly<Record<string, readonly KillPoint[]>> = {
  indexer: ['fsync', 'put', 'commit'],
  coordinator: ['put', 'commit'],
  historical: ['fsync', 'rename'],
};
/** A process that does not reach its point is killed after this. */
const POINT_MS = 8_000;
const CALM_MS = 5_000;
/** Of an indexer: within it another may or may not have taken over. */
const AWAY_MS = 4_000;
const TASK_COUNTS = [1, 2, 3];

interface Scene {
  readonly cluster: ChaosCluster;
  readonly random: Randomness;
  readonly state: { readonly isOver: boolean };
  readonly counts: { readonly answers: number };
}

export interface Fault {
  readonly name: string;
  strike(scene: Scene): Promise<void>;
}

/** A process dies at one of the points of its next seconds, or at their end: one that is named, or any. */
export function killPoint(node?: string): Fault {
  return { name: `kill point${node === undefined ? '' : ` of ${node}`}`, strike: (scene) => dieAtPoint(scene, node) };
}

/** The number of task groups changes: who has some publishes and gives them back, and others take over. */
export const taskCountChanged: Fault = { name: 'task count changed', strike: changeTaskCount };

/** An indexer ends as an operator ends it, and comes back: twice its groups change hands. */
export const indexerStopped: Fault = { name: 'indexer stopped', strike: (scene) => awayIndexer(scene, 'stop') };

const indexerKilled: Fault = { name: 'indexer killed', strike: (scene) => awayIndexer(scene, 'kill') };

/** What changes who reads which partition. */
export const REBALANCES: readonly Fault[] = [taskCountChanged, indexerStopped, indexerKilled];

export const partitionAdded: Fault = { name: 'partition added', strike: ({ cluster }) => cluster.addPartition() };

/** How long a service is away: a time, and until so many exact answers were given without it. */
export interface Away {
  readonly ms: number;
  readonly answers: number;
}

const SOME_SECONDS: Away = { ms: 8_000, answers: 0 };

export function kafkaRestarted(away = SOME_SECONDS): Fault {
  return {
    name: 'Kafka restarted',
    strike: (scene) => scene.cluster.whileNotWriting(() => withoutService('kafka', away, scene)),
  };
}

export function postgresAway(away = SOME_SECONDS): Fault {
  return { name: 'PostgreSQL away', strike: (scene) => withoutService('postgres', away, scene) };
}

export function s3Away(away = SOME_SECONDS): Fault {
  return { name: 'S3 away', strike: (scene) => withoutService('s3', away, scene) };
}

/** Any of them, kill points most often. */
export const ANY_FAULT: readonly Fault[] = [
  killPoint(),
  killPoint(),
  killPoint(),
  { name: 'kill -9', strike: killSome },
  taskCountChanged,
  indexerStopped,
  partitionAdded,
  kafkaRestarted(),
  postgresAway(),
  s3Away(),
];

/** @throws when an answer is wrong, or what was written is not all there once in the end */
export async function chaos(options: {
  readonly seed: number;
  /** One after the other, for as long as there are some. */
  readonly faults: (random: Randomness) => Iterable<Fault>;
  /** After a fault everything written until then must be there once before the next one. */
  readonly settles: boolean;
  readonly say: (text: string) => void;
}): Promise<ChaosResult> {
  const random = new SeededRandomness(options.seed);
  const oracle = new EventOracle(options.seed);
  const cluster = await ChaosCluster.start();
  const counts = { answers: 0, refusals: 0 };
  const faults: Record<string, number> = {};
  const state: Work['state'] = { isOver: false, covered: {} };
  const rest = { state, counts, cluster, oracle };
  try {
    const working = Promise.all([write(rest, random), ask(rest, options.say)]);
    // Met below; until then faults go on.
    working.catch(() => (state.isOver = true));
    for (const { name, strike } of options.faults(random)) {
      if (state.isOver) break;
      faults[name] = (faults[name] ?? 0) + 1;
      options.say(`${name}; ${counts.answers} exact answers, ${counts.refusals} refusals`);
      await strike({ ...rest, random });
      if (options.settles) await settled(rest);
      else await sleep(random.nextDouble() * CALM_MS);
    }
    state.isOver = true;
    await working;
    options.say('faults stop');
    await eventually(() => reaches(rest));
    await nothingIsStray(cluster.metadata, cluster.storage, DATA_SOURCE);
    const logs = [...cluster.nodes.values()].map(({ log }) => log).join('\n');
    const { count: events } = oracle.at(oracle.end);
    return { faults, points: Object.fromEntries(deaths(logs)), ...counts, events };
  } catch (error) {
    for (const [name, node] of cluster.nodes) options.say(`---- ${name}\n${node.log.slice(-3_000)}`);
    throw error;
  } finally {
    await cluster.stop();
  }
}

interface Work {
  /** `covered`: offsets of the newest exact answer. */
  readonly state: { isOver: boolean; covered: Readonly<Record<string, number>> };
  readonly counts: { answers: number; refusals: number };
  readonly cluster: ChaosCluster;
  readonly oracle: EventOracle;
}

async function write({ state, cluster, oracle }: Work, random: Randomness): Promise<void> {
  while (!state.isOver) {
    await cluster.write(200, oracle, random);
    await sleep(50);
  }
}

async function ask({ state, counts, cluster, oracle }: Work, say: (text: string) => void): Promise<void> {
  while (!state.isOver) {
    try {
      const found = await checkExact(cluster.broker, DATA_SOURCE, oracle);
      if (found === undefined) counts.refusals++;
      else {
        counts.answers++;
        state.covered = found.vector;
      }
    } catch (error) {
      // A broker that is dead, dies while it answers, or has no routes yet, says nothing wrong.
      if (!(error instanceof TypeError || cluster.brokerIsDown)) {
        say(`WRONG ${String(error)}`);
        state.isOver = true;
        throw error;
      }
      counts.refusals++;
    }
    await sleep(100);
  }
}

/** Resolves when an exact answer covers everything that was written until now, or there is nothing to wait for any more. */
async function settled({ state, oracle }: Work): Promise<void> {
  const end = Object.entries(oracle.end);
  const isCovered = (): boolean => end.every(([partition, offset]) => (state.covered[partition] ?? 0) >= offset);
  await eventually(async () => (state.isOver || isCovered() ? true : undefined));
}

async function reaches({ cluster, oracle }: Work): Promise<true | undefined> {
  const found = await checkExact(cluster.broker, DATA_SOURCE, oracle);
  const isThere = Object.entries(oracle.end).every(([partition, offset]) => (found?.vector[partition] ?? 0) >= offset);
  return isThere ? true : undefined;
}

async function dieAtPoint({ cluster, random }: Scene, name: string | undefined): Promise<void> {
  const node = name === undefined ? someNode(cluster, random) : cluster.nodes.get(name)!;
  cluster.brokerIsDown = node === cluster.broker;
  await node.kill();
  const role = [...cluster.nodes].find(([, other]) => other === node)![0].split('-')[0]!;
  const kinds = KINDS_OF[role] ?? KINDS;
  const kind = kinds[Math.floor(random.nextDouble() * kinds.length)]!;
  const point = 1 + Math.floor(random.nextDouble() * MAX_POINT[kind]);
  await startToDie(node, { point, kind, when: random.nextDouble() < 0.5 ? 'before' : 'after' });
  for (let waited = 0; waited < POINT_MS && !node.hasEnded; waited += 100) await sleep(100);
  await node.kill();
  await node.start();
  cluster.brokerIsDown = false;
}

async function changeTaskCount({ cluster, random }: Scene): Promise<void> {
  const others = TASK_COUNTS.filter((count) => count !== cluster.taskCount);
  await cluster.rebalance(others[Math.floor(random.nextDouble() * others.length)]!);
}

async function awayIndexer({ cluster, random }: Scene, end: 'stop' | 'kill'): Promise<void> {
  const node = cluster.nodes.get(random.nextDouble() < 0.5 ? 'indexer-a' : 'indexer-b')!;
  await node[end]();
  await sleep(random.nextDouble() * AWAY_MS);
  await node.start();
}

async function killSome({ cluster, random }: Scene): Promise<void> {
  const node = someNode(cluster, random);
  cluster.brokerIsDown = node === cluster.broker;
  await node.kill();
  await sleep(random.nextDouble() * POINT_MS);
  await node.start();
  cluster.brokerIsDown = false;
}

function someNode({ nodes }: ChaosCluster, random: Randomness): MillraceProcess {
  return [...nodes.values()][Math.floor(random.nextDouble() * nodes.size)]!;
}

async function withoutService(name: ServiceName, { ms, answers }: Away, { counts, state }: Scene): Promise<void> {
  await command(name, 'kill');
  const before = counts.answers;
  await sleep(ms);
  await eventually(async () => (state.isOver || counts.answers >= before + answers ? true : undefined));
  await command(name, 'start');
}

type ServiceName = 'kafka' | 's3' | 'postgres';

/** A command of a script of test/services. */
async function command(name: ServiceName, verb: 'kill' | 'start'): Promise<void> {
  const script = fileURLToPath(new URL(`../services/${name}.sh`, import.meta.url));
  const child = spawn(script, [verb], { stdio: 'ignore' });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`${name}.sh ${verb} ended with status ${status}`);
}
