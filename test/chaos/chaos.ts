import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Randomness, SeededRandomness } from '../../src/platform/randomness.js';
import { EventOracle } from '../support/event-oracle.js';
import { checkExact } from '../support/exact-queries.js';
import { eventually, type MillraceProcess, sleep } from '../support/millrace-process.js';
import { ChaosCluster, DATA_SOURCE } from './cluster.js';
import { deaths, startToDie } from './kill-points.js';

export interface ChaosResult {
  readonly faults: Readonly<Record<string, number>>;
  /** Where processes died by their kill point. */
  readonly points: Readonly<Record<string, number>>;
  readonly answers: number;
  readonly refusals: number;
  readonly events: number;
}

/** Points that a process reaches in some seconds of work. */
const MAX_POINT = 80;
const AWAY_MS = 8_000;
const CALM_MS = 5_000;

interface Scene {
  readonly cluster: ChaosCluster;
  readonly random: Randomness;
}

const FAULTS: readonly (readonly [name: string, fault: (scene: Scene) => Promise<void>])[] = [
  ['kill point', dieAtPoint],
  ['kill point', dieAtPoint],
  ['kill point', dieAtPoint],
  ['kill -9', killSome],
  ['partition added', ({ cluster }) => cluster.addPartition()],
  ['Kafka restarted', ({ cluster }) => cluster.whileNotWriting(() => service('kafka', ['kill', 'start']))],
  ['PostgreSQL away', () => service('postgres', ['kill', 'start'])],
  ['S3 away', () => service('s3', ['kill', 'start'])],
];

/** @throws when an answer is wrong, or what was written is not all there once in the end */
export async function chaos(options: {
  readonly seed: number;
  readonly goesOn: () => boolean;
  readonly say: (text: string) => void;
}): Promise<ChaosResult> {
  const random = new SeededRandomness(options.seed);
  const oracle = new EventOracle(options.seed);
  const cluster = await ChaosCluster.start();
  const counts = { answers: 0, refusals: 0 };
  const faults: Record<string, number> = {};
  const state = { isOver: false };
  const rest = { state, counts, cluster, oracle };
  try {
    const working = Promise.all([write(rest, random), ask(rest, options.say)]);
    // Met below; until then faults go on.
    working.catch(() => (state.isOver = true));
    while (options.goesOn() && !state.isOver) {
      const [name, fault] = FAULTS[Math.floor(random.nextDouble() * FAULTS.length)]!;
      faults[name] = (faults[name] ?? 0) + 1;
      options.say(`${name}; ${counts.answers} exact answers, ${counts.refusals} refusals`);
      await fault({ cluster, random });
      await sleep(random.nextDouble() * CALM_MS);
    }
    state.isOver = true;
    await working;
    options.say('faults stop');
    await eventually(() => reaches(rest));
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
  readonly state: { isOver: boolean };
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
      else counts.answers++;
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

async function reaches({ cluster, oracle }: Work): Promise<true | undefined> {
  const found = await checkExact(cluster.broker, DATA_SOURCE, oracle);
  const isThere = Object.entries(oracle.end).every(([partition, offset]) => (found?.vector[partition] ?? 0) >= offset);
  return isThere ? true : undefined;
}

/** Restarts a process so that it dies at a point of its next seconds, and once more when it did. */
async function dieAtPoint({ cluster, random }: Scene): Promise<void> {
  const node = someNode(cluster, random);
  cluster.brokerIsDown = node === cluster.broker;
  await node.kill();
  const point = 1 + Math.floor(random.nextDouble() * MAX_POINT);
  await startToDie(node, { point, when: random.nextDouble() < 0.5 ? 'before' : 'after' });
  for (let waited = 0; waited < AWAY_MS && !node.hasEnded; waited += 100) await sleep(100);
  await node.kill();
  await node.start();
  cluster.brokerIsDown = false;
}

async function killSome({ cluster, random }: Scene): Promise<void> {
  const node = someNode(cluster, random);
  cluster.brokerIsDown = node === cluster.broker;
  await node.kill();
  await sleep(random.nextDouble() * AWAY_MS);
  await node.start();
  cluster.brokerIsDown = false;
}

function someNode({ nodes }: ChaosCluster, random: Randomness): MillraceProcess {
  return [...nodes.values()][Math.floor(random.nextDouble() * nodes.size)]!;
}

/** Commands of a script of test/services, with some seconds between them. */
async function service(name: 'kafka' | 's3' | 'postgres', commands: readonly string[]): Promise<void> {
  const script = fileURLToPath(new URL(`../services/${name}.sh`, import.meta.url));
  for (const [i, command] of commands.entries()) {
    if (i > 0) await sleep(AWAY_MS);
    const child = spawn(script, [command], { stdio: 'ignore' });
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status !== 0) throw new Error(`${name}.sh ${command} ended with status ${status}`);
  }
}
