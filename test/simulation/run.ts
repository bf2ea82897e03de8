/** `npm run simulate -- --seed N [--steps M]`: one simulated run; the same seed is the same run. */
import { parseArgs } from 'node:util';
import { runSeed } from './run-seed.js';

const { values } = parseArgs({ options: { seed: { type: 'string' }, steps: { type: 'string', default: '60' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const { failure, summary, trace } = await runSeed(seed, Number(values.steps));
if (failure !== undefined) process.stderr.write(`${trace.join('\n')}\n`);
process.stdout.write(`${summary}\n`);
process.exit(failure === undefined ? 0 : 1);
