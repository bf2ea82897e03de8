/**
 * `npm run simulate -- [--seed N] [--count C] [--steps M]`: simulated runs of the seeds from N on, until one fails; the same seed is the same run.
 */
import { parseArgs } from 'node:util';
import { runSeed } from './run-seed.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
  },
});
const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
let failed = false;
for (let seed = first; seed < first + Number(values.count) && !failed; seed++) {
  const { failure, summary, trace } = await runSeed(seed, Number(values.steps));
  failed = failure !== undefined;
  if (failed) process.stderr.write(`${trace.join('\n')}\n`);
  process.stdout.write(`${summary}\n`);
}
process.exit(failed ? 1 : 0);
