/**
 * `npm run chaos -- [--minutes M] [--seed N] [--rebalances]`: a cluster of processes on Kafka, S3 and PostgreSQL (MILLRACE_TEST_*; the scripts of test/services
 * end and start them, so their ports are those of KAFKA_PORT, S3_PORT and PG_PORT) with a fault every few seconds; with `--rebalances` only such
 * as change who reads which partition. All the time each answer is compared with an independent count per partition and offset; at the end faults
 * stop and everything written must be there once.
 */
import { parseArgs } from 'node:util';
import type { Randomness } from '../../src/platform/randomness.js';
import { ANY_FAULT, chaos, type Fault, REBALANCES } from './chaos.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
    rebalances: { type: 'boolean', default: false },
  },
});
const faults = values.rebalances ? REBALANCES : ANY_FAULT;
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const endAtMs = Date.now() + Number(values.minutes) * 60_000;
const say = (text: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
};
say(`seed ${seed}`);
const result = await chaos({ seed, faults: anyUntilTheEnd, settles: false, say });
say(JSON.stringify(result));
process.exit(0);

function* anyUntilTheEnd(random: Randomness): Generator<Fault> {
  while (Date.now() < endAtMs) yield faults[Math.floor(random.nextDouble() * faults.length)]!;
}
