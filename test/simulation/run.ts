/**
 * `npm run simulate -- [--seed N] [--count C] [--steps M] [--kill-points]`: simulated runs of the seeds from N on, until one fails; the same seed is the same run.
 */
import { parseArgs } from 'node:util';
import { runSeed } from './run-seed.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
    'kill-points': { type: 'boolean', default: false },
  },
});
const kind = values['kill-points'] ? 'kill points' : 'any';
const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
let failed = false;
for (let seed = first; seed < first + Number(values.count) && !failed; seed++) {
  const { failure, summary, trace, deaths } = await runSeed(seed, Number(values.steps), kind);
  failed = failure !== undefined;
  if (failed) process.stderr.write(`${trace.join('\n')}\n`);
  process.stdout.write(`${summary}${kind === 'any' ? '' : ` ${JSON.stringify(Object.fromEntries(deaths))}`}\n`);
}
process.exit(failed ? 1 : 0);
